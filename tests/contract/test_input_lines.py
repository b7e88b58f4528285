"""What every ``ports.InputLines`` must do; the presses come from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gate.adapters.gpio_gpiozero import GpioInputs
from gate.ports import AdapterError, InputLines
from tests.pins import MakePins, Pins

PINS = {"admit": 23, "refuse": 24}


@pytest.fixture
def pins(make_pins: MakePins) -> Pins:
    return make_pins()


@pytest.fixture
def inputs(pins: Pins) -> Iterator[InputLines]:
    made = GpioInputs(pins.factory, PINS)
    yield made
    made.close()


def test_a_press_is_told_once_by_name(pins: Pins, inputs: InputLines) -> None:
    pressed: list[str] = []
    inputs.listen(pressed.append)
    pins.press(PINS["admit"])
    assert pressed == ["admit"]
    pins.press(PINS["refuse"])
    pins.press(PINS["refuse"])
    assert pressed == ["admit", "refuse", "refuse"]


def test_a_button_is_told_when_it_goes_down_not_when_it_comes_up(pins: Pins, inputs: InputLines) -> None:
    pressed: list[str] = []
    inputs.listen(pressed.append)
    pins.hold(PINS["admit"])
    assert pressed == ["admit"]
    pins.let_up(PINS["admit"])
    assert pressed == ["admit"]


def test_a_button_at_rest_is_pulled_up(pins: Pins, inputs: InputLines) -> None:
    pressed: list[str] = []
    inputs.listen(pressed.append)
    assert all(pins.now(pin) for pin in PINS.values())
    assert pressed == []


@pytest.mark.usefixtures("inputs")
def test_a_press_before_anybody_listens_does_nothing(pins: Pins) -> None:
    pins.press(PINS["admit"])


def test_whoever_listens_last_is_told(pins: Pins, inputs: InputLines) -> None:
    first: list[str] = []
    second: list[str] = []
    inputs.listen(first.append)
    inputs.listen(second.append)
    pins.press(PINS["admit"])
    assert (first, second) == ([], ["admit"])


def test_after_close_nobody_is_told(pins: Pins, inputs: InputLines) -> None:
    pressed: list[str] = []
    inputs.listen(pressed.append)
    inputs.close()
    pins.press(PINS["admit"])
    assert pressed == []
    inputs.close()


def test_close_without_having_listened_is_quiet(pins: Pins) -> None:
    GpioInputs(pins.factory, PINS).close()


def test_a_pin_in_use_is_told_with_advice_and_the_others_are_let_go(pins: Pins) -> None:
    taken = GpioInputs(pins.factory, {"refuse": PINS["refuse"]})
    with pytest.raises(AdapterError, match=r"pin 24 for refuse .* in use .*Check \[pins\]"):
        GpioInputs(pins.factory, PINS)
    taken.close()
    GpioInputs(pins.factory, PINS).close()
