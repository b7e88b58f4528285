"""``gate decode``: what a code holds, each check that was made on it, and what a gate would do.

The checks come from ``gate.credential.verify.explain`` and the decision from ``gate.policy``: nothing is judged here.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.bundles import read_bundle
from gate.adapters.trust_files.once import Folders, with_lists
from gate.cli.arguments import CommandError, plain_errors
from gate.cli.decode_report import NO_CODE, Reading, as_json, as_text, exit_code
from gate.cli.decoders import decoders
from gate.cli.inert import say
from gate.credential.examination import Check
from gate.credential.instant import Instant
from gate.credential.model import Rejected, RejectReason
from gate.credential.registry import FORMATS
from gate.credential.shc_chunks import Collector
from gate.credential.shc_text import chunk_of
from gate.credential.trust import EpochKey, Trust, TrustBundle
from gate.credential.verify import MAX_BYTES, Explanation, explain
from gate.policy import packs
from gate.policy.decision import decide
from gate.policy.site import SitePolicy

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".pdf", ".svg")
_NO_EPOCH = EpochKey("none", bytes(32))
"""No pseudonym leaves this command, so it needs no secret."""

_PART = "one part of a Structured Append sequence; a credential is one whole code"


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "decode",
        help="explain a code: what it holds, each check, and why",
        description="Explains the codes of a picture, or a code given as text: a gate pass, an EU DCC or WHO HCERT, a "
        "SMART Health Card, whose chunks may be in one picture or one text, an ICAO seal, a DIVOC certificate, an NZ "
        "pass, a pretix ticket, or a badge that a registry of the bundle may know. Personal fields are hidden.",
        epilog="Exit code 0: one code, verified; 1: rejected, or several codes; "
        "2: wrong options or an unreadable file; 3: no code in the picture.",
    )
    parser.add_argument("code", metavar="IMAGE|TEXT", help="a PNG or JPEG file, the text of a code, or - for stdin")
    parser.add_argument("--trust", metavar="BUNDLE", type=Path, help="the trust bundle to verify against")
    parser.add_argument("--root-key", metavar="PUB", type=Path, help="the public root key that signed the bundle")
    parser.add_argument("--lists", metavar="DIR", type=Path, help="the deny lists that the bundle names")
    parser.add_argument("--status", metavar="DIR", type=Path, help="the status lists of its issuers")
    parser.add_argument("--badge-key", metavar="FILE", type=Path, help="the site's key, by which badges are known")
    parser.add_argument("--show-holder", action="store_true", help="show personal fields too")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(func=run)


@plain_errors("gate decode")
def run(args: argparse.Namespace) -> int:
    """Explain what was given."""
    now = SystemClock().now()
    with TemporaryDirectory(prefix="gate-decode-") as unpacked:
        where = Folders(args.lists, args.status, args.badge_key)
        trust = with_lists(_trust(args, now), where, Path(unpacked), now)
        readings = [_reading(found, trust, now) for found in _joined(_codes(args.code))]
    write = as_json if args.json else as_text
    for line in write(readings, with_holder=args.show_holder, with_trust=args.trust is not None):
        say(line)
    if not readings:
        print("gate decode: No code was found in the picture.", file=sys.stderr)
        return NO_CODE
    return exit_code(readings)


def _trust(args: argparse.Namespace, now: Instant) -> Trust:
    """The trust that was named; without one, a trust in nobody."""
    if (args.trust is None) != (args.root_key is None):
        raise CommandError("--trust and --root-key go together: the one is verified with the other.")
    if args.trust is None:
        return Trust(TrustBundle(0, now.utc, now.utc + timedelta(days=1), ()), _NO_EPOCH)
    return Trust(read_bundle(args.trust, args.root_key), _NO_EPOCH)


def _reading(code: bytes | None, trust: Trust, now: Instant) -> Reading:
    explanation = _part() if code is None else explain(code, trust, now)
    decision = decide(explanation.verdict, trust.stamp, SitePolicy(), now, packs.usual())
    return Reading(code or b"", explanation, decision)


def _part() -> Explanation:
    verdict = Rejected(RejectReason.UNREADABLE, _PART)
    return Explanation(verdict, (Check("symbol", ok=False, detail=_PART),), None, ())


def _codes(argument: str) -> Sequence[bytes | None]:
    """The different codes given; None for a part of one."""
    if argument == "-":
        return _in_text(sys.stdin.buffer.read(MAX_BYTES + 2).removesuffix(b"\n").removesuffix(b"\r"))
    if os.path.exists(argument):  # noqa: PTH110  (Path.exists raises for a text longer than a file name may be)
        return _in_picture(Path(argument))
    if _looks_like_a_path(argument):
        raise CommandError(f"There is no file {argument!r}. Check the name, or give the text of a code.")
    return _in_text(os.fsencode(argument))


def _in_text(text: bytes) -> Sequence[bytes]:
    """The code, or the chunks of a card with space or ends of lines between them."""
    parts = text.split()
    return parts if len(parts) > 1 and all(map(chunk_of, parts)) else [text]


def _joined(codes: Sequence[bytes | None]) -> Sequence[bytes | None]:
    """The codes, with a card in the place of its chunks where all of them are there."""
    collector, cards = Collector(), []
    for code in codes:
        collector, found = collector.offer(code or b"", 0)
        if found.card is not None:
            cards.append(found.card)
    return [*cards, *(code for code in codes if code is None or not _in_any(code, cards))]


def _in_any(code: bytes, cards: Sequence[bytes]) -> bool:
    """Whether the code is a chunk of one of these cards."""
    chunk = chunk_of(code)
    return chunk is not None and any(chunk.digits in card for card in cards)


def _looks_like_a_path(argument: str) -> bool:
    if any(known.looks.match(os.fsencode(argument)) for known in FORMATS):
        return False
    return argument.lower().endswith(PICTURE_ENDINGS) or argument.startswith(("/", "./", "../", "~"))


def _in_picture(path: Path) -> Sequence[bytes | None]:
    from gate.adapters.frames_files import read_picture  # noqa: PLC0415  (loads numpy; a text needs none)
    from gate.service.vision.still import Thorough  # noqa: PLC0415  (as above)

    with closing(Thorough(decoders(), time.monotonic_ns)) as decoder:
        symbols = decoder.decode(read_picture(path))
    return list(dict.fromkeys(None if symbol.part else symbol.data for symbol in symbols))
