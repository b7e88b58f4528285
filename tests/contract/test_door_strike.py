"""What every ``ports.DoorStrike`` must do, for both kinds of lock and both polarities; seen on the recorded line."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gate.access.effects import Held, Momentary, Standing
from gate.access.modes import DoorMode
from gate.access.strike_wiring import FailMode, StrikeWiring
from gate.adapters.gpio_gpiozero import GpioStrike
from gate.adapters.gpio_gpiozero.strike import GRACE_NS
from gate.ports import AdapterError, DoorStrike
from gate.service.threads import Worker
from tests.pins import MakePins, Pins

PIN, OTHER_PIN = 17, 18
MS = 1_000_000
LONG_MS = 60_000
SLACK_NS = 3000 * MS
"""How late a loaded machine may wake the guard."""
WIRINGS = [StrikeWiring(fail, active_high) for fail in FailMode for active_high in (True, False)]
SLOW_WIRINGS = [
    StrikeWiring(FailMode.FAIL_SECURE, active_high=True),
    StrikeWiring(FailMode.FAIL_SAFE, active_high=True),
]


def called(wiring: StrikeWiring) -> str:
    return f"{wiring.fail}-active-{'high' if wiring.active_high else 'low'}"


EVERY_WIRING = pytest.mark.parametrize("wiring", WIRINGS, ids=called)


class Door:
    """A strike, and the line that drives it."""

    def __init__(self, pins: Pins, wiring: StrikeWiring, pin: int = PIN, **more: Any) -> None:
        self.pins, self.pin, self.wiring = pins, pin, wiring
        self.strike: DoorStrike = GpioStrike(pins.factory, pin, wiring, **more)
        self.first = pins.levels(pin)
        """What claiming did to the line."""

    def is_released(self) -> bool:
        return self.pins.now(self.pin) is self.wiring.released_level

    def says_released(self) -> bool:
        return self.strike.released

    def history(self) -> list[str]:
        """What the line did since it was claimed."""
        return [
            "release" if level is self.wiring.released_level else "secure"
            for level in self.pins.levels(self.pin)[len(self.first) :]
        ]


MakeDoor = Callable[..., Door]


@pytest.fixture
def make_door(make_pins: MakePins) -> Iterator[MakeDoor]:
    """Makes doors on one board; their strikes are closed after the test."""
    made: list[Door] = []

    def make(wiring: StrikeWiring, pin: int = PIN, **more: Any) -> Door:
        pins = made[0].pins if made else make_pins(dict.fromkeys((PIN, OTHER_PIN), wiring.secured_level))
        made.append(Door(pins, wiring, pin, **more))
        return made[-1]

    yield make
    for door in made:
        door.strike.close()


@pytest.fixture(params=WIRINGS, ids=called)
def door(request: pytest.FixtureRequest, make_door: MakeDoor) -> Door:
    return make_door(request.param)


@pytest.fixture(params=SLOW_WIRINGS, ids=called)
def slow_door(request: pytest.FixtureRequest, make_door: MakeDoor) -> Door:
    """For tests that take their time: one line that releases when it is high, and one when it is low."""
    return make_door(request.param)


def momentary(ms: int) -> Momentary:
    return Momentary(time.monotonic_ns() + ms * MS)


def held(ms: int) -> Held:
    return Held(DoorMode.UNLOCKED, time.monotonic_ns() + ms * MS)


Lending = Callable[[int], Momentary | Held]
LEASES = pytest.mark.parametrize("lease", [momentary, held])


def test_it_starts_secured_without_a_pulse(door: Door) -> None:
    assert not door.is_released()
    assert door.pins.driven(PIN)
    assert door.first == ([True] if door.wiring.secured_level else [])
    assert not door.says_released()


@LEASES
def test_it_is_released_when_release_returns_and_secured_when_secure_returns(door: Door, lease: Lending) -> None:
    door.strike.release(lease(LONG_MS))
    assert door.is_released()
    assert door.says_released()
    door.strike.secure()
    assert not door.is_released()
    assert not door.says_released()
    assert door.history() == ["release", "secure"]


@LEASES
def test_a_lease_that_nobody_ends_is_ended_by_the_adapter(slow_door: Door, lease: Lending) -> None:
    given = lease(20)
    end_ns = given.deadline_ns if isinstance(given, Momentary) else given.renew_by_ns
    slow_door.strike.release(given)
    slow_door.pins.wait(lambda: len(slow_door.history()) == 2)
    assert slow_door.history() == ["release", "secure"]
    assert 0 <= slow_door.pins.changes[-1].mono_ns - end_ns - GRACE_NS < SLACK_NS


def test_a_held_lease_that_is_renewed_does_not_drop_the_line(slow_door: Door) -> None:
    until_ns = time.monotonic_ns() + 200 * MS
    while time.monotonic_ns() < until_ns:
        slow_door.strike.release(held(100))
    assert slow_door.history() == ["release"]
    slow_door.pins.wait(lambda: slow_door.history() == ["release", "secure"])


def test_a_longer_lease_outlives_the_end_of_the_one_before(slow_door: Door) -> None:
    slow_door.strike.release(momentary(200))
    last = held(350)
    slow_door.strike.release(last)
    slow_door.pins.wait(lambda: len(slow_door.history()) == 2)
    assert slow_door.history() == ["release", "secure"]
    assert slow_door.pins.changes[-1].mono_ns >= last.renew_by_ns


def test_a_shorter_lease_ends_the_longer_one_before(slow_door: Door) -> None:
    slow_door.strike.release(momentary(LONG_MS))
    slow_door.strike.release(momentary(20))
    slow_door.pins.wait(lambda: slow_door.history() == ["release", "secure"])


@LEASES
def test_a_lease_that_has_ended_secures(door: Door, lease: Lending) -> None:
    door.strike.release(lease(0))
    assert door.history() == []
    door.strike.release(lease(LONG_MS))
    door.strike.release(lease(-5))
    assert door.history() == ["release", "secure"]


@LEASES
@pytest.mark.parametrize("wiring", SLOW_WIRINGS, ids=called)
def test_the_adapter_has_a_bound_of_its_own_and_says_once_that_it_was_needed(
    make_door: MakeDoor, caplog: pytest.LogCaptureFixture, wiring: StrikeWiring, lease: Lending
) -> None:
    door = make_door(wiring, longest_momentary_s=0.1, longest_held_s=0.1)
    thousand_years_ms = 1000 * 365 * 24 * 3600 * 1000
    for count in (1, 2):
        with caplog.at_level(logging.ERROR):
            door.strike.release(lease(thousand_years_ms))
        assert door.is_released()
        given_ns = time.monotonic_ns()
        door.pins.wait(lambda count=count: len(door.history()) == 2 * count)  # type: ignore[misc]
        assert door.pins.changes[-1].mono_ns - given_ns < 100 * MS + GRACE_NS + SLACK_NS
    assert caplog.text.count("lease was longer than 0.1 s: shortened") == 1


@LEASES
def test_a_lease_within_its_bound_is_not_shortened(
    make_door: MakeDoor, caplog: pytest.LogCaptureFixture, lease: Lending
) -> None:
    door = make_door(StrikeWiring(), longest_momentary_s=1, longest_held_s=1)
    given = lease(900)
    with caplog.at_level(logging.ERROR):
        door.strike.release(given)
    assert caplog.text == ""


# An emergency


@pytest.mark.parametrize("before", [momentary, held, None])
def test_a_standing_release_outlives_the_lease_before_it(
    make_door: MakeDoor, slow_door: Door, before: Lending | None
) -> None:
    if before is not None:
        slow_door.strike.release(before(20))
    slow_door.strike.release(Standing())
    assert slow_door.says_released()
    other = make_door(slow_door.wiring, OTHER_PIN)
    other.strike.release(momentary(40))
    slow_door.pins.wait(lambda: other.history() == ["release", "secure"])  # so a guard would have acted by now
    assert slow_door.history() == ["release"]
    assert slow_door.is_released()


def test_a_standing_release_is_ended_by_secure(door: Door) -> None:
    door.strike.release(Standing())
    door.strike.secure()
    assert door.history() == ["release", "secure"]
    door.strike.close()
    assert door.history() == ["release", "secure"]


@LEASES
def test_a_standing_release_is_ended_by_another_lease(slow_door: Door, lease: Lending) -> None:
    slow_door.strike.release(Standing())
    slow_door.strike.release(lease(20))
    slow_door.pins.wait(lambda: slow_door.history() == ["release", "secure"])
    slow_door.strike.close()
    assert not slow_door.is_released()


def test_nobody_deciding_leaves_a_standing_release_alone(door: Door) -> None:
    door.strike.release(Standing())
    door.strike.rest()
    door.strike.rest()
    assert door.is_released()
    assert door.history() == ["release"]


@LEASES
def test_nobody_deciding_ends_a_lease(door: Door, lease: Lending) -> None:
    door.strike.release(lease(LONG_MS))
    door.strike.rest()
    assert not door.is_released()
    assert door.history() == ["release", "secure"]


def test_close_leaves_a_standing_release_free(door: Door) -> None:
    door.strike.release(Standing())
    door.strike.close()
    assert door.history() == ["release"]
    assert door.says_released()
    assert door.pins.let_go(PIN)
    door.strike.rest()
    door.strike.secure()
    door.strike.close()
    assert door.is_released()


@EVERY_WIRING
def test_an_emergency_at_the_start_claims_the_line_released_without_a_pulse(
    make_door: MakeDoor, wiring: StrikeWiring
) -> None:
    door = make_door(wiring, standing=True)
    assert door.is_released()
    assert door.says_released()
    assert door.first == ([True] if wiring.released_level else [])
    door.strike.rest()
    assert door.is_released()
    door.strike.secure()
    assert door.history() == ["secure"]
    door.strike.close()
    assert not door.is_released()


@pytest.mark.parametrize("standing", [True, False])
def test_a_refused_claim_does_not_change_how_the_line_is_let_go(door: Door, *, standing: bool) -> None:
    if not standing:
        door.strike.release(Standing())
    with pytest.raises(AdapterError, match="in use"):
        GpioStrike(door.pins.factory, PIN, door.wiring, standing=standing)
    door.strike.close()
    assert door.is_released() is not standing


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
    again = GpioStrike(door.pins.factory, PIN, door.wiring)
    again.release(momentary(LONG_MS))
    assert door.is_released()
    again.close()
    assert not door.is_released()


def test_a_pin_in_use_is_told_with_advice(door: Door) -> None:
    with pytest.raises(AdapterError, match=rf"pin {PIN} for the strike .* in use .*Check \[pins\]"):
        GpioStrike(door.pins.factory, PIN, door.wiring)
    assert not door.is_released()


def test_a_pin_that_does_not_exist_is_told_with_advice(make_pins: MakePins) -> None:
    with pytest.raises(AdapterError, match=r"pin 99 for the strike .*Check \[pins\]"):
        GpioStrike(make_pins().factory, 99, StrikeWiring())


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_once_secure_has_returned_the_line_stays_secured(slow_door: Door) -> None:
    for _ in range(1000):
        slow_door.strike.release(momentary(LONG_MS))
        slow_door.strike.secure()
        count = len(slow_door.pins.changes)
        assert not slow_door.is_released()
        assert len(slow_door.pins.changes) == count
    assert slow_door.history() == ["release", "secure"] * 1000


@pytest.mark.usefixtures("restless")
@EVERY_WIRING
def test_close_from_another_thread_wins_against_releases(make_pins: MakePins, wiring: StrikeWiring) -> None:
    for _ in range(25):
        door = Door(make_pins({PIN: wiring.secured_level}), wiring)
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
def test_the_guard_and_the_core_ending_a_lease_at_once_do_not_disturb_one_another(slow_door: Door) -> None:
    for early_us in range(0, 1000, 125):
        lease = momentary(2)
        slow_door.strike.release(lease)
        while time.monotonic_ns() < lease.deadline_ns + GRACE_NS - early_us * 1000:
            pass
        slow_door.strike.release(momentary(LONG_MS))
        assert slow_door.is_released()
        slow_door.strike.secure()
        assert not slow_door.is_released()


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


def test_a_line_that_fails_to_secure_is_tried_again_until_it_does(slow_door: Door) -> None:
    BrokenLine(slow_door, slow_door.wiring.secured_level, 3)
    slow_door.strike.release(momentary(20))
    with pytest.raises(OSError, match="broken"):
        slow_door.strike.secure()
    slow_door.pins.wait(lambda: slow_door.history() == ["release", "secure"])


def test_a_line_that_fails_to_be_freed_in_an_emergency_is_tried_again_until_it_is(slow_door: Door) -> None:
    BrokenLine(slow_door, slow_door.wiring.released_level, 3)
    with pytest.raises(OSError, match="broken"):
        slow_door.strike.release(Standing())
    slow_door.pins.wait(lambda: slow_door.history() == ["release"])


def test_nobody_deciding_frees_a_line_that_could_not_be_freed_before(door: Door) -> None:
    BrokenLine(door, door.wiring.released_level, 1)
    with pytest.raises(OSError, match="broken"):
        door.strike.release(Standing())
    door.strike.rest()
    assert door.is_released()


def test_a_standing_release_that_fails_to_be_secured_is_tried_again(slow_door: Door) -> None:
    slow_door.strike.release(Standing())
    BrokenLine(slow_door, slow_door.wiring.secured_level, 3)
    with pytest.raises(OSError, match="broken"):
        slow_door.strike.secure()
    slow_door.pins.wait(lambda: slow_door.history() == ["release", "secure"])


def test_close_lets_the_line_go_even_when_it_cannot_be_written(door: Door) -> None:
    door.strike.release(momentary(LONG_MS))
    BrokenLine(door, door.wiring.secured_level, 1)
    with pytest.raises(OSError, match="broken"):
        door.strike.close()
    assert door.pins.let_go(PIN)
    door.strike.close()
