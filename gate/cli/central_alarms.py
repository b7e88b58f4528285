"""``gate central alarms``: what is open first, with black and red before all else; and what the centre itself found.

A red visitor raises no alarm at a gate. Here it stands with the black ones until somebody says what became of them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gate.access.alarm import WANTS, AlarmKind
from gate.central.adapters.sql.archive import SqlArchive, place_of
from gate.central.archive import SeenAlarm, SeenVisit
from gate.central.store import Found
from gate.cli import central_place
from gate.cli.arguments import natural, plain_errors
from gate.cli.central_table import lines
from gate.cli.central_times import local
from gate.cli.central_words import StaffWords
from gate.cli.inert import say
from gate.wire.envelope import timestamp

USUAL_DAYS = 7
_HEAD = ("time", "gate", "what", "step", "visit", "followed", "times")
_FIRST = (AlarmKind.BLACK, "black_visitor", "red_visitor", AlarmKind.DURESS, AlarmKind.FORGED, AlarmKind.EMERGENCY)
"""The kinds that come first, in this order; the others follow by time."""
OPEN, WAITS, OVER = "open", "waits", "over"


@dataclass(frozen=True, slots=True)
class Line:
    """One alarm, one visitor of whom nobody said what became of them, or one finding of the centre."""

    time: datetime
    gate: str
    kind: str
    detail: str
    step: str
    """``open``, ``escalated``, ``acknowledged``, ``waits`` for a follow-up, or ``over``."""
    visit: int | None = None
    followed_up: str | None = None
    silent: bool = False
    drill: bool = False
    times: int = 1

    @property
    def order(self) -> tuple[bool, int, float]:
        """Open before over, black and red before the rest, the newest first."""
        rank = _FIRST.index(self.kind) if self.kind in _FIRST else len(_FIRST)
        return self.step == OVER, rank, -self.time.timestamp()


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "alarms",
        help="open alarms, black and red visitors, and what the centre found amiss",
        description="Open ones first, black and red visitors before all others. SILENT ones are not to be shown where "
        "somebody at the door could see it.",
    )
    parser.add_argument(
        "--days", metavar="N", type=natural, default=USUAL_DAYS, help="also what began so lately; default: %(default)s"
    )
    parser.add_argument("--open", action="store_true", help="only what is not over")
    central_place.add_where(parser)
    parser.set_defaults(func=run)


@plain_errors("gate central alarms")
def run(args: argparse.Namespace) -> int:
    """Print them."""
    since = central_place.now() - timedelta(days=min(args.days, 36525))
    with central_place.opened(args) as database:
        archive = SqlArchive(database)
        told = [*map(of_alarm, archive.alarms(since)), *map(of_finding, archive.findings())]
        told += _unanswered(archive.unanswered(since), told)
    found = sorted((one for one in told if not (args.open and one.step == OVER)), key=lambda one: one.order)
    if args.json:
        say(json.dumps([_plain(one) for one in found], indent=1))
        return 0
    words = StaffWords(args.language)
    if not found:
        say(words("no_alarms"))
        return 0
    for line in lines([words(name) for name in _HEAD], (_row(one, words) for one in found), right=[6]):
        say(line)
    return 0


def of_alarm(seen: SeenAlarm) -> Line:
    """An alarm of a gate."""
    one = seen.alarm
    step = OPEN if one.escalated is None else "escalated"
    if one.acknowledged is not None:
        step = "acknowledged"
    if one.cleared is not None:
        step = OVER
    if _wants_follow_up(one.about.kind) and seen.followed_up is None and step in {OVER, "acknowledged"}:
        step = WAITS
    return Line(
        one.raised or one.begun,
        f"{seen.site}/{seen.gate}",
        one.about.kind,
        one.about.detail,
        step,
        one.about.visit,
        seen.followed_up,
        one.about.silent,
        one.about.drill,
    )


def of_finding(found: Found) -> Line:
    """Something that the centre found."""
    told = found.finding
    step = OPEN if found.ended is None else OVER
    where = "/".join(place_of(told.source)) if told.source else ""
    return Line(found.last, where, f"finding_{told.kind}", told.detail, step, times=found.count)


def _unanswered(visits: Sequence[SeenVisit], told: Sequence[Line]) -> Iterator[Line]:
    """Those visitors that no alarm stands for already."""
    there = {(one.gate, one.visit) for one in told}
    for seen in visits:
        where, colour = f"{seen.site}/{seen.gate}", seen.visit.story and seen.visit.story.colour
        if (where, seen.visit.number) not in there:
            yield Line(seen.visit.begun, where, f"{colour}_visitor", "", WAITS, seen.visit.number)


def _wants_follow_up(kind: str) -> bool:
    return kind in set(AlarmKind) and WANTS[AlarmKind(kind)].follow_up


def _row(one: Line, words: StaffWords) -> tuple[object, ...]:
    marks = [words("silent")] * one.silent + [f"[{words('drill')}]"] * one.drill
    what = words(f"alarm_{one.kind}") if words.knows(f"alarm_{one.kind}") else words(one.kind)
    detail = f" ({one.detail})" if one.detail and not one.kind.startswith("finding_") else ""
    return (
        local(one.time),
        one.gate,
        " ".join([*marks, what + detail]),
        words(one.step),
        None if one.visit is None else f"#{one.visit}",
        one.followed_up and words(one.followed_up),
        one.times if one.times > 1 else "",
    )


def _plain(one: Line) -> dict[str, Any]:
    return {
        name: timestamp(value) if isinstance(value, datetime) else value
        for name, value in ((name, getattr(one, name)) for name in one.__slots__)
    }
