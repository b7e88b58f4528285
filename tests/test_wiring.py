"""The wiring guide names the lines that the configuration names, on the right pins of the header."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from gpiozero.pins.data import PI4_J8

from gate.cli import secure_lines
from gate.service.config_hardware import PinsConfig

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = (DOCS / "wiring.md").read_text(encoding="utf-8")
PINS = {one.name: one.default for one in dataclasses.fields(PinsConfig) if one.name != "factory"}
HEADER = {gpio["gpio"]: number for number, gpio in PI4_J8[2].items() if "gpio" in gpio}


def test_every_line_stands_in_the_table_with_its_pin_of_the_header() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", GUIDE, re.MULTILINE)
    assert {name: int(gpio) for name, gpio, _ in rows} == PINS
    assert all(HEADER[f"GPIO{gpio}"] == int(header) for _, gpio, header in rows)


def test_the_drawing_shows_every_line_on_its_pin() -> None:
    words = " ".join(ET.parse(DOCS / "wiring.svg").getroot().itertext())  # noqa: S314  (our own file)
    for gpio in PINS.values():
        assert f"GPIO {gpio} ({HEADER[f'GPIO{gpio}']})" in words


def test_the_outputs_are_low_from_the_firmware_on() -> None:
    for attributes in ("op,dl", "pd"):
        (named,) = re.findall(rf"^gpio=([\d,-]+)={attributes}$", GUIDE, re.MULTILINE)
        lines: set[int] = set()
        for part in named.split(","):
            first, _, last = part.partition("-")
            lines |= set(range(int(first), int(last or first) + 1))
        assert lines == set(secure_lines.PINS.values())


def test_the_exit_codes_are_those_of_the_command() -> None:
    codes = re.findall(r"^\| (\d) \|", GUIDE, re.MULTILINE)
    assert [int(code) for code in codes] == [secure_lines.SECURED, secure_lines.NOT_SECURED, secure_lines.NOT_TRIED]
