"""``gate central gates``: how each gate stands."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from gate.central.adapters.sql.archive import SqlArchive, place_of
from gate.central.archive import JournalState
from gate.central.registry import Registry
from gate.central.standing import LEAVES, Standing, standing
from gate.cli import central_heard, central_place
from gate.cli.arguments import plain_errors
from gate.cli.central_table import lines
from gate.cli.central_times import local, local_day
from gate.cli.central_words import StaffWords
from gate.cli.inert import say
from gate.wire.envelope import timestamp

_HEAD = (
    *("gate", "availability", "mode", "health", "version", "trust_age"),
    *("certificate", "last_event", "missing"),
)
_TWO_DAYS = timedelta(days=2)


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "gates",
        help="how each gate stands: there or not, its door, health, version, trust, certificate, what is missing",
        description="One line a gate, of those in the registry and of all that were ever heard.",
    )
    parser.add_argument("--site", type=central_place.name, help="only the gates of this office")
    central_place.add_registry(parser)
    central_place.add_where(parser)
    parser.set_defaults(func=run)


@plain_errors("gate central gates")
def run(args: argparse.Namespace) -> int:
    """Print them."""
    registry = central_place.registry(args)
    with central_place.opened(args) as database:
        archive = SqlArchive(database)
        found = [one for one in _standings(archive, registry) if args.site in (None, one.site)]
        heard = central_heard.newest(archive)
    if args.json:
        say(json.dumps([_plain(one) for one in found], indent=1))
        return 0
    words, now = StaffWords(args.language), central_place.now()
    for line in lines([words(name) for name in _HEAD], (_row(one, words, now) for one in found), right=[8]):
        say(line)
    for line in central_heard.warning(heard, now, words):
        say(line)
    return 0


def _standings(archive: SqlArchive, registry: Registry) -> Iterable[Standing]:
    reports, journals = archive.reports(*LEAVES), defaultdict[str, list[JournalState]](list)
    for one in archive.journals():
        journals[one.source].append(one)
    for source in sorted({gate.source for gate in registry.gates.values()} | set(reports) | set(journals)):
        yield standing(place_of(source), reports.get(source, {}), journals.get(source, ()))


def _row(one: Standing, words: StaffWords, now: datetime) -> tuple[object, ...]:
    heard = one.presence is not None or one.newest is not None
    return (
        f"{one.site}/{one.gate}",
        words(one.presence or ("not_known" if heard else "never")),
        one.mode and words(f"mode_{one.mode}"),
        _health(one, words) if one.mode is not None else None,
        one.version,
        None if one.trust_issued is None else f"{one.trust_version}, {_age(now - one.trust_issued, words)}",
        one.certificate_until and local_day(one.certificate_until),
        one.newest and local(one.newest),
        words("chain_broken") if one.broken else one.missing,
    )


def _health(one: Standing, words: StaffWords) -> str:
    told = [words(f"alarm_{word}") if words.knows(f"alarm_{word}") else words(word) for word in one.health]
    return "; ".join(told) or words("ok")


def _age(age: timedelta, words: StaffWords) -> str:
    return f"{age.days} {words('days')}" if age >= _TWO_DAYS else f"{age // timedelta(hours=1)} {words('hours')}"


def _plain(one: Standing) -> dict[str, Any]:
    return {name: timestamp(value) if isinstance(value, datetime) else value for name, value in asdict(one).items()}
