"""``gate revocation``: from what issuers publish of their withdrawals to the deny lists that gates map."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.deny_lists import file_name
from gate.cli import files
from gate.cli.arguments import CommandError, list_id, plain_errors, span
from gate.cli.inert import inert, say
from gate.cli.revocation_sources import MOST_BYTES, published, told
from gate.credential.bundle import list_document
from gate.credential.deny_chance import mistaken
from gate.credential.deny_compile import compile_list
from gate.credential.deny_filters import Slice
from gate.credential.denylist import Entry
from gate.credential.list_sources import ListSource
from gate.credential.proof import moment
from gate.credential.trust import ListRef
from gate.credential.withdrawn.forms import FORMS, read
from gate.credential.withdrawn.found import Found

USUAL_VALIDITY = timedelta(days=7)


def add_parser(subparsers: Any) -> None:
    """Add ``revocation`` and its subcommand."""
    parser = subparsers.add_parser("revocation", help="compile deny lists")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    compiling = commands.add_parser(
        "compile",
        help="make one deny list of what issuers publish",
        description="Writes DIR/ID.DIGEST.deny, which goes into every gate's lists folder, and DIR/ID.list.json, which "
        "`gate trust sign --list` puts into the bundle. A source is a file, a folder or a tar archive. Takes "
        + "; ".join(f"{form.about} ({name})" for name, form in FORMS.items())
        + ". What is published as changes is kept in DIR/ID.FORM.state from one time to the next.",
        epilog="Exit code 0: made; 2: a file cannot be read at all, or some are missing. Entries that cannot be read "
        "are named and skipped. Nothing is proved by it: whoever signs the bundle vouches for the files.",
    )
    compiling.add_argument("--id", metavar="ID", type=list_id, required=True, help="what issuers' entries name it by")
    compiling.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for both files")
    compiling.add_argument(
        "--valid-for",
        metavar="SPAN",
        type=span,
        default=USUAL_VALIDITY,
        help="how long gates may go by it; default 7d",
    )
    compiling.add_argument("sources", metavar="SOURCE", type=Path, nargs="*", help="none makes an empty list")
    compiling.set_defaults(func=run_compile)


@plain_errors("gate revocation compile")
def run_compile(args: argparse.Namespace) -> int:
    """Compile one list."""
    now = SystemClock().now().utc.replace(microsecond=0)
    found = _found(args)
    files.make_folder(args.out)
    for one in found:
        if one.state is not None:
            files.replace(_state_file(args, one.form), one.state)
    for one in found:
        for line in one.skipped:
            say(f"skipped  {inert(line)}")
        if one.due is not None and one.due <= now:
            say(f"late     the next issue of {one.form} was due on {moment(one.due)}: fetch it")
    waiting = [one.waits for one in found if one.waits is not None]
    if waiting:
        raise CommandError(f"No list was made: {inert('; '.join(waiting))}. What came so far is kept.")
    entries = [entry for one in found for entry in one.entries]
    _write(args, entries, tuple(ListSource(one.form, one.version, one.issued) for one in found), now)
    return 0


def _found(args: argparse.Namespace) -> list[Found]:
    """What the sources give, together with what is kept of a list that is published as changes."""
    states = {form: _state_file(args, form) for form, known in FORMS.items() if known.keeps_state}
    kept = {form: files.read(path, MOST_BYTES) for form, path in states.items() if path.exists()}
    return read([file for path in args.sources for file in published(path)], kept)


def _state_file(args: argparse.Namespace, form: str) -> Path:
    path: Path = args.out / f"{args.id}.{form}.state"
    return path


def _write(
    args: argparse.Namespace, entries: Sequence[Entry | Slice], sources: tuple[ListSource, ...], now: datetime
) -> None:
    """Both files, the list before what names it."""
    raw = b"".join(compile_list(entries))
    ref = ListRef(args.id, hashlib.sha256(raw).digest(), now, now + args.valid_for, sources)
    path = args.out / file_name(ref)
    files.replace(path, raw)
    files.replace(args.out / f"{args.id}.list.json", json.dumps(list_document(ref), indent=2).encode() + b"\n")
    for source in sources:
        say(f"from     {told(source, now)}")
    chance = mistaken(entries)
    if chance:
        say(f"mistaken {_odds(chance)}")
    say(f"{path}: {len(entries)} entries, until {moment(ref.expires)}")


def _odds(chance: float) -> str:
    return (
        f"of digests that nobody withdrew, 1 in {1 / chance:,.0f} is taken for withdrawn (a certificate asks 3 or more)"
    )
