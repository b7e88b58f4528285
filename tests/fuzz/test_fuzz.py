"""The fuzzers run, for ``GATE_FUZZ_SECONDS`` (5 without it; 60 in .ci/run), and find what is planted for them.

Where atheris is installed it takes that time, and our own one a few seconds.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys

import pytest

from gate.credential import lenient
from tests.fuzz import guided, target
from tests.house import ROOT

SECONDS = float(os.environ.get("GATE_FUZZ_SECONDS", "5"))
ATHERIS = importlib.util.find_spec("atheris") is not None
OWN_SECONDS = min(SECONDS, 5.0) if ATHERIS else SECONDS
UNTRACED = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
"""A fuzzer that traces the lines it reaches has no room for another one that does."""


@pytest.mark.timeout(SECONDS + 90)
def test_nothing_escapes_and_nothing_is_taken_that_was_not_signed() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--engine", "guided", "--seconds", str(OWN_SECONDS)]
    found = subprocess.run(command, cwd=ROOT, env=UNTRACED, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    counted = re.search(r"(\d+) inputs tried, \d+ kept, (\d+) lines reached", found.stdout)
    assert counted is not None
    assert int(counted[1]) > 200
    assert int(counted[2]) > 500


@pytest.mark.skipif(not ATHERIS, reason="atheris has no wheel for this machine: tests/fuzz/guided.py has all the time")
@pytest.mark.timeout(SECONDS + 90)
def test_nor_where_atheris_looks() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--engine", "atheris", "--seconds", str(SECONDS)]
    found = subprocess.run(command, cwd=ROOT, env=UNTRACED, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    done = re.search(r"Done (\d+) runs", found.stderr)
    assert done is not None
    assert int(done[1]) > 200


def test_every_seed_is_an_input() -> None:
    for data in target.seeds(None):
        target.one(data)


def test_what_an_input_reaches_leads_to_further_ones() -> None:
    """A year that ends in 77 is found step by step, since each step reaches a line."""

    def planted(data: bytes) -> None:
        if lenient.birth_date(data.decode("latin-1")) == "1977":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        guided.fuzz(planted, [b"1976"], 60, 1)
    assert caught.value.__notes__ == [f"the input: {b'1977'.hex()}"]


def test_more_lines_are_reached_than_by_the_seeds_alone() -> None:
    seeds = [b"\x00HC1:A", b"\x00shc:/5"]
    alone = guided.fuzz(target.one, seeds, 0, 1)
    assert (alone.tried, len(alone.kept)) == (2, 2)
    longer = guided.fuzz(target.one, seeds, 2, 1)
    assert longer.lines > alone.lines
