"""``gate central visits``: who was let in where, by office, gate, day, colour and result; pseudonyms are not shown."""

from __future__ import annotations

import argparse
import json
from typing import Any

from gate.access.events import AccessResult
from gate.central.adapters.sql.archive import SqlArchive
from gate.central.archive import SeenVisit, Wanted
from gate.cli import central_place
from gate.cli.arguments import natural, plain_errors
from gate.cli.central_table import lines
from gate.cli.central_times import day, local, span
from gate.cli.central_words import StaffWords
from gate.cli.inert import say
from gate.credential.model import Colour
from gate.wire.envelope import timestamp

USUAL = 50
_HEAD = ("time", "gate", "visit", "colour", "result", "reason", "passage", "followed")


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "visits",
        help="the visits of an office, a gate, a day, a colour or a result",
        description="The newest ones, the newest last. `gate central export` writes all of them to a file.",
    )
    add_filters(parser)
    parser.add_argument("--number", metavar="N", type=natural, default=USUAL, help="so many; default: %(default)s")
    central_place.add_where(parser)
    parser.set_defaults(func=run)


def add_filters(parser: argparse.ArgumentParser) -> None:
    """The options that say which visits are meant."""
    parser.add_argument("--site", type=central_place.name, help="only this office")
    parser.add_argument("--gate", type=central_place.name, help="only gates of this name")
    parser.add_argument("--day", type=day, help="only this day, as this machine's time zone has it: 2026-11-25")
    parser.add_argument("--colour", choices=[one.value for one in Colour], help="only this colour")
    parser.add_argument("--result", choices=[one.value for one in AccessResult], help="only what ended so")


def wanted(args: argparse.Namespace) -> Wanted:
    """The visits that the options ask for."""
    since, until = (None, None) if args.day is None else span(args.day)
    return Wanted(args.site, args.gate, since, until, args.colour, args.result)


@plain_errors("gate central visits")
def run(args: argparse.Namespace) -> int:
    """Print them."""
    with central_place.opened(args) as database:
        found = SqlArchive(database).newest_visits(wanted(args), min(args.number, 100_000))
    if args.json:
        say(json.dumps([plain(one) for one in found], indent=1))
        return 0
    words = StaffWords(args.language)
    if not found:
        say(words("no_visits"))
        return 0
    for line in lines([words(name) for name in _HEAD], (_row(one, words) for one in found)):
        say(line)
    if len(found) == args.number:
        say(f"({words('shown_newest')})")
    return 0


def plain(seen: SeenVisit) -> dict[str, Any]:
    """A visit for a machine, without the pseudonym."""
    visit, story = seen.visit, seen.visit.story
    names = ("colour", "result", "outcome", "reason", "rule", "kind", "issuer", "direction", "opened_by", "officer")
    more = ("officer_reason", "passback", "drill", "clock")
    return {
        "site": seen.site,
        "gate": seen.gate,
        "journal": seen.journal,
        "visit": visit.number,
        "begun": timestamp(visit.begun),
        "ended": timestamp(story.ended) if story is not None and story.ended is not None else None,
        **{name: None if story is None else getattr(story, name) for name in (*names, *more)},
        "passage": visit.passage,
        "followed_up": seen.followed_up,
    }


def _row(seen: SeenVisit, words: StaffWords) -> tuple[object, ...]:
    visit, story = seen.visit, seen.visit.story
    drill = f"  [{words('drill')}]" if story is not None and story.drill else ""
    return (
        local(visit.begun),
        f"{seen.site}/{seen.gate}",
        f"#{visit.number}",
        story and words(story.colour or "no_colour"),
        story and words(story.result) + drill,
        story and words(story.reason),
        words("passage_unknown" if visit.passage == "unknown" else visit.passage) if _tells(visit.passage) else None,
        seen.followed_up and words(seen.followed_up),
    )


def _tells(passage: str | None) -> bool:
    """Nobody was let in, or the door monitor has still to tell."""
    return passage not in (None, "none", "awaited")
