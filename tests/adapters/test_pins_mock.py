"""The traced mock pins: every change is told, once, with its time; buttons are pressed from outside."""

from __future__ import annotations

import time

import gpiozero
import pytest

from gate.adapters import pins_mock

Told = list[tuple[int, bool, int]]


@pytest.fixture
def told() -> Told:
    return []


def traced(told: Told) -> object:
    return pins_mock.traced_factory(lambda pin, level, mono_ns: told.append((pin, level, mono_ns)))


def test_every_change_of_a_line_is_told_with_its_time(told: Told) -> None:
    before_ns = time.monotonic_ns()
    with gpiozero.DigitalOutputDevice(17, pin_factory=traced(told)) as line:
        for value in (True, True, False, True):
            line.value = value
        assert [(pin, level) for pin, level, _ in told] == [(17, True), (17, False), (17, True)]
    times = [mono_ns for _, _, mono_ns in told]
    assert times == sorted(times)
    assert before_ns <= times[0] <= times[-1] <= time.monotonic_ns()


def test_pins_are_told_apart(told: Told) -> None:
    factory = traced(told)
    with (
        gpiozero.DigitalOutputDevice(4, pin_factory=factory) as one,
        gpiozero.DigitalOutputDevice(27, pin_factory=factory) as other,
    ):
        one.on()
        other.on()
        assert [pin for pin, _, _ in told] == [4, 27]


def test_factories_do_not_share_pins(told: Told) -> None:
    other: Told = []
    with (
        gpiozero.DigitalOutputDevice(17, pin_factory=traced(told)) as line,
        gpiozero.DigitalOutputDevice(17, pin_factory=traced(other)),
    ):
        line.on()
        assert len(told) == 1
        assert other == []


def test_a_line_that_works_for_years_keeps_no_history(told: Told) -> None:
    factory = pins_mock.traced_factory(lambda *_: None)
    with gpiozero.DigitalOutputDevice(17, pin_factory=factory) as line:
        for _ in range(1000):
            line.toggle()
        assert len(factory.pin(17).states) <= 1
    assert told == []


def test_a_press_is_a_way_down_and_a_way_up(told: Told) -> None:
    factory = traced(told)
    with gpiozero.DigitalInputDevice(23, pull_up=True, pin_factory=factory):
        told.clear()
        pins_mock.press(factory, 23)
        assert [(pin, level) for pin, level, _ in told] == [(23, False), (23, True)]
