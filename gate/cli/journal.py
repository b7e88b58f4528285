"""``gate journal``: what the gate has recorded, read beside the service and without touching anything."""

from __future__ import annotations

import argparse
import json
from typing import Any

from gate.cli.arguments import CommandError, natural, plain_errors
from gate.cli.inert import inert, say
from gate.cli.journal_export import add_export
from gate.cli.journal_lines import line
from gate.cli.journal_source import add_where, opened
from gate.cli.journal_verify import add_verify
from gate.ports import JournalFigures, Record
from gate.wire import envelope, jsontext

USUAL_LINES = 20


def add_parser(subparsers: Any) -> None:
    """Add ``journal`` and its subcommands."""
    parser = subparsers.add_parser("journal", help="read and verify what a gate has recorded")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_tail(commands)
    _add_show(commands)
    _add_stats(commands)
    add_verify(commands)
    add_export(commands)


def _add_tail(commands: Any) -> None:
    parser = commands.add_parser("tail", help="print the newest records")
    parser.add_argument(
        "-n", metavar="N", type=natural, default=USUAL_LINES, dest="number", help="default: %(default)s"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    add_where(parser)
    parser.set_defaults(func=run_tail)


def _add_show(commands: Any) -> None:
    parser = commands.add_parser("show", help="print one record with all that it holds")
    parser.add_argument("seq", metavar="SEQ", type=natural, help="its number")
    parser.add_argument("--json", action="store_true", help="exactly the bytes that were hashed and published")
    add_where(parser)
    parser.set_defaults(func=run_show)


def _add_stats(commands: Any) -> None:
    parser = commands.add_parser("stats", help="print how the journal stands")
    parser.add_argument("--json", action="store_true", help="for a machine")
    add_where(parser)
    parser.set_defaults(func=run_stats)


@plain_errors("gate journal tail")
def run_tail(args: argparse.Namespace) -> int:
    """Print the newest records, the newest last."""
    with opened(args) as journal:
        for record in reversed(journal.newest(args.number)):
            say(_text(record) if args.json else line(record))
    return 0


@plain_errors("gate journal show")
def run_show(args: argparse.Namespace) -> int:
    """Print one record."""
    with opened(args) as journal:
        record = next(iter(journal.records(args.seq - 1, args.seq)), None)
        last = journal.figures().last_seq
    if record is None:
        gone = "it was deleted after its days, or given up" if args.seq <= last else f"the newest is {last}"
        raise CommandError(f"There is no record {args.seq} in this journal: {gone}.")
    if args.json:
        say(_text(record))
        return 0
    say(line(record))
    found = jsontext.load(record.body)
    for name, value in (found if isinstance(found, dict) else {}).items():
        fields = value.items() if isinstance(value, dict) else [("", value)]
        for field, content in fields:
            say(f"  {inert(name + ('.' if field else '') + field)}: {inert(json.dumps(content), jsontext.MAX_BYTES)}")
    return 0


@plain_errors("gate journal stats")
def run_stats(args: argparse.Namespace) -> int:
    """Print how things stand."""
    with opened(args) as journal:
        figures, feeds, asides, ulid = journal.figures(), journal.count(), journal.asides(), journal.ulid
    found = {
        "journal": ulid,
        "newest": figures.last_seq,
        "records": sum(feeds.values()),
        **{f"records of {feed}": number for feed, number in feeds.items()},
        "unconfirmed": figures.depth,
        "oldest unconfirmed": _time(figures),
        "set aside": figures.aside,
        "signed by record": figures.signed_seq or None,
        "bytes": figures.used_bytes,
    }
    if args.json:
        aside = {"asides": [{"seq": one.seq, "reason": one.reason} for one in asides]}
        say(json.dumps({name.replace(" ", "_"): value for name, value in found.items()} | aside))
        return 0
    for name, value in found.items():
        say(f"{inert(name):20} {'-' if value is None else value}")
    for one in asides:
        say(f"{'set aside':20} record {one.seq}: {inert(one.reason)}")
    return 0


def _time(figures: JournalFigures) -> str | None:
    return None if figures.oldest_unconfirmed is None else envelope.timestamp(figures.oldest_unconfirmed)


def _text(record: Record) -> str:
    return record.body.decode("ascii", "backslashreplace")
