"""The lamp and buzzer timeline."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.effects import Line
from gate.access.indicator import NS_PER_MS, PATTERNS, Indication, Sign, Tower

SIGNS = st.sampled_from(list(Sign))
LAMPS = frozenset(Line) - {Line.BUZZER}


@given(SIGNS, st.integers(0, 10_000 * NS_PER_MS), st.one_of(st.none(), st.integers(1, 8_000 * NS_PER_MS)))
def test_nothing_changes_before_the_next_change(sign: Sign, now_ns: int, until_ns: int | None) -> None:
    tower = Tower(Indication(Sign.IDLE, 0), Indication(sign, 0, until_ns))
    change_ns = tower.next_change(now_ns)
    end_ns = change_ns if change_ns is not None else now_ns + 60_000 * NS_PER_MS
    assert end_ns > now_ns
    for share in range(8):
        assert tower.lit(now_ns + (end_ns - 1 - now_ns) * share // 7) == tower.lit(now_ns)


@given(SIGNS)
def test_a_temporary_indication_falls_back_to_the_permanent_one(sign: Sign) -> None:
    tower = Tower(Indication(Sign.UNLOCKED, 0), Indication(sign, 0, 5_000))
    assert tower.lit(4_999) == Indication(sign, 0).lit(4_999)
    assert tower.lit(5_000) == frozenset({Line.GREEN})


def _rhythm(sign: Sign, lines: frozenset[Line]) -> tuple[frozenset[Line], ...]:
    return tuple(Indication(sign, 0).lit(ms * NS_PER_MS) & lines for ms in range(0, 4_000, 25))


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(Sign, 2)))
def test_signs_differ_by_place_or_rhythm(one: Sign, other: Sign) -> None:
    assert _rhythm(one, frozenset(Line)) != _rhythm(other, frozenset(Line))


HOLDS = [Sign.GRANTED, Sign.HELD_YELLOW, Sign.HELD_RED, Sign.HELD_BLACK, Sign.HELD_UNREAD]


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(HOLDS, 2)))
def test_outcomes_sound_or_flash_differently_without_any_colour(one: Sign, other: Sign) -> None:
    def colourless(sign: Sign) -> tuple[tuple[bool, bool, bool], ...]:
        return tuple(
            (bool(lit & LAMPS), len(lit & LAMPS) > 1, Line.BUZZER in lit) for lit in _rhythm(sign, frozenset(Line))
        )

    assert colourless(one) != colourless(other)


@pytest.mark.parametrize("sign", Sign)
def test_the_buzzer_always_ends(sign: Sign) -> None:
    assert not PATTERNS[sign].buzzer.repeat
    assert Line.BUZZER not in Indication(sign, 0).lit(60_000 * NS_PER_MS)
