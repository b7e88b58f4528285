"""The ``gate`` command itself: what a user may get wrong leads to one clear message, never to a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gate import __version__
from gate.cli import replay
from gate.cli.main import MODULES, main
from gate.service.signal_log import Handled
from tests.service.test_signal_log import short_story, written


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        main(words)
    out, err = capsys.readouterr()
    assert out == ""
    assert isinstance(end.value.code, int)
    return end.value.code, err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"gate {__version__}\n"


def test_gate_alone_says_that_a_command_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    code, err = refused(capsys)
    assert code == 2
    assert "required: COMMAND" in err


def test_an_unknown_command_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    code, err = refused(capsys, "open")
    assert code == 2
    assert "invalid choice: 'open'" in err
    assert "choose from run, " in err.replace("'", ""), "some Pythons give them without quotes"


def test_a_command_without_what_it_needs_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, err = refused(capsys, "run")
    assert code == 2
    assert "--config" in err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0
    listed = {line.split()[0] for line in out.splitlines() if line.startswith("    ") and line[4:5].strip()}
    assert listed == set(MODULES)


@pytest.mark.parametrize("content", [None, "[gate]\nid = 5\n", "not toml"])
def test_a_wrong_configuration_is_exit_code_2_without_a_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    file = tmp_path / "gate.toml"
    if content is not None:
        file.write_text(content)
    assert main(["run", "--config", str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert all(line.startswith(str(file)) for line in err.splitlines())
    assert err


def test_ctrl_c_is_exit_code_130_without_a_trace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(replay, "run", interrupted)
    assert main(["replay", str(tmp_path)]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("many", [1, 500], ids=["less than a pipe holds", "more"])
def test_a_reader_that_goes_away_is_no_reason_for_a_trace(tmp_path: Path, many: int) -> None:
    log = tmp_path / "signals.jsonl"
    first, started, *_ = short_story()
    assert isinstance(started, Handled)
    written(log, [first, *[replace(started, effects=())] * many])
    reads, writes = os.pipe()
    os.close(reads)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "gate.cli.main", "replay", str(log)],
            stdout=writes, stderr=subprocess.PIPE, text=True, timeout=30, check=False,
        )  # fmt: skip
    finally:
        os.close(writes)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
def test_a_disk_that_is_full_is_exit_code_2_without_a_trace(more: list[str]) -> None:
    command = [sys.executable, "-m", "gate.cli.main", "decode", "hello", *more]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (2, b"gate: Cannot write the output: No space left on device.\n")
