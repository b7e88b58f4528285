"""The demo can say that something was not as expected."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gate.access.effects import Line
from gate.cli import main
from gate.simulation.account import Account
from gate.simulation.cast import Expected
from gate.simulation.observer import LineChange
from gate.simulation.played import Played, Seen
from gate.simulation.programme import Programme, problems
from gate.simulation.report import Paper
from gate.simulation.visit import Door

HELD = {"type": "gate.access.held.v1", "data": {"reason": "rule_met"}}
GRANTED = {"type": "gate.access.granted.v1", "data": {"reason": "admitted_by_officer"}}
EXPECTED = Expected((("held", "rule_met"), ("granted", "admitted_by_officer")), frozenset({Line.YELLOW, Line.GREEN}))


def switched(*names: str) -> tuple[LineChange, ...]:
    """Each line on for a second, one after the other."""
    return tuple(LineChange(name, on, 10**9 * at) for at, name in enumerate(names) for on in (True, False))


SEEN = Seen("picture.png", (HELD, GRANTED), switched("yellow", "buzzer", "green", "strike"), quiet=True)


def test_what_is_as_expected_has_no_problems() -> None:
    assert list(problems(EXPECTED, SEEN)) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"events": (HELD,)}, "the centre should have received"),
        ({"events": (HELD, GRANTED, GRANTED)}, "the centre should have received"),
        ({"events": ()}, "it received nothing"),
        ({"lines": switched("green", "strike")}, "the lamps should have been"),
        ({"lines": switched("yellow", "green", "red", "strike")}, "the lamps should have been"),
        ({"lines": switched("yellow", "green")}, "the strike should have been released 1 times, not 0"),
        ({"lines": switched("yellow", "green", "strike", "strike")}, "released 1 times, not 2"),
        ({"quiet": False}, "did not come to rest"),
    ],
)
def test_everything_else_is_a_problem(change: dict[str, object], told: str) -> None:
    (problem,) = problems(EXPECTED, replace(SEEN, **change))  # type: ignore[arg-type]  # one field each
    assert told in problem
    report = Paper(plain=True).visit(1, Played("a pass", SEEN, (problem,)))
    assert "NOT AS EXPECTED" in report
    assert told in report


EVEN = Account(decided=20, stored=20, received=20, lost=0, chain_intact=True, replay_differs=0)


def test_an_even_account_is_balanced() -> None:
    assert EVEN.balanced


@pytest.mark.parametrize(
    "change",
    [{"decided": 21}, {"stored": 19}, {"received": 19}, {"lost": 1}, {"chain_intact": False}, {"replay_differs": 1}],
)
def test_anything_uneven_is_not(change: dict[str, object]) -> None:
    account = replace(EVEN, **change)  # type: ignore[arg-type]  # one field each
    assert not account.balanced


def test_the_picture_s_name_cannot_write_on_the_terminal() -> None:
    report = Paper(plain=True).visit(1, Played("your picture", replace(SEEN, picture="\x1b[31m\n.png"), ()))
    assert "\x1b" not in report
    assert len(report.splitlines()) == 3


def test_a_demo_that_went_wrong_ends_with_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(_: Programme, __: int, ___: Door) -> list[Played]:
        return [Played("a pass", SEEN, ("it rained",))]

    monkeypatch.setattr(Programme, "round", wrong)  # the only thing that a working gate cannot be asked for
    assert main.main(["demo", "--plain", "--keep", str(tmp_path / "kept")]) == 1
    out = capsys.readouterr().out
    assert "NOT AS EXPECTED" in out
    assert "it rained" in out
    assert "lost 0" in out
