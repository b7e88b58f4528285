"""``gate journal verify``: whether anybody has changed the journal, and up to where the gate vouches for it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gate.cli import files
from gate.cli.arguments import CommandError, plain_errors
from gate.cli.inert import inert, say
from gate.cli.journal_source import add_where, opened, path_of
from gate.credential import base64url
from gate.credential.errors import TrustError
from gate.credential.keys import root_from_pem
from gate.wire import chain, envelope

NOT_GOOD = 1
MOST_UNSIGNED = 200
"""A gate signs after a hundred records, and within an hour; more than this without it needs a reason."""


def add_verify(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "verify",
        help="say whether the chain is whole and signed",
        description="Checks every record's hash, what is missing, and the heads that the gate has signed. Give the "
        "public key that the centre has kept of this gate: the one beside the journal is on the same card.",
        epilog="Exit code 0: whole, and signed up to where it should be; 1: not; 2: it cannot be read.",
    )
    parser.add_argument(
        "--key", metavar="PUB", type=Path, help="the gate's public key; default: the journal's .key.pub"
    )
    parser.add_argument("--export", metavar="FILE", type=Path, help="check this file of `gate journal export` instead")
    parser.add_argument("--json", action="store_true", help="for a machine")
    add_where(parser)
    parser.set_defaults(func=run_verify)


@plain_errors("gate journal verify")
def run_verify(args: argparse.Namespace) -> int:
    """Verify a journal, or an export of one."""
    keys = _keys(args)
    with _chain_of(args) as (journal, bodies, committed):
        found = chain.verify(journal, bodies, keys)
    doubts = list(_doubts(found, committed))
    if args.json:
        say(json.dumps({"good": not doubts, "journal": journal, "doubts": doubts, **asdict(found)}))
    else:
        _tell(journal, found, doubts)
    return NOT_GOOD if doubts else 0


def _doubts(found: chain.Intact | chain.Broken, committed: int) -> Iterator[str]:
    if isinstance(found, chain.Broken):
        yield f"record {found.seq}: {found.problem}"
        return
    last = found.first + found.count + found.missing - 1
    if last < committed:
        yield f"the chain ends with record {last}, but {committed} was committed"
    if last - found.signed_to > MOST_UNSIGNED:
        yield f"nobody vouches for the {last - found.signed_to} records after {found.signed_to}: they are not signed"


def _tell(journal: str, found: chain.Intact | chain.Broken, doubts: list[str]) -> None:
    say(f"journal  {inert(journal)}")
    if isinstance(found, chain.Intact):
        last = found.first + found.count + found.missing - 1
        say(f"records  {found.first} to {last}" + (f", {found.missing} given up" if found.missing else ""))
        say(f"signed   up to {found.signed_to}" if found.signed_to else "signed   nowhere")
        for key in found.keys:
            say(f"key      {inert(key)}")
    for doubt in doubts:
        say(f"not good {inert(doubt)}")
    if not doubts:
        say("good     nobody has changed it")


@contextmanager
def _chain_of(args: argparse.Namespace) -> Iterator[tuple[str, Iterable[bytes], int]]:
    """The journal's ULID, its records, and the number that was committed last as far as the file says."""
    if args.export is None:
        with opened(args) as reader:
            yield reader.ulid, (record.body for record in reader.records()), reader.figures().last_seq
        return
    with files.explained("read", args.export), args.export.open("rb") as lines:
        first = envelope.decode(lines.readline().rstrip(b"\r\n"))
        if isinstance(first, envelope.NotAnEvent) or first.place is None:
            raise CommandError(f"{args.export} does not begin with a record: give a file of `gate journal export`.")
        lines.seek(0)
        yield first.place.journal, (line.rstrip(b"\r\n") for line in lines), 0


def _keys(args: argparse.Namespace) -> frozenset[str] | None:
    path = args.key
    if path is None:
        beside = None if args.export is not None else path_of(args)
        path = beside and beside.with_name(f"{beside.name}.key.pub")
        if path is None or not path.exists():
            return None
    pem = files.read(path)
    try:
        public = root_from_pem(pem)
    except TrustError as error:
        raise CommandError(
            f"The key {path} is not Ed25519 in PEM: give the .key.pub of this gate's journal."
        ) from error
    return frozenset({base64url.encode(public.public_bytes_raw())})
