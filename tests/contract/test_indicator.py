"""What every ``ports.Indicator`` must do; seen on the recorded lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from gate.access.effects import Line
from gate.adapters.gpio_gpiozero import GpioIndicator
from gate.ports import AdapterError, Indicator
from tests.pins import MakePins, Pins

PINS = {Line.RED: 5, Line.YELLOW: 6, Line.GREEN: 13, Line.ATTENTION: 19, Line.BUZZER: 26}
SETS = [frozenset(lit) for count in range(len(Line) + 1) for lit in itertools.combinations(Line, count)]


@pytest.fixture
def pins(make_pins: MakePins) -> Pins:
    return make_pins()


@pytest.fixture
def indicator(pins: Pins) -> Iterator[Indicator]:
    made = GpioIndicator(pins.factory, PINS)
    yield made
    made.close()


def lit(pins: Pins) -> frozenset[Line]:
    return frozenset(line for line, pin in PINS.items() if pins.now(pin))


@pytest.mark.usefixtures("indicator")
def test_it_starts_dark_without_a_flash(pins: Pins) -> None:
    assert not any(change.level for change in pins.changes)
    assert all(pins.driven(pin) for pin in PINS.values())


@pytest.mark.parametrize("first", SETS, ids="+".join)
def test_exactly_what_is_asked_is_lit_and_only_what_differs_is_switched(
    pins: Pins, indicator: Indicator, first: frozenset[Line]
) -> None:
    for second in SETS:
        indicator.show(first)
        pins.changes.clear()
        indicator.show(second)
        assert lit(pins) == second
        assert sorted(change.pin for change in pins.changes) == sorted(PINS[line] for line in first ^ second)


def test_close_makes_all_dark_and_lets_the_lines_go(pins: Pins, indicator: Indicator) -> None:
    indicator.show(frozenset(Line))
    indicator.close()
    assert lit(pins) == frozenset()
    assert all(pins.let_go(pin) for pin in PINS.values())
    indicator.close()


def test_a_pin_in_use_is_told_with_advice_and_the_others_are_let_go(pins: Pins) -> None:
    taken = GpioIndicator(pins.factory, {Line.GREEN: PINS[Line.GREEN]})
    with pytest.raises(AdapterError, match=r"pin 13 for green .* in use .*Check \[pins\]") as told:
        GpioIndicator(pins.factory, PINS)
    assert all(pins.let_go(pin) for line, pin in PINS.items() if line is not Line.GREEN)
    taken.close()
    GpioIndicator(pins.factory, PINS).close()
    assert told.value.__cause__ is not None
