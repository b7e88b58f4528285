"""``gate revocation``: from what issuers publish of their withdrawals to the deny lists that gates map."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.deny_lists import file_name
from gate.cli import files
from gate.cli.arguments import CommandError, list_id, plain_errors, span
from gate.cli.inert import inert, say
from gate.credential.bundle import list_document
from gate.credential.deny_compile import compile_list
from gate.credential.deny_sources import read
from gate.credential.denylist import Entry
from gate.credential.errors import TrustError
from gate.credential.proof import moment
from gate.credential.trust import ListRef

MOST_BYTES = 1024 * 1024 * 1024
USUAL_VALIDITY = timedelta(days=7)


def add_parser(subparsers: Any) -> None:
    """Add ``revocation`` and its subcommand."""
    parser = subparsers.add_parser("revocation", help="compile deny lists")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    compiling = commands.add_parser(
        "compile",
        help="make one deny list of what issuers publish",
        description="Writes DIR/ID.DIGEST.deny, which goes into every gate's lists folder, and DIR/ID.list.json, which "
        "`gate trust sign --list` puts into the bundle. Takes EU revocation batches, SMART Health Cards rid lists, "
        "VCI directory snapshots and the files of `gate pass revoke`.",
        epilog="Exit code 0: made; 2: a file cannot be read at all. Entries that cannot be read are named and skipped.",
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
    compiling.add_argument("sources", metavar="SOURCE.json", type=Path, nargs="*", help="none makes an empty list")
    compiling.set_defaults(func=run_compile)


@plain_errors("gate revocation compile")
def run_compile(args: argparse.Namespace) -> int:
    """Compile one list."""
    skipped: list[str] = []
    entries = [entry for path in args.sources for entry in _entries(path, skipped)]
    raw = b"".join(compile_list(entries))
    issued = SystemClock().now().utc.replace(microsecond=0)
    ref = ListRef(args.id, hashlib.sha256(raw).digest(), issued, issued + args.valid_for)
    files.make_folder(args.out)
    path = args.out / file_name(ref)
    files.replace(path, raw)
    files.replace(args.out / f"{args.id}.list.json", json.dumps(list_document(ref), indent=2).encode() + b"\n")
    for line in skipped:
        say(f"skipped  {inert(line)}")
    say(f"{path}: {len(entries)} entries, until {moment(ref.expires)}")
    return 0


def _entries(path: Path, skipped: list[str]) -> Iterator[Entry]:
    raw = files.read(path, MOST_BYTES)
    found: list[str] = []
    try:
        yield from read(json.loads(raw), found)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, TrustError) else "it is not JSON"
        raise CommandError(f"{path} holds no withdrawals that this command knows: {reason}.") from error
    skipped += [f"{path}: {line}" for line in found]
