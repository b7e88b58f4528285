"""``gate-secure-lines``: after a kill the door is secured, or free in an emergency, on kernels that keep the drive."""

from __future__ import annotations

import ast
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import gpiod
import pytest
from gpiod.line import Bias, Direction

from gate.access.effects import Held, Lease, Light, Line, Standing
from gate.access.modes import DoorMode
from gate.access.strike_wiring import FailMode, StrikeWiring
from gate.adapters.emergency_mark import FileMark
from gate.adapters.gpio_gpiozero import GpioIndicator, GpioRingLight, GpioStrike
from gate.cli import secure_lines
from gate.service import parts
from gate.service.config import load
from tests.adapters.fake_gpiod import FakeKernel
from tests.pins import GpiodPins
from tests.service.config_files import changed_toml
from tests.test_systemd_unit import UNIT

FOREVER = Held(DoorMode.UNLOCKED, 1 << 62)
BUDGET_S = 0.2
STRIKE, ALARM, EMERGENCY, RING = 17, 26, 20, 10
LAMPS = {Line.RED: 22, Line.YELLOW: 23, Line.GREEN: 24, Line.ATTENTION: 25, Line.BUZZER: 27, Line.ALARM: ALARM}
LIGHTS = (*LAMPS.values(), RING)
WIRINGS = [StrikeWiring(fail, active_high) for fail in FailMode for active_high in (True, False)]
EVERY_WIRING = pytest.mark.parametrize("wiring", WIRINGS, ids=lambda one: f"{one.fail}-{one.active_high}")

Write = Callable[..., Path]


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "emergency"


@pytest.fixture
def write(tmp_path: Path, mark: Path) -> Write:
    """A configuration of a real board, changed at will."""

    def written(wiring: StrikeWiring | None = None, **changes: object) -> Path:
        file = tmp_path / "gate.toml"
        keys: dict[str, object] = {"pins.factory": "gpiod", "pins.alarm": ALARM}
        keys |= {"pins.ring_light": RING, "door.emergency_mark": str(mark)}
        if wiring is not None:
            keys |= {"door.lock": str(wiring.fail), "door.active_high": wiring.active_high}
        file.write_text(changed_toml(keys | {key.replace("__", "."): value for key, value in changes.items()}))
        return file

    return written


class CrashedGate:
    """A gate whose strike was released and whose lamps were lit when it was killed."""

    def __init__(self, wiring: StrikeWiring, *, keeps_drive: bool = True, lease: Lease = FOREVER) -> None:
        self.wiring = wiring
        secured = dict.fromkeys(LIGHTS, False) | {STRIKE: wiring.secured_level}
        self.pins = GpiodPins(secured, keeps_drive=keeps_drive)
        strike = GpioStrike(self.pins.factory, STRIKE, wiring, longest_held_s=1e10)
        indicator = GpioIndicator(self.pins.factory, LAMPS)
        ring_light = GpioRingLight(self.pins.factory, RING)
        strike.release(lease)
        indicator.show(Light(frozenset(Line)))
        ring_light.shine(on=True)
        self.pins.kill(strike)
        self.pins.changes.clear()
        self.kernel.ops.clear()

    @property
    def kernel(self) -> FakeKernel:
        return self.pins.kernel

    def is_released(self) -> bool:
        return self.pins.now(STRIKE) is self.wiring.released_level

    def is_lit(self) -> bool:
        return any(self.pins.now(pin) for pin in LIGHTS)


def exec_stop_post() -> list[str]:
    """The words of the unit's command; systemd runs none when the line is missing."""
    lines = [line for line in UNIT.read_text().splitlines() if line.startswith("ExecStopPost=")]
    return shlex.split(lines[0].partition("=")[2]) if lines else []


def after_the_service(gate: CrashedGate, file: Path) -> None:
    """What systemd does once the service has ended, with the paths of this test."""
    words = exec_stop_post()
    if words and Path(words[0]).name == "gate-secure-lines":
        known = {secure_lines.USUAL_FILE: str(file), "/run/gate/lines.toml": str(file.with_name("lines.toml"))}
        arguments = [known.get(word, word) for word in words[1:]]
        assert secure_lines.main(arguments, gate.kernel) == 0


