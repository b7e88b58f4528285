"""The workbench: what is done to the simulated door reaches the core as the real thing would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gate.access.effects import Standing
from gate.access.inputs import BUTTONS, CLOSED_LOOPS, InputLine
from gate.access.modes import DoorMode
from gate.access.orders import Admit, Drill, SetMode
from gate.access.signals import InputChanged, Ordered, Signal
from gate.access.strike_wiring import FailMode, StrikeWiring
from gate.adapters.frames_files import StageFrames
from gate.adapters.gpio_gpiozero import GpioInputs, GpioStrike
from gate.credential.model import Colour
from gate.service.workbench import Wires, Workbench
from tests.service.control_gate import REASONS
from tests.service.stepped_clock import SteppedClock

STRIKE = 0
ALL = {line: pin for pin, line in enumerate(InputLine, STRIKE + 1)}
WITHOUT = {InputLine.ADMIT: 5, InputLine.REFUSE: 6}
WIRINGS = [StrikeWiring(fail, active_high) for fail in FailMode for active_high in (True, False)]


class Door:
    """A simulated door whose inputs are listened to."""

    def __init__(self, inputs: dict[InputLine, int], wiring: StrikeWiring) -> None:
        self.signals: list[Signal] = []
        self.clock = SteppedClock()
        self.bench = Workbench(Wires({STRIKE: "strike"}, inputs, STRIKE, wiring.released_level), self.clock, REASONS)
        factory = self.bench.pin_factory()
        self.frames = StageFrames(fps=10)
        self.inputs = GpioInputs(factory, inputs)
        self.strike = GpioStrike(factory, STRIKE, wiring)
        self.inputs.listen(self.signals.append)
        self.found = self.taken()
        self.bench.connect(self.signals.append, self.frames)

    def do(self, name: str, **args: Any) -> None:
        self.bench.commands()[name]({"do": name, **args})

    def taken(self) -> list[tuple[InputLine, bool]]:
        """The changes since the last look."""
        changes = [(one.line, one.active) for one in self.signals if isinstance(one, InputChanged)]
        self.signals.clear()
        return changes

    def close(self) -> None:
        self.strike.close()
        self.inputs.close()
        self.frames.close()


@pytest.fixture(params=WIRINGS, ids=str)
def door(request: pytest.FixtureRequest) -> Iterator[Door]:
    made = Door(ALL, request.param)
    yield made
    made.close()


@pytest.fixture
def bare() -> Iterator[Door]:
    made = Door(WITHOUT, StrikeWiring())
    yield made
    made.close()


def test_nothing_is_active_in_the_beginning(door: Door) -> None:
    assert dict(door.found) == dict.fromkeys(InputLine, False)


@pytest.mark.parametrize("line", InputLine)
def test_every_input_can_be_set_and_only_it_changes(door: Door, line: InputLine) -> None:
    for active in (True, True, False, False, True):
        door.do("input", line=line.value, active=active)
    assert door.taken() == [(line, True), (line, False), (line, True)]


@pytest.mark.parametrize("line", sorted(BUTTONS))
def test_every_button_can_be_pressed_held_and_let_go(door: Door, line: InputLine) -> None:
    door.do("press", button=line.value)
    assert door.taken() == [(line, True), (line, False)]
    door.do("hold", button=line.value)
    assert door.taken() == [(line, True)]
    door.do("let_go", button=line.value)
    assert door.taken() == [(line, False)]


def test_the_door_swings_with_both_contacts(door: Door) -> None:
    door.do("door", open=True)
    assert sorted(door.taken()) == [(InputLine.DOOR_MONITOR, True), (InputLine.DOOR_MONITOR_OPEN, True)]
    door.do("door", open=False)
    assert sorted(door.taken()) == [(InputLine.DOOR_MONITOR, False), (InputLine.DOOR_MONITOR_OPEN, False)]


def test_the_lock_follows_the_strike_unless_it_is_jammed(door: Door) -> None:
    door.strike.release(Standing())
    assert door.taken() == [(InputLine.LOCK_MONITOR, True)]
    door.do("jam", jammed=True)
    door.strike.secure()
    assert door.taken() == []
    door.do("jam", jammed=False)
    door.strike.release(Standing())
    door.strike.secure()
    assert door.taken() == [(InputLine.LOCK_MONITOR, False)]


def test_a_door_without_a_lock_monitor_has_none_that_follows(bare: Door) -> None:
    bare.strike.release(Standing())
    assert bare.taken() == []


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ({"verb": "lockdown"}, SetMode(DoorMode.LOCKED_DOWN)),
        ({"verb": "admit", "reason": "known", "visit": 3}, Admit("known", 3)),
        ({"verb": "drill", "colour": "red"}, Drill(Colour.RED)),
    ],
)
def test_an_order_is_given_as_by_the_workbench_now(bare: Door, asked: dict[str, Any], order: object) -> None:
    bare.do("order", **asked)
    (ordered,) = bare.signals
    assert isinstance(ordered, Ordered)
    assert (ordered.order, ordered.by, ordered.at_ns) == (order, "workbench", bare.clock.now_ns)
    assert ordered.request == 0


@pytest.mark.parametrize(
    ("name", "args", "why"),
    [
        ("press", {"button": "bell"}, "wired are: admit, refuse"),
        ("press", {"button": 5}, "wired are: admit, refuse"),
        ("press", {"button": "rex"}, "wired are: admit, refuse"),
        ("input", {"line": "tamper", "active": True}, "wired are: admit, refuse"),
        ("input", {"line": "admit", "active": "yes"}, "active must be true or false"),
        ("door", {"open": True}, "there is no door monitor"),
        ("jam", {"jammed": 1}, "jammed must be true or false"),
        ("order", {"verb": "open"}, "the verbs are: status, admit"),
        ("order", {"verb": "admit", "reason": "because"}, '"reason" must be one of'),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(bare: Door, name: str, args: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        bare.do(name, **args)
    assert bare.signals == []


def test_a_state_is_no_button(door: Door) -> None:
    for line in sorted(CLOSED_LOOPS):
        with pytest.raises(ValueError, match="is no button"):
            door.do("press", button=line.value)


def test_a_camera_that_is_no_stage_shows_nothing(bare: Door) -> None:
    bare.do("show", picture=None)
    bare.bench.connect(bare.signals.append, object())  # type: ignore[arg-type]  # any other camera
    with pytest.raises(ValueError, match="there is no stage"):
        bare.do("show", picture=None)
