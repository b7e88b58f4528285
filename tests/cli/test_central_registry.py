"""`gate central registry`: the exit code and what is printed, through the real entry point."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gate.cli.main import main
from tests.central.test_registry import GATES, SITES, TOML, written


def test_files_that_are_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = [str(written(tmp_path, SITES, "sites.csv")), str(written(tmp_path, GATES, "gates.csv"))]
    assert main(["central", "registry", "check", *sheets]) == 0
    assert capsys.readouterr().out == "ok: 1 offices, 1 gates\n"
    assert main(["central", "registry", "show", *sheets]) == 0
    assert capsys.readouterr().out == (
        "office-1, Kantor Satu, Kota Contoh, Asia/Makassar, 2 planned, by 2026-12-01, 80 visitors at most\n"
        "  gate-1, installed 2026-11-20\n"
    )


def test_for_a_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["central", "registry", "show", "--json", str(written(tmp_path, TOML))]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sites"][0]["planned"] == "2026-12-01"
    assert [gate["id"] for gate in found["gates"]] == ["gate-1"]


@pytest.mark.parametrize("verb", ["check", "show"])
def test_files_that_are_wrong(tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, "id;name\n;x\n", "a.csv")
    assert main(["central", "registry", verb, str(file)]) == 1
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith(f"{file}:2: id: is missing")
