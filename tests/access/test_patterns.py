"""The table of patterns: what must never be taken for something else."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from gate.access.effects import Line
from gate.access.pattern_text import OUTCOMES, clashes, colourless
from gate.access.patterns import NS_PER_MS, PATTERNS, Pattern, Sign, Step, Track

TOWER = frozenset({Line.RED, Line.YELLOW, Line.GREEN})
OFFICERS = frozenset({Line.ATTENTION, Line.ALARM})
MAIN = [Sign.GRANTED, Sign.HELD_YELLOW, Sign.HELD_RED, Sign.HELD_BLACK, Sign.HELD_UNREAD]


def test_outcomes_stay_distinct_with_colours_removed() -> None:
    assert clashes(PATTERNS) == []


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(MAIN, 2)))
def test_the_main_outcomes_sound_different(one: Sign, other: Sign) -> None:
    assert [look[2] for look in colourless(PATTERNS[one])] != [look[2] for look in colourless(PATTERNS[other])]


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(MAIN, 2)))
def test_the_main_outcomes_look_different_by_place_or_rhythm(one: Sign, other: Sign) -> None:
    def seen(sign: Sign) -> list[frozenset[Line]]:
        return [PATTERNS[sign].lamps.step(ms * NS_PER_MS).lit for ms in range(0, 4_000, 25)]

    assert seen(one) != seen(other)


def test_a_difference_of_colour_alone_is_a_clash() -> None:
    red_like_granted = replace(PATTERNS[Sign.GRANTED], lamps=Track((Step(frozenset({Line.RED})),)))
    assert clashes({**PATTERNS, Sign.HELD_RED: red_like_granted}) == [(Sign.GRANTED, Sign.HELD_RED)]


@pytest.mark.parametrize("sign", Sign)
def test_the_buzzer_always_ends(sign: Sign) -> None:
    assert not PATTERNS[sign].buzzer.repeat
    assert PATTERNS[sign].buzzer.step(60_000 * NS_PER_MS).lit == frozenset()


@pytest.mark.parametrize("sign", Sign)
def test_the_officers_lamps_call_and_the_second_light_is_for_nothing_else(sign: Sign) -> None:
    used = frozenset[Line]().union(*(step.lit for step in PATTERNS[sign].lamps.steps))
    if sign in {Sign.ALARM, Sign.ALARM_DRILL, Sign.ALARM_ESCALATED, Sign.ESCALATED_DRILL}:
        assert used <= OFFICERS
        assert PATTERNS[sign].buzzer == Track()
    elif sign is not Sign.SELF_TEST:
        assert Line.ALARM not in used


def test_the_self_test_shows_every_lamp() -> None:
    shown = frozenset[Line]().union(*(step.lit for step in PATTERNS[Sign.SELF_TEST].lamps.steps))
    assert shown == TOWER | OFFICERS


def test_every_outcome_has_a_pattern() -> None:
    assert set(OUTCOMES) < set(PATTERNS) == set(Sign)
    assert all(isinstance(pattern, Pattern) for pattern in PATTERNS.values())
