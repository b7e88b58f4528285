"""The controller between memory adapters, on a clock that moves only when it waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count, pairwise

import pytest

from gate.access.effects import Held, Lease, Line, Momentary, Persist
from gate.access.events import AccessEvent, AccessResult, JournalLate
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.settings import Settings
from gate.access.signals import ModeRequested, OfficerAdmitted, OfficerRefused, Signal
from gate.adapters.gpio_gpiozero import GpioIndicator, GpioStrike
from gate.credential.model import Colour, RejectReason, Verdict
from gate.service.controller import LONGEST_WAIT_NS
from gate.service.threads import Worker
from tests.access.examples import SECOND, rejected, shown, valid
from tests.pins import RecordedPins
from tests.service.stepped import Bench

ADMIT = OfficerAdmitted("officer-1", "officer present", 10**18)
UNLOCK = ModeRequested(DoorMode.UNLOCKED, "centre")
LOCK = ModeRequested(DoorMode.LOCKED, "centre")


def test_started_comes_first_and_stopping_last_with_the_strike_secured() -> None:
    bench = Bench([], 0.5)
    bench.run()
    assert bench.events() == ["system.started", "system.stopped"]
    assert "release" not in bench.calls.names()
    assert bench.calls.names()[-1] == "secure"


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
    flashes = [now_ns for now_ns, lit in bench.calls.of("show") if isinstance(lit, frozenset) and Line.YELLOW in lit]
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
    assert bench.calls.names()[-1] == "secure"


def test_a_stop_ends_an_open_hold() -> None:
    bench = Bench([(1, valid(Colour.BLACK))], 2)
    bench.run()
    assert bench.events() == ["system.started", "access.held", "access.denied", "system.stopped"]


def test_a_record_that_does_not_come_is_noticed_in_time() -> None:
    bench = Bench([(1, valid())], 3, settings=Settings(journal_required=True))
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


STORY: list[tuple[float, Signal | Verdict]] = [
    (1.0, valid()),
    (2.0, rejected(RejectReason.UNREADABLE)),
    (5.0, valid(Colour.RED)),
    (6.0, ADMIT),
    (7.0, UNLOCK),
    (9.5, LOCK),
    (10.0, rejected(RejectReason.BAD_SIGNATURE)),
    (11.0, valid(Colour.YELLOW)),
    (12.0, OfficerRefused("officer-1", "refused", 10**18)),
    (13.0, valid(Colour.BLACK)),
]


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
    """A strike whose calls may fail; it is closed all the same."""

    def __init__(self, strike: GpioStrike, fails: Failing) -> None:
        self._strike, self._fails = strike, fails
        self.close = strike.close

    def release(self, lease: Lease) -> None:
        self._fails(lambda: self._strike.release(lease))

    def secure(self) -> None:
        self._fails(self._strike.secure)


class FailingIndicator:
    """An indicator whose calls may fail."""

    def __init__(self, indicator: GpioIndicator, fails: Failing) -> None:
        self._indicator, self._fails = indicator, fails
        self.close = indicator.close

    def show(self, lit: frozenset[Line]) -> None:
        self._fails(lambda: self._indicator.show(lit))


LAMPS = {Line.RED: 5, Line.YELLOW: 6, Line.GREEN: 13, Line.ATTENTION: 19, Line.BUZZER: 26}
STRIKE = 17


def play(port: str, fails: Failing) -> tuple[Worker, RecordedPins, bool]:
    """The story on a worker with real lines; the worker, its pins, and whether the strike was released at its end."""
    pins = RecordedPins()
    strike = GpioStrike(pins.factory, STRIKE, active_high=True)
    indicator = GpioIndicator(pins.factory, LAMPS)
    bench = Bench(STORY, 15, start_ns=time.monotonic_ns() + 3600 * SECOND)
    bench.strike = FailingStrike(strike, fails) if port == "strike" else strike
    bench.indicator = FailingIndicator(indicator, fails) if port == "indicator" else indicator
    controller = bench.controller()
    if port == "persist":
        persist = controller.persist
        controller.persist = lambda what: fails(lambda: persist(what))
    worker = Worker("controller", lambda _stop, beat: controller.run("1.0", bench.inbox.stop, beat), lambda _: None)
    worker.start()
    assert worker.stop(30)
    released = pins.now(STRIKE)
    indicator.close()
    strike.close()
    return worker, pins, released


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("port", ["strike", "indicator", "persist"])
def test_whichever_call_fails_the_controller_ends_and_the_strike_is_secured(port: str, *, after: bool) -> None:
    failed = 0
    for number in count(1):
        fails = Failing(number, after=after)
        worker, pins, released = play(port, fails)
        assert not released
        assert not pins.now(STRIKE)
        assert not any(pins.now(pin) for pin in LAMPS.values())
        if fails.left > 0:
            assert worker.error is None
            break
        assert isinstance(worker.error, OSError)
        failed += 1
    assert failed >= 8
