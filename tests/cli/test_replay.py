"""``gate replay``: identical, different, or not a log; each with its exit code and one clear message."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gate.access.memory import Memory
from gate.access.settings import Settings
from gate.access.signals import Stopping
from gate.cli.main import main
from gate.service.signal_log import Handled, Run
from tests.access.examples import valid
from tests.service.stories import Teller
from tests.service.test_signal_log import written


def story() -> list[Run | Handled]:
    teller = Teller(Settings(), Memory())
    teller.happens(100, (valid(), b"code"))
    teller.tell(Stopping("told"))
    return teller.lines


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "signals.jsonl"


def replayed(log: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main(["replay", str(log)])
    out, err = capsys.readouterr()
    return code, out, err


def test_identical_effects_are_exit_code_0(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(log, [*story(), *story()])
    signals = sum(isinstance(line, Handled) for line in story())
    assert replayed(log, capsys) == (0, f"{2 * signals} signals replayed, 0 with other effects\n", "")


def test_other_effects_are_shown_with_their_line(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = story()
    number = next(number for number, line in enumerate(lines, 1) if isinstance(line, Handled) and line.effects)
    line = lines[number - 1]
    assert isinstance(line, Handled)
    lines[number - 1] = replace(line, effects=())
    written(log, lines)
    code, out, err = replayed(log, capsys)
    assert (code, err) == (1, "")
    assert out.startswith(f"line {number}: {line.signal}\n  recorded: ()\n  replayed: {line.effects}\n")
    assert out.endswith(f"{len(lines) - 1} signals replayed, 1 with other effects\n")


def test_a_missing_log_is_exit_code_2(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = replayed(log, capsys)
    assert (code, out) == (2, "")
    assert err.startswith(f"gate replay: {log} cannot be replayed: ")
    assert "No such file" in err


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"hello\n", "line 1: "),
        (b"\x00\xff\n", "line 1: "),
        (b'{"is":"Handled"}\n', "line 1: "),
        (b"", "holds no signal"),
        (b"torn", "holds no signal"),
    ],
)
def test_what_is_not_a_log_is_exit_code_2(
    log: Path, capsys: pytest.CaptureFixture[str], content: bytes, why: str
) -> None:
    log.write_bytes(content)
    code, out, err = replayed(log, capsys)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith(f"gate replay: {log} ")
    assert why in err


def test_a_log_without_its_beginning_is_exit_code_2(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(log, story()[1:])
    code, _, err = replayed(log, capsys)
    assert code == 2
    assert "does not begin with a run" in err


def test_a_damaged_line_is_named(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(log, story())
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:2], b"damage\n", *lines[3:]]))
    code, _, err = replayed(log, capsys)
    assert code == 2
    assert "line 3: " in err


def test_a_folder_is_not_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = replayed(tmp_path, capsys)
    assert code == 2
    assert "directory" in err
