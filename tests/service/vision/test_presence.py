"""When a visitor is told that a code cannot be read: not at once, never too late, and not for a code that is gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.service.vision.presence import AFTER_NS, GONE_NS, LOOKS, MS, Presence

FRAME_NS = 33 * MS


def first_told(every_ns: int, frames: int) -> int | None:
    """When, with a code in every look."""
    presence = Presence()
    times = [number * every_ns for number in range(frames)]
    return next((at_ns for at_ns in times if presence.told(at_ns, seen=True, read=False)), None)


@pytest.mark.parametrize("every_ns", [FRAME_NS, 100 * MS, 250 * MS, 500 * MS])
def test_it_is_told_after_a_second(every_ns: int) -> None:
    told_ns = first_told(every_ns, 200)
    assert told_ns is not None
    assert max(AFTER_NS, (LOOKS - 1) * every_ns) <= told_ns <= max(AFTER_NS + every_ns, LOOKS * every_ns)


def test_it_is_told_again_as_long_as_it_stays() -> None:
    presence = Presence()
    told = [presence.told(number * FRAME_NS, seen=True, read=False) for number in range(90)]
    assert all(told[31:])


def test_single_looks_without_it_do_not_start_it_anew() -> None:
    presence = Presence()
    told = [presence.told(number * FRAME_NS, seen=number % 5 != 0, read=False) for number in range(60)]
    assert any(told)
    assert not any(told[::5])


def test_one_that_was_away_for_longer_is_another_one() -> None:
    presence, back_ns = Presence(), 500 * MS + GONE_NS + 1
    for at_ns in (0, 250 * MS, 500 * MS):
        presence.told(at_ns, seen=True, read=False)
    told = [presence.told(back_ns + number * 250 * MS, seen=True, read=False) for number in range(6)]
    assert told == [False] * 4 + [True] * 2


@given(st.lists(st.tuples(st.integers(1, 700), st.sampled_from(["seen", "read", "nothing"])), max_size=60))
def test_it_is_never_told_within_a_second_of_a_code_that_was_read_or_came(steps: list[tuple[int, str]]) -> None:
    presence, now_ns, since_ns, last_ns = Presence(), 0, None, 0
    for wait_ms, what in steps:
        now_ns += wait_ms * MS
        told = presence.told(now_ns, seen=what != "nothing", read=what == "read")
        if what == "read":
            since_ns = None
        elif what == "seen":
            since_ns = now_ns if since_ns is None or now_ns - last_ns > GONE_NS else since_ns
            last_ns = now_ns
        if told:
            assert what == "seen"
            assert since_ns is not None
            assert now_ns - since_ns >= AFTER_NS
