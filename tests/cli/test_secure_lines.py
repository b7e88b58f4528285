"""``gate-secure-lines``: after a kill the door is secured, on kernels that would leave it released."""

from __future__ import annotations

import ast
import dataclasses
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gate.access.effects import Held, Line
from gate.access.modes import DoorMode
from gate.adapters.gpio_gpiozero import GpioIndicator, GpioStrike
from gate.cli import check_config, secure_lines
from gate.service import parts
from gate.service.config import load
from gate.service.config_hardware import PinFactory, PinsConfig
from tests.adapters.fake_gpiod import FakeKernel
from tests.pins import GpiodPins
from tests.service.config_files import changed_toml
from tests.test_systemd_unit import UNIT

FOREVER = Held(DoorMode.UNLOCKED, 1 << 62)
BUDGET_S = 0.2
BOTH_POLARITIES = pytest.mark.parametrize("active_high", [True, False], ids=["active-high", "active-low"])

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A configuration of a real board, changed at will."""

    def written(**changes: object) -> Path:
        file = tmp_path / "gate.toml"
        dotted = {key.replace("__", "."): value for key, value in changes.items()}
        file.write_text(changed_toml({"pins.factory": "gpiod", **dotted}))
        return file

    return written


class CrashedGate:
    """A gate whose strike was released and whose lamps were lit when it was killed."""

    def __init__(self, file: Path, *, keeps_drive: bool) -> None:
        config = load(file)
        self.strike = config.pins.strike
        self.active_high = config.door.active_high
        self.lamps = list(parts.lamps_of(config).values())
        self.pins = GpiodPins(parts.secured_levels(config), keeps_drive=keeps_drive)
        strike = GpioStrike(self.pins.factory, self.strike, active_high=self.active_high)
        indicator = GpioIndicator(self.pins.factory, parts.lamps_of(config))
        strike.release(FOREVER)
        indicator.show(frozenset(Line))
        self.pins.kernel.kill()
        self.pins.factory.forget()
        with strike._changed:  # the guard's thread has died with the process
            strike._closed = True
            strike._changed.notify()
        strike.close()
        self.pins.changes.clear()

    @property
    def kernel(self) -> FakeKernel:
        return self.pins.kernel

    def is_released(self) -> bool:
        return self.pins.now(self.strike) is self.active_high

    def is_lit(self) -> bool:
        return any(self.pins.now(pin) for pin in self.lamps)


def exec_stop_post() -> list[str]:
    """The words of the unit's command; systemd runs none when the line is missing."""
    lines = [line for line in UNIT.read_text().splitlines() if line.startswith("ExecStopPost=")]
    return shlex.split(lines[0].partition("=")[2]) if lines else []


def after_the_service(gate: CrashedGate, file: Path) -> None:
    """What systemd does once the service has ended, with the paths of this test."""
    words = exec_stop_post()
    if words and Path(words[0]).name == "gate-secure-lines":
        arguments = [str(file) if word == secure_lines.USUAL_FILE else word for word in words[1:]]
        assert secure_lines.main(arguments, gate.kernel) == 0


@BOTH_POLARITIES
def test_a_kernel_that_keeps_the_drive_leaves_a_killed_gate_released(write: Write, *, active_high: bool) -> None:
    gate = CrashedGate(write(door__active_high=active_high), keeps_drive=True)
    assert gate.is_released()
    assert gate.is_lit()


@BOTH_POLARITIES
def test_what_the_unit_runs_after_the_service_secures_the_door(write: Write, *, active_high: bool) -> None:
    file = write(door__active_high=active_high)
    gate = CrashedGate(file, keeps_drive=True)
    after_the_service(gate, file)
    assert not gate.is_released()
    assert not gate.is_lit()
    assert gate.pins.levels(gate.strike) == [not active_high]
    assert {change.pin for change in gate.pins.changes} == {gate.strike, *gate.lamps}
    assert gate.pins.changes[0].pin == gate.strike


@BOTH_POLARITIES
def test_each_line_is_claimed_once_at_its_level_and_given_back(write: Write, *, active_high: bool) -> None:
    file = write(door__active_high=active_high)
    gate = CrashedGate(file, keeps_drive=True)
    gate.kernel.ops.clear()
    assert secure_lines.main(["--config", str(file)], gate.kernel) == 0
    for pin in (gate.strike, *gate.lamps):
        assert [op.what for op in gate.kernel.of(pin)] == ["request", "release"]
    assert all(wire.owner is None for wire in gate.kernel.wires)


