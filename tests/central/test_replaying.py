"""Which gaps are asked for, when and how often, and when people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.central.arrivals import HIGHEST_SEQ, Journal
from gate.central.findings import FindingKind
from gate.central.replaying import (
    BACK_OFF,
    MOST_OF_JOURNAL,
    MOST_OF_ONE,
    MOST_RECORDS,
    MOST_REQUESTS,
    NEAR,
    STANDS,
    TOLD_AFTER,
    Gap,
    asked,
    choose,
    current,
    joined,
    overdue,
)
from tests.central.examples import NOON
from tests.wire.examples import ULID_A

FRONT = Journal("gate/v1/jkt-01/front", ULID_A)
SECOND = timedelta(seconds=1)


def gap(first: int, last: int, due_in_s: int = 0) -> Gap:
    return Gap(FRONT, first, last, NOON, NOON + due_in_s * SECOND)


@pytest.mark.parametrize(
    ("gaps", "found"),
    [
        ([], []),
        ([(3, 4)], [(3, 4)]),
        ([(3, 4), (7, 8)], [(3, 8)]),
        ([(3, 4), (5 + NEAR, 99)], [(3, 99)]),
        ([(3, 4), (6 + NEAR, 99)], [(3, 4), (6 + NEAR, 99)]),
        ([(1, 25_000)], [(1, 10_000), (10_001, 20_000), (20_001, 25_000)]),
    ],
)
def test_near_gaps_are_one_and_long_ones_are_cut(gaps: list[tuple[int, int]], found: list[tuple[int, int]]) -> None:
    assert list(joined(gaps)) == found


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 15_000)), max_size=6))
def test_all_that_is_missing_is_asked_for_once(steps: Sequence[tuple[int, int]]) -> None:
    gaps, at = [], 0
    for skip, length in steps:
        gaps.append((at + skip + 1, at + skip + length))
        at += skip + length
    found = list(joined(gaps))
    numbers = [number for first, last in found for number in range(first, last + 1)]
    assert len(numbers) == len(set(numbers))
    assert {number for first, last in gaps for number in range(first, last + 1)} <= set(numbers)
    assert all(last - first < MOST_OF_ONE for first, last in found)


def test_a_gap_is_asked_for_after_it_has_stood_for_some_seconds() -> None:
    (new,) = current(FRONT, [(3, 4)], [], NOON)
    assert choose([new], NOON + STANDS - SECOND) == []
    assert choose([new], NOON + STANDS) == [new]


def test_what_is_known_of_a_gap_is_kept_while_it_begins_at_the_same_record() -> None:
    (one,) = current(FRONT, [(3, 9)], [], NOON)
    once = asked(one, NOON + STANDS)
    (same,) = current(FRONT, [(3, 7)], [once], NOON + 20 * SECOND)
    assert (same.last, same.asked, same.seen, same.due) == (7, 1, NOON, once.due)
    (next_,) = current(FRONT, [(5, 7)], [once], NOON + 20 * SECOND)
    assert (next_.asked, next_.seen) == (0, NOON + 20 * SECOND)


def test_a_gate_that_claims_any_number_of_records_costs_no_more_than_others() -> None:
    found = current(FRONT, [(2, HIGHEST_SEQ - 1)], [], NOON)
    assert [(one.first, one.last) for one in found[:2]] == [(2, 10_001), (10_002, 20_001)]
    assert len(found) == MOST_OF_JOURNAL


def test_it_is_asked_ever_more_seldom() -> None:
    one, waits = gap(3, 4), []
    for _ in range(7):
        waits.append(asked(one, NOON).due - NOON)
        one = asked(one, NOON)
    assert waits == [*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1]]


def test_those_that_wait_longest_come_first_and_not_too_many_at_once() -> None:
    many = [gap(number * 10, number * 10, -number) for number in range(1, MOST_REQUESTS + 5)]
    assert choose(many, NOON) == sorted(many, key=lambda one: one.due)[:MOST_REQUESTS]
    long = [gap(number * MOST_OF_ONE, (number + 1) * MOST_OF_ONE - 1) for number in range(1, 10)]
    assert choose(long, NOON) == long[: MOST_RECORDS // MOST_OF_ONE]


def test_people_are_told_once_of_a_gap_that_stays() -> None:
    one = gap(3, 4)
    assert overdue([one], (), NOON + TOLD_AFTER - SECOND) == []
    ((_, finding),) = overdue([one], (), NOON + TOLD_AFTER)
    assert (finding.kind, finding.source, finding.subject) == (FindingKind.GAP_OPEN, FRONT.source, ULID_A)
    assert "records 3 to 4 are missing" in finding.detail


def test_people_are_told_soon_of_a_gap_that_no_gate_can_fill() -> None:
    ((_, finding),) = overdue([gap(3, 4)], {FRONT}, NOON + STANDS)
    assert "another journal now" in finding.detail
