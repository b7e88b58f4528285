"""Patterns as text."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.effects import Line
from gate.access.pattern_text import LAMPS, parse, write
from gate.access.patterns import PATTERNS, Pattern, Sign, Step, Track

LINES = st.just("dark") | st.sets(st.sampled_from(LAMPS), min_size=1).map(lambda lines: "+".join(sorted(lines)))
TIMED = st.lists(
    st.tuples(LINES, st.integers(50, 10_000)).map(lambda step: f"{step[0]} {step[1]}"), min_size=1, max_size=9
)
LAMP_TEXTS = TIMED.map(", ".join) | TIMED.map(lambda steps: ", ".join([*steps, "repeat"])) | LINES
BEEPS = st.builds(
    "{} x beep {} at {} pause {}".format,
    st.integers(1, 10),
    st.integers(50, 3000),
    st.integers(100, 10_000),
    st.integers(50, 3000),
)


@pytest.mark.parametrize("sign", Sign)
def test_every_default_can_be_written_and_read_back(sign: Sign) -> None:
    assert parse(write(PATTERNS[sign])) == PATTERNS[sign]


@given(LAMP_TEXTS, st.none() | BEEPS)
def test_what_is_read_is_written_to_the_same_pattern(lamps: str, beeps: str | None) -> None:
    pattern = parse(lamps if beeps is None else f"{lamps} | {beeps}")
    assert parse(write(pattern)) == pattern


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no step"),
        ("blue", "none of"),
        ("red+", "none of"),
        ("red 49", "not within"),
        ("red 5\u0660", "no step"),
        ("red, red", "only the last"),
        ("buzzer", "none of"),
        ("red 10001", "not within"),
        ("red, green 100", "only the last"),
        ("red, repeat", "only the last"),
        ("repeat", "1 to 16"),
        (", ".join(["red 50"] * 17), "1 to 16"),
        ("red |", "nothing for the buzzer"),
        ("red | 11 x beep 50 pause 50", "not within"),
        ("red | 2 x beep 50", "pause between"),
        ("red | 1 x beep 50 at 99", "not within"),
        ("red | 1 x beep 49", "not within"),
        ("red | 1 x beep 3001", "not within"),
        ("red | 1 x beep 50 at 10001", "not within"),
        ("red | 2 x beep 50 pause 49", "not within"),
        ("red | 0 x beep 50", "not within"),
        ("red | buzzer", "nothing for the buzzer"),
        ("red | 1 x beep 50 | 1 x beep 50", "nothing for the buzzer"),
    ],
)
def test_what_is_wrong_is_said(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(text)


def test_an_electrician_reads_it_as_it_is_meant() -> None:
    assert parse("  red+attention 125,attention 125 ,  repeat|2 x beep 600 at 900 pause 150 ") == Pattern(
        Track((Step(frozenset({Line.RED, Line.ATTENTION}), 125), Step(frozenset({Line.ATTENTION}), 125)), repeat=True),
        Track((Step(frozenset({Line.BUZZER}), 600, 900), Step(frozenset(), 150)) * 2),
    )


@pytest.mark.parametrize(
    "pattern",
    [
        Pattern(buzzer=Track((Step(frozenset({Line.BUZZER}), 100),), repeat=True)),
        Pattern(buzzer=Track((Step(frozenset({Line.BUZZER})),))),
        Pattern(buzzer=Track((Step(frozenset({Line.BUZZER}), 100), Step(frozenset(), 50), Step(frozenset(), 50)))),
        Pattern(Track((Step(frozenset({Line.BUZZER}), 100),))),
        Pattern(Track((Step(frozenset({Line.RED}), 1),))),
    ],
)
def test_what_no_text_says_is_not_written(pattern: Pattern) -> None:
    with pytest.raises(ValueError, match=r"."):
        write(pattern)


@given(st.text(max_size=60) | st.text(alphabet="red+ ,dk5 0xbp|", max_size=30))
def test_anything_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse(text)
