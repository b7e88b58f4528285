"""``gate doctor`` itself: one line each, one JSON document, exit codes; and that every check has its three answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gate import __version__
from gate.adapters.frames_files import read_picture
from gate.cli.checks import card_sheet, table
from gate.cli.checks.finding import Finding, Verdict, fail, ok, warn
from gate.cli.checks.table import ALL, ALWAYS, OF_THE_BOARD, WITH_SOMEBODY, Wanted, chosen
from gate.cli.checks.unit import Unit
from gate.cli.main import main
from tests.cli.doctor import test_broker, test_camera, test_files, test_lines, test_machine
from tests.cli.doctor.bench import Bench
from tests.service.config_files import changed_toml

HEADER = {("header", Verdict.OK), ("header", Verdict.WARN)}
"""Judged by a test of its own, since it needs another kind of machine."""

FAULT = "the check itself failed: ValueError: a fault of its own"


@pytest.fixture
def file(bench: Bench) -> str:
    bench.unit()
    return str(bench.folder / "gate.toml")


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks that find the same everywhere."""

    def broken(_: Unit) -> Finding:
        raise ValueError("a fault of its own")

    def closed(_: Unit) -> Finding:
        raise PermissionError(13, "Permission denied", "/var/lib/gate")

    findings = {"good": lambda _: ok("it is well"), "odd": lambda _: warn("it is odd\x1b[2J", "look at it")}
    made = {**findings, "bad": lambda _: fail("it is bad", "mend it"), "broken": broken, "closed": closed}
    monkeypatch.setattr(table, "ALWAYS", made)
    monkeypatch.setattr(table, "ALL", made)


def test_every_check_is_held_to_all_three_answers() -> None:
    modules = (test_machine, test_files, test_lines, test_camera)
    held = {(case.check, case.verdict) for module in modules for case in module.CASES}
    assert held | test_broker.JUDGED | HEADER >= {(name, verdict) for name in ALL for verdict in Verdict}


@pytest.mark.usefixtures("made_up")
def test_each_check_has_one_line_with_its_advice(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config", file]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"ok   config       {file}",
        "ok   good         it is well",
        "warn odd          it is odd\\x1b[2J -> look at it",
        "fail bad          it is bad -> mend it",
        f"fail broken       {FAULT} -> Please report it with gate support-bundle",
        "warn closed       this account may not look at /var/lib/gate -> Use sudo",
    ]


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("only", "code", "verdict"),
    [(["good"], 0, "ok"), (["good", "odd"], 0, "warn"), (["odd", "bad"], 1, "fail"), (["broken"], 1, "fail")],
    ids=lambda value: "-".join(value) if isinstance(value, list) else str(value),
)
def test_the_document_has_the_worst_verdict_and_so_has_the_exit_code(
    file: str, capsys: pytest.CaptureFixture[str], only: list[str], code: int, verdict: str
) -> None:
    words = [word for name in only for word in ("--only", name)]
    assert main(["doctor", "--config", file, "--json", *words]) == code
    found = json.loads(capsys.readouterr().out)
    assert (found["gate"], found["verdict"]) == (__version__, verdict)
    assert [one["name"] for one in found["checks"]] == ["config", *only]
    assert found["checks"][0] == {"name": "config", "verdict": "ok", "said": file, "advice": ""}


def test_a_configuration_that_is_wrong_is_the_only_finding(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = bench.file("wrong.toml", changed_toml({"camera.fps": 0, "pins.strike": 99}))
    assert main(["doctor", "--config", str(wrong)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("fail config")
    assert "camera.fps" in line
    assert "pins.strike" in line


def test_a_check_that_does_not_exist_is_refused(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config", file, "--only", "luck"]) == 2
    assert "There is no check 'luck'; there are: service" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wanted", "more"),
    [
        (Wanted(), ()),
        (Wanted(card=True), ("card",)),
        (Wanted(walk=True), ("lamps",)),
        (Wanted(strike=True), ("strike",)),
        (Wanted(board=True), (*OF_THE_BOARD, "card", "lamps")),
        (Wanted(board=True, strike=True), (*OF_THE_BOARD, *WITH_SOMEBODY)),
    ],
    ids=["nothing", "card", "walk", "strike", "board", "board-strike"],
)
def test_nothing_moves_and_nobody_is_asked_unless_it_is_wanted(wanted: Wanted, more: tuple[str, ...]) -> None:
    assert tuple(chosen(wanted)) == (*ALWAYS, *more)


def test_a_check_can_be_made_alone() -> None:
    assert tuple(chosen(Wanted(only=("strike", "clock")))) == ("clock", "strike")


def test_the_card_is_a_picture_that_knows_its_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "card.png"
    assert main(["doctor", "--make-card", str(path)]) == 0
    assert "A4" in capsys.readouterr().out
    assert (read_picture(path) == card_sheet.drawn()).all()
    assert b"pHYs" in path.read_bytes()[:60]
    assert main(["doctor", "--make-card", str(path)]) == 2, "an older one is not overwritten"


def test_the_whole_doctor_runs_on_this_machine(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It has no door, so that much is wrong; but nothing breaks, and every line says what to do."""
    assert main(["doctor", "--config", file, "--json"]) == 1
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)["checks"]}
    assert list(found) == ["config", *ALWAYS]
    assert not any("the check itself failed" in one["said"] for one in found.values())
    assert found["trust"]["verdict"] == "fail"
    assert found["camera"]["verdict"] == "warn"
