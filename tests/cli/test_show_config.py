"""``gate show-config``: what is in force, what is changed, and the example."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import pytest

from gate.cli import show_config
from gate.service.config import load
from gate.service.config_dump import example
from tests.service.config_files import changed_toml

SECRET = "correct horse battery"  # noqa: S105  (an example to look for)


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    show_config.add_parser(parser.add_subparsers())
    args = parser.parse_args(["show-config", *words])
    code: int = args.func(args)
    return code


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "password").write_text(SECRET)
    file = tmp_path / "gate.toml"
    file.write_text(changed_toml({"mqtt.username": "gate", "mqtt.password_file": "password", "door.release_s": 7}))
    return file


@pytest.mark.parametrize("words", [[], ["--changed"]])
def test_what_is_printed_loads_to_the_same(
    file: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(str(file), *words) == 0
    printed = capsys.readouterr().out
    assert SECRET not in printed
    copy = tmp_path / "elsewhere.toml"
    copy.write_text(printed, encoding="utf-8")
    assert load(copy) == load(file)


def test_changed_leaves_the_defaults_out(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(str(file), "--changed")
    shown = tomllib.loads(capsys.readouterr().out)
    assert (shown["door"], "pins" in shown) == ({"release_s": 7.0}, False)


def test_a_wrong_file_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(str(tmp_path / "missing.toml")) == 1
    out, err = capsys.readouterr()
    assert (out, "cannot be read" in err) == ("", True)


def test_the_example_needs_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--example") == 0
    assert capsys.readouterr().out == example()


def test_changed_and_example_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        _run("--example", "--changed")
    assert "not allowed with" in capsys.readouterr().err
