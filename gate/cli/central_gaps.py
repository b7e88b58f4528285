"""``gate central gaps``: which records of which gate are missing."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from gate.central.adapters.sql.archive import SqlArchive, place_of
from gate.cli import central_place
from gate.cli.arguments import plain_errors
from gate.cli.central_table import lines
from gate.cli.central_words import StaffWords
from gate.cli.inert import say

MISSING = 1
_HEAD = ("gate", "journal", "first", "last", "records")


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "gaps",
        help="which records are missing",
        description="What a gate gave up for room, and said so, is not missing. The centre asks for the rest again.",
        epilog="Exit code 0: nothing is missing; 1: something is; 2: it cannot be said.",
    )
    central_place.add_where(parser)
    parser.set_defaults(func=run)


@plain_errors("gate central gaps")
def run(args: argparse.Namespace) -> int:
    """Print them."""
    with central_place.opened(args) as database:
        found = SqlArchive(database).gaps()
    words = StaffWords(args.language)
    if args.json:
        say(json.dumps([asdict(one) for one in found], indent=1))
    elif not found:
        say(words("nothing_missing"))
    else:
        rows = [
            ("/".join(place_of(one.source)), one.ulid, one.first, one.last, one.last - one.first + 1) for one in found
        ]
        for line in lines([words(name) for name in _HEAD], rows, right=[2, 3, 4]):
            say(line)
    return MISSING if found else 0
