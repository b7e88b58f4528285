"""The supervisor's bound on a release: it holds when neither the controller nor the adapter's guard does its part."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import pytest

from gate.access.effects import Held, Lease, Momentary, Standing
from gate.access.modes import DoorMode
from gate.access.strike_wiring import StrikeWiring
from gate.adapters.gpio_gpiozero import GpioStrike
from gate.service.strike_watch import ALLOWANCE_NS, PATIENCE_S, StrikeWatch
from gate.service.supervisor import Pace, Supervisor
from gate.service.threads import Worker, let_process_live
from tests.access.examples import SECOND
from tests.pins import RecordedPins
from tests.service.quiet_notifier import QuietNotifier

LONG_S = 10.0
END = 5 * SECOND
LATE = END + ALLOWANCE_NS
LONGEST_NS = 3600 * SECOND


@dataclass(slots=True)
class UnguardedStrike:
    """``ports.DoorStrike`` that ends no lease by itself."""

    released: bool = False
    secured: int = 0
    problem: Exception | None = None
    stuck: bool = False
    """The line does not follow."""

    def release(self, lease: Lease) -> None:
        del lease
        self.released = True

    def secure(self) -> None:
        if self.problem is not None:
            raise self.problem
        self.secured += 1
        self.released = self.stuck and self.released

    def rest(self) -> None:
        self.secure()

    def close(self) -> None: ...


@dataclass(slots=True)
class Watched:
    """A watch on such a strike, at a time of the test's choice."""

    strike: UnguardedStrike = field(default_factory=UnguardedStrike)
    now_ns: int = 0
    given_up: list[int] = field(default_factory=list)

    def watch(self) -> StrikeWatch:
        return StrikeWatch(self.strike, LONGEST_NS, lambda: self.given_up.append(self.now_ns), lambda: self.now_ns)


MOMENTARY, HELD = Momentary(END), Held(DoorMode.UNLOCKED, END)


@pytest.mark.parametrize("lease", [MOMENTARY, HELD])
@pytest.mark.parametrize(
    ("now_ns", "ended"), [(0, False), (END, False), (LATE - 1, False), (LATE, True), (10**18, True)]
)
def test_a_release_that_is_over_for_too_long_is_ended(lease: Lease, now_ns: int, *, ended: bool) -> None:
    watched = Watched()
    watch = watched.watch()
    watch.release(lease)
    watched.now_ns = now_ns
    watch.look()
    assert watched.strike.released is not ended
    assert watched.strike.secured == int(ended)
    assert watched.given_up == []


@pytest.mark.parametrize("lease", [Momentary(10**18), Held(DoorMode.UNLOCKED, 10**18)])
def test_a_lease_longer_than_any_is_not_believed(lease: Lease) -> None:
    watched = Watched()
    watch = watched.watch()
    watch.release(lease)
    watched.now_ns = LONGEST_NS + ALLOWANCE_NS
    watch.look()
    assert not watched.strike.released


def test_a_release_that_raises_is_watched_all_the_same() -> None:
    watched = Watched()
    watch = watched.watch()

    class Raising(UnguardedStrike):
        def release(self, lease: Lease) -> None:
            super().release(lease)
            raise OSError("after the line was driven")

    watched.strike = watch.strike = Raising()
    with pytest.raises(OSError, match="after the line"):
        watch.release(MOMENTARY)
    watched.now_ns = LATE
    watch.look()
    assert not watched.strike.released


