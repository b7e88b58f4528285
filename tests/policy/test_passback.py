"""Anti-passback: who has entered before, whichever gate tells of it and in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.instant import ClockTrust, Instant
from gate.policy import passback
from gate.policy.passback import Crossing, Crossings, Passback, PassbackMode, Way
from tests.access.examples import START, at

OFF, SOFT, TIMED, HARD = (Passback(mode, 30) for mode in PassbackMode)


def crossing(minutes: float, way: Way = Way.IN, fp: str = "aa", gate: str = "north") -> Crossing:
    return Crossing(fp, "2026-W10", way, START + timedelta(minutes=minutes), gate)


CROSSINGS = st.builds(
    crossing,
    st.integers(0, 5),
    st.sampled_from(Way),
    st.sampled_from(["aa", "bb"]),
    st.sampled_from(["north", "south"]),
)


@pytest.mark.parametrize(("rule", "repeated"), [(OFF, False), (SOFT, True), (TIMED, True), (HARD, True)])
def test_an_entry_after_an_entry(rule: Passback, *, repeated: bool) -> None:
    assert rule.repeated(crossing(-10), at(0)) is repeated
    assert not rule.repeated(crossing(-10, Way.OUT), at(0))
    assert not rule.repeated(None, at(0))


@pytest.mark.parametrize(("minutes", "repeated"), [(0, True), (29.99, True), (30, False), (31, False), (-5, True)])
def test_a_timed_window_ends_to_the_second_and_not_by_a_clock_that_went_back(minutes: float, *, repeated: bool) -> None:
    assert TIMED.repeated(crossing(-minutes), at(0)) is repeated
    assert HARD.repeated(crossing(-minutes), at(0))


def test_a_timed_window_is_not_over_for_a_clock_that_does_not_know() -> None:
    assert TIMED.repeated(crossing(-999), Instant(START, 0, ClockTrust.UNSET))
    assert not TIMED.repeated(crossing(-999), Instant(START, 0, ClockTrust.HOLDOVER))


@pytest.mark.parametrize(
    ("rule", "near", "far"), [(OFF, False, False), (SOFT, True, True), (TIMED, True, False), (HARD, True, True)]
)
def test_two_crossings_that_should_not_both_have_been(rule: Passback, *, near: bool, far: bool) -> None:
    assert rule.pair(crossing(0), crossing(29)) is near
    assert rule.pair(crossing(0), crossing(31)) is far
    for ways in ((Way.IN, Way.OUT), (Way.OUT, Way.IN), (Way.OUT, Way.OUT)):
        assert not rule.pair(crossing(0, ways[0]), crossing(1, ways[1]))


@given(st.lists(CROSSINGS, max_size=12).flatmap(lambda all_: st.tuples(st.just(all_), st.permutations(all_))))
def test_gates_that_hear_the_same_in_any_order_and_twice_know_the_same(
    both: tuple[list[Crossing], Sequence[Crossing]],
) -> None:
    told, again = both
    one = Crossings().with_(told)
    other = Crossings()
    for each in (*again, *again):
        other = other.with_([each])
    assert one == other
    for fp in ("aa", "bb"):
        newest = max((each for each in told if each.fp == fp), key=lambda each: each.rank, default=None)
        assert one.of(fp) == newest


@given(st.lists(CROSSINGS, max_size=12), st.integers(-1, 6))
def test_a_reset_forgets_what_was_before_whenever_that_is_told(told: list[Crossing], minutes: int) -> None:
    until = START + timedelta(minutes=minutes)
    before = Crossings().with_(told).forgotten(until)
    after = Crossings().forgotten(until).with_(told)
    assert before == after == Crossings().with_([one for one in told if one.utc > until]).forgotten(until)
    assert before.forgotten(until - timedelta(minutes=1)) == before.forgotten(None) == before


def test_a_visitor_is_known_by_last_weeks_pseudonym_too() -> None:
    known = Crossings().with_([crossing(0, fp="old"), crossing(1, Way.OUT, fp="new")])
    assert known.of("new", "old") == crossing(1, Way.OUT, fp="new")
    assert known.of("newer", "old") == crossing(0, fp="old")
    assert known.of("newer", None) is None


def test_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passback, "MOST", 10)
    monkeypatch.setattr(passback, "_SLACK", 2)
    known = Crossings()
    for minute in range(100):
        known = known.with_([crossing(minute, fp=f"{minute:x}")])
        assert len(known.newest) <= 12
        assert known.of(f"{max(0, minute - 9):x}") is not None
    assert passback.MOST == 10


def test_ten_thousand_are_kept_at_a_gate() -> None:
    known = Crossings().with_(crossing(minute / 60, fp=f"{minute:x}") for minute in range(12_000))
    assert len(known.newest) == 10_000
    assert known.of("0") is None
