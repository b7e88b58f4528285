"""What staff ask of the centre's database, as a protocol. It reads alone: ``office`` is where staff leave something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gate.central.projection import Alarm, Visit
from gate.central.store import Found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which visits; None is any. ``since`` is included and ``until`` is not."""

    site: str | None = None
    gate: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    colour: str | None = None
    result: str | None = None
    number: int | None = None
    journal: str | None = None


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """A visit, where it was, and what became of the visitor as the gate or the centre was told."""

    site: str
    gate: str
    journal: str
    visit: Visit
    followed_up: str | None


@dataclass(frozen=True, slots=True)
class SeenAlarm:
    """An alarm of a gate and where it is; ``followed_up`` is what became of its visitor."""

    site: str
    gate: str
    journal: str
    alarm: Alarm
    followed_up: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """The newest message of a gate on a retained topic."""

    arrived: datetime
    payload: bytes


@dataclass(frozen=True, slots=True)
class JournalState:
    """How far a journal of a gate is kept, when its newest record was made, and when anything of it came."""

    source: str
    ulid: str
    whole_to: int
    highest: int
    broken_at: int | None
    newest: datetime | None
    heard: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """What a gate did in a span of time."""

    visits: int
    officer: bool
    """Somebody at the door answered a visitor or an alarm."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Records of a journal that are missing, both ends included."""

    source: str
    ulid: str
    first: int
    last: int


class Archive(Protocol):
    """Each call sees one moment of the database, but ``visits``, which reads on. Every method raises ``StoreError``."""

    def visits(self, wanted: Wanted) -> Iterator[SeenVisit]:
        """All of them, the oldest first, page by page."""

    def newest_visits(self, wanted: Wanted, number: int) -> Sequence[SeenVisit]:
        """The newest so many, the oldest of them first."""

    def alarms(self, since: datetime) -> Sequence[SeenAlarm]:
        """Those that are open, and those that began since."""

    def unanswered(self, since: datetime) -> Sequence[SeenVisit]:
        """Black and red visitors since then of whom nobody said what became of them; no drills."""

    def findings(self) -> Sequence[Found]:
        """What the centre itself found amiss."""

    def reports(self, *leaves: str) -> Mapping[str, Mapping[str, Report]]:
        """How each gate says that it stands: by its source, and by the leaf of the topic; of these leaves alone."""

    def journals(self) -> Sequence[JournalState]:
        """Every journal, by gate, in the order in which they were first heard of."""

    def gaps(self) -> Sequence[Gap]:
        """What is missing anywhere."""

    def use(self, since: datetime, until: datetime) -> Mapping[tuple[str, str], Use]:
        """What each gate, by site and gate, did in a span of time."""