def test_what_is_ended_here_is_told(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched()
    watch = watched.watch()
    watch.release(MOMENTARY)
    watched.now_ns = LATE
    for _ in range(3):
        watch.look()
    assert caplog.text.count("released for too long: secured by the supervisor") == 1


def test_an_emergency_is_never_ended() -> None:
    watched = Watched()
    watch = watched.watch()
    for before in (MOMENTARY, HELD, None):
        if before is not None:
            watch.release(before)
        watch.release(Standing())
        watched.now_ns = 10**18
        watch.look()
        watch.rest()
        watch.strike.release(Standing())
        watch.look()
        assert watched.strike.released


def test_a_lease_that_was_renewed_or_ended_in_time_is_left_alone() -> None:
    watched = Watched()
    watch = watched.watch()
    watch.release(HELD)
    watch.release(Held(DoorMode.UNLOCKED, END + 10 * SECOND))
    watched.now_ns = LATE
    watch.look()
    assert watched.strike.secured == 0
    for ending in (watch.secure, watch.rest):
        watch.release(Momentary(watched.now_ns + SECOND))
        ending()
        watched.now_ns += 10 * SECOND
        watched.strike.released = True  # by somebody who knows why
        before = watched.strike.secured
        watch.look()
        assert watched.strike.secured == before


def test_a_guard_that_did_its_part_leaves_nothing_to_do() -> None:
    watched = Watched()
    watch = watched.watch()
    watch.release(MOMENTARY)
    watched.strike.released = False  # by the guard
    watched.now_ns = LATE
    watch.look()
    assert watched.strike.secured == 0
    assert not watch.released


@pytest.mark.parametrize("broken", [UnguardedStrike(problem=OSError("no line")), UnguardedStrike(stuck=True)])
def test_a_strike_that_cannot_be_secured_ends_the_process(broken: UnguardedStrike) -> None:
    watched = Watched(broken)
    watch = watched.watch()
    watch.release(MOMENTARY)
    watched.now_ns = LATE
    watch.look()
    assert watched.given_up == [LATE]


def test_a_failed_attempt_of_the_core_to_secure_does_not_count() -> None:
    watched = Watched(UnguardedStrike(problem=OSError("busy")))
    watch = watched.watch()
    watch.release(MOMENTARY)
    for ending in (watch.secure, watch.rest):
        with pytest.raises(OSError, match="busy"):
            ending()
    watched.strike.problem = None
    watched.now_ns = LATE
    watch.look()
    assert watched.strike.secured == 1


def test_an_emergency_that_comes_while_an_old_lease_is_ended_frees_the_door() -> None:
    watched = Watched()
    watch = watched.watch()
    controller = Worker("controller", lambda _stop, _beat: watch.release(Standing()), lambda _: None)

    class Slow(UnguardedStrike):
        def secure(self) -> None:
            controller.start()
            assert not controller.stop(0.05), "it has to wait until this is done"
            super().secure()

    watch.strike = watched.strike = Slow(released=True)
    watch.release(MOMENTARY)
    watched.now_ns = LATE
    watch.look()
    assert controller.stop(LONG_S)
    assert controller.error is None
    assert watched.strike.released


HANGING = """
import threading
from gate.access.effects import Momentary
from gate.service.strike_watch import StrikeWatch

class Hanging:
    released = True
    def release(self, lease): pass
    def secure(self):
        print("asked", flush=True)
        threading.Event().wait()

watch = StrikeWatch(Hanging(), 10**18)
watch.release(Momentary(0))
watch.look()
print("goes on")
"""
FAILING = HANGING.replace("threading.Event().wait()", "raise OSError('no line')")


@pytest.mark.parametrize("script", [HANGING, FAILING], ids=["hangs", "fails"])
def test_the_process_ends_with_a_failure_and_soon(script: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asked\n"
        begun_s = time.monotonic()
        assert process.wait(LONG_S) == 1
        assert time.monotonic() - begun_s < PATIENCE_S + 1
        assert process.stdout.read() == ""


STRIKE = 17
OVER_RUN_NS = SECOND


def test_a_release_over_runs_by_less_than_a_second_though_controller_and_guard_are_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(GpioStrike, "_guarding", lambda _: None)
    pins = RecordedPins()
    strike = GpioStrike(pins.factory, STRIKE, StrikeWiring())
    watch = StrikeWatch(strike, LONGEST_NS)
    supervisor = Supervisor(QuietNotifier(), lambda: "", Pace(end_s=600), watch.look)
    codes: list[int] = []
    main = Worker("main", lambda _stop, _beat: codes.append(supervisor.run([])), lambda _: None)
    main.start()
    end_ns = time.monotonic_ns() + SECOND // 10
    watch.release(Momentary(end_ns))
    pins.wait(lambda: pins.levels(STRIKE) == [True, False])
    supervisor.stop()
    assert main.stop(LONG_S)
    let_process_live()
    strike.close()
    assert codes == [0]
    assert 0 < pins.changes[-1].mono_ns - end_ns < OVER_RUN_NS


def test_the_paces_leave_no_more_than_a_second() -> None:
    assert ALLOWANCE_NS / 1e9 + Pace().check_s + PATIENCE_S < OVER_RUN_NS / 1e9


def test_a_stop_that_hangs_does_not_hang_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The controller hangs while the service stops, with a visitor's release in force."""
    monkeypatch.setattr(GpioStrike, "_guarding", lambda _: None)
    pins, free = RecordedPins(), threading.Event()
    strike = GpioStrike(pins.factory, STRIKE, StrikeWiring())
    watch = StrikeWatch(strike, LONGEST_NS)
    supervisor = Supervisor(QuietNotifier(), lambda: "", Pace(all_s=1.0, end_s=600), watch.look)

    def hang(_stop: threading.Event, _beat: object) -> None:
        free.wait(LONG_S)

    hanging = Worker("controller", hang, supervisor.ended)
    end_ns = time.monotonic_ns() + SECOND // 10
    watch.release(Momentary(end_ns))
    supervisor.stop()
    assert supervisor.run([hanging]) == 1
    let_process_live()
    free.set()
    assert hanging.stop(LONG_S)
    strike.close()
    assert pins.levels(STRIKE) == [True, False]
    assert pins.changes[-1].mono_ns - end_ns < OVER_RUN_NS