@EVERY_WIRING
def test_a_kernel_that_keeps_the_drive_leaves_a_killed_gate_released(wiring: StrikeWiring) -> None:
    gate = CrashedGate(wiring)
    assert gate.is_released()
    assert gate.is_lit()


@EVERY_WIRING
def test_what_the_unit_runs_after_the_service_secures_the_door(write: Write, wiring: StrikeWiring) -> None:
    gate = CrashedGate(wiring)
    after_the_service(gate, write(wiring))
    assert not gate.is_released()
    assert not gate.is_lit()
    assert gate.pins.levels(STRIKE) == [wiring.secured_level]
    assert {change.pin for change in gate.pins.changes} == {STRIKE, *LIGHTS}
    assert gate.pins.changes[0].pin == STRIKE


@EVERY_WIRING
def test_each_line_is_claimed_once_at_its_level_and_given_back(write: Write, wiring: StrikeWiring) -> None:
    gate = CrashedGate(wiring)
    assert secure_lines.main(["--config", str(write(wiring))], gate.kernel) == 0
    for pin in (STRIKE, *LIGHTS):
        assert [op.what for op in gate.kernel.of(pin)] == ["request", "release"]
    assert all(wire.owner is None for wire in gate.kernel.wires)


# What the service left word of


@EVERY_WIRING
@pytest.mark.parametrize("edited", ["active_high", "half a file", "another pin"])
def test_a_configuration_that_was_edited_meanwhile_does_not_count(
    write: Write, tmp_path: Path, wiring: StrikeWiring, edited: str
) -> None:
    gate, file = CrashedGate(wiring), write(wiring)
    parts.leave_lines(load(file))
    match edited:
        case "active_high":
            write(StrikeWiring(wiring.fail, not wiring.active_high))
        case "half a file":
            file.write_text(file.read_text()[:40])
        case _:
            write(wiring, pins__strike=18)
    after_the_service(gate, file)
    assert not gate.is_released()
    assert not gate.is_lit()
    assert not (tmp_path / "lines.toml").exists(), "from now on the configuration counts"


