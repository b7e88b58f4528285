"""What the buttons mean."""

from __future__ import annotations

import pytest

from gate.access.buttons import ButtonFact, Buttons, Duress, Press, Stuck, Unstuck
from gate.access.inputs import InputLine
from gate.access.signals import InputChanged

MS = 1_000_000
ADMIT, REFUSE, ACK, REX, HELP = (
    InputLine.ADMIT,
    InputLine.REFUSE,
    InputLine.ACKNOWLEDGE,
    InputLine.REX,
    InputLine.HELP,
)
Change = tuple[int, InputLine, bool]


def meant(*changes: Change, until_ms: int = 100_000, initial: int = 0) -> list[ButtonFact]:
    """What a row of changes (ms, button, down) means in the end; the first ``initial`` ones are found at the start."""
    buttons, facts = Buttons(chord_ns=150 * MS, duress_ns=3_000 * MS, stuck_ns=60_000 * MS), list[ButtonFact]()

    def due(now_ms: int) -> None:
        nonlocal buttons
        while buttons.deadline_ns is not None and buttons.deadline_ns <= now_ms * MS:
            buttons, told = buttons.due(buttons.deadline_ns)
            facts.extend(told)

    for number, (at_ms, line, down) in enumerate(changes):
        due(at_ms)
        change = InputChanged(line, down, at_ms * MS, initial=number < initial)
        buttons, told = buttons.changed(change, at_ms * MS)
        facts.extend(told)
    due(until_ms)
    return facts


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ([(0, ACK, True), (400, ACK, False)], [Press(ACK, 0)]),
        ([(0, HELP, True), (400, HELP, False)], [Press(HELP, 0)]),
        ([(0, REX, True), (50, REX, False)], [Press(REX, 0)]),
        ([(0, ADMIT, True), (400, ADMIT, False)], [Press(ADMIT, 0)]),
        ([(0, ADMIT, True), (20, ADMIT, False)], [Press(ADMIT, 0)]),
        ([(0, ADMIT, True), (50, REFUSE, True), (400, ADMIT, False), (500, REFUSE, False)], []),
        ([(0, REFUSE, True), (149, ADMIT, True), (400, ADMIT, False), (500, REFUSE, False)], []),
        ([(0, ADMIT, True), (151, REFUSE, True), (400, ADMIT, False), (500, REFUSE, False)], [Press(ADMIT, 0)]),
        ([(0, ADMIT, True), (0, REFUSE, True), (2999, ADMIT, False), (3500, REFUSE, False)], []),
        ([(0, ADMIT, True), (0, REFUSE, True), (3000, ADMIT, False), (3500, REFUSE, False)], [Duress(3000 * MS)]),
        ([(0, ADMIT, True), (50, ADMIT, True), (400, ADMIT, False)], [Press(ADMIT, 0)]),
        ([(0, ADMIT, False)], []),
        (
            [(0, ADMIT, True), (9, ADMIT, False), (500, ADMIT, True), (900, ADMIT, False)],
            [Press(ADMIT, 0), Press(ADMIT, 500 * MS)],
        ),
        ([(0, ACK, True), (61_000, ACK, False)], [Press(ACK, 0), Stuck(ACK), Unstuck(ACK)]),
    ],
)
def test_what_is_pressed_is_meant(changes: list[Change], facts: list[ButtonFact]) -> None:
    assert meant(*changes) == facts


def test_duress_is_told_once_however_long_it_lasts() -> None:
    facts = meant((0, ADMIT, True), (0, REFUSE, True), (30_000, ADMIT, False), (30_000, REFUSE, False))
    assert facts == [Duress(3000 * MS)]


def test_the_time_of_the_edge_decides_however_late_it_is_told() -> None:
    buttons, first = Buttons(150 * MS, 3_000 * MS, 60_000 * MS).changed(InputChanged(ADMIT, True, 0), 0)  # noqa: FBT003
    buttons, second = buttons.changed(InputChanged(REFUSE, True, 100 * MS), 400 * MS)  # noqa: FBT003
    assert first + second == ()
    assert buttons.due(3_100 * MS)[1] == (Duress(3_100 * MS),)


def test_what_is_found_pressed_was_not_pressed_now_but_may_be_stuck() -> None:
    assert meant((0, ADMIT, True), (400, ADMIT, False), initial=1) == []
    assert meant((0, ADMIT, True), initial=1) == [Stuck(ADMIT)]


def test_a_button_that_is_found_pressed_makes_no_duress_of_the_other() -> None:
    facts = meant((0, ADMIT, True), (1000, REFUSE, True), (1400, REFUSE, False), until_ms=5000, initial=1)
    assert facts == [Press(REFUSE, 1000 * MS)]


def test_a_stuck_button_makes_no_duress_of_the_other() -> None:
    facts = meant((0, ADMIT, True), (70_000, REFUSE, True), (70_400, REFUSE, False), until_ms=80_000)
    assert facts == [Press(ADMIT, 0), Stuck(ADMIT), Press(REFUSE, 70_000 * MS)]
