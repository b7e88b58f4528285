"""``gate statuslist``: make an issuer's status lists, change entries, and show what a file holds."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gate.adapters.clock_system import SystemClock
from gate.cli import files, statuslist_publish
from gate.cli.arguments import CommandError, natural, plain_errors, span
from gate.cli.inert import inert, say
from gate.cli.passes import private_key
from gate.credential import cose
from gate.credential.errors import MalformedError
from gate.credential.keys import PrivateKey, kid_of
from gate.credential.model import RejectReason
from gate.credential.proof import moment
from gate.credential.statuses import changes_of
from gate.credential.statuslist import (
    BYTE,
    MAX_ENTRIES,
    SIZES,
    Delta,
    Snapshot,
    changed,
    sign_delta,
    sign_snapshot,
    unproven,
    value_at,
)
from gate.credential.trust import STATUS_VALUES

USUAL_VALIDITY = timedelta(days=1)
USUAL_BITS = 4
ENDING = ".statuslist"
NAMES: Mapping[str, int] = {"valid": 0, "revoked": 1, "suspended": 2, "green": 0, "yellow": 3, "red": 12, "black": 13}
_CHANGE = re.compile(r"([0-9]{1,7})=([0-9]{1,3}|[a-z]+)")


def add_parser(subparsers: Any) -> None:
    """Add ``statuslist`` and its subcommands."""
    parser = subparsers.add_parser("statuslist", help="make, change and show status lists")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_build(commands)
    _add_set(commands)
    _add_show(commands)


def _add_build(commands: Any) -> None:
    parser = commands.add_parser("build", help="make a new list in which every pass is valid")
    parser.add_argument("--uri", required=True, help="what passes name the list by; it need not be online")
    parser.add_argument("--size", metavar="N", type=natural, required=True, help=f"entries, at most {MAX_ENTRIES}")
    parser.add_argument(
        "--bits", type=int, choices=SIZES, default=USUAL_BITS, help="of an entry; black needs 4; default %(default)s"
    )
    _add_signing(parser)
    parser.add_argument("changes", metavar="INDEX=VALUE", type=change, nargs="*", help="entries that are not valid")
    parser.set_defaults(func=run_build)


def _add_set(commands: Any) -> None:
    parser = commands.add_parser(
        "set",
        help="change entries",
        description="Replaces FILE by a newer issue of it, or with --delta writes a small signed change to be sent "
        "between two issues. Without a change, FILE is issued anew. VALUE is a number, or one of: "
        + ", ".join(NAMES)
        + ".",
    )
    parser.add_argument(
        "--delta", action="store_true", help="write FILE's next change beside it, and leave FILE as it is"
    )
    statuslist_publish.add_options(parser)
    _add_signing(parser)
    parser.add_argument("changes", metavar="INDEX=VALUE", type=change, nargs="*")
    parser.set_defaults(func=run_set)


def _add_signing(parser: Any) -> None:
    parser.add_argument("--key", metavar="KEY", type=Path, required=True, help="the issuer's secret key")
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="the list, NAME.statuslist")
    parser.add_argument(
        "--valid-for",
        metavar="SPAN",
        type=span,
        default=USUAL_VALIDITY,
        help="how long gates may go by it; default 1d",
    )


def _add_show(commands: Any) -> None:
    parser = commands.add_parser(
        "show",
        help="show what a list or a change holds, whoever signed it",
        description="The signature is not verified: a gate does that with its bundle.",
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("indices", metavar="INDEX", type=int, nargs="*", help="entries to show")
    parser.set_defaults(func=run_show)


@plain_errors("gate statuslist build")
def run_build(args: argparse.Namespace) -> int:
    """Make a list."""
    files.require_absent(args.out)
    if args.out.suffix != ENDING:
        raise CommandError(f"No gate would find {args.out}: the name of a list ends in {ENDING}.")
    if args.size > MAX_ENTRIES:
        raise CommandError(f"A list has at most {MAX_ENTRIES} entries. Make several, each with a URI of its own.")
    issued = _now()
    array = bytes(-(-args.size * args.bits // BYTE))
    _write(Snapshot(args.uri, args.bits, array, issued, issued + args.valid_for), args)
    return 0


@plain_errors("gate statuslist set")
def run_set(args: argparse.Namespace) -> int:
    """Change entries."""
    if args.publish and not args.delta:
        raise CommandError("--publish goes with --delta. Publish a new issue with `gate central publish status`.")
    if args.delta:
        return set_delta(args)
    before = _snapshot(args.out)
    deltas = _deltas(args.out, before)
    issued = max(_now(), before.issued + timedelta(seconds=1))
    array = changed(before.array, before.bits, changes_of(deltas).values.items())
    _write(replace(before, array=array, issued=issued, expires=issued + args.valid_for), args)
    for path in _delta_files(args.out):
        path.unlink()
    return 0


@plain_errors("gate statuslist show")
def run_show(args: argparse.Namespace) -> int:
    """Show a file."""
    found = _read(args.file)
    if isinstance(found, Delta):
        say(f"change   {found.seq} of {inert(found.uri)}, issued {moment(found.base)}")
        for index, value in sorted(found.values.items()):
            say(f"  {index}={_named(value)}")
        return 0
    say(f"list     {inert(found.uri)}")
    say(f"issued   {moment(found.issued)}, until {moment(found.expires)}")
    size = len(found.array) * BYTE // found.bits
    values = [value_at(found.array, found.bits, index) for index in range(size)]
    say(f"entries  {size} of {found.bits} bit(s)")
    for value, count in sorted(Counter(value for value in values if value is not None).items()):
        say(f"  {count} x {_named(value)}")
    for index in args.indices:
        say(f"  {index}={_named(values[index]) if 0 <= index < size else 'beyond the end'}")
    return 0


def _write(snapshot: Snapshot, args: argparse.Namespace) -> None:
    """Sign the list with the changes that were asked for."""
    private = private_key(args.key)
    try:
        made = replace(snapshot, array=changed(snapshot.array, snapshot.bits, args.changes))
        files.replace(args.out, sign_snapshot(made, private))
    except MalformedError as error:
        raise CommandError(f"Such a list would be refused: {error}.") from error
    say(f"{args.out}: issued {moment(made.issued)}, until {moment(made.expires)}")


def set_delta(args: argparse.Namespace) -> int:
    """Write the next change, and publish it with all before it; without one, publish those again. The exit code."""
    before = _snapshot(args.out)
    deltas = _deltas(args.out, before)
    if not args.changes and not (args.publish and deltas):
        raise CommandError("There is no change to write. Give one, such as 42=black.")
    _require_signer(args)
    if args.changes:
        _write_delta(before, len(deltas) + 1, args)
    if not args.publish:
        return 0
    return statuslist_publish.publish(_deltas(args.out, before), before, private_key(args.key), args)


def _require_signer(args: argparse.Namespace) -> None:
    """Gates take the changes of whoever signs the list; so what no gate would take is not written."""
    signer = cose.read(files.read(args.out)).protected.get(cose.HEADER_KID)
    if signer != kid_of(private_key(args.key).public_key()):
        raise CommandError(f"Another key has signed {args.out}. Issue it anew with this one first, without --delta.")


def _write_delta(before: Snapshot, seq: int, args: argparse.Namespace) -> None:
    private: PrivateKey = private_key(args.key)
    path = args.out.with_name(f"{args.out.stem}.{seq}.delta")
    try:
        changed(before.array, before.bits, args.changes)  # what the list cannot hold is no change to it
        files.write_new(
            path, sign_delta(Delta(before.uri, before.issued, seq, dict(args.changes)), private), secret=False
        )
    except MalformedError as error:
        raise CommandError(f"Such a change would be refused: {error}.") from error
    say(f"{path}: change {seq} of the list issued {moment(before.issued)}")


def _deltas(snapshot_file: Path, snapshot: Snapshot) -> list[Delta]:
    """The changes that lie beside a list and are of this issue of it."""
    found = [_read(path) for path in _delta_files(snapshot_file)]
    same = (snapshot.uri, snapshot.issued)
    deltas = [one for one in found if isinstance(one, Delta) and (one.uri, one.base) == same]
    if not changes_of(deltas).complete:
        raise CommandError(f"A change to {snapshot_file} is missing beside it. Bring all of them, then try again.")
    return deltas


def _delta_files(snapshot_file: Path) -> list[Path]:
    name = re.compile(re.escape(snapshot_file.stem) + r"\.[0-9]+\.delta")
    return sorted(path for path in snapshot_file.parent.glob("*.delta") if name.fullmatch(path.name))


def _snapshot(path: Path) -> Snapshot:
    found = _read(path)
    if isinstance(found, Delta):
        raise CommandError(f"{path} is a change, not a list. Name the list.")
    return found


def _read(path: Path) -> Snapshot | Delta:
    raw = files.read(path)
    try:
        return unproven(raw)
    except MalformedError as error:
        raise CommandError(f"{path} is not a status list: {error}. Make one with `gate statuslist build`.") from error


def change(text: str) -> tuple[int, int]:
    """An entry and its new value, as 42=black."""
    found = _CHANGE.fullmatch(text)
    value = None if found is None else NAMES.get(found[2], int(found[2]) if found[2].isdecimal() else None)
    if found is None or value is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not INDEX=VALUE; write 42=revoked or 42=1")
    return int(found[1]), value


def _named(value: int | None) -> str:
    meaning = STATUS_VALUES.get(-1 if value is None else value)
    words = (
        "no meaning of its own" if meaning is None else "revoked" if meaning is RejectReason.REVOKED else meaning.value
    )
    return f"{value} ({words})"


def _now() -> datetime:
    return SystemClock().now().utc.replace(microsecond=0)
