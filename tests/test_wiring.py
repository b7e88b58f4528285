"""The wiring guide names the lines that the configuration names, on the right pins of the header."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from gpiozero.pins.data import PI4_J8

from gate.access.inputs import InputLine
from gate.cli import secure_lines
from gate.configuration.keys import keys_of
from gate.service.config_hardware import PinsConfig

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = (DOCS / "wiring.md").read_text(encoding="utf-8")
HEADER = {gpio["gpio"]: number for number, gpio in PI4_J8[2].items() if "gpio" in gpio}
NO_LINES = {"factory", "buzzer_pwm"}
DEFAULTS = {one.name: one.default for one in dataclasses.fields(PinsConfig) if one.name not in NO_LINES}
ADVICE = {one.name: key.advice for one, key in keys_of(PinsConfig)}


def suggested(name: str) -> int:
    """The number of the default, or where there is none, of the configuration's advice."""
    default = DEFAULTS[name]
    assert isinstance(default, int)
    if default != secure_lines.NOT_WIRED:
        return default
    found = re.search(r"docs/wiring.md uses (\d+)", ADVICE[name])
    assert found is not None, name
    return int(found[1])


PINS = {name: suggested(name) for name in DEFAULTS}
OUTPUTS = {PINS[name] for name in secure_lines.PINS}
INPUTS = {PINS[str(line)] for line in InputLine}


def test_no_two_lines_share_a_pin_and_each_is_an_input_or_an_output() -> None:
    assert len(set(PINS.values())) == len(PINS)
    assert set(PINS.values()) == OUTPUTS | INPUTS


def test_every_line_stands_in_the_table_with_its_pin_of_the_header() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", GUIDE, re.MULTILINE)
    assert {name: int(gpio) for name, gpio, _ in rows} == PINS
    assert all(HEADER[f"GPIO{gpio}"] == int(header) for _, gpio, header in rows)


def test_the_drawing_shows_every_line_on_its_pin() -> None:
    words = " ".join(ET.parse(DOCS / "wiring.svg").getroot().itertext())  # noqa: S314  (our own file)
    for gpio in PINS.values():
        assert f"GPIO {gpio} ({HEADER[f'GPIO{gpio}']})" in words


def lines_of(attributes: str) -> set[int]:
    """The lines that config.txt gives these attributes, the first time it does."""
    named = re.findall(rf"^gpio=([\d,-]+)={attributes}$", GUIDE, re.MULTILINE)
    assert len(named) == 1
    lines: set[int] = set()
    for part in named[0].split(","):
        first, _, last = part.partition("-")
        lines |= set(range(int(first), int(last or first) + 1))
    return lines


def test_the_outputs_are_low_and_the_inputs_pulled_up_from_the_firmware_on() -> None:
    assert lines_of("op,dl") == lines_of("pd") == OUTPUTS
    assert lines_of("ip,pu") == INPUTS


def test_the_outputs_are_pulled_down_while_the_board_starts() -> None:
    assert min(OUTPUTS) >= 9


def test_the_exit_codes_are_those_of_the_command() -> None:
    codes = re.findall(r"^\| (\d) \|", GUIDE, re.MULTILINE)
    assert [int(code) for code in codes] == [secure_lines.SECURED, secure_lines.NOT_SECURED, secure_lines.NOT_TRIED]


def test_the_mark_of_an_emergency_is_named() -> None:
    assert f"`{secure_lines.USUAL_MARK}`" in GUIDE
