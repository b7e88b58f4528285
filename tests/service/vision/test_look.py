"""What the attempts on one frame mean together."""

from __future__ import annotations

import pytest

from gate.ports import Symbol
from gate.service.vision.look import Attempt, agreed
from gate.service.vision.regions import Region
from gate.service.vision.rungs import Rung

HERE, THERE = ((0, 0), (90, 0), (90, 90), (0, 90)), ((200, 0), (290, 0), (290, 90), (200, 90))
NEARLY_HERE = ((3, 2), (92, 2), (92, 91), (3, 91))
A, AGAIN, OTHERWISE = Symbol(b"A", HERE), Symbol(b"A", NEARLY_HERE), Symbol(b"Z", NEARLY_HERE)
B = Symbol(b"B", THERE)
PART, UNREAD = Symbol(b"A", HERE, part=True), Symbol(b"", THERE, part=True)


@pytest.mark.parametrize(
    ("attempts", "together"),
    [
        ([[A], []], [A]),
        ([[], [A]], [A]),
        ([[A], [B]], [A, B]),
        ([[A], [AGAIN]], [A]),
        ([[A], [OTHERWISE]], [A]),
        ([[A], [AGAIN, B]], [A, B]),
        ([[A, B], []], [A, B]),
        ([[PART], [A]], [A]),
        ([[PART], []], [PART]),
        ([[PART], [B]], [B]),
        ([[A, UNREAD], []], [A]),
        ([[UNREAD], []], []),
    ],
)
def test_what_was_read_of_each_place_counts_once(attempts: list[list[Symbol]], together: list[Symbol]) -> None:
    made = [Attempt(Rung.PLAIN, "one", Region(0, 0, 9, 9), tuple(symbols), 0) for symbols in attempts]
    assert list(agreed(made)) == together
