"""``gate check-config``: ok, or every problem on a line of its own."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from gate.cli import check_config
from tests.service.config_files import changed_toml, least_toml


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    check_config.add_parser(parser.add_subparsers())
    args = parser.parse_args(["check-config", *words])
    code: int = args.func(args)
    return code


def test_a_right_file_is_ok(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(least_toml())
    assert (_run(str(file)), capsys.readouterr()) == (0, ("ok\n", ""))


def test_every_problem_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(changed_toml({"door.release_s": 99, "door.colour": "red", "pins.strike": 27}))
    assert _run(str(file)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    shape = re.compile(rf"{re.escape(str(file))}:(\d+): ([a-z_.]+): .+\. .+[.?]")
    found = [shape.fullmatch(line) for line in err.splitlines()]
    assert [match and match[2] for match in found] == ["door.release_s", "door.colour", "pins.buzzer"]


def test_a_missing_file_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "missing.toml"
    assert _run(str(file)) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{file}: cannot be read: No such file or directory. ")


def test_the_usual_file_need_not_be_named() -> None:
    parser = argparse.ArgumentParser()
    check_config.add_parser(parser.add_subparsers())
    assert parser.parse_args(["check-config"]).file == check_config.USUAL_FILE
