"""Every energised millisecond is explained: 416 lives of doors of every kind, with every end in every state.

The system tier lives 1,248.  ``GATE_SEED`` repeats another run than the usual one; a failure names it.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from gate.access.strike_wiring import StrikeWiring
from gate.cli import secure_lines
from tests.docs.strike_lines import WIRINGS, End, Freed, Situation, Was, levels, situations
from tests.lives.account import UnexplainedError, story_after
from tests.lives.board import Kind
from tests.lives.broken import BROKEN
from tests.lives.lives import KINDS, PLANS, Lives, Plan
from tests.lives.process import Makers

SEED = os.environ.get("GATE_SEED", "lives")
pytestmark = pytest.mark.no_cover  # a trace would double its time


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """``gate-secure-lines`` samples the emergency loop for 60 ms of real time; here all time is stepped."""
    monkeypatch.setattr(secure_lines, "SAMPLE_S", 0.0)
    caplog.set_level(logging.CRITICAL)


def lived(
    kind: Kind, folder: Path, seed: str, makers: Makers | None = None, plans: Sequence[Plan] = tuple(PLANS)
) -> Lives:
    """A door with one life for each of these plans, in an order of its own."""
    folder.mkdir()
    lives = Lives(kind, folder, seed, makers or Makers())
    order = list(plans)
    random.Random(seed).shuffle(order)  # noqa: S311  (a test that can be repeated)
    for plan in order:
        lives.live(plan)
    return lives


def third(kind: Kind) -> list[Plan]:
    """A third of the plans: another one after each ``Freed`` of a wiring, and at each wiring after the same."""
    return PLANS[(WIRINGS.index(kind.wiring) + list(Freed).index(kind.freed)) % len(Freed) :: len(Freed)]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_energised_millisecond_is_explained(kind: Kind, tmp_path: Path) -> None:
    """And states are ended in every way, with and without ``gate-secure-lines``: the plan and the end agree."""
    lives = lived(kind, tmp_path / "door", f"{SEED} {kind}", plans=third(kind))
    assert lives.seen.total() == len(third(kind))


def test_every_state_is_ended_in_every_way_at_every_wiring() -> None:
    """And so it is by every chip, which thirds of the doors above suffice for."""
    for one in WIRINGS:
        assert sorted(map(str, PLANS)) == sorted(str(plan) for freed in Freed for plan in third(Kind(one, freed)))
    for freed in Freed:
        assert {str(plan) for one in WIRINGS for plan in third(Kind(one, freed))} == set(map(str, PLANS))


@pytest.mark.parametrize("what", BROKEN)
def test_the_account_names_what_is_broken(what: str, tmp_path: Path) -> None:
    """At every wiring, on a chip that keeps its drive."""
    makers, words = BROKEN[what]
    for number, wiring in enumerate(WIRINGS):
        with pytest.raises(UnexplainedError, match=words):
            lived(Kind(wiring, Freed.KEEPS), tmp_path / str(number), f"{what} {number}", makers)


def test_the_same_seed_tells_the_same_lives(tmp_path: Path) -> None:
    """Down to the nanosecond of each change of the wire."""
    told = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        lives = Lives(KINDS[0], tmp_path / name, "again")
        for plan in PLANS[::7]:
            lives.live(plan)
        told.append((lives.board.pins.changes, lives.seen, lives.account.released_ms))
    assert told[0] == told[1]


ENDED = [one for one in situations() if one.end is not End.RUNS]


@pytest.mark.parametrize("situation", ENDED, ids=str)
@pytest.mark.parametrize("wiring", WIRINGS, ids=str)
def test_what_a_line_does_after_an_end_is_what_the_table_says(wiring: StrikeWiring, situation: Situation) -> None:
    """``docs/strike-lines.md`` and the account of lives expect the same of every kernel."""
    assert situation.freed is not None
    whole = levels(wiring, situation)
    emergency = situation.was is Was.EMERGENCY
    rests = situation.end is End.STOPPED and not emergency
    at_end = wiring.secured_level if rests else wiring.released_level
    runs = [emergency] if situation.end is End.KILLED else []
    story = story_after(Kind(wiring, situation.freed), at_end, runs)
    assert story == (whole[1:] if rests else whole)
