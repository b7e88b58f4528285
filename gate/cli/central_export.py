"""``gate central export``: visits as CSV for a spreadsheet or as JSON lines, written as they are read."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from gate.central.adapters.sql.archive import SqlArchive
from gate.central.adapters.sql.office import SqlOffice
from gate.central.archive import SeenVisit, Wanted
from gate.central.audit import Act, Verb
from gate.cli import central_place, files, sheet
from gate.cli.arguments import plain_errors
from gate.cli.central_visits import add_filters, plain, wanted
from gate.wire.envelope import timestamp

COLUMNS = (
    *("site", "gate", "journal", "visit", "begun", "ended", "colour", "result", "outcome", "reason", "rule", "kind"),
    *("issuer", "direction", "opened_by", "officer", "officer_reason", "passback", "drill", "clock", "passage"),
    "followed_up",
)


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "export",
        help="write visits as CSV or JSON lines",
        description="All visits that the options ask for, the oldest first, however many they are. No pseudonym is in "
        "it. CSV is for spreadsheets: text that could be a formula begins with an apostrophe. Who exported what "
        "is kept in the audit.",
    )
    add_filters(parser)
    parser.add_argument("--format", choices=("csv", "jsonl"), default="csv", help="default: %(default)s")
    parser.add_argument("--out", metavar="FILE", type=Path, help="a new file; default: standard output")
    central_place.add_where(parser, json=False)
    parser.set_defaults(func=run)


@plain_errors("gate central export")
def run(args: argparse.Namespace) -> int:
    """Write them."""
    asked = wanted(args)
    with central_place.opened(args) as database, _target(args.out) as out:
        SqlOffice(database).note(Act(central_place.now(), central_place.account(), Verb.EXPORT, _about(asked)))
        _WRITERS[args.format](SqlArchive(database).visits(asked), out)
        out.flush()
    return 0


def _about(asked: Wanted) -> str:
    parts = [f"{name} {value}" for name in ("site", "gate", "colour", "result") if (value := getattr(asked, name))]
    parts += [f"{name} {timestamp(value)}" for name in ("since", "until") if (value := getattr(asked, name))]
    return f"visits: {', '.join(parts) or 'all'}"


@contextmanager
def _target(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdout.buffer
        return
    with files.explained("write", path):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "wb") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


def _csv(visits: Iterator[SeenVisit], out: BinaryIO) -> None:
    out.write(sheet.row(COLUMNS))
    out.writelines(sheet.row(one[name] for name in COLUMNS) for one in map(plain, visits))


def _jsonl(visits: Iterator[SeenVisit], out: BinaryIO) -> None:
    out.writelines(json.dumps(plain(one)).encode() + b"\n" for one in visits)


_WRITERS = {"csv": _csv, "jsonl": _jsonl}
