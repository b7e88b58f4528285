"""``gate central coverage``: planned, installed, alive, used and with an officer, by office and in all."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, astuple
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from gate.central.adapters.sql.archive import SqlArchive, place_of
from gate.central.coverage import Coverage, Heard, Numbers, Uses, coverage, days
from gate.central.registry import Registry
from gate.central.standing import presence_of
from gate.cli import central_heard, central_place
from gate.cli.arguments import CommandError, plain_errors
from gate.cli.central_table import lines
from gate.cli.central_times import day
from gate.cli.central_words import StaffWords
from gate.cli.inert import inert, say
from gate.wire import topics
from gate.wire.availability import Presence
from gate.wire.envelope import timestamp

_HEAD = ("office", "planned", "installed", "alive", "used", "officer_seen")


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "coverage",
        help="how many gates and offices are planned, installed, alive, used today, with an officer seen",
        description="Used, and an officer seen: on the local day of each office. An officer was seen who answered a "
        "visitor or an alarm at the door. An office counts as soon as one of its gates does.",
    )
    parser.add_argument("--day", metavar="DAY", type=day, help="such as 2026-11-25; default: today")
    central_place.add_registry(parser)
    central_place.add_where(parser)
    parser.set_defaults(func=run)


@plain_errors("gate central coverage")
def run(args: argparse.Namespace) -> int:
    """Print the numbers."""
    registry = central_place.registry(args)
    if not registry.sites:
        raise CommandError("There are no offices: name the files of the registry with --registry or registry.files.")
    with central_place.opened(args) as database:
        archive = SqlArchive(database)
        found, heard = _coverage(archive, registry, args.day), central_heard.newest(archive)
    if args.json:
        say(json.dumps(asdict(found) | {"heard": None if heard is None else timestamp(heard)}, indent=1))
        return 0
    words = StaffWords(args.language)
    for line in [*_lines(found, words), *central_heard.warning(heard, central_place.now(), words)]:
        say(line)
    return 0


def _coverage(archive: SqlArchive, registry: Registry, asked: date | None) -> Coverage:
    now = central_place.now()
    spans = days(registry, asked, now)
    uses: Mapping[str, Uses] = {zone: archive.use(*span) for zone, span in spans.items()}
    reports = archive.reports(topics.AVAILABILITY)
    heard = {place_of(source) for source in (*reports, *(one.source for one in archive.journals()))}
    alive = {place_of(source) for source, told in reports.items() if presence_of(told) == Presence.ONLINE}
    local = {zone: begin.astimezone(ZoneInfo(zone)).date() for zone, (begin, _) in spans.items()}
    return coverage(registry, Heard(heard, alive), uses, local)


def _lines(found: Coverage, words: StaffWords) -> list[str]:
    rows = [(site, *astuple(numbers)) for site, numbers in found.sites.items()]
    rows += [(words("all_gates"), *_shares(found.gates)), (words("all_offices"), *_shares(found.offices))]
    told = list(lines([words(name) for name in _HEAD], rows, right=range(1, len(_HEAD))))
    if found.unknown:
        told.append(f"{words('unknown_gates')}: {inert(', '.join(found.unknown), 2000)}")
    return told


def _shares(numbers: Numbers) -> tuple[str, ...]:
    """Each number with its share of what is planned, rounded down, so that 100 % are all."""
    planned = numbers.planned
    return (str(planned), *(f"{one} ({one * 100 // planned if planned else 0} %)" for one in astuple(numbers)[1:]))
