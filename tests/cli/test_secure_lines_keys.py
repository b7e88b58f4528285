"""``gate-secure-lines`` reads its keys by itself: they are those of the service, with the same defaults and levels."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from gate.access.strike_wiring import FailMode, StrikeWiring
from gate.cli import check_config, secure_lines
from gate.service import parts
from gate.service.config import load
from gate.service.config_hardware import DoorConfig, PinFactory, PinsConfig
from tests.adapters.fake_gpiod import FakeKernel
from tests.service.config_files import changed_toml


def test_it_knows_the_same_keys_defaults_and_file_as_the_service() -> None:
    pins = {one.name: one.default for one in dataclasses.fields(PinsConfig)}
    door = {one.name: one.default for one in dataclasses.fields(DoorConfig)}
    assert {name: pins[name] for name in secure_lines.PINS} == secure_lines.PINS
    assert pins["emergency"] == secure_lines.NOT_WIRED
    assert Path(str(door["emergency_mark"])) == Path(secure_lines.USUAL_MARK)
    assert StrikeWiring(FailMode(str(door["lock"])), bool(door["active_high"])) == secure_lines.Keys({}, {}).wiring()
    assert str(check_config.USUAL_FILE) == secure_lines.USUAL_FILE
    assert {str(kind) for kind in PinFactory} == {"mock", "gpiod"}


@pytest.mark.parametrize("fail", FailMode)
@pytest.mark.parametrize("active_high", [True, False])
def test_it_drives_the_levels_that_the_service_rests_at(tmp_path: Path, fail: FailMode, *, active_high: bool) -> None:
    file, kernel = tmp_path / "gate.toml", FakeKernel(keeps_drive=True)
    changes: dict[str, object] = {
        "pins.factory": "gpiod",
        "pins.alarm": 26,
        "door.lock": str(fail),
        "door.active_high": active_high,
    }
    changes |= {"pins.ring_light": 10}
    file.write_text(changed_toml(changes | {"door.emergency_mark": str(tmp_path / "mark")}))
    assert secure_lines.main(["--config", str(file)], kernel) == 0
    driven = {op.offset: bool(op.settings.output_value) for op in kernel.ops if op.settings is not None}
    assert driven == parts.secured_levels(load(file))


@pytest.mark.parametrize("mark", ["mark", "below/mark", "/run/elsewhere/mark"])
@pytest.mark.parametrize("channel", ["", "pwm0", "/sys/class/pwm/pwmchip0/pwm0"])
def test_it_finds_mark_and_buzzer_where_the_service_does(tmp_path: Path, mark: str, channel: str) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(changed_toml({"door.emergency_mark": mark, "pins.buzzer_pwm": channel}))
    keys, config = secure_lines._read(str(file)), load(file)
    assert Path(keys.mark()) == config.door.emergency_mark
    assert (Path(keys.channel()) if keys.channel() else None) == config.pins.buzzer_pwm
