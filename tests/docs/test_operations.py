"""The pages for whoever looks after the units name what there is: every check, every file, every alarm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gate.access.alarm import AlarmKind
from gate.cli.checks.card_sheet import VERSIONS
from gate.cli.checks.table import ALL, ALWAYS, OF_THE_BOARD

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
HARDWARE = (DOCS / "hardware-checks.md").read_text(encoding="utf-8")


def named(text: str, heading: str) -> list[str]:
    """What stands in the first column of the section's table, in code."""
    section = text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    first = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for cell in first for name in re.findall("`([^`]+)`", cell)]


def test_every_check_is_explained_in_its_order() -> None:
    assert named(OPERATIONS, "Look first") == list(ALL)


def test_every_alarm_has_somebody() -> None:
    assert sorted(named(OPERATIONS, "Alarms")) == sorted(kind.value for kind in AlarmKind)


def test_every_file_beside_the_unit_is_explained() -> None:
    assert sorted(named(OPERATIONS, "Beside the unit file")) == sorted(
        path.name for path in (ROOT / "systemd").iterdir()
    )


def test_the_checks_of_the_board_are_explained() -> None:
    assert set(OF_THE_BOARD) < set(named(HARDWARE, "By the doctor")) <= set(ALL)


def test_the_card_is_as_it_is_told() -> None:
    told = re.findall(r"versions ([\d, and]+);", OPERATIONS.replace("\n", " "))
    assert [int(number) for number in re.findall(r"\d+", told[0])] == list(VERSIONS)


@pytest.mark.parametrize("page", [OPERATIONS, HARDWARE], ids=["operations", "hardware-checks"])
def test_what_a_page_points_to_is_there(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page):
        assert (DOCS / target).exists(), target
    for check in re.findall(r"gate doctor --only ([a-z-]+)", page):
        assert check in ALWAYS
    for path in re.findall(r"`((?:tests|requirements)/[\w/]+\.py)`", page):
        assert (ROOT / path).exists(), path
