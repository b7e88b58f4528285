"""The composition root of the simulated door: mock pins, a stage before the camera, and the socket to work them.

The simulated world is at rest when it begins: the door is closed, nothing is pressed, and every closed loop is closed.
Its lock does what the strike's line tells it, unless it is jammed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.access.inputs import BUTTONS, CLOSED_LOOPS, InputLine
from gate.access.signals import Ordered, Signal
from gate.adapters import pins_mock
from gate.adapters.frames_files import StageFrames
from gate.adapters.local_socket.bench import BenchSocket, Command
from gate.ports import Clock, Frame, FrameSource, Symbol
from gate.service.control_verbs import Reasons, WrongRequest, order_of

BY = "workbench"


@dataclass(frozen=True, slots=True)
class Wires:
    """The lines of the simulated door, by pin or name."""

    outputs: Mapping[int, str]
    """What each output is called on the workbench."""
    inputs: Mapping[InputLine, int]
    """Those that are wired."""
    strike: int
    released_level: bool


class Workbench:
    """What the outside world may do to the simulated hardware, and what it is told of it."""

    def __init__(self, wires: Wires, clock: Clock, reasons: Reasons) -> None:
        """Without ``listen`` nobody acts and nobody is told."""
        self._wires = wires
        self._clock = clock
        self._reasons = reasons
        self._jammed = False
        self._pins: Any = None
        self._server: BenchSocket | None = None
        self._stage: StageFrames | None = None
        self._post: Callable[[Signal], None] = lambda _signal: None

    def pin_factory(self) -> Any:
        """The simulated pins."""
        closed = [pin for line, pin in self._wires.inputs.items() if line in CLOSED_LOOPS]
        self._pins = pins_mock.traced_factory(self._line_changed, closed)
        return self._pins

    def listen(self, path: Path) -> BenchSocket:
        """Open the socket. Raises ``AdapterError``."""
        self._server = BenchSocket(path, self.commands())
        return self._server

    def commands(self) -> Mapping[str, Command]:
        """What may be done, by name."""
        return {
            "show": self._show,
            "press": self._press,
            "hold": lambda asked: self._set(self._button(asked), active=True),
            "let_go": lambda asked: self._set(self._button(asked), active=False),
            "input": lambda asked: self._set(self._line(asked["line"]), active=_switch(asked, "active")),
            "door": lambda asked: self._door(is_open=_switch(asked, "open")),
            "jam": self._jam,
            "order": self._order,
        }

    def connect(self, post: Callable[[Signal], None], frames: FrameSource) -> None:
        """From now on the commands act on this controller and this camera."""
        self._post = post
        self._stage = frames if isinstance(frames, StageFrames) else None

    def seen(self, frame: Frame, symbols: tuple[Symbol, ...]) -> None:
        """The reader has looked at a frame."""
        if self._server is not None:
            self._server.report(frame=frame.name, symbols=len(symbols))

    def _line_changed(self, pin: int, level: bool, mono_ns: int) -> None:  # noqa: FBT001  (gpiozero's order)
        name = self._wires.outputs.get(pin)
        if name is None:
            return
        is_strike = pin == self._wires.strike
        on = level is (self._wires.released_level if is_strike else True)
        if is_strike and not self._jammed and InputLine.LOCK_MONITOR in self._wires.inputs:
            self._set(InputLine.LOCK_MONITOR, active=on)  # first, so that whoever hears of the strike finds it done
        if self._server is not None:
            self._server.report(line=name, on=on, mono_ns=mono_ns)

    # The commands.

    def _show(self, asked: dict[str, Any]) -> None:
        if self._stage is None:
            raise ValueError('there is no stage: camera.source must be "stage"')
        self._stage.show(Path(asked["picture"]) if asked.get("picture") else None)

    def _press(self, asked: dict[str, Any]) -> None:
        pins_mock.press(self._pins, self._wires.inputs[self._button(asked)])

    def _button(self, asked: dict[str, Any]) -> InputLine:
        line = self._line(asked["button"])
        if line not in BUTTONS:
            raise ValueError(f'{line} is no button; {{"do": "input"}} sets it')
        return line

    def _line(self, name: object) -> InputLine:
        wired = {line.value: line for line in self._wires.inputs}
        if not isinstance(name, str) or name not in wired:
            raise ValueError(f"wired are: {', '.join(sorted(wired))}")
        return wired[name]

    def _set(self, line: InputLine, *, active: bool) -> None:
        work = pins_mock.close_contact if active is not (line in CLOSED_LOOPS) else pins_mock.open_contact
        work(self._pins, self._wires.inputs[line])

    def _door(self, *, is_open: bool) -> None:
        """Swing the door; the two contacts of a change-over monitor follow each other."""
        monitors = [
            line for line in (InputLine.DOOR_MONITOR, InputLine.DOOR_MONITOR_OPEN) if line in self._wires.inputs
        ]
        if not monitors:
            raise ValueError("there is no door monitor: pins.door_monitor is not wired")
        for line in monitors:
            self._set(line, active=is_open)

    def _jam(self, asked: dict[str, Any]) -> None:
        self._jammed = _switch(asked, "jammed")

    def _order(self, asked: dict[str, Any]) -> None:
        args = {name: value for name, value in asked.items() if name not in {"do", "verb"}}
        try:
            order = order_of(str(asked["verb"]), args, self._reasons)
        except WrongRequest as wrong:
            raise ValueError(str(wrong)) from wrong
        self._post(Ordered(order, BY, self._clock.now().mono_ns))


def _switch(asked: dict[str, Any], name: str) -> bool:
    value = asked[name]
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false")  # noqa: TRY004  (what is refused is the text)
    return value