def test_a_line_that_another_program_has_is_named_and_the_others_are_secured(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write()
    gate = CrashedGate(file, keeps_drive=True)
    other = gate.pins.another()
    lamp = GpioIndicator(other, {Line.RED: gate.lamps[0]})
    assert secure_lines.main(["--config", str(file)], gate.kernel) == 1
    told = capsys.readouterr().err
    assert f'GPIO{gate.lamps[0]} is in use by "gate"' in told
    assert "NOT EVERY LINE IS SECURED" in told
    assert not gate.is_released()
    assert not any(gate.pins.now(pin) for pin in gate.lamps[1:])
    lamp.close()
    other.close()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"door__active_high": "yes"}, "door.active_high must be true or false, is 'yes'"),
        ({"pins__strike": 28}, "pins.strike must be a GPIO number from 0 to 27, is 28"),
        ({"pins__buzzer": True}, "pins.buzzer must be a GPIO number from 0 to 27, is True"),
    ],
)
def test_a_wrong_key_is_named_and_the_other_lines_are_secured(
    write: Write, capsys: pytest.CaptureFixture[str], changes: dict[str, object], told: str
) -> None:
    kernel = FakeKernel()
    assert secure_lines.main(["--config", str(write(**changes))], kernel) == 1
    assert told in capsys.readouterr().err
    assert len([op for op in kernel.ops if op.what == "request"]) == len(secure_lines.PINS) - 1


@pytest.mark.parametrize("name", [name for name in secure_lines.PINS if name != "strike"])
def test_a_lamp_on_the_strikes_line_does_not_release_the_door(write: Write, name: str) -> None:
    kernel = FakeKernel(keeps_drive=True)
    file = write(door__active_high=False, pins__strike=9, **{f"pins__{name}": 9})
    assert secure_lines.main(["--config", str(file)], kernel) == 0
    assert kernel.wires[9].level


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"[pins\n", "Expected"),
        (b"\xff", "codec can't decode"),
        (b"pins = 3\n", "[pins] and [door] must be tables"),
        (b'[pins]\nfactory = "lgpio"\n', "pins.factory must be"),
        (None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_loud(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes | None, told: str
) -> None:
    file = tmp_path / "gate.toml"
    if text is not None:
        file.write_bytes(text)
    kernel = FakeKernel()
    assert secure_lines.main(["--config", str(file)], kernel) == 2
    err = capsys.readouterr().err
    assert told in err
    assert "NO LINE WAS SECURED" in err
    assert f"gate check-config {file}" in err
    assert kernel.ops == []


class NoChips(FakeKernel):
    def paths(self) -> list[str]:
        return []


def test_a_board_that_is_not_there_is_told_once(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert secure_lines.main(["--config", str(write())], NoChips()) == 1
    assert capsys.readouterr().err.count("there is no /dev/gpiochip*") == 1


def test_simulated_lines_are_left_alone_and_that_is_said(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    kernel = FakeKernel()
    assert secure_lines.main(["--config", str(write(pins__factory="mock"))], kernel) == 0
    assert "there is no line to secure" in capsys.readouterr().out
    assert kernel.ops == []


def test_it_knows_the_same_outputs_defaults_and_file_as_the_service(write: Write) -> None:
    defaults = {one.name: one.default for one in dataclasses.fields(PinsConfig)}
    assert {name: defaults[name] for name in secure_lines.PINS} == secure_lines.PINS
    assert secure_lines._levels({}, {}) == (parts.secured_levels(load(write())), [])
    assert str(check_config.USUAL_FILE) == secure_lines.USUAL_FILE
    assert {str(kind) for kind in PinFactory} == {"mock", "gpiod"}


def run(*words: str) -> Iterator[str | float]:
    """Standard error and the processor seconds of a process of its own."""
    command = [sys.executable, *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        yield child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    yield used.ru_utime + used.ru_stime


def test_it_costs_less_than_its_budget(write: Write) -> None:
    file = str(write())
    spent = [float(list(run("-m", "gate.cli.secure_lines", "--config", file))[1]) for _ in range(3)]
    assert min(spent) < BUDGET_S


HEAVY = {"numpy", "gpiozero", "cryptography", "cattrs", "paho", "gate.ports", "gate.service", "logging", "asyncio"}
IMPORTS = """
import sys
from gate.cli import secure_lines
from gate.adapters.pins_gpiod import lines
sys.stderr.write(repr([*sys.modules]))
"""


def test_it_imports_nothing_heavy() -> None:
    told, _ = run("-c", IMPORTS)
    modules = set(ast.literal_eval(str(told)))
    assert "gpiod" in modules
    assert modules & HEAVY == set()
