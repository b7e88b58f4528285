"""``gate central rebuild``: make the rows of visits and alarms again from the records."""

from __future__ import annotations

import argparse
from typing import Any

from gate.central.adapters.sql.projections import rebuild
from gate.cli import central_place
from gate.cli.arguments import plain_errors
from gate.cli.central_words import StaffWords
from gate.cli.inert import say


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "rebuild",
        help="make the rows of visits and alarms again from the records",
        description="After an update that reads more of a record than before. The centre may run meanwhile. "
        "What was erased stays as it is.",
    )
    central_place.add_where(parser, json=False)
    parser.set_defaults(func=run)


@plain_errors("gate central rebuild")
def run(args: argparse.Namespace) -> int:
    """Do it."""
    with central_place.opened(args) as database:
        records = rebuild(database)
    words = StaffWords(args.language)
    say(f"{words('rebuilt')}: {records}")
    return 0
