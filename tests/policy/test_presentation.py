"""One presentation is many frames of the same code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gate.policy.presentation import KEPT, Presentations

CODES = st.sampled_from([b"a", b"b", b"c"])


@given(st.lists(st.tuples(CODES, st.integers(0, 50)), max_size=60))
def test_a_code_is_new_exactly_when_it_was_away_for_the_pause(frames: list[tuple[bytes, int]]) -> None:
    presentations, now_ns = Presentations(reread_ns=30), 0
    last: dict[bytes, int] = {}
    for code, gap_ns in frames:
        now_ns += gap_ns
        away = code not in last or now_ns - last[code] >= 30
        assert presentations.is_new(code, now_ns) is away
        presentations, last[code] = presentations.sighted(code, now_ns), now_ns


def test_a_code_held_for_a_minute_is_one_presentation() -> None:
    presentations = Presentations(reread_ns=3_000)
    new = 0
    for now_ns in range(0, 60_000, 100):
        new += presentations.is_new(b"code", now_ns)
        presentations = presentations.sighted(b"code", now_ns)
    assert new == 1


def test_memory_is_bounded() -> None:
    presentations = Presentations(reread_ns=1)
    for number in range(1000):
        presentations = presentations.sighted(number.to_bytes(2, "big"), number)
    assert len(presentations.seen) == KEPT
