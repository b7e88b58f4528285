"""Patterns as text."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.pattern_text import LAMPS, parse, write
from gate.access.patterns import PATTERNS, Sign

LINES = st.just("dark") | st.sets(st.sampled_from(LAMPS), min_size=1).map(lambda lines: "+".join(sorted(lines)))
TIMED = st.lists(
    st.tuples(LINES, st.integers(1, 10_000)).map(lambda step: f"{step[0]} {step[1]}"), min_size=1, max_size=9
)
LAMP_TEXTS = TIMED.map(", ".join) | TIMED.map(lambda steps: ", ".join([*steps, "repeat"])) | LINES
BEEPS = st.builds(
    "{} x beep {} at {} pause {}".format,
    st.integers(1, 10),
    st.integers(1, 9999),
    st.integers(100, 9999),
    st.integers(1, 99),
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
        ("red 0", "not within"),
        ("red 10001", "not within"),
        ("red, green 100", "only the last"),
        ("red, repeat", "only the last"),
        ("repeat", "1 to 16"),
        (", ".join(["red 1"] * 17), "1 to 16"),
        ("red |", "nothing for the buzzer"),
        ("red | 11 x beep 5 pause 5", "not within"),
        ("red | 2 x beep 5", "pause between"),
        ("red | 1 x beep 5 at 99", "not within"),
        ("red | buzzer", "nothing for the buzzer"),
    ],
)
def test_what_is_wrong_is_said(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(text)


@given(st.text(max_size=60))
def test_anything_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse(text)
