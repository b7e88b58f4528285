"""What every ``ports.InputLines`` must do; the contacts are worked from outside."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from gate.access.inputs import BUTTONS, CLOSED_LOOPS, InputLine
from gate.access.signals import InputChanged
from gate.adapters.gpio_gpiozero import GpioInputs
from gate.ports import AdapterError, InputLines
from gate.service.threads import Worker
from tests.pins import LONG_S, MakePins, Pins

ADMIT, REFUSE, EMERGENCY = InputLine.ADMIT, InputLine.REFUSE, InputLine.EMERGENCY
PINS = {ADMIT: 23, REFUSE: 24, EMERGENCY: 20}
EVERY_PIN = dict(zip(InputLine, (5, 6, 4, 7, 8, 12, 13, 16, 21, 20), strict=True))

Story = list[tuple[InputLine, bool]]


def told(changes: list[InputChanged]) -> Story:
    """The changes after the initial report."""
    return [(change.line, change.active) for change in changes if not change.initial]


def found(changes: list[InputChanged]) -> dict[InputLine, bool]:
    """The initial report."""
    return {change.line: change.active for change in changes if change.initial}


@pytest.fixture
def pins(make_pins: MakePins) -> Pins:
    return make_pins()


@pytest.fixture
def inputs(pins: Pins) -> Iterator[InputLines]:
    made = GpioInputs(pins.factory, PINS)
    pins.hold(PINS[EMERGENCY])  # the loop is whole
    yield made
    made.close()


def test_a_press_is_told_once_by_name_with_its_end(pins: Pins, inputs: InputLines) -> None:
    changes: list[InputChanged] = []
    inputs.listen(changes.append)
    pins.press(PINS[ADMIT])
    assert told(changes) == [(ADMIT, True), (ADMIT, False)]
    pins.press(PINS[REFUSE])
    pins.press(PINS[REFUSE])
    assert told(changes)[2:] == [(REFUSE, True), (REFUSE, False)] * 2
    assert [change.at_ns for change in changes] == sorted(change.at_ns for change in changes)


def test_a_button_is_active_from_when_it_goes_down_until_it_comes_up(pins: Pins, inputs: InputLines) -> None:
    changes: list[InputChanged] = []
    inputs.listen(changes.append)
    pins.hold(PINS[ADMIT])
    assert told(changes) == [(ADMIT, True)]
    pins.let_up(PINS[ADMIT])
    assert told(changes) == [(ADMIT, True), (ADMIT, False)]


@pytest.mark.parametrize("line", InputLine)
def test_a_loop_is_active_when_it_is_open_and_any_other_contact_when_it_is_closed(pins: Pins, line: InputLine) -> None:
    inputs = GpioInputs(pins.factory, {line: EVERY_PIN[line]})
    changes: list[InputChanged] = []
    inputs.listen(changes.append)
    assert found(changes) == {line: line in CLOSED_LOOPS}  # nothing is connected: a cut loop is active
    pins.hold(EVERY_PIN[line])
    pins.let_up(EVERY_PIN[line])
    assert told(changes) == [(line, line not in CLOSED_LOOPS), (line, line in CLOSED_LOOPS)]
    inputs.close()


def test_what_is_found_is_told_once_for_every_input_before_anything_changes(pins: Pins) -> None:
    inputs = GpioInputs(pins.factory, EVERY_PIN)
    grounded = {InputLine.REX, InputLine.DOOR_MONITOR, EMERGENCY}
    for line in grounded:
        pins.hold(EVERY_PIN[line])
    changes: list[InputChanged] = []
    inputs.listen(changes.append)
    assert all(change.initial for change in changes)
    assert [change.line for change in changes] == list(InputLine)
    assert found(changes) == {line: (line in grounded) is not (line in CLOSED_LOOPS) for line in InputLine}
    pins.let_up(EVERY_PIN[EMERGENCY])
    assert told(changes) == [(EMERGENCY, True)]
    inputs.close()


def test_a_button_at_rest_is_pulled_up(pins: Pins, inputs: InputLines) -> None:
    changes: list[InputChanged] = []
    inputs.listen(changes.append)
    assert all(pins.now(PINS[line]) for line in BUTTONS & PINS.keys())
    assert told(changes) == []


def test_a_press_before_anybody_listens_is_not_told_later(pins: Pins, inputs: InputLines) -> None:
    pins.press(PINS[ADMIT])
    changes: list[InputChanged] = []
    inputs.listen(changes.append)
    pins.press(PINS[REFUSE])
    assert found(changes) == dict.fromkeys(PINS, False)
    assert told(changes) == [(REFUSE, True), (REFUSE, False)]


def test_a_press_that_began_before_anybody_listened_is_found_and_ends(pins: Pins, inputs: InputLines) -> None:
    pins.hold(PINS[ADMIT])
    changes: list[InputChanged] = []
    inputs.listen(changes.append)
    pins.let_up(PINS[ADMIT])
    assert found(changes)[ADMIT]
    assert told(changes) == [(ADMIT, False)]


def test_whoever_listens_last_is_told(pins: Pins, inputs: InputLines) -> None:
    first: list[InputChanged] = []
    second: list[InputChanged] = []
    inputs.listen(first.append)
    pins.hold(PINS[REFUSE])
    inputs.listen(second.append)
    pins.press(PINS[ADMIT])
    assert told(first) == [(REFUSE, True)]
    assert found(second)[REFUSE]
    assert told(second) == [(ADMIT, True), (ADMIT, False)]


def test_after_close_nobody_is_told(pins: Pins, inputs: InputLines) -> None:
    changes: list[InputChanged] = []
    inputs.listen(changes.append)
    inputs.close()
    pins.press(PINS[ADMIT])
    assert told(changes) == []
    changes.clear()
    inputs.listen(changes.append)
    assert changes == []
    inputs.close()


def test_close_without_having_listened_is_quiet(pins: Pins) -> None:
    GpioInputs(pins.factory, PINS).close()


def test_it_may_be_closed_by_its_own_listener(pins: Pins, inputs: InputLines) -> None:
    changes: list[InputChanged] = []

    def listener(change: InputChanged) -> None:
        changes.append(change)
        if not change.initial:
            inputs.close()

    inputs.listen(listener)
    pins.press(PINS[ADMIT])
    assert told(changes) == [(ADMIT, True)]


def test_what_a_listener_failed_to_take_is_told_again(pins: Pins, inputs: InputLines) -> None:
    changes: list[InputChanged] = []
    again = threading.Event()
    failures = iter(range(1))

    def listener(change: InputChanged) -> None:
        if not change.initial and next(failures, None) is not None:
            raise ValueError("no room")
        changes.append(change)
        if not change.initial:
            again.set()

    inputs.listen(listener)
    try:
        pins.hold(PINS[ADMIT])
    except ValueError:  # a mock tells on the thread that pressed
        pins.hold(PINS[ADMIT])
        pins.factory.pin(PINS[ADMIT])._call_when_changed()
    assert again.wait(LONG_S)
    assert told(changes) == [(ADMIT, True)]


def test_the_first_report_and_a_busy_contact_make_one_story(pins: Pins, inputs: InputLines) -> None:
    """Whoever begins to listen while a contact is worked hears what it is, and from then on each change once."""
    working = threading.Event()

    def work(stop: threading.Event, _beat: object) -> None:
        while not stop.is_set():
            pins.press(PINS[ADMIT])
            working.set()
        pins.hold(PINS[ADMIT])

    worker = Worker("hand", work, lambda _: None)
    worker.start()
    assert working.wait(LONG_S)
    stories: list[list[InputChanged]] = []
    until_s = time.monotonic() + 0.3
    while time.monotonic() < until_s:
        stories.append([])
        inputs.listen(stories[-1].append)
    assert worker.stop(LONG_S)
    assert worker.error is None
    for changes in stories:
        story = [change for change in changes if change.line is ADMIT]
        assert [change.initial for change in story] == [True, *[False] * (len(story) - 1)]
        assert all(one.active is not other.active for one, other in itertools.pairwise(story))
        assert [change.at_ns for change in story] == sorted(change.at_ns for change in story)
    last = [change for change in stories[-1] if change.line is ADMIT]
    assert last[-1].active  # what was told and the level are the same in the end


def test_a_pin_in_use_is_told_with_advice_and_the_others_are_let_go(pins: Pins) -> None:
    taken = GpioInputs(pins.factory, {REFUSE: PINS[REFUSE]})
    with pytest.raises(AdapterError, match=r"pin 24 for refuse .* in use .*Check \[pins\]"):
        GpioInputs(pins.factory, PINS)
    taken.close()
    GpioInputs(pins.factory, PINS).close()
