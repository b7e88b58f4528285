"""What a gate gave up holds up nothing at the centre, and nobody can hide another change behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gate.central import given_up
from gate.central.adapters.sql.events import SqlStore
from gate.central.arrivals import Arrived
from gate.central.given_up import Hole, Range
from gate.central.store import Progress
from tests.central.conftest import Place
from tests.central.examples import NOON, events
from tests.wire.test_chain import chained, explained, plain, rewritten

TEN = [plain] * 10


@pytest.fixture
def store(place: Place) -> SqlStore:
    return place.store()


def journal(*ranges: tuple[int, int]) -> list[Arrived]:
    """Ten records, a record that gives up these of them, and one more."""
    bodies = chained(*TEN)
    return [one for body in chained(*TEN, explained(*ranges, bodies=bodies), plain) for one in events(body)]


def without(all_: list[Arrived], *gone: int) -> list[Arrived]:
    return [one for one in all_ if one.seq not in gone]


@pytest.mark.parametrize(
    ("ranges", "gone"),
    [
        ([(1, 4)], (1, 2, 3, 4)),
        ([(4, 6)], (4, 5, 6)),
        ([(4, 6)], (5, 6)),
        ([(4, 6)], (4, 5)),
        ([(4, 6)], (4, 6)),
        ([(2, 3), (4, 5), (8, 10)], (2, 3, 4, 5, 8, 9, 10)),
        ([(2, 3), (4, 5)], (3, 4)),
    ],
)
def test_the_centre_goes_on_behind_what_was_given_up_whatever_of_it_had_come(
    store: SqlStore, ranges: list[tuple[int, int]], gone: tuple[int, ...]
) -> None:
    came = without(journal(*ranges), *gone)
    for one in came[:-2]:
        store.save([one], [], NOON)
    assert store.journals()[came[0].journal].whole_to == gone[0] - 1
    assert store.save(came[-2:], [], NOON).progress == {came[0].journal: Progress(12, 12)}
    assert store.gaps(came[0].journal) == [], "there is nothing to ask for again"


@pytest.mark.parametrize(
    ("ranges", "gone", "whole_to", "gaps"),
    [
        ([(4, 6)], (4, 5, 6, 7), 3, [(4, 7)]),
        ([(4, 6)], (3, 4, 5, 6), 2, [(3, 6)]),
        ([(2, 3), (5, 6)], (2, 3, 4, 5, 6), 1, [(2, 6)]),
        ([(2, 3)], (2, 3, 8), 7, [(8, 8)]),
        ([], (5,), 4, [(5, 5)]),
    ],
)
def test_what_was_not_given_up_is_waited_for(
    store: SqlStore,
    ranges: list[tuple[int, int]],
    gone: tuple[int, ...],
    whole_to: int,
    gaps: list[tuple[int, int]],
) -> None:
    came = without(journal(*ranges), *gone)
    assert store.save(came, [], NOON).progress == {came[0].journal: Progress(whole_to, 12)}
    assert store.gaps(came[0].journal) == gaps


def test_what_comes_after_all_is_kept(store: SqlStore) -> None:
    all_ = journal((4, 6))
    store.save(without(all_, 4, 5, 6), [], NOON)
    assert store.save(all_[3:6], [], NOON).new == 3
    assert [seq for seq, _ in store.bodies(all_[0].journal)] == list(range(1, 13))


OTHER = chained(plain, plain, rewritten)[2]


@pytest.mark.parametrize(
    ("seq", "change"),
    [(3, lambda one: replace(one, body=OTHER)), (7, lambda one: replace(one, prev="0" * 64))],
)
def test_a_record_beside_the_hole_that_was_changed_is_told(
    store: SqlStore, seq: int, change: Callable[[Arrived], Arrived]
) -> None:
    came = [change(one) if one.seq == seq else one for one in without(journal((4, 6)), 4, 5, 6)]
    assert store.save(came, [], NOON).progress == {came[0].journal: Progress(12, 12, broken_at=7)}


def test_an_event_that_names_no_range_gives_up_nothing() -> None:
    assert [given_up.ranges(body) for body in chained(plain, explained(bodies=[]))] == [(), ()]
    assert given_up.ranges(b"no event") == ()
    assert given_up.look([], Range(4, 6, "a", "b")) is Hole.OPEN
