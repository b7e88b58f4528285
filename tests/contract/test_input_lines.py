"""What every ``ports.InputLines`` must do; the presses come from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gate.adapters.gpio_gpiozero import GpioInputs
from gate.ports import AdapterError, InputChange, InputLine, InputLines
from tests.pins import MakePins, Pins

ADMIT, REFUSE = InputLine.ADMIT, InputLine.REFUSE
PINS = {ADMIT: 23, REFUSE: 24}


def told(changes: list[InputChange]) -> list[tuple[InputLine, bool]]:
    return [(change.line, change.active) for change in changes]


@pytest.fixture
def pins(make_pins: MakePins) -> Pins:
    return make_pins()


@pytest.fixture
def inputs(pins: Pins) -> Iterator[InputLines]:
    made = GpioInputs(pins.factory, PINS)
    yield made
    made.close()


def test_a_press_is_told_once_by_name_with_its_end(pins: Pins, inputs: InputLines) -> None:
    changes: list[InputChange] = []
    inputs.listen(changes.append)
    pins.press(PINS[ADMIT])
    assert told(changes) == [(ADMIT, True), (ADMIT, False)]
    pins.press(PINS[REFUSE])
    pins.press(PINS[REFUSE])
    assert told(changes)[2:] == [(REFUSE, True), (REFUSE, False)] * 2
    assert [change.mono_ns for change in changes] == sorted(change.mono_ns for change in changes)


def test_a_button_is_active_from_when_it_goes_down_until_it_comes_up(pins: Pins, inputs: InputLines) -> None:
    changes: list[InputChange] = []
    inputs.listen(changes.append)
    pins.hold(PINS[ADMIT])
    assert told(changes) == [(ADMIT, True)]
    pins.let_up(PINS[ADMIT])
    assert told(changes) == [(ADMIT, True), (ADMIT, False)]


def test_a_button_at_rest_is_pulled_up(pins: Pins, inputs: InputLines) -> None:
    changes: list[InputChange] = []
    inputs.listen(changes.append)
    assert all(pins.now(pin) for pin in PINS.values())
    assert changes == []


@pytest.mark.usefixtures("inputs")
def test_a_press_before_anybody_listens_does_nothing(pins: Pins) -> None:
    pins.press(PINS[ADMIT])


def test_whoever_listens_last_is_told(pins: Pins, inputs: InputLines) -> None:
    first: list[InputChange] = []
    second: list[InputChange] = []
    inputs.listen(first.append)
    inputs.listen(second.append)
    pins.press(PINS[ADMIT])
    assert (told(first), told(second)) == ([], [(ADMIT, True), (ADMIT, False)])


def test_after_close_nobody_is_told(pins: Pins, inputs: InputLines) -> None:
    changes: list[InputChange] = []
    inputs.listen(changes.append)
    inputs.close()
    pins.press(PINS[ADMIT])
    assert changes == []
    inputs.close()


def test_close_without_having_listened_is_quiet(pins: Pins) -> None:
    GpioInputs(pins.factory, PINS).close()


def test_a_pin_in_use_is_told_with_advice_and_the_others_are_let_go(pins: Pins) -> None:
    taken = GpioInputs(pins.factory, {REFUSE: PINS[REFUSE]})
    with pytest.raises(AdapterError, match=r"pin 24 for refuse .* in use .*Check \[pins\]"):
        GpioInputs(pins.factory, PINS)
    taken.close()
    GpioInputs(pins.factory, PINS).close()
