"""The composition root of the simulated door: mock pins, a stage before the camera, and the socket to work them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gate.access.modes import DoorMode
from gate.access.signals import ModeRequested, Signal
from gate.adapters import pins_mock
from gate.adapters.local_socket.bench import BenchSocket
from gate.adapters.frames_files import StageFrames
from gate.ports import Frame, FrameSource, Symbol
from gate.service.config_schema import Config


class Workbench:
    """What the outside world may do to the simulated hardware, and what it is told of it."""

    def __init__(self, config: Config, lines: dict[int, str]) -> None:
        """``lines`` names the output pins. Without ``bench.socket`` nobody acts and nobody is told."""
        self._config = config
        self._lines = lines
        self._buttons = {"admit": config.pins.admit, "refuse": config.pins.refuse}
        self._pins: Any = None
        self._server: BenchSocket | None = None
        self._stage: StageFrames | None = None
        self._post: Callable[[Signal], None] = lambda _signal: None

    def pin_factory(self) -> Any:
        """The simulated pins."""
        self._pins = pins_mock.traced_factory(self._line_changed)
        return self._pins

    def listen(self, path: Path) -> BenchSocket:
        """Open the socket. Raises ``AdapterError``."""
        self._server = BenchSocket(path, {"show": self._show, "press": self._press, "mode": self._mode})
        return self._server

    def connect(self, post: Callable[[Signal], None], frames: FrameSource) -> None:
        """From now on the commands act on this controller and this camera."""
        self._post = post
        self._stage = frames if isinstance(frames, StageFrames) else None

    def seen(self, frame: Frame, symbols: tuple[Symbol, ...]) -> None:
        """The reader has looked at a frame."""
        if self._server is not None:
            self._server.report(frame=frame.name, symbols=len(symbols))

    def _line_changed(self, pin: int, level: bool, mono_ns: int) -> None:  # noqa: FBT001  (gpiozero's order)
        if self._server is None or pin not in self._lines:
            return
        releases_low = pin == self._config.pins.strike and not self._config.door.active_high
        self._server.report(line=self._lines[pin], on=level is not releases_low, mono_ns=mono_ns)

    def _show(self, asked: dict[str, Any]) -> None:
        if self._stage is None:
            raise ValueError('there is no stage: camera.source must be "stage"')
        self._stage.show(Path(asked["picture"]) if asked.get("picture") else None)

    def _press(self, asked: dict[str, Any]) -> None:
        if asked["button"] not in self._buttons:
            raise ValueError(f"the buttons are {', '.join(self._buttons)}")
        pins_mock.press(self._pins, self._buttons[asked["button"]])

    def _mode(self, asked: dict[str, Any]) -> None:
        self._post(ModeRequested(DoorMode(asked["mode"]), "workbench"))
