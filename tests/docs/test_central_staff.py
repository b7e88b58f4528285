"""The page for staff: each command on it is there, and takes these options; each that is there, is on it."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from pathlib import Path

import pytest

from gate.cli import central, watch
from gate.cli.central_follow_up import OUTCOMES
from gate.cli.watch_words import _WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "central-staff.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
TYPED = [
    line.removeprefix("$ ")
    for block in BLOCKS
    for line in block.splitlines()
    if re.match(r"(\$ )?gate (central|watch)", line)
]
OURS = (
    *("alarms", "audit", "coverage", "erase", "export", "follow_up", "gaps"),
    *("gates", "rebuild", "receipt", "trace", "visits"),
)
"""The modules that add commands of staff."""
IN_TEXT = sorted({found for found in re.findall(r"`(gate (?:central|watch)[^`]*)`", PAGE) if "<" not in found})


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="gate")
    commands = found.add_subparsers(required=True)
    central.add_parser(commands)
    watch.add_parser(commands)
    return found


def verbs(command: str) -> set[str]:
    (top,) = [one for one in parser()._actions if isinstance(one, argparse._SubParsersAction)]
    (own,) = [one for one in top.choices[command]._actions if isinstance(one, argparse._SubParsersAction)]
    return set(own.choices)


@pytest.mark.parametrize("line", TYPED)
def test_what_the_page_types_is_taken(line: str) -> None:
    assert callable(parser().parse_args(shlex.split(line)[1:]).func)


@pytest.mark.parametrize("line", IN_TEXT)
def test_what_the_text_names_is_there(line: str) -> None:
    words = shlex.split(line)
    assert words[1] == "watch" or words[2] in verbs("central")


@pytest.mark.parametrize("module", OURS)
def test_every_command_of_staff_is_on_the_page(module: str) -> None:
    commands = argparse.ArgumentParser().add_subparsers()
    importlib.import_module(f"gate.cli.central_{module}").add_to(commands)
    assert all(f"gate central {verb}" in PAGE for verb in commands.choices)


def test_every_outcome_has_its_row() -> None:
    for outcome in OUTCOMES:
        assert f"| `{outcome}` | {_WORDS[outcome][1]} |" in PAGE
