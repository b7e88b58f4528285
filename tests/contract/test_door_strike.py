"""What every ``ports.DoorStrike`` must do, for both polarities; seen on the recorded line."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from gate.access.effects import Held, Lease, Momentary
from gate.access.modes import DoorMode
from gate.adapters.gpio_gpiozero import GRACE_NS, GpioStrike
from gate.ports import AdapterError, DoorStrike
from gate.service.threads import Worker
from tests.pins import MakePins

PIN = 17
MS = 1_000_000
LONG_MS = 60_000
SLACK_NS = 3000 * MS
"""How late a loaded machine may wake the guard."""


class Door:
    """A strike, and the line that drives it."""

    def __init__(self, make_pins: MakePins, *, active_high: bool) -> None:
        self.pins = make_pins({PIN: not active_high})
        self.active_high = active_high
        self.strike: DoorStrike = GpioStrike(self.pins.factory, PIN, active_high=active_high)

    def is_released(self) -> bool:
        return self.pins.now(PIN) is self.active_high

    def history(self) -> list[str]:
        """What the line did since it was claimed; an active-low line is first raised to secured."""
        words = ["release" if level is self.active_high else "secure" for level in self.pins.levels(PIN)]
        return words if self.active_high else words[1:]


@pytest.fixture(params=[True, False], ids=["active-high", "active-low"])
def door(request: pytest.FixtureRequest, make_pins: MakePins) -> Iterator[Door]:
    made = Door(make_pins, active_high=request.param)
    yield made
    made.strike.close()


def momentary(ms: int) -> Momentary:
    return Momentary(time.monotonic_ns() + ms * MS)


def held(ms: int) -> Held:
    return Held(DoorMode.UNLOCKED, time.monotonic_ns() + ms * MS)


LEASES = pytest.mark.parametrize("lease", [momentary, held])


def test_it_starts_secured_without_a_pulse(door: Door) -> None:
    assert not door.is_released()
    assert door.pins.driven(PIN)
    assert door.pins.levels(PIN) == ([] if door.active_high else [True])


@LEASES
def test_it_is_released_when_release_returns_and_secured_when_secure_returns(
    door: Door, lease: Callable[[int], Lease]
) -> None:
    door.strike.release(lease(LONG_MS))
    assert door.is_released()
    door.strike.secure()
    assert not door.is_released()
    assert door.history() == ["release", "secure"]


@LEASES
def test_a_lease_that_nobody_ends_is_ended_by_the_adapter(door: Door, lease: Callable[[int], Lease]) -> None:
    given = lease(200)
    end_ns = given.deadline_ns if isinstance(given, Momentary) else given.renew_by_ns
    door.strike.release(given)
    door.pins.wait(lambda: len(door.history()) == 2)
    assert door.history() == ["release", "secure"]
    assert 0 <= door.pins.changes[-1].mono_ns - end_ns - GRACE_NS < SLACK_NS


def test_a_held_lease_that_is_renewed_does_not_drop_the_line(door: Door) -> None:
    until_ns = time.monotonic_ns() + 600 * MS
    while time.monotonic_ns() < until_ns:
        door.strike.release(held(300))
    assert door.history() == ["release"]
    door.pins.wait(lambda: door.history() == ["release", "secure"])


def test_a_longer_lease_outlives_the_end_of_the_one_before(door: Door) -> None:
    door.strike.release(momentary(200))
    last = held(350)
    door.strike.release(last)
    door.pins.wait(lambda: len(door.history()) == 2)
    assert door.history() == ["release", "secure"]
    assert door.pins.changes[-1].mono_ns >= last.renew_by_ns


def test_a_shorter_lease_ends_the_longer_one_before(door: Door) -> None:
    door.strike.release(momentary(LONG_MS))
    door.strike.release(momentary(200))
    door.pins.wait(lambda: door.history() == ["release", "secure"])


@LEASES
def test_a_lease_that_has_ended_secures(door: Door, lease: Callable[[int], Lease]) -> None:
    door.strike.release(lease(0))
    assert door.history() == []
    door.strike.release(lease(LONG_MS))
    door.strike.release(lease(-5))
    assert door.history() == ["release", "secure"]


def test_a_lease_of_a_thousand_years_can_be_given_and_taken(door: Door) -> None:
    door.strike.release(momentary(1000 * 365 * 24 * 3600 * 1000))
    assert door.is_released()
    door.strike.secure()
    assert not door.is_released()


def test_secured_twice_is_secured(door: Door) -> None:
    door.strike.secure()
    door.strike.secure()
    assert door.history() == []


def test_close_secures_and_lets_the_line_go(door: Door) -> None:
    door.strike.release(momentary(LONG_MS))
    door.strike.close()
    assert door.history() == ["release", "secure"]
    assert door.pins.let_go(PIN)
    door.strike.close()


def test_after_close_nothing_is_released_and_nothing_raised(door: Door) -> None:
    door.strike.close()
    door.strike.release(momentary(LONG_MS))
    door.strike.secure()
    assert door.history() == []
    assert door.pins.let_go(PIN)


def test_a_line_can_be_claimed_again_after_close(door: Door) -> None:
    door.strike.close()
    again = GpioStrike(door.pins.factory, PIN, active_high=door.active_high)
    again.release(momentary(LONG_MS))
    assert door.is_released()
    again.close()
    assert not door.is_released()


def test_a_pin_in_use_is_told_with_advice(door: Door) -> None:
    with pytest.raises(AdapterError, match=rf"pin {PIN} for the strike .* in use .*Check \[pins\]"):
        GpioStrike(door.pins.factory, PIN, active_high=door.active_high)
    assert not door.is_released()


def test_a_pin_that_does_not_exist_is_told_with_advice(make_pins: MakePins) -> None:
    with pytest.raises(AdapterError, match=r"pin 99 for the strike .*Check \[pins\]"):
        GpioStrike(make_pins().factory, 99, active_high=True)


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_once_secure_has_returned_the_line_stays_secured(door: Door) -> None:
    for _ in range(2000):
        door.strike.release(momentary(LONG_MS))
        door.strike.secure()
        count = len(door.pins.changes)
        assert not door.is_released()
        assert len(door.pins.changes) == count
    assert door.history() == ["release", "secure"] * 2000


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("active_high", [True, False])
def test_close_from_another_thread_wins_against_releases(make_pins: MakePins, *, active_high: bool) -> None:
    for _ in range(50):
        door = Door(make_pins, active_high=active_high)
        started = threading.Event()

        def releasing(
            stop: threading.Event, _beat: object, door: Door = door, started: threading.Event = started
        ) -> None:
            while not stop.is_set():
                door.strike.release(momentary(LONG_MS))
                started.set()

        worker = Worker("core", releasing, lambda _: None)
        worker.start()
        assert started.wait(10)
        door.strike.close()
        history = door.history()
        assert worker.stop(10)
        assert worker.error is None
        assert door.history() == history
        assert history[-1] == "secure"
        assert door.pins.let_go(PIN)


@pytest.mark.usefixtures("restless")
def test_the_guard_and_the_core_ending_a_lease_at_once_do_not_disturb_one_another(door: Door) -> None:
    for early_us in range(0, 1000, 125):
        lease = momentary(2)
        door.strike.release(lease)
        while time.monotonic_ns() < lease.deadline_ns + GRACE_NS - early_us * 1000:
            pass
        door.strike.release(momentary(LONG_MS))
        assert door.is_released()
        door.strike.secure()
        assert not door.is_released()


class BrokenLine:
    """The first writes of a level to the pin fail."""

    def __init__(self, door: Door, level: bool, failures: int) -> None:  # noqa: FBT001  (a level)
        self.failures = failures
        pin = door.pins.factory.pin(PIN)
        write = pin._set_state

        def failing(value: bool) -> None:  # noqa: FBT001  (gpiozero's signature)
            if bool(value) is level and self.failures > 0:
                self.failures -= 1
                raise OSError("the line is broken")
            write(value)

        pin._set_state = failing


def test_a_line_that_fails_to_secure_is_tried_again_until_it_does(door: Door) -> None:
    BrokenLine(door, not door.active_high, 3)
    door.strike.release(momentary(200))
    with pytest.raises(OSError, match="broken"):
        door.strike.secure()
    door.pins.wait(lambda: door.history() == ["release", "secure"])


def test_close_lets_the_line_go_even_when_it_cannot_be_written(door: Door) -> None:
    door.strike.release(momentary(LONG_MS))
    BrokenLine(door, not door.active_high, 1)
    with pytest.raises(OSError, match="broken"):
        door.strike.close()
    assert door.pins.let_go(PIN)
    door.strike.close()
