"""``gate central alarm follow-up``: what became of a black or red visitor, of a fixed list; there is no free text."""

from __future__ import annotations

import argparse
from typing import Any

from gate.access.orders import FollowUpOutcome
from gate.central.adapters.sql.archive import SqlArchive
from gate.central.adapters.sql.office import SqlOffice
from gate.central.archive import SeenVisit, Wanted
from gate.central.audit import Act, Verb
from gate.cli import central_place
from gate.cli.arguments import CommandError, natural, plain_errors
from gate.cli.central_times import local
from gate.cli.central_words import StaffWords
from gate.cli.inert import inert, say
from gate.credential.model import Colour
from gate.wire import topics

OUTCOMES = tuple(one.value for one in FollowUpOutcome if one is not FollowUpOutcome.NOT_RECORDED)
_FOLLOWED = (Colour.BLACK, Colour.RED)
_MOST_SHOWN = 5


def add_to(commands: Any) -> None:
    """Add ``alarm`` and its one verb."""
    alarm = commands.add_parser("alarm", help="say what became of a black or red visitor")
    verbs = alarm.add_subparsers(title="verbs", metavar="VERB", required=True)
    parser = verbs.add_parser(
        "follow-up",
        help="keep what became of a black or red visitor",
        description="Keeps the outcome with the visit, and who said so in the audit. Nothing else is taken: names, "
        "numbers and notes about a person have no place here.",
    )
    parser.add_argument("gate", metavar="SITE/GATE", type=central_place.gate, help="where it was")
    parser.add_argument("visit", metavar="VISIT", type=natural, help="its number, as gate central alarms shows it")
    parser.add_argument("outcome", metavar="OUTCOME", choices=OUTCOMES, help=", ".join(OUTCOMES))
    parser.add_argument("--journal", metavar="ULID", help="which journal, where a new card began to count anew")
    central_place.add_where(parser, json=False)
    parser.set_defaults(func=run)


@plain_errors("gate central alarm follow-up")
def run(args: argparse.Namespace) -> int:
    """Keep it."""
    (site, gate), words = args.gate, StaffWords(args.language)
    with central_place.opened(args) as database:
        seen = the_visit(SqlArchive(database), Wanted(site=site, gate=gate, number=args.visit, journal=args.journal))
        colour = seen.visit.story and seen.visit.story.colour
        if colour not in _FOLLOWED:
            raise CommandError(f"Visit {args.visit} was neither black nor red, so nothing is followed up.")
        about = f"visit {args.visit} of {site}/{gate}, journal {seen.journal}: {args.outcome}"
        act = Act(central_place.now(), central_place.account(), Verb.FOLLOW_UP, about)
        source = f"gate/{topics.VERSION}/{site}/{gate}"
        SqlOffice(database).follow_up(source, seen.journal, args.visit, args.outcome, act)
    say(f"{words('kept')}: {site}/{gate} #{args.visit} {words(colour)}, {words(args.outcome)}")
    return 0


def the_visit(archive: SqlArchive, asked: Wanted) -> SeenVisit:
    """The one visit that is meant. Raises ``CommandError`` where there is none, or more than one."""
    found = archive.newest_visits(asked, _MOST_SHOWN)
    if not found:
        raise CommandError(
            f"There is no visit {asked.number} of {asked.site}/{asked.gate}: look at gate central visits."
        )
    if len(found) > 1:
        shown = "; ".join(f"--journal {inert(one.journal)} ({local(one.visit.begun)})" for one in found)
        raise CommandError(f"There are several visits {asked.number}, of different cards. Say which: {shown}")
    return found[0]