def test_word_that_cannot_be_read_is_told_and_the_configuration_counts(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate, lines = CrashedGate(StrikeWiring()), tmp_path / "lines.toml"
    lines.write_text("[pins\n")
    assert secure_lines.main(["--config", str(write()), "--lines", str(lines)], gate.kernel) == 0
    assert "Going by the configuration instead" in capsys.readouterr().err
    assert not gate.is_released()


def test_it_is_kept_while_a_line_is_not_at_rest(write: Write, tmp_path: Path) -> None:
    file = write()
    parts.leave_lines(load(file))
    pins = GpiodPins({STRIKE: False})
    holder = GpioStrike(pins.factory, STRIKE, StrikeWiring())  # the service still runs
    assert secure_lines.main(["--config", str(file), "--lines", str(tmp_path / "lines.toml")], pins.kernel) == 1
    holder.close()
    pins.close()
    assert (tmp_path / "lines.toml").exists()


def test_a_service_that_cannot_leave_word_says_so_and_goes_on(
    write: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parts.leave_lines(load(write(door__emergency_mark=str(tmp_path / "none" / "emergency"))))
    assert "cannot be written" in caplog.text


def test_with_simulated_lines_there_is_no_word_to_leave(write: Write, tmp_path: Path) -> None:
    parts.leave_lines(load(write(pins__factory="mock")))
    assert not (tmp_path / "lines.toml").exists()


# An emergency


@EVERY_WIRING
@pytest.mark.parametrize("lease", [FOREVER, Standing()], ids=["released", "standing"])
def test_the_mark_of_an_emergency_frees_the_strike_and_that_is_said(
    write: Write, mark: Path, capsys: pytest.CaptureFixture[str], wiring: StrikeWiring, lease: Lease
) -> None:
    FileMark(mark).set()
    gate = CrashedGate(wiring, lease=lease)
    after_the_service(gate, write(wiring))
    assert gate.is_released()
    assert gate.pins.levels(STRIKE) == []
    assert not gate.is_lit()
    assert f"EMERGENCY ({mark} is there): the strike is RELEASED" in capsys.readouterr().err


@EVERY_WIRING
def test_the_mark_frees_a_strike_that_was_secured(write: Write, mark: Path, wiring: StrikeWiring) -> None:
    kernel = FakeKernel(keeps_drive=True)
    kernel.wires[STRIKE].rest = kernel.wires[STRIKE].level = wiring.secured_level
    FileMark(mark).set()
    assert secure_lines.main(["--config", str(write(wiring))], kernel) == 0
    assert kernel.wires[STRIKE].level is wiring.released_level
    FileMark(mark).clear()
    assert secure_lines.main(["--config", str(write(wiring))], kernel) == 0
    assert kernel.wires[STRIKE].level is wiring.secured_level


@EVERY_WIRING
@pytest.mark.parametrize("is_open", [True, False], ids=["open", "whole"])
def test_an_open_emergency_loop_frees_the_strike_and_a_whole_one_secures_it(
    write: Write, capsys: pytest.CaptureFixture[str], wiring: StrikeWiring, *, is_open: bool
) -> None:
    gate = CrashedGate(wiring)
    if not is_open:
        gate.kernel.connect(EMERGENCY, level=False)
    assert secure_lines.main(["--config", str(write(wiring, pins__emergency=EMERGENCY))], gate.kernel) == 0
    assert gate.is_released() is is_open
    assert (f"the emergency input on GPIO{EMERGENCY} is open" in capsys.readouterr().err) is is_open
    claimed, freed = gate.kernel.of(EMERGENCY)
    assert isinstance(claimed.settings, gpiod.LineSettings)
    assert (claimed.settings.direction, claimed.settings.bias) == (Direction.INPUT, Bias.PULL_UP)
    assert freed.what == "release"


class Shaky:
    """A contact whose samples are these, and then the last one for ever."""

    def __init__(self, samples: str) -> None:
        self.samples = [sample == "1" for sample in samples]
        self.count = 0

    def read(self) -> bool:
        self.count += 1
        return self.samples[min(self.count, len(self.samples)) - 1]


@pytest.mark.parametrize(
    ("samples", "level"),
    [("0", False), ("1", True), ("0001", True), ("1110", False), ("11110", False), ("01010", False)],
)
def test_the_loop_counts_when_it_is_still(samples: str, *, level: bool) -> None:
    shaky = Shaky(samples)
    began_s = time.monotonic()
    assert secure_lines._still_level(shaky.read) is level
    assert shaky.count <= secure_lines.MOST_SAMPLES
    assert time.monotonic() - began_s >= 0.05  # as long as any other input must be still


def test_a_loop_that_is_never_still_is_told() -> None:
    with pytest.raises(OSError, match="not still"):
        secure_lines._still_level(Shaky("01" * 50).read)


@pytest.mark.parametrize("marked", [True, False])
def test_where_the_emergency_input_cannot_be_read_the_mark_alone_decides(
    write: Write, mark: Path, capsys: pytest.CaptureFixture[str], *, marked: bool
) -> None:
    wiring = StrikeWiring()
    if marked:
        FileMark(mark).set()
    gate = CrashedGate(wiring)
    other = gate.pins.another({EMERGENCY: False})
    lamp = GpioIndicator(other, {Line.RED: EMERGENCY})
    assert secure_lines.main(["--config", str(write(wiring, pins__emergency=EMERGENCY))], gate.kernel) == (not marked)
    assert gate.is_released() is marked
    told = capsys.readouterr().err
    assert marked or "cannot be read: [Errno 16] GPIO20 is in use" in told
    lamp.close()
    other.close()


def test_an_emergency_input_on_the_strikes_line_is_refused(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    gate = CrashedGate(StrikeWiring())
    assert secure_lines.main(["--config", str(write(pins__emergency=STRIKE))], gate.kernel) == 1
    assert "it is the strike's line" in capsys.readouterr().err
    assert not gate.is_released()


def test_a_passive_buzzer_that_outlived_its_process_is_silenced(write: Write, tmp_path: Path) -> None:
    channel = tmp_path / "pwm0"
    channel.mkdir()
    (channel / "enable").write_text("1")
    gate = CrashedGate(StrikeWiring())
    assert secure_lines.main(["--config", str(write(pins__buzzer_pwm=str(channel)))], gate.kernel) == 0
    assert (channel / "enable").read_text() == "0"
    assert gate.kernel.of(LAMPS[Line.BUZZER]) == []  # that line is not ours then


def test_a_passive_buzzer_that_was_never_made_is_silent(write: Write, tmp_path: Path) -> None:
    file = write(pins__buzzer_pwm=str(tmp_path / "pwm0"))
    assert secure_lines.main(["--config", str(file)], FakeKernel()) == 0


def test_a_buzzer_that_cannot_be_silenced_is_told(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pwm0" / "enable").mkdir(parents=True)
    file = write(pins__buzzer_pwm=str(tmp_path / "pwm0"))
    assert secure_lines.main(["--config", str(file)], FakeKernel()) == 1
    assert "is not silenced" in capsys.readouterr().err


# What is wrong


def test_a_line_that_another_program_has_is_named_and_the_others_are_secured(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = CrashedGate(StrikeWiring())
    other = gate.pins.another()
    lamp = GpioIndicator(other, {Line.RED: LAMPS[Line.RED]})
    assert secure_lines.main(["--config", str(write())], gate.kernel) == 1
    told = capsys.readouterr().err
    assert f'GPIO{LAMPS[Line.RED]} is in use by "gate"' in told
    assert "NOT EVERYTHING IS AS IT SHOULD BE" in told
    assert not gate.is_released()
    assert not any(gate.pins.now(pin) for line, pin in LAMPS.items() if line is not Line.RED)
    lamp.close()
    other.close()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"door__active_high": "yes"}, "door.active_high must be true or false, is 'yes'"),
        ({"door__lock": "fail_open"}, 'door.lock must be "fail_secure" or "fail_safe", is \'fail_open\''),
        ({"pins__strike": 28}, "pins.strike must be a GPIO number from 0 to 27, is 28"),
        ({"pins__strike": -1}, "pins.strike must be a GPIO number from 0 to 27, is -1"),
        ({"pins__buzzer": True}, "pins.buzzer must be a GPIO number from 0 to 27, is True"),
        ({"pins__alarm": -2}, "pins.alarm must be a GPIO number from 0 to 27, is -2"),
    ],
)
def test_a_wrong_key_is_named_and_the_other_lines_are_secured(
    write: Write, capsys: pytest.CaptureFixture[str], changes: dict[str, object], told: str
) -> None:
    kernel = FakeKernel()
    assert secure_lines.main(["--config", str(write(**changes))], kernel) == 1
    assert told in capsys.readouterr().err
    assert len([op for op in kernel.ops if op.what == "request"]) == len(secure_lines.PINS) - 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pins__emergency": "20"}, "pins.emergency must be a GPIO number"),
        ({"door__emergency_mark": 3}, "emergency_mark must be a path in quotes, is 3"),
        ({"door__emergency_mark": ""}, "emergency_mark must be a path in quotes, is ''"),
        ({"pins__buzzer_pwm": 0}, "buzzer_pwm must be a path in quotes, is 0"),
    ],
)
def test_a_wrong_key_beside_the_outputs_is_named_and_every_line_is_secured(
    write: Write, capsys: pytest.CaptureFixture[str], changes: dict[str, object], told: str
) -> None:
    kernel = FakeKernel()
    assert secure_lines.main(["--config", str(write(**changes))], kernel) == 1
    err = capsys.readouterr().err
    assert told in err
    assert "EMERGENCY" not in err
    assert len([op for op in kernel.ops if op.what == "request"]) == len(secure_lines.PINS)


def test_a_folder_is_no_mark(write: Write, mark: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark.mkdir()
    assert secure_lines.main(["--config", str(write())], FakeKernel()) == 0
    assert "EMERGENCY" not in capsys.readouterr().err


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


def run(*words: str) -> Iterator[str | float]:
    """Standard error and the processor seconds of a process of its own: elapsed time would measure its neighbours."""
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
