"""What happens at a door: a few random things, then the way to the state in which the life is to end.

A story is a generator that yields the milliseconds until it goes on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from gate.access.access_point import AccessPoint
from gate.access.door import Claim
from gate.access.inputs import InputLine
from gate.access.modes import DoorMode
from gate.access.orders import (
    Acknowledge,
    Admit,
    Attestation,
    Drill,
    FollowUp,
    FollowUpOutcome,
    Order,
    Refuse,
    Report,
    SelfTest,
    SetMode,
)
from gate.access.signals import ControlRefused
from gate.credential.instant import ClockTrust
from gate.credential.model import Colour, RejectReason, Verdict
from tests.access.examples import START, rejected, shown, valid
from tests.lives.facts import State
from tests.lives.process import Process

Story = Iterator[float]

PRESS_MS, SETTLED_MS = 90.0, 60.0
QUICK_MS, SLOW_MS = 3.0, 20_000.0
UNLOCKED_FROM = datetime(2026, 3, 3, 3, 0, tzinfo=START.tzinfo)
"""A Tuesday; the schedule of these doors is ``tue 03:00-03:10``."""
SCHEDULE = '["tue 03:00-03:10"]'
ATTESTED = Attestation(healthy=True, protocol_kept=True)
CLAIMED = {
    Claim.EXIT: State.EXIT,
    Claim.GRANT: State.GRANTED,
    Claim.RELAY_TEST: State.RELAY_TEST,
    Claim.UNLOCK: State.UNLOCKED,
    Claim.SCHEDULE: State.SCHEDULED,
    Claim.LOCKDOWN: State.LOCKED_DOWN,
}


def state_of(point: AccessPoint) -> State:
    """What an access point is doing."""
    doorway = point.doorway
    claim = doorway.door.row.claim
    if claim is Claim.EMERGENCY:
        return State.EMERGENCY_INPUT if InputLine.EMERGENCY in doorway.active else State.EMERGENCY_ORDER
    if claim is Claim.GRANT and point.ledger.deadline_ns is not None:
        return State.UNRECORDED
    if claim is not None:
        return CLAIMED[claim]
    if doorway.asked_mode is not doorway.mode:
        return State.ORDERED
    return State.HOLD if point.desk.hold is not None else State.IDLE


class Teller:
    """Tells one life; the same ``chance`` tells the same."""

    def __init__(self, process: Process, chance: random.Random) -> None:
        self.process, self.board, self.chance = process, process.board, chance
        self.codes = 0

    def life(self, state: State) -> Story:
        """Random things, then the way to this state, and a moment of it."""
        for _ in range(self.chance.choice([0, 1, 3, 6])):
            yield from self._something()
            yield self.chance.choice([0, 1, 20, 300, 1_000, 4_000])
        if state is State.BETWEEN_CALLS:
            self.process.fuse.left = self.chance.randrange(30)
            state = self.chance.choice(list(self._ways))
        yield from self._neutral()
        yield from self._ways[state](self)
        while self.process.fuse.left is not None:
            yield from self._something()
        if not self.process.stopping:
            self.process.facts.state = state_of(self.process.point)

    # Random things.

    def _something(self) -> Story:
        things: list[Callable[[], Story]] = [
            self._visitor,
            self._visitor,
            self._order,
            self._order,
            self._button,
            self._through_the_door,
            self._wall_clock,
            self._disk,
            self._loop,
        ]
        yield from self.chance.choice(things)()

    def _visitor(self) -> Story:
        verdicts: list[Verdict] = [*(valid(colour) for colour in Colour), *(rejected(one) for one in RejectReason)]
        self.shows(self.chance.choice([valid(Colour.GREEN), self.chance.choice(verdicts)]))
        yield self.chance.choice([0, 100])

    def _order(self) -> Story:
        orders: list[Order] = [
            Admit("urgent", attestation=self.chance.choice([None, ATTESTED]), extended=self.chance.random() < 0.3),
            Refuse("unwell"),
            Acknowledge(),
            FollowUp(FollowUpOutcome.LEFT),
            Drill(self.chance.choice([Colour.RED, Colour.BLACK])),
            SelfTest(relay=True),
            SelfTest(),
            Report(),
            *map(SetMode, DoorMode),
        ]
        self.process.order(self.chance.choice(orders))
        if self.chance.random() < 0.1:
            self.process.inbox.offer(ControlRefused("uid-1005", "admit"))
        yield 0

    def _button(self) -> Story:
        yield from self.press(self.chance.choice([InputLine.ADMIT, InputLine.REFUSE, InputLine.REX]))

    def _through_the_door(self) -> Story:
        yield from self.moved(InputLine.DOOR_MONITOR)
        yield self.chance.choice([0, 500, 2_000])
        yield from self.moved(InputLine.DOOR_MONITOR)

    def _wall_clock(self) -> Story:
        self.board.clock.wall_s = self.chance.choice([-3600, 0, 3600])
        self.board.clock.trust = self.chance.choice(list(ClockTrust))
        if self.chance.random() < 0.4:
            self.board.clock.wall_s = self._to_schedule_s(self.chance.choice([-2, 1, 598]))
        yield 0

    def _disk(self) -> Story:
        self.process.disk_takes(self.chance.choice([0, QUICK_MS, 100, 400, 3_000]))
        yield 0

    def _loop(self) -> Story:
        yield from self.moved(InputLine.EMERGENCY)

    # What things are made of.

    def shows(self, verdict: Verdict) -> None:
        """Somebody shows a code that nobody has shown."""
        self.codes += 1
        self.process.inbox.offer(shown(verdict, str(self.codes).encode(), self.board.clock.now_ns))

    def press(self, line: InputLine) -> Story:
        self.board.connect(line, closed=True)
        yield PRESS_MS
        self.board.connect(line, closed=False)
        yield PRESS_MS

    def moved(self, line: InputLine) -> Story:
        """A closed loop is opened, or closed again; with a bounce, as contacts do."""
        wire = self.board.loop_is_open if line is InputLine.EMERGENCY else self.board.door_is_open
        for closed in (wire, not wire, wire):
            self.board.connect(line, closed=closed)
            yield self.chance.choice([2, 7])
        yield SETTLED_MS

    def _to_schedule_s(self, second: int) -> int:
        """How far off the wall clock must be to show this second of the schedule's hours."""
        unset = START + timedelta(microseconds=self.board.clock.now_ns // 1000)
        return round((UNLOCKED_FROM + timedelta(seconds=second) - unset).total_seconds())

    # The ways to the states.

    def _neutral(self) -> Story:
        """A door at rest, with nobody before it."""
        self.process.disk_takes(QUICK_MS)
        self.board.clock.wall_s, self.board.clock.trust = 0, ClockTrust.SYNCED
        for line in (InputLine.ADMIT, InputLine.REFUSE, InputLine.REX):
            self.board.connect(line, closed=False)  # the last life may have ended with a finger on it
        yield SETTLED_MS
        if self.board.loop_is_open:
            yield from self.moved(InputLine.EMERGENCY)
        if self.board.door_is_open:
            yield from self.moved(InputLine.DOOR_MONITOR)
        yield QUICK_MS
        for order in (SetMode(DoorMode.LOCKED), Acknowledge(), Refuse("unwell"), FollowUp(FollowUpOutcome.LEFT)):
            self.process.order(order)
            yield 2 * QUICK_MS
        point = self.process.point
        while point.doorway.free or point.self_test.deadline_ns is not None:
            yield 50
        yield 2_100  # whoever was asked to try again is on hold by now
        self.process.order(Refuse("unwell"))
        yield 2 * QUICK_MS

    def _moment(self, longest_ms: int) -> Story:
        yield self.chance.randrange(longest_ms)

    def _idle(self) -> Story:
        yield from self._moment(1_000)

    def _hold(self) -> Story:
        self.shows(valid(self.chance.choice([Colour.YELLOW, Colour.RED, Colour.BLACK])))
        yield from self._moment(3_000)

    def _unrecorded(self) -> Story:
        self.process.disk_takes(SLOW_MS)
        self.shows(valid(Colour.GREEN))
        yield from self._moment(self.board.settings.record_wait_ns // 1_000_000)

    def _granted(self) -> Story:
        self.shows(valid(Colour.GREEN))
        yield QUICK_MS
        yield from self._moment(self.board.settings.release_ns // 1_000_000 - 10)

    def _exit(self) -> Story:
        self.process.disk_takes(self.chance.choice([QUICK_MS, SLOW_MS]))
        yield from self.press(InputLine.REX)
        yield from self._moment(self.board.settings.release_ns // 1_000_000 - 300)

    def _mode(self, mode: DoorMode, latency_ms: float) -> Story:
        self.process.disk_takes(latency_ms)
        self.process.order(SetMode(mode))
        yield 2 * QUICK_MS
        yield from self._moment(6_000)

    def _ordered(self) -> Story:
        yield from self._mode(DoorMode.UNLOCKED, SLOW_MS)

    def _unlocked(self) -> Story:
        yield from self._mode(DoorMode.UNLOCKED, QUICK_MS)

    def _locked_down(self) -> Story:
        yield from self._mode(DoorMode.LOCKED_DOWN, self.chance.choice([QUICK_MS, SLOW_MS]))

    def _emergency_ordered(self) -> Story:
        yield from self._mode(DoorMode.LOCKED_OPEN, self.chance.choice([QUICK_MS, SLOW_MS]))

    def _emergency_by_input(self) -> Story:
        self.process.disk_takes(self.chance.choice([QUICK_MS, SLOW_MS]))
        yield from self.moved(InputLine.EMERGENCY)
        yield from self._moment(3_000)

    def _scheduled(self) -> Story:
        second = self.chance.choice([-1, 1])
        self.board.clock.wall_s = self._to_schedule_s(second)
        self.process.order(Report())  # whatever comes next is handled at the new time
        yield 2 * QUICK_MS if second > 0 else 2_100
        yield from self._moment(3_000)

    def _relay_tested(self) -> Story:
        self.process.order(SelfTest(relay=True))
        yield QUICK_MS
        yield from self._moment(self.board.settings.relay_test_ns // 1_000_000 - 10)

    _ways: dict[State, Callable[[Teller], Story]] = {  # noqa: RUF012  (a table)
        State.IDLE: _idle,
        State.HOLD: _hold,
        State.UNRECORDED: _unrecorded,
        State.GRANTED: _granted,
        State.EXIT: _exit,
        State.ORDERED: _ordered,
        State.UNLOCKED: _unlocked,
        State.SCHEDULED: _scheduled,
        State.LOCKED_DOWN: _locked_down,
        State.EMERGENCY_ORDER: _emergency_ordered,
        State.EMERGENCY_INPUT: _emergency_by_input,
        State.RELAY_TEST: _relay_tested,
    }
