"""``gate journal export``: the records as JSON lines, which can be verified again, or as a table."""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from gate.cli import files
from gate.cli.arguments import natural, plain_errors
from gate.cli.journal_lines import COLUMNS, cells
from gate.cli.journal_source import add_where, opened
from gate.ports import Record


def add_export(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "export",
        help="write the records as JSON lines or CSV",
        description="JSON lines hold each record exactly as it was hashed and published, one a line, so that "
        "`gate journal verify` takes them. CSV is for spreadsheets: text that could be a formula begins with "
        "an apostrophe.",
    )
    parser.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="default: %(default)s")
    parser.add_argument("--from", metavar="SEQ", type=natural, default=1, dest="first", help="default: the oldest")
    parser.add_argument("--to", metavar="SEQ", type=natural, dest="last", help="default: the newest")
    parser.add_argument("--out", metavar="FILE", type=Path, help="a new file; default: standard output")
    add_where(parser)
    parser.set_defaults(func=run_export)


@plain_errors("gate journal export")
def run_export(args: argparse.Namespace) -> int:
    """Write the records."""
    with opened(args) as journal, _target(args.out) as out:
        records = journal.records(args.first - 1, args.last)
        _WRITERS[args.format](records, out)
        out.flush()
        if args.out is not None:
            os.fsync(out.fileno())
    return 0


def _target(path: Path | None) -> Any:
    if path is None:
        return nullcontext(sys.stdout.buffer)
    with files.explained("write", path):
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _jsonl(records: Iterable[Record], out: BinaryIO) -> None:
    out.writelines(record.body + b"\n" for record in records)


def _csv(records: Iterable[Record], out: BinaryIO) -> None:
    for row in (list(COLUMNS), *map(cells, records)):
        text = io.StringIO()
        csv.writer(text).writerow(row)
        out.write(text.getvalue().encode())


_WRITERS = {"jsonl": _jsonl, "csv": _csv}
