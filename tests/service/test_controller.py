"""The controller between memory adapters, on a clock that moves only when it waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count, pairwise

import pytest

from gate.access.answers import Reply
from gate.access.effects import Answer, Held, Lease, Light, Line, Momentary, Persist
from gate.access.events import AccessEvent, AccessResult, JournalLate
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.orders import Admit, Refuse, Report, SetMode
from gate.access.signals import Ordered, Signal
from gate.access.strike_wiring import StrikeWiring
from gate.adapters.gpio_gpiozero import GpioIndicator, GpioStrike
from gate.credential.model import Colour, RejectReason, Verdict
from gate.service.controller import LONGEST_WAIT_NS
from gate.service.strike_watch import StrikeWatch
from gate.service.threads import Worker
from tests.access.examples import SECOND, rejected, shown, valid
from tests.pins import RecordedPins
from tests.service.stepped import QUIET, Bench


def to(mode: DoorMode) -> Ordered:
    return Ordered(SetMode(mode), "centre", 0)


ADMIT = Ordered(Admit("officer_present"), "officer-1", 10**18)
REFUSE = Ordered(Refuse("no"), "officer-1", 10**18)
UNLOCK, LOCK, EMERGENCY = to(DoorMode.UNLOCKED), to(DoorMode.LOCKED), to(DoorMode.LOCKED_OPEN)


def test_started_comes_first_and_stopping_last_with_the_strike_secured() -> None:
    bench = Bench([], 0.5)
    bench.run()
    assert bench.events() == ["system.started", "system.stopped"]
    assert "release" not in bench.calls.names()
    assert bench.calls.names()[-1] == "rest"


def test_effects_are_performed_in_the_order_of_the_core() -> None:
    bench = Bench([(1, valid())], 1.01)
    bench.run()
    granted_ns = bench.calls.of("release")[0][0]
    assert [name for now_ns, name, _ in bench.calls.made if now_ns == granted_ns] == ["persist", "release", "show"]
    assert bench.calls.of("release") == [(granted_ns, Momentary(granted_ns + 5 * SECOND))]


def test_the_strike_is_secured_at_the_deadline_and_not_before() -> None:
    bench = Bench([(1, valid())], 10)
    bench.run()
    ((released_ns, _),) = bench.calls.of("release")
    secured_ns = bench.calls.of("secure")[0][0]
    assert secured_ns - released_ns == pytest.approx(5 * SECOND, abs=10)
    assert secured_ns - released_ns >= 5 * SECOND


def test_the_lamps_follow_their_rhythm() -> None:
    bench = Bench([(1, valid(Colour.YELLOW))], 6)
    bench.run()
    flashes = [now_ns for now_ns, lit in bench.calls.of("show") if isinstance(lit, Light) and Line.YELLOW in lit.lit]
    changes = [now_ns for now_ns, _ in bench.calls.of("show")]
    assert len(flashes) >= 5
    assert max(later - now for now, later in pairwise(changes)) <= SECOND // 2 + 10


def test_an_unlocked_door_is_renewed_long_before_its_lease_ends() -> None:
    bench = Bench([(1, UNLOCK), (20, LOCK)], 21)
    bench.run()
    releases = bench.calls.of("release")
    assert len(releases) >= 15
    for (_, lease), (renewed_ns, _) in pairwise(releases):
        assert isinstance(lease, Held)
        assert renewed_ns < lease.renew_by_ns - SECOND // 2
    assert bench.calls.of("secure")[0][0] - releases[-1][0] <= 2 * SECOND


def test_it_never_waits_longer_than_a_stop_may_take() -> None:
    bench = Bench([(1, valid(Colour.RED))], 5)
    bench.run()
    assert 0 < max(bench.inbox.waits) <= LONGEST_WAIT_NS / 1e9


def test_a_stop_lets_nobody_in_any_more() -> None:
    bench = Bench([], 1)
    bench.inbox.stop.set()
    bench.inbox.offer(shown(valid(), b"green", SECOND))
    bench.inbox.post(ADMIT)
    bench.run()
    assert bench.events() == ["system.started", "system.stopped"]
    assert "release" not in bench.calls.names()
    assert bench.calls.names()[-1] == "rest"


def test_a_stop_ends_an_open_hold() -> None:
    bench = Bench([(1, valid(Colour.BLACK))], 2)
    bench.run()
    assert bench.events() == [
        "system.started", "access.held", "alarm.raised", "access.denied", "system.stopped",
    ]  # fmt: skip


def test_a_record_that_does_not_come_is_noticed_in_time() -> None:
    bench = Bench([(1, valid())], 3, settings=replace(QUIET, journal_required=True))
    bench.recorded = False
    bench.run()
    (late,) = [
        what.event
        for _, what in bench.calls.of("persist")
        if isinstance(what, Persist) and what.event.name.endswith("late")
    ]
    assert isinstance(late, JournalLate)
    assert 250 <= late.waited_ms <= 251
    assert bench.calls.of("secure")[0][0] - bench.calls.of("release")[0][0] < SECOND


def test_it_beats_while_it_works() -> None:
    bench, beats = Bench([(1, valid())], 5), count()
    bench.controller().run("1.0", bench.inbox.stop, lambda: (next(beats), None)[1])
    assert next(beats) >= 5 * SECOND // LONGEST_WAIT_NS


def test_the_memory_is_taken_up_again() -> None:
    bench = Bench([(1, valid())], 2, memory=Memory(DoorMode.LOCKED_DOWN, visits=41))
    bench.run()
    (held, _stopped) = [
        what.event
        for _, what in bench.calls.of("persist")
        if isinstance(what, Persist) and isinstance(what.event, AccessEvent)
    ]
    assert isinstance(held, AccessEvent)
    assert (held.result, held.visit) == (AccessResult.HELD, 42)
    assert "release" not in bench.calls.names()


def test_an_answer_goes_to_whoever_asked() -> None:
    bench = Bench([(1, Ordered(Report(), "uid-1001", 0, 7)), (2, Ordered(Admit("known"), "uid-1001", 0, 8))], 3)
    bench.run()
    first, second = (what for _, what in bench.calls.of("answer"))
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (first.request, first.reply.done, first.reply.status is not None) == (7, True, True)
    assert isinstance(second.reply, Reply)
    assert (second.request, second.reply.done) == (8, False)


class TestTheMarkOfAnEmergency:
    def marks(self, bench: Bench) -> list[str]:
        bench.run()
        return [name for name in bench.calls.names() if name in {"mark", "unmark", "release", "secure", "rest"}]

    def test_is_set_after_the_strike_was_released_and_cleared_by_the_reset(self) -> None:
        marks = self.marks(Bench([(1, EMERGENCY), (5, LOCK)], 6))
        assert marks == ["release", "mark", "secure", "unmark", "secure", "rest"]

    def test_stays_when_the_service_stops(self) -> None:
        assert self.marks(Bench([(1, EMERGENCY)], 2)) == ["release", "mark", "rest"]

    def test_is_set_again_at_a_start_in_an_emergency(self) -> None:
        assert self.marks(Bench([], 2, memory=Memory(emergency=True))) == ["release", "mark", "rest"]

    def test_is_cleared_by_any_other_lease(self) -> None:
        bench = Bench([(1, EMERGENCY), (2, UNLOCK), (3, LOCK), (3.1, UNLOCK)], 4)
        marks = self.marks(bench)
        assert marks[:4] == ["release", "mark", "secure", "unmark"]
        assert marks.count("mark") == marks.count("unmark") == 1

    def test_is_not_touched_without_one(self) -> None:
        assert {"mark", "unmark"}.isdisjoint(self.marks(Bench([(1, valid()), (8, UNLOCK), (9, LOCK)], 10)))


Script = list[tuple[float, Signal | Verdict]]
STORY: Script = [
    (1.0, valid()),
    (2.0, rejected(RejectReason.UNREADABLE)),
    (5.0, valid(Colour.RED)),
    (6.0, ADMIT),
    (10.0, rejected(RejectReason.BAD_SIGNATURE)),
    (11.0, valid(Colour.YELLOW)),
    (12.0, REFUSE),
    (12.2, UNLOCK),
    (13.0, valid(Colour.BLACK)),
    (14.0, Ordered(Report(), "uid-1001", 0, 7)),
    (14.5, Ordered(Report(), "uid-1001", 0, 8)),
    (15.5, LOCK),
]
IN_AN_EMERGENCY: Script = [(1.0, EMERGENCY), (2.0, valid()), (3.0, Ordered(Report(), "uid-1001", 0, 7)), (4.0, UNLOCK)]


class Failing:
    """Fails the Nth of all calls that go through it, before or after the call is done."""

    def __init__(self, number: int, *, after: bool) -> None:
        self.left = number
        self.after = after

    def __call__(self, call: Callable[[], None]) -> None:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise OSError("injected")
        call()
        if self.left == 0:
            raise OSError("injected")


class FailingStrike:
    """A strike whose calls may fail; it rests and is closed all the same."""

    def __init__(self, strike: GpioStrike, fails: Failing) -> None:
        self._strike, self._fails = strike, fails
        self.close, self.rest = strike.close, strike.rest

    @property
    def released(self) -> bool:
        return self._strike.released

    def release(self, lease: Lease) -> None:
        self._fails(lambda: self._strike.release(lease))

    def secure(self) -> None:
        self._fails(self._strike.secure)


class FailingIndicator:
    """An indicator whose calls may fail."""

    def __init__(self, indicator: GpioIndicator, fails: Failing) -> None:
        self._indicator, self._fails = indicator, fails
        self.close = indicator.close

    def show(self, light: Light) -> None:
        self._fails(lambda: self._indicator.show(light))


LAMPS = {Line.RED: 5, Line.YELLOW: 6, Line.GREEN: 13, Line.ATTENTION: 19, Line.BUZZER: 26}
STRIKE = 17
PORTS = ("strike", "indicator", "persist", "answer", "mark")


class Played:
    """A story on a worker with real lines, one of whose ports may fail."""

    def __init__(self, port: str, fails: Failing, story: Script) -> None:
        self.pins = RecordedPins()
        strike = GpioStrike(self.pins.factory, STRIKE, StrikeWiring(), longest_momentary_s=7200, longest_held_s=7200)
        indicator = GpioIndicator(self.pins.factory, LAMPS)
        bench = Bench(story, 16, start_ns=time.monotonic_ns() + 3600 * SECOND)
        bench.strike = StrikeWatch(FailingStrike(strike, fails) if port == "strike" else strike, 10**18)
        bench.indicator = FailingIndicator(indicator, fails) if port == "indicator" else indicator
        controller = bench.controller()
        hands = controller.hands
        if port == "persist":
            hands.persist = lambda what: fails(lambda: bench.persist(what))
        if port == "answer":
            hands.answer = lambda what: fails(lambda: bench.answer(what))
        if port == "mark":
            hands.mark = FailingMark(fails)
        self.worker = Worker(
            "controller", lambda _stop, beat: controller.run("1.0", bench.inbox.stop, beat), lambda _: None
        )
        self.worker.start()
        assert self.worker.stop(30)
        self.released = self.pins.now(STRIKE)
        indicator.close()
        strike.close()
        self.left_released = self.pins.now(STRIKE)
        self.lamps = [self.pins.now(pin) for pin in LAMPS.values()]
        self.pins.close()


class FailingMark:
    """A mark whose calls may fail."""

    def __init__(self, fails: Failing) -> None:
        self._fails = fails

    def set(self) -> None:
        self._fails(lambda: None)

    def clear(self) -> None:
        self._fails(lambda: None)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("port", [port for port in PORTS if port != "mark"])
def test_whichever_call_fails_the_controller_ends_and_the_strike_is_secured(port: str, *, after: bool) -> None:
    failed = 0
    for number in count(1):
        fails = Failing(number, after=after)
        played = Played(port, fails, STORY)
        assert not played.released
        assert not played.left_released
        assert not any(played.lamps)
        if fails.left > 0:
            assert played.worker.error is None
            break
        assert isinstance(played.worker.error, OSError)
        failed += 1
    assert failed >= (2 if port == "answer" else 8)


@pytest.mark.parametrize("port", PORTS)
def test_whichever_call_fails_in_an_emergency_the_door_stays_free(port: str) -> None:
    freed = 0
    for number in count(1):
        fails = Failing(number, after=True)
        played = Played(port, fails, IN_AN_EMERGENCY)
        if True in played.pins.levels(STRIKE):
            assert played.released
            assert played.left_released
            freed += 1
        if fails.left > 0:
            break
    assert freed > 0


def test_a_clock_that_is_lost_is_told_within_five_seconds_though_nothing_happens() -> None:
    """Scenario 8; the system's clock looks at most a second late, which is within it."""
    bench = Bench([], 120)
    lost_ns = 60 * SECOND
    bench.clock.unset_from_ns = lost_ns
    bench.run()
    (told_ns,) = [
        now_ns
        for now_ns, what in bench.calls.of("persist")
        if isinstance(what, Persist) and what.event.name == "system.clock_changed"
    ]
    assert 0 <= told_ns - lost_ns <= SECOND
