"""What outlives a process: the board with its lines and its time, and the files of the gate."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from gate.access.inputs import CLOSED_LOOPS, InputLine
from gate.access.settings import Settings
from gate.access.strike_wiring import StrikeWiring
from gate.adapters.emergency_mark import FileMark
from gate.cli import secure_lines
from gate.credential.instant import ClockTrust, Instant
from gate.service.config import load
from gate.service.config_schema import Config
from gate.service.core_settings import settings_of
from tests.access.examples import SECOND, at
from tests.docs.strike_lines import Freed
from tests.pins import GpiodPins
from tests.service.config_files import changed_toml

STRIKE = 17
INPUTS = {
    InputLine.ADMIT: 5,
    InputLine.REFUSE: 6,
    InputLine.REX: 12,
    InputLine.DOOR_MONITOR: 13,
    InputLine.EMERGENCY: 16,
}


@dataclass(slots=True)
class BoardClock:
    """``ports.Clock``: monotonic time is the kernel's, wall time is as far from it as somebody has set it."""

    pins: GpiodPins
    wall_s: int = 0
    trust: ClockTrust = ClockTrust.SYNCED

    @property
    def now_ns(self) -> int:
        return self.pins.kernel.now_ns()

    def now(self) -> Instant:
        return at(self.now_ns, self.trust, wall_s=self.wall_s)


@dataclass(frozen=True, slots=True)
class Kind:
    """How a door is wired, and what its board does with a line that is given back."""

    wiring: StrikeWiring
    freed: Freed

    def __str__(self) -> str:
        polarity = "active-high" if self.wiring.active_high else "active-low"
        return f"{self.wiring.fail}, {polarity}, {self.freed.value}"


@dataclass(slots=True)
class Board:
    """One door. Time stands still but for ``pass_until``."""

    kind: Kind
    folder: Path
    changes: dict[str, object]
    """Of the configuration, at dotted keys."""
    pins: GpiodPins = field(init=False)
    clock: BoardClock = field(init=False)
    mark: FileMark = field(init=False)
    config: Config = field(init=False)
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        wiring, freed = self.kind.wiring, self.kind.freed
        self.pins = GpiodPins(keeps_drive=freed is Freed.KEEPS)
        self.pins.kernel.stop_clock(at_ns=SECOND)
        wire = self.pins.kernel.wires[STRIKE]
        wire.rest = wire.level = wiring.secured_level if freed is Freed.KEEPS else freed is Freed.PULLED_UP
        self.clock = BoardClock(self.pins)
        for line in InputLine:
            if line in INPUTS and line in CLOSED_LOOPS:
                self.connect(line, closed=True)
        self.mark = FileMark(self.folder / "emergency")
        self.config_file.write_text(changed_toml(self._configuration()))
        self.config = load(self.config_file)
        self.settings = settings_of(self.config)

    def _configuration(self) -> dict[str, object]:
        wiring = self.kind.wiring
        door = {"door.lock": str(wiring.fail), "door.active_high": wiring.active_high}
        inputs = {f"pins.{line}": pin for line, pin in INPUTS.items()}
        return {"pins.factory": "gpiod", "door.emergency_mark": "emergency", **door, **inputs, **self.changes}

    @property
    def config_file(self) -> Path:
        return self.folder / "gate.toml"

    @property
    def journal_file(self) -> Path:
        return self.folder / "journal.db"

    @property
    def level(self) -> bool:
        """Of the strike's wire."""
        return self.pins.now(STRIKE)

    @property
    def released(self) -> bool:
        return self.level is self.kind.wiring.released_level

    @property
    def loop_is_open(self) -> bool:
        """The emergency loop."""
        return self.pins.kernel.wires[INPUTS[InputLine.EMERGENCY]].outside is None

    @property
    def door_is_open(self) -> bool:
        return self.pins.kernel.wires[INPUTS[InputLine.DOOR_MONITOR]].outside is None

    def connect(self, line: InputLine, *, closed: bool) -> None:
        """Close the contact of an input, or open it."""
        self.pins.kernel.connect(INPUTS[line], None if not closed else False)

    def pass_until(self, moment_ns: int) -> None:
        """Let time pass."""
        if moment_ns > self.clock.now_ns:
            self.pins.kernel.skip((moment_ns - self.clock.now_ns) / 1e6)

    @property
    def debounced_ns(self) -> int | None:
        """When the next input will have been still for long enough."""
        return min((wire.due_ns for wire in self.pins.kernel.wires if wire.due_ns is not None), default=None)

    def secure_lines(self) -> int:
        """What systemd runs after every end; the exit code."""
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):  # it tells of 1,000 ends
            return secure_lines.main(["--config", str(self.config_file)], self.pins.kernel)
