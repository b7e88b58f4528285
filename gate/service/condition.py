"""How the gate stands, put together from what the core wants kept: the messages on ``state`` and ``alarm/<number>``.

Rules: an alarm is told at once, recorded or not, because a broken disk is just when the centre has to hear of it; a
mode that waits for its record is told when that is there, since the door waits too. Owned by the recorder's thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from gate.access.alarm import Alarm, AlarmKind
from gate.access.effects import Persist
from gate.access.events import Event, ModeChanged, ServiceStarted
from gate.access.modes import DoorMode
from gate.credential.instant import ClockTrust
from gate.policy import occupancy
from gate.policy.occupancy import GateCount
from gate.policy.site import Direction, SitePolicy
from gate.ports import Journal, Message
from gate.wire import envelope, state, topics
from gate.wire.envelope import Received
from gate.wire.state import Occupancy, State
from gate.wire.topics import Identity

MOST_LEFT_OVER = 1_000
"""Records that are looked through for alarms whose end an earlier run may not have told."""
_CLEARED = envelope.type_of("alarm.cleared")
_NOT_OF_THE_UNIT = frozenset(
    {
        AlarmKind.BLACK,
        AlarmKind.FORGED,
        AlarmKind.HELP,
        AlarmKind.DURESS,
        AlarmKind.EMERGENCY,
        AlarmKind.DOOR_FORCED_OPEN,
        AlarmKind.DOOR_OPEN_TOO_LONG,
        AlarmKind.PASSBACK,
    }
)
"""What an alarm says of people or of the door; every other kind is about the unit's health."""


def left_over(journal: Journal) -> frozenset[int]:
    """The alarms whose end is recorded and unconfirmed: whoever watches may not know it. Raises ``AdapterError``."""
    records = journal.unconfirmed(0, MOST_LEFT_OVER)
    found = (envelope.decode(record.body) for record in records if b'"gate.alarm.cleared' in record.body)
    numbers = (one.data.get("alarm") for one in found if isinstance(one, Received) and one.type == _CLEARED)
    return frozenset(number for number in numbers if isinstance(number, int))


@dataclass(slots=True)
class Condition:
    """The state and the open alarms, and what of them has changed. ``journal`` is the journal's ULID."""

    identity: Identity
    journal: str
    site: SitePolicy
    left_over: frozenset[int] = frozenset()
    """Numbers of alarms that are cleared again, once, unless they are open."""
    _mode: DoorMode | None = None
    """None: the core has not begun."""
    _since: datetime | None = None
    _waiting: tuple[int, ModeChanged] | None = None
    """A mode that waits for the record with this ticket, as the door does."""
    _clock: ClockTrust = ClockTrust.SYNCED
    _reasons: frozenset[str] = frozenset()
    _alarms: dict[int, Alarm] = field(default_factory=dict)
    _counts: dict[str, GateCount] = field(default_factory=dict)
    _told: bytes = b""

    def took(self, persist: Persist) -> list[Message]:
        """The core wants an event kept: what has to be told of it."""
        event, memory = persist.event, persist.memory
        self._clock = event.at.clock
        self._follow(persist.ticket, event)
        self._count(memory.counts)
        return [*self._changed_alarms(memory.alarms), *self._changed()]

    def recorded(self, ticket: int) -> list[Message]:
        """The event with this ticket is on the disk."""
        if self._waiting is not None and self._waiting[0] == ticket:
            self._become(self._waiting[1].mode, self._waiting[1].at.utc)
            return self._changed()
        return []

    def heard(self, count: GateCount) -> list[Message]:
        """Another gate of the site tells its count."""
        if count.gate != self.site.gate:
            self._counts[count.gate] = count
        return self._changed()

    def judged(self, reasons: Iterable[str]) -> list[Message]:
        """What is wrong with the unit beside what its alarms say."""
        self._reasons = frozenset(reasons)
        return self._changed()

    def renamed(self, journal: str) -> list[Message]:
        """The journal is another one: everything that names it has to be said again."""
        self.journal = journal
        return [*self._changed(), *map(self._open, self._alarms.values())]

    def standing(self) -> list[Message]:
        """Everything that the broker has to retain, as it is now."""
        if self._mode is None:
            return []
        return [self._message(topics.STATE, self._told), *map(self._open, self._alarms.values())]

    # The parts.

    def _follow(self, ticket: int, event: Event) -> None:
        """The mode, as the door itself takes it."""
        match event:
            case ServiceStarted(at, _, mode):
                self._become(mode, at.utc)
            case ModeChanged(at, mode):
                free_at_once = mode is DoorMode.LOCKED_OPEN or self._mode is None
                if free_at_once or not mode.frees_more_than(self._mode or mode):
                    self._become(mode, at.utc)
                else:
                    self._waiting = ticket, event

    def _become(self, mode: DoorMode, utc: datetime) -> None:
        self._waiting = None
        if mode is not self._mode:
            self._mode, self._since = mode, utc

    def _count(self, counts: Iterable[GateCount]) -> None:
        """Of the others what they told last, which the memory of a moment ago may not know yet."""
        for count in counts:
            if count.gate == self.site.gate or count.gate not in self._counts:
                self._counts[count.gate] = count

    def _changed_alarms(self, alarms: tuple[Alarm, ...]) -> Iterator[Message]:
        before, self._alarms = self._alarms, {one.number: one for one in alarms}
        yield from (self._open(one) for one in alarms if before.get(one.number) != one)
        over = (before.keys() | self.left_over) - self._alarms.keys()
        self.left_over = frozenset()
        yield from (self._message(f"{topics.ALARM}/{number}", b"") for number in sorted(over))

    def _changed(self) -> list[Message]:
        if self._mode is None or self._since is None:
            return []
        payload = state.encode(self._state(self._mode, self._since), self.identity)
        if payload == self._told:
            return []
        self._told = payload
        return [self._message(topics.STATE, payload)]

    def _state(self, mode: DoorMode, since: datetime) -> State:
        return State(mode, since, self._health(), self._occupancy(), tuple(sorted(self._alarms)), self.journal)

    def _health(self) -> tuple[str, ...]:
        kinds = {one.kind.value for one in self._alarms.values() if one.present and one.kind not in _NOT_OF_THE_UNIT}
        clock = {"clock_unset"} if self._clock is ClockTrust.UNSET else set()
        return tuple(sorted(kinds | clock | self._reasons))

    def _occupancy(self) -> Occupancy | None:
        if self.site.direction is Direction.BOTH:
            return None
        own = self._counts.get(self.site.gate, GateCount(self.site.gate))
        return Occupancy(occupancy.inside(self._counts.values(), own.period), self.site.occupancy.capacity)

    def _open(self, alarm: Alarm) -> Message:
        payload = state.encode_alarm(alarm, self.journal, self.identity)
        return self._message(f"{topics.ALARM}/{alarm.number}", payload)

    def _message(self, leaf: str, payload: bytes) -> Message:
        return Message(topics.below(self.identity, leaf), payload, retain=True, content_type=state.CONTENT_TYPE)
