"""The table of patterns, also as somebody knows it who sees no colours, nothing at all, or hears nothing."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.effects import Line
from gate.access.pattern_rules import (
    ALARMS,
    OFFICERS,
    OUTCOMES,
    TOWER,
    alike,
    clashes,
    every_place,
    misuses,
    sound,
    without_colours,
)
from gate.access.pattern_text import LAMPS, parse
from gate.access.patterns import NS_PER_MS, PATTERNS, Sign, Step, Track

MAIN = [Sign.GRANTED, Sign.HELD_YELLOW, Sign.HELD_RED, Sign.HELD_BLACK, Sign.HELD_UNREAD]
PAIRS = pytest.mark.parametrize(("one", "other"), list(itertools.combinations(MAIN, 2)))
STEPS = st.lists(st.builds(Step, st.frozensets(st.sampled_from(LAMPS)), st.integers(1, 40).map(lambda n: n * 50)))


def used(sign: Sign) -> frozenset[Line]:
    return frozenset[Line]().union(*(step.lit for step in PATTERNS[sign].lamps.steps))


# The table as it is


def test_the_table_has_every_sign_and_no_fault() -> None:
    assert set(PATTERNS) == set(Sign)
    assert clashes(PATTERNS) == ()
    assert list(misuses(PATTERNS)) == []


@PAIRS
def test_who_sees_nothing_hears_the_difference(one: Sign, other: Sign) -> None:
    assert not alike(PATTERNS[one].buzzer, PATTERNS[other].buzzer, sound)


@PAIRS
def test_who_hears_nothing_sees_the_difference_by_place_or_rhythm(one: Sign, other: Sign) -> None:
    assert not alike(PATTERNS[one].lamps, PATTERNS[other].lamps, every_place)


@pytest.mark.parametrize(
    ("drill", "real"),
    [
        (Sign.DRILL_RED, Sign.HELD_RED),
        (Sign.DRILL_BLACK, Sign.HELD_BLACK),
        *zip(ALARMS[1::2], ALARMS[::2], strict=True),
    ],
)
def test_a_drill_looks_like_one_without_colours(drill: Sign, real: Sign) -> None:
    look = every_place if real in ALARMS else without_colours
    assert not alike(PATTERNS[drill].lamps, PATTERNS[real].lamps, look)


@pytest.mark.parametrize("sign", Sign)
def test_the_buzzer_always_ends(sign: Sign) -> None:
    assert not PATTERNS[sign].buzzer.repeat
    assert PATTERNS[sign].buzzer.step(60_000 * NS_PER_MS).lit == frozenset()


def test_each_colour_has_the_lamp_of_its_name() -> None:
    assert [used(sign) for sign in MAIN] == [
        {Line.GREEN},
        {Line.YELLOW},
        {Line.RED},
        {Line.RED, Line.ATTENTION},
        {Line.ATTENTION},
    ]


def test_the_self_test_shows_every_lamp() -> None:
    assert used(Sign.SELF_TEST) == TOWER | OFFICERS


# What is a clash


@pytest.mark.parametrize(
    ("sign", "text", "other"),
    [
        (Sign.HELD_RED, "red | 1 x beep 100 at 900", Sign.GRANTED),
        (Sign.QUEUED, "green 480, dark 520, repeat | 2 x beep 110 pause 140", Sign.HELD_YELLOW),
        (Sign.QUEUED, "dark 500, green 500, repeat | 2 x beep 100 pause 150", Sign.HELD_YELLOW),
        (Sign.QUEUED, "red 500, dark 500, green 500, dark 500, repeat | 2 x beep 100 pause 150", Sign.HELD_YELLOW),
        (Sign.HELD_RED, "red 200, yellow 300, repeat | 1 x beep 100", Sign.GRANTED),
        (Sign.DRILL_BLACK, "green+attention 125, attention 125, repeat | 3 x beep 600 pause 150", Sign.HELD_BLACK),
        (Sign.DENIED, "attention | 1 x beep 300", Sign.TRY_AGAIN),
        (Sign.HELD_RED, "red+attention | 1 x beep 100", Sign.GRANTED),
    ],
    ids=["colour", "nearly", "another moment", "several colours", "steady in turn", "drill", "under an alarm", "too"],
)
def test_what_only_colours_tell_apart_is_a_clash(sign: Sign, text: str, other: Sign) -> None:
    [pair] = clashes({**PATTERNS, sign: parse(text)})
    assert set(pair) == {sign, other}


@pytest.mark.parametrize("text", ["red | 2 x beep 100 pause 150", "red+yellow | 1 x beep 100"])
def test_what_differs_in_sound_or_number_is_none(text: str) -> None:
    assert clashes({**PATTERNS, Sign.HELD_RED: parse(text)}) == ()


def test_every_pair_of_outcomes_is_looked_at() -> None:
    assert clashes(dict.fromkeys(Sign, PATTERNS[Sign.GRANTED])) == tuple(itertools.combinations(OUTCOMES, 2))


@given(STEPS.filter(bool), st.integers(0, 9))
def test_where_a_rhythm_begins_does_not_matter(steps: list[Step], turn: int) -> None:
    turn %= len(steps)
    turned = Track((*steps[turn:], *steps[:turn]), repeat=True)
    track = Track(tuple(steps), repeat=True)
    assert alike(track, turned, every_place)
    assert alike(Track(track.steps * 2, repeat=True), track, every_place)


@given(STEPS, STEPS, st.booleans())
def test_alike_is_mutual_and_true_of_itself(steps: list[Step], others: list[Step], repeat: bool) -> None:  # noqa: FBT001  (hypothesis gives it)
    one, other = Track(tuple(steps), repeat and bool(steps)), Track(tuple(others))
    assert alike(one, one, every_place)
    assert alike(one, other, every_place) is alike(other, one, every_place)


@pytest.mark.parametrize(("other_ms", "same"), [(400, True), (500, True), (550, True), (200, False), (600, False)])
def test_lengths_that_differ_by_half_are_told_apart(other_ms: int, same: bool) -> None:  # noqa: FBT001  (the table gives it)
    one, other = parse("red 400, dark 400, repeat"), parse(f"red {other_ms}, dark 400, repeat")
    assert alike(one.lamps, other.lamps, every_place) is same


# What is a misuse


@pytest.mark.parametrize(
    ("sign", "text", "told"),
    [
        (Sign.ALARM, "attention+red", "the visitor's"),
        (Sign.ALARM_ESCALATED, "attention+alarm | 1 x beep 100", "the visitor's"),
        (Sign.ALARM, "attention 500", "goes dark"),
        (Sign.ALARM, "dark 500, dark 500, repeat", "goes dark"),
        (Sign.ALARM_DRILL, "attention 500, attention 500, repeat", "told from signals.alarm"),
        (Sign.ESCALATED_DRILL, "attention+alarm", "told from signals.alarm_escalated"),
        (Sign.GRANTED, "green+alarm | 1 x beep 100", "for alarms alone"),
        (Sign.IDLE, "alarm", "for alarms alone"),
        (Sign.HELD_RED, "red 500 | 1 x beep 600", "goes dark"),
        (Sign.HELD_RED, "red 500, dark | 1 x beep 600", "goes dark"),
        (Sign.TRY_AGAIN, "dark | 1 x beep 300", "goes dark"),
    ],
)
def test_a_misuse_is_told_of_its_sign(sign: Sign, text: str, told: str) -> None:
    [(blamed, why)] = misuses({**PATTERNS, sign: parse(text)})
    assert blamed is sign
    assert told in why
