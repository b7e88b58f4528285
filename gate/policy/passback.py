"""Anti-passback: whether somebody who enters has entered before without leaving, known by pseudonym alone.

Rules: of a pseudonym the newest crossing counts, whichever gate tells of it and in whatever order; ``Crossings`` is
bounded; a window of time is over only when the clock can say so.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gate.credential.instant import ClockTrust, Instant

MOST = 10_000
"""Pseudonyms that are kept; as many more may gather as ``_SLACK`` says before the oldest go."""
_SLACK = 1_000
MILLISECOND = timedelta(milliseconds=1)


@enum.unique
class PassbackMode(enum.StrEnum):
    """What an entry after an entry leads to."""

    OFF = "off"
    SOFT = "soft"
    """The visitor is let in, and the event says so."""
    TIMED = "timed"
    """The visitor is held when the entry before is not old enough."""
    HARD = "hard"
    """The visitor is held until an exit was seen, or the officer decides."""


@enum.unique
class Way(enum.StrEnum):
    """Which way somebody went."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Crossing:
    """Somebody went through a gate. ``utc`` has whole milliseconds; ``visit`` is the gate's number for it, 0 for none.

    ``known``: the gate knew of the entry before this one when it let the visitor in, or the officer decided.
    """

    fp: str
    epoch: str
    way: Way
    utc: datetime
    gate: str
    visit: int = 0
    known: bool = False

    @property
    def rank(self) -> tuple[datetime, str, str, int]:
        """The order of all crossings, the same at every gate."""
        return self.utc, self.gate, self.way.value, self.visit


@dataclass(frozen=True, slots=True)
class Passback:
    """What a site chose."""

    mode: PassbackMode = PassbackMode.OFF
    minutes: int = 60
    """For ``timed``: how long after an entry the next one is held."""

    @property
    def holds(self) -> bool:
        """Whether an entry after an entry waits for the officer."""
        return self.mode in {PassbackMode.TIMED, PassbackMode.HARD}

    def repeated(self, last: Crossing | None, now: Instant) -> bool:
        """Whether an entry now would follow an entry."""
        if self.mode is PassbackMode.OFF or last is None or last.way is Way.OUT:
            return False
        return self.mode is not PassbackMode.TIMED or now.clock is ClockTrust.UNSET or self._within(last.utc, now.utc)

    def pair(self, first: Crossing, second: Crossing) -> bool:
        """Whether these two crossings of one visitor, the earlier one first, should not both have been."""
        if self.mode is PassbackMode.OFF or Way.OUT in {first.way, second.way}:
            return False
        return self.mode is not PassbackMode.TIMED or self._within(first.utc, second.utc)

    def _within(self, first: datetime, second: datetime) -> bool:
        return second - first < timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Crossings:
    """The newest crossing of each visitor, by pseudonym, and the moment before which everything is forgotten."""

    newest: Mapping[str, Crossing] = field(default_factory=dict)
    reset: datetime | None = None

    def of(self, *fps: str | None) -> Crossing | None:
        """The newest one of a visitor who has had these pseudonyms."""
        found = (self.newest.get(fp) for fp in fps if fp is not None)
        return max((one for one in found if one is not None), key=lambda one: one.rank, default=None)

    def later(self, one: Crossing) -> Crossing:
        """The same, later than all that is known: the clock may have gone back, even before the reset."""
        before = self.newest.get(one.fp)
        known = [moment for moment in (before.utc if before else None, self.reset) if moment is not None]
        return replace(one, utc=max([one.utc, *(moment + MILLISECOND for moment in known)]))

    def with_(self, crossings: Iterable[Crossing]) -> Crossings:
        """These as well; what is older than what is known, or than the reset, changes nothing."""
        newest = dict(self.newest)
        for one in crossings:
            known = newest.get(one.fp)
            if self._counts(one) and (known is None or known.rank < one.rank):
                newest[one.fp] = one
        return Crossings(_bounded(newest), self.reset)

    def forgotten(self, until: datetime | None) -> Crossings:
        """Without everything up to this moment."""
        if until is None or (self.reset is not None and until <= self.reset):
            return self
        after = Crossings(reset=until)
        return after.with_(self.newest.values())

    def _counts(self, one: Crossing) -> bool:
        return self.reset is None or one.utc > self.reset


def _bounded(newest: dict[str, Crossing]) -> dict[str, Crossing]:
    if len(newest) <= MOST + _SLACK:
        return newest
    kept = sorted(newest.values(), key=lambda one: one.rank)[-MOST:]
    return {one.fp: one for one in kept}
