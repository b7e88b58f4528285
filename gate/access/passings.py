"""Who went through which way: this gate's crossings and those that the others tell, and pairs that should not be.

Rules: the gate whose entry came second raises the alarm, so that each pair has one; it waits a moment for an exit that
the same news may bring; what a gate knew when it let somebody in is no news later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from gate.access.alarm import AlarmKind
from gate.access.alarms import Alarms
from gate.access.effects import Share
from gate.access.ledger import Ledger
from gate.access.settings import SECOND_NS
from gate.access.site_notes import MOST_IN_SNAPSHOT, Snapshot
from gate.credential.instant import Instant
from gate.policy.passback import MOST, Crossing, Crossings, Way
from gate.policy.site import SitePolicy

SNAPSHOT_EVERY = 50
"""Crossings of this gate."""
MOST_EACH = 8
"""Crossings of one visitor that are compared with what others tell later."""
SUSPICION_NS = 3 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Own:
    """A visitor's crossing of this gate, and the newest moment before it of which this gate knows already."""

    crossing: Crossing
    after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Another gate let somebody in shortly before this one did."""

    first: Crossing
    due_ns: int


@dataclass(slots=True)
class Passings:
    """The crossings of the site as this gate knows them."""

    site: SitePolicy
    ledger: Ledger
    alarms: Alarms
    known: Crossings
    _own: dict[str, tuple[Own, ...]] = field(init=False)
    """By pseudonym, the newest ones last."""
    _recent: tuple[Crossing, ...] = field(init=False)
    """This gate's newest crossings in order; several of one visitor too, since an exit between two entries matters."""
    _suspicions: tuple[Suspicion, ...] = ()
    _untold: int = 0
    """Crossings of this gate since its last snapshot."""

    def __post_init__(self) -> None:
        newest = sorted(self.known.newest.values(), key=lambda one: one.rank)
        self._own = {one.fp: (Own(one),) for one in newest}
        self._recent = tuple(newest[-MOST_IN_SNAPSHOT:])

    @property
    def deadline_ns(self) -> int | None:
        return min((one.due_ns for one in self._suspicions), default=None)

    def due(self, now: Instant) -> None:
        """Raise the alarms whose wait is over."""
        over = [one for one in self._suspicions if now.mono_ns >= one.due_ns]
        self._suspicions = tuple(one for one in self._suspicions if one not in over)
        for one in over:
            own = self._news_to(one.first)
            if own is not None and not own.crossing.known:
                self._change(own, Own(replace(own.crossing, known=True), one.first.utc))
                self.alarms.raised(AlarmKind.PASSBACK, now, detail=one.first.gate, visit=own.crossing.visit)

    def crossed(self, crossing: Crossing) -> Crossing:
        """Somebody went through this gate; the crossing as it is known from now on, later than any before it."""
        before = self.known.of(crossing.fp)
        made = self.known.later(replace(crossing, utc=_whole_ms(crossing.utc)))
        self.known = self.known.with_([made])
        own = Own(made, None if before is None else before.utc)
        self._own[made.fp] = (*self._own.pop(made.fp, ()), own)[-MOST_EACH:]
        if len(self._own) > MOST:
            del self._own[next(iter(self._own))]
        self._tell(made)
        return made

    def named(self, visit: int) -> Crossing | None:
        """The crossing of this gate with this number."""
        every = (own.crossing for owns in self._own.values() for own in owns)
        return next((one for one in every if one.visit == visit), None)

    def forget(self, until: datetime) -> None:
        """Everybody is out; at every gate of the site."""
        newest = max((one.utc for one in self.known.newest.values()), default=until)
        self._forgotten(_whole_ms(max(until, newest)))
        self.snapshot()

    def heard(self, note: Crossing | Snapshot, now: Instant) -> None:
        """Another gate tells of one crossing, or of its newest ones as it joins."""
        if isinstance(note, Crossing):
            self._news((note,), now)
            return
        self._forgotten(note.reset)
        self._news(note.crossings, now)
        if self._untold:
            self.snapshot()

    def snapshot(self) -> None:
        """Tell the others this gate's newest crossings."""
        if self.site.shares:
            self.ledger.ask(Share(Snapshot(self._recent, self.known.reset)))
            self._untold = 0

    def _tell(self, crossing: Crossing) -> None:
        self._recent = (*self._recent, crossing)[-MOST_IN_SNAPSHOT:]
        self.ledger.ask(Share(crossing))
        self._untold += 1
        if self._untold >= SNAPSHOT_EVERY:
            self.snapshot()

    def _forgotten(self, until: datetime | None) -> None:
        if until is not None:
            self.known = self.known.forgotten(until)
            left = {fp: tuple(own for own in owns if own.crossing.utc > until) for fp, owns in self._own.items()}
            self._own = {fp: owns for fp, owns in left.items() if owns}
            self._recent = tuple(one for one in self._recent if one.utc > until)

    def _news(self, crossings: Iterable[Crossing], now: Instant) -> None:
        crossings = [one for one in crossings if one.gate != self.site.gate]
        for one in crossings:
            own = self._news_to(one)
            if own is not None:
                self._compare(one, own, now)
        self.known = self.known.with_(crossings)

    def _news_to(self, one: Crossing) -> Own | None:
        """This gate's first crossing after it, if this gate did not know of it then."""
        for own in self._own.get(one.fp, ()):
            if one.rank < own.crossing.rank:
                return own if own.after is None or one.utc > own.after else None
        return None

    def _change(self, own: Own, changed: Own) -> None:
        fp = own.crossing.fp
        self._own[fp] = tuple(changed if one == own else one for one in self._own[fp])

    def _compare(self, one: Crossing, own: Own, now: Instant) -> None:
        if one.way is Way.OUT:
            self._change(own, replace(own, after=one.utc))
        elif not own.crossing.known and self.site.passback.pair(one, own.crossing):
            suspected = {each.first for each in self._suspicions}
            if one not in suspected:
                self._suspicions = (*self._suspicions, Suspicion(one, now.mono_ns + SUSPICION_NS))


def _whole_ms(utc: datetime) -> datetime:
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
