"""``gate central trace``: who was at an office together with a visitor. It finds pseudonyms, gates and times."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from datetime import timedelta
from typing import Any

from gate.central.adapters.sql.archive import SqlArchive
from gate.central.adapters.sql.engine import Database
from gate.central.adapters.sql.office import SqlOffice
from gate.central.archive import Wanted
from gate.central.audit import Act, Verb
from gate.central.office import trace
from gate.central.tracing import Contact, Pseudonym, Span
from gate.cli import central_place
from gate.cli.arguments import CommandError, moment, natural, plain_errors, span
from gate.cli.central_follow_up import the_visit
from gate.cli.central_table import lines
from gate.cli.central_times import local
from gate.cli.central_words import StaffWords
from gate.cli.inert import say
from gate.wire.envelope import timestamp
from gate.wire.site import EARLIEST, LATEST

LONGEST_WINDOW = timedelta(days=31)
LONGEST_STAY = timedelta(days=1)
_HEAD = ("who", "gate", "from_to", "entry", "exit_seen")
_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{2,39}")
_A_PERSON_S = re.compile(r"[0-9]{9}|[0-9](?:[-.]?[0-9]){10}")
"""So many digits in a row, or with hyphens and dots between them, are a telephone's or a person's, and no case's."""
_A_NUMBER_S = re.compile(r"[0-9]")
"""A case has a number; a name has none."""
_FP = re.compile(r"(?:[0-9a-f]{2}){8,32}")
_EPOCH = re.compile(r"[0-9]{4}-W[0-9]{2}")


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "trace",
        help="who was at an office together with a visitor; only with a case number",
        description="Finds pseudonyms, gates and times, and never a person. That it was asked, by whom and for which "
        "case, is in the audit before anything is shown. Somebody whose exit nobody saw counts as inside for --stay.",
    )
    parser.add_argument("--case", metavar="NUMBER", type=_case, required=True, help="the number of the case")
    parser.add_argument(
        "--gate", metavar="SITE/GATE", type=central_place.gate, required=True, help="where the visit was"
    )
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--visit", metavar="N", type=natural, help="the visit of the visitor")
    who.add_argument("--pseudonym", metavar="FP@EPOCH", type=_pseudonym, help="the visitor's pseudonym and its week")
    parser.add_argument("--journal", metavar="ULID", help="which journal, where a new card began to count anew")
    parser.add_argument(
        "--from", metavar="TIME", type=moment, required=True, dest="begin", help="2026-11-25T08:00:00+07:00"
    )
    parser.add_argument("--to", metavar="TIME", type=moment, required=True, dest="end", help="at most 31 days later")
    parser.add_argument("--stay", metavar="SPAN", type=span, default=timedelta(hours=8), help="up to 1d; default: 8h")
    central_place.add_where(parser)
    parser.set_defaults(func=run)


@plain_errors("gate central trace")
def run(args: argparse.Namespace) -> int:
    """Write down that it is asked, then answer."""
    if not EARLIEST <= args.begin <= args.end <= LATEST or args.end - args.begin > LONGEST_WINDOW:
        raise CommandError("--to must be after --from, and at most 31 days.")
    if args.stay > LONGEST_STAY:
        raise CommandError("--stay may be a day at most.")
    with central_place.opened(args) as database:
        found = _traced(database, args)
    if args.json:
        say(json.dumps([_plain(one) for one in found], indent=1))
        return 0
    words = StaffWords(args.language)
    if not found:
        say(words("nobody"))
        return 0
    for line in lines([words(name) for name in _HEAD], (_row(one, words) for one in found)):
        say(line)
    return 0


def _traced(database: Database, args: argparse.Namespace) -> tuple[Contact, ...]:
    site, gate = args.gate
    office, window = SqlOffice(database), Span(args.begin, args.end)
    who = args.pseudonym or _of_visit(database, args)
    whom = f"visit {args.visit} of {site}/{gate}" if args.visit else f"pseudonym {_mark(who, args.case)} at {site}"
    about = f"{whom}, {timestamp(args.begin)} to {timestamp(args.end)}, stay {args.stay}"
    act = Act(central_place.now(), central_place.account(), Verb.TRACE, about, args.case)
    return trace(office, office, site, who, window, longest=args.stay, act=act)


def _of_visit(database: Database, args: argparse.Namespace) -> Pseudonym:
    site, gate = args.gate
    seen = the_visit(SqlArchive(database), Wanted(site=site, gate=gate, number=args.visit, journal=args.journal))
    story = seen.visit.story
    if story is None or story.fp is None or story.epoch is None:
        raise CommandError(f"Visit {args.visit} has no pseudonym: none was shown, or it was erased.")
    return Pseudonym(story.fp, story.epoch)


def _mark(who: Pseudonym, case: str) -> str:
    """What the audit keeps of a pseudonym: enough to hold a paper against it, and nothing to link cases by."""
    return hashlib.sha256(f"{case}\n{who.fp}\n{who.epoch}".encode()).hexdigest()[:16]


def _row(one: Contact, words: StaffWords) -> tuple[object, ...]:
    stay = one.stay
    marks = "" if stay.certain else f"  [{words('lower_bound')}]"
    return (
        f"{stay.who.fp}@{stay.who.epoch}",
        ", ".join(stay.gates),
        f"{local(one.shared.begin)} - {local(one.shared.end)}{marks}",
        words("known" if stay.entry_seen else "not_known"),
        words("known" if stay.exit_seen else "not_known"),
    )


def _plain(one: Contact) -> dict[str, Any]:
    stay = one.stay
    return {
        "fp": stay.who.fp,
        "epoch": stay.who.epoch,
        "gates": list(stay.gates),
        "from": timestamp(one.shared.begin),
        "to": timestamp(one.shared.end),
        "entry_seen": stay.entry_seen,
        "exit_seen": stay.exit_seen,
        "clock_set": stay.certain,
    }


def _case(text: str) -> str:
    if not _CASE.fullmatch(text) or _A_PERSON_S.search(text) or not _A_NUMBER_S.search(text):
        raise argparse.ArgumentTypeError(
            "that is not the number of a case: 3 to 40 letters, digits, dots, slashes and hyphens, a digit among them, "
            "and nothing personal"
        )
    return text


def _pseudonym(text: str) -> Pseudonym:
    fp, _, epoch = text.partition("@")
    if _FP.fullmatch(fp) is None or _EPOCH.fullmatch(epoch) is None:
        raise argparse.ArgumentTypeError("write it as gate central trace shows it, such as 0123456789abcdef@2026-W47")
    return Pseudonym(fp, epoch)
