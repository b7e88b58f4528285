"""The pace of a backlog: whole batches, never above the rate, and as much on its way as the link carries in time."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.service.drain import LARGEST_BYTES, QUICK_S, SLOW_S, SMALLEST_BYTES, Drain

BATCH, RECORD = 50, 900
SIZE = BATCH * RECORD


def drained(bytes_per_s: float, delay_s: float, for_s: float, per_s: int = 0) -> tuple[int, float, float]:
    """Batches through a link of this width and delay: records, the longest wait, and the longest of the second half."""
    drain, now_s, free_s = Drain(BATCH, per_s), 0.0, 0.0
    away: deque[tuple[float, float]] = deque()
    records, waits = 0, list[tuple[float, float]]()
    while now_s < for_s:
        while drain.allowance(now_s) >= BATCH:
            free_s = max(now_s, free_s) + SIZE / bytes_per_s
            drain.sent(BATCH, SIZE)
            away.append((now_s, free_s + 2 * delay_s))
            records += BATCH
        due = [drain.due_s(now_s)] if not away or drain.due_s(now_s) else []
        nexts = [moment for moment in (*due, *([away[0][1]] if away else [])) if moment is not None]
        now_s = max(min(nexts), now_s + 1e-6)
        while away and away[0][1] <= now_s:
            sent_s, came_s = away.popleft()
            waits.append((now_s, came_s - sent_s))
            drain.answered(SIZE, came_s - sent_s, now_s)
    late = [wait for moment, wait in waits if moment > for_s / 2]
    return records, max(wait for _, wait in waits), max(late, default=0.0)


def test_a_wide_link_far_away_is_filled() -> None:
    records, _, _ = drained(bytes_per_s=1e9, delay_s=0.02, for_s=10)
    assert records / 10 > 25_000


@pytest.mark.parametrize("bytes_per_s", [60_000, 125_000, 1_000_000])
def test_what_is_fresh_waits_behind_a_narrow_link_for_little(bytes_per_s: float) -> None:
    records, _, late = drained(bytes_per_s, delay_s=0.02, for_s=60)
    assert late <= SLOW_S + 2 * SIZE / bytes_per_s + 0.05
    assert records * RECORD / 60 > 0.9 * bytes_per_s


@settings(max_examples=40, deadline=None)
@given(per_s=st.integers(1, 5000))
def test_no_more_records_a_second_than_the_site_allows(per_s: int) -> None:
    drain, sent, now_s = Drain(BATCH, per_s), 0, 0.0
    while now_s < 20:
        allowed = drain.allowance(now_s)
        if allowed:
            drain.sent(min(allowed, BATCH), SIZE)
            drain.answered(SIZE, 0.01, now_s)
            sent += min(allowed, BATCH)
        now_s = max(now_s + 0.01, drain.due_s(now_s) or 0.0)
    assert sent <= per_s * 21 + 1
    assert sent >= per_s * 18 - BATCH


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 200_000)), max_size=60))
def test_the_window_keeps_its_bounds_whatever_the_answers(answers: list[tuple[float, int]]) -> None:
    drain = Drain(BATCH, 0)
    for number, (took_s, size) in enumerate(answers):
        drain.sent(BATCH, size)
        drain.answered(size, took_s, float(number))
        assert SMALLEST_BYTES <= drain.window_bytes <= LARGEST_BYTES
        assert drain.allowance(float(number)) >= BATCH, "nothing is on its way, so something may be"
    assert QUICK_S < SLOW_S
