"""What the door monitor makes of the door: passages taken or not, and a door that stands open without leave.

Two rules: an opening is somebody's passage, an allowed one, or forced; each awaited passage ends in exactly one fact.
Times are monotonic ns.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace

from gate.access.events import DoorCondition, Passage
from gate.access.settings import Settings


@dataclass(frozen=True, slots=True)
class PassageEnded:
    """It is known whether this visitor went through."""

    visit: int
    passage: Passage


@enum.unique
class DoorFact(enum.StrEnum):
    """Something to act on."""

    OPENED = "opened"
    CLOSED = "closed"
    FORCED = "forced"
    WARN = "warn"
    """It will soon have been open too long."""
    TOO_LONG = "too_long"
    NORMAL = "normal"


Fact = PassageEnded | DoorFact


@dataclass(frozen=True, slots=True)
class Awaited:
    """A visitor who was granted access and may pass until then."""

    visit: int
    until_ns: int
    extended: bool = False
    """This visitor needs more time."""
    was_open: bool = False
    """The door stood open already, so that nobody can see whether this visitor used it."""


@dataclass(slots=True)
class Monitor:
    """Follows one door. ``open`` is None until the monitor has said how it finds the door."""

    settings: Settings
    open: bool | None = None
    condition: DoorCondition = DoorCondition.NORMAL
    awaited: tuple[Awaited, ...] = ()
    _free: bool = False
    """The strike is released."""
    _free_until_ns: int = -(2**62)
    """When it was secured last."""
    _counted_from_ns: int | None = None
    """Since when the door is open although it should be closed."""
    _extended: bool = False
    """Whoever has the door open needs more time."""
    _warned: bool = False
    _taken: bool = field(default=False)
    """Somebody passed since the door was opened."""

    def expect(self, visit: int, until_ns: int, *, extended: bool) -> None:
        """A visitor was let in; the release ends at ``until_ns``."""
        until_ns += self.settings.monitor_grace_ns
        self.awaited = (*self.awaited, Awaited(visit, until_ns, extended, was_open=self.open is True))
        self._extended = self._extended or (extended and self.open is True)

    def strike(self, now_ns: int, *, free: bool, mode_frees: bool) -> None:
        """The strike was released or secured; ``mode_frees``: a mode, not a passage, is why."""
        if self._free and not free:
            self._free_until_ns = now_ns
            self.awaited = tuple(
                replace(one, until_ns=min(one.until_ns, now_ns + self.settings.monitor_grace_ns))
                for one in self.awaited
            )
        self._free = free
        if mode_frees:
            self._counted_from_ns, self._warned = None, False
        elif self.open and self._counted_from_ns is None:
            self._counted_from_ns = now_ns

    def found(self, now_ns: int, *, is_open: bool) -> None:
        """How the door is at the start; nobody knows how it came to be so."""
        self.open = is_open
        self._counted_from_ns = now_ns if is_open else None

    def moved(self, at_ns: int, *, is_open: bool, mode_frees: bool) -> tuple[Fact, ...]:
        """The door was opened or closed at this time."""
        if is_open is self.open:
            return ()
        self.open = is_open
        return self._opened(at_ns, mode_frees=mode_frees) if is_open else self._closed()

    def due(self, now_ns: int) -> tuple[Fact, ...]:
        """What time alone has brought about."""
        over = [one for one in self.awaited if now_ns >= one.until_ns]
        self.awaited = tuple(one for one in self.awaited if one not in over)
        facts: list[Fact] = [
            PassageEnded(one.visit, Passage.UNKNOWN if one.was_open else Passage.NOT_TAKEN) for one in over
        ]
        return (*facts, *self._open_for(now_ns))

    @property
    def deadline_ns(self) -> int | None:
        """When ``due`` has something to say."""
        moments = [one.until_ns for one in self.awaited]
        if self._counted_from_ns is not None and self.condition is DoorCondition.NORMAL:
            moments.append(self._too_long_ns if self._warned else self._too_long_ns - self.settings.pre_alarm_ns)
        return min(moments, default=None)

    def lost(self) -> tuple[PassageEnded, ...]:
        """Nobody will see any more who passes: the service ends."""
        over, self.awaited = self.awaited, ()
        return tuple(PassageEnded(one.visit, Passage.UNKNOWN) for one in over)

    @property
    def passage_over(self) -> bool:
        """Whether whoever was let in has passed, and nobody else is awaited."""
        return self._taken and not self.awaited

    def _opened(self, at_ns: int, *, mode_frees: bool) -> tuple[Fact, ...]:
        self._warned = False
        self._counted_from_ns = None if mode_frees else at_ns
        allowed = self._free or at_ns <= self._free_until_ns + self.settings.monitor_grace_ns
        self._extended = False
        if not allowed:
            self.condition = DoorCondition.FORCED_OPEN
            return (DoorFact.OPENED, DoorFact.FORCED)
        self._taken = True
        first, self.awaited = self.awaited[:1], self.awaited[1:]
        self._extended = any(one.extended for one in first)
        return (DoorFact.OPENED, *(PassageEnded(one.visit, Passage.TAKEN) for one in first))

    def _closed(self) -> tuple[Fact, ...]:
        was = self.condition
        self.condition, self._counted_from_ns = DoorCondition.NORMAL, None
        self._taken = self._extended = False
        return (DoorFact.CLOSED,) if was is DoorCondition.NORMAL else (DoorFact.CLOSED, DoorFact.NORMAL)

    def _open_for(self, now_ns: int) -> tuple[DoorFact, ...]:
        if self._counted_from_ns is None or self.condition is not DoorCondition.NORMAL:
            return ()
        if now_ns >= self._too_long_ns:
            self.condition, self._warned = DoorCondition.OPEN_TOO_LONG, True
            return (DoorFact.TOO_LONG,)
        if not self._warned and now_ns >= self._too_long_ns - self.settings.pre_alarm_ns:
            self._warned = True
            return (DoorFact.WARN,)
        return ()

    @property
    def _too_long_ns(self) -> int:
        limit_ns = self.settings.extended_held_open_ns if self._extended else self.settings.held_open_ns
        return (self._counted_from_ns or 0) + limit_ns
