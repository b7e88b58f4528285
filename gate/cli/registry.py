"""``gate registry``: from a list of existing badges to the registry of hashes that gates map."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import secrets
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.badge_key import read_badge_key
from gate.adapters.trust_files.deny_lists import file_name
from gate.cli import files
from gate.cli.arguments import CommandError, list_id, plain_errors, span
from gate.cli.inert import say
from gate.cli.registry_rows import read_badges
from gate.credential.badge_lists import compile_registry
from gate.credential.badge_pattern import require_pattern
from gate.credential.badges import KEY_BYTES
from gate.credential.bundle import MAX_NAME, issuer_document, list_document
from gate.credential.errors import TrustError
from gate.credential.model import CredentialKind
from gate.credential.proof import moment
from gate.credential.trust import Issuer, ListRef

MOST_BYTES = 256 * 1024 * 1024
USUAL_VALIDITY = timedelta(days=30)
_OFFSET = re.compile(r"([+-])([01][0-9]):([0-5][0-9])")


def add_parser(subparsers: Any) -> None:
    """Add ``registry`` and its subcommand."""
    parser = subparsers.add_parser("registry", help="make registries of existing badges")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    building = commands.add_parser(
        "build",
        help="make a registry of a list of badges",
        description="Reads a CSV file with the columns id, colour, valid_from and valid_until (only id is needed) and "
        "writes DIR/ID.DIGEST.deny, which goes into every gate's lists folder, DIR/ID.list.json and "
        "DIR/ID.issuer.json, which `gate trust sign` puts into the bundle. The registry holds hashes under the key, no "
        "id. The key is made when its file is missing; bring it to the gates by hand (trust.badge_key).",
        epilog="Exit code 0: made; 2: the list has rows that cannot be used, and nothing was written.",
    )
    building.add_argument("--id", metavar="ID", type=list_id, required=True, help="names the registry and its issuer")
    building.add_argument("--name", required=True, help="what people call it")
    building.add_argument(
        "--pattern",
        type=_pattern,
        required=True,
        help="what the ids look like: characters, [classes] and {counts}, such as STAFF-[0-9]{6}",
    )
    building.add_argument("--key", metavar="FILE", type=Path, required=True, help="the site's badge key")
    building.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the three files")
    building.add_argument(
        "--utc-offset", type=_zone, default="+07:00", help="where days begin, such as +07:00 (the default)"
    )
    building.add_argument(
        "--valid-for", metavar="SPAN", type=span, default=USUAL_VALIDITY, help="how long gates go by it; default 30d"
    )
    building.add_argument("source", metavar="FILE.csv", type=Path)
    building.set_defaults(func=run_build)


@plain_errors("gate registry build")
def run_build(args: argparse.Namespace) -> int:
    """Build one registry."""
    if not 0 < len(args.name) <= MAX_NAME or not args.name.isprintable():
        raise CommandError(f"--name must be 1 to {MAX_NAME} printable characters.")
    badges = read_badges(files.read(args.source, MOST_BYTES), args.pattern, args.utc_offset)
    raw = b"".join(compile_registry(badges, _key(args.key), args.id))
    issued = SystemClock().now().utc.replace(microsecond=0)
    ref = ListRef(args.id, hashlib.sha256(raw).digest(), issued, issued + args.valid_for)
    issuer = Issuer(args.id, args.name, CredentialKind.BADGE, None, (), (args.id,), pattern=args.pattern)
    files.make_folder(args.out)
    path = args.out / file_name(ref)
    files.replace(path, raw)
    _write(args.out / f"{args.id}.list.json", list_document(ref))
    _write(args.out / f"{args.id}.issuer.json", issuer_document(issuer))
    say(f"{path}: {len(badges)} badges, until {moment(ref.expires)}")
    return 0


def _key(path: Path) -> bytes:
    """The key in the file, or a new one."""
    if not path.exists():
        files.write_new(path, secrets.token_hex(KEY_BYTES).encode() + b"\n", secret=True)
        say(f"{path}: a new badge key (secret; for every gate of the site)")
    return read_badge_key(path)


def _write(path: Path, document: dict[str, object]) -> None:
    files.replace(path, json.dumps(document, indent=2).encode() + b"\n")


def _pattern(text: str) -> str:
    try:
        return require_pattern(text)
    except TrustError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _zone(text: str) -> timezone:
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not an offset such as +07:00")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(offset if found[1] == "+" else -offset)
