"""The contract of the centre's database, held by every kind of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.central.adapters.store_sqlite import KEPT_WRONG, SqliteStore
from gate.central.arrivals import Arrived, Journal, Wrong
from gate.central.store import Progress, Store, StoreError
from tests.central.examples import NOON, arrived
from tests.wire.examples import ULID_A, ULID_B

Opened = Callable[[], Store]


@pytest.fixture(params=["sqlite"])
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens the same database, as often as it is asked."""
    stores: list[Store] = []

    def new() -> Store:
        stores.append(SqliteStore(tmp_path / "centre.db"))
        return stores[-1]

    yield new
    for store in stores:
        store.close()


def journal_of(events: list[Arrived]) -> Journal:
    return events[0].journal


def test_what_was_saved_is_there_after_a_restart_byte_for_byte(opened: Opened) -> None:
    events = arrived(5)
    saved = opened().save(events, [], NOON)
    assert (saved.new, saved.again, saved.changed) == (5, 0, 0)
    again = opened()
    assert list(again.bodies(journal_of(events))) == [(one.seq, one.body) for one in events]
    assert again.journals() == {journal_of(events): Progress(5, 5)}


@given(order=st.permutations(range(8)), cuts=st.lists(st.integers(0, 8), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_any_order_in_any_batches_with_repetitions_ends_the_same(
    tmp_path: Path, order: list[int], cuts: list[int]
) -> None:
    events = arrived(8)
    store = SqliteStore(tmp_path / f"{len(list(tmp_path.iterdir()))}.db")
    for start, end in pairwise(sorted({0, *cuts, 8})):
        store.save([events[place] for place in order[start:end]], [], NOON)
        store.save([events[order[start]]], [], NOON)
    assert store.journals() == {journal_of(events): Progress(8, 8)}
    assert store.gaps(journal_of(events)) == []
    store.close()


def test_a_gap_is_seen_and_closed(opened: Opened) -> None:
    events, store = arrived(9), opened()
    assert store.save([*events[:2], *events[4:6], events[8]], [], NOON).progress == {journal_of(events): Progress(2, 9)}
    assert store.gaps(journal_of(events)) == [(3, 4), (7, 8)]
    store.save(events[2:4], [], NOON)
    assert store.gaps(journal_of(events)) == [(7, 8)]
    assert store.journals()[journal_of(events)] == Progress(6, 9)


def test_an_event_that_comes_again_with_other_content_is_set_apart(opened: Opened) -> None:
    events, store = arrived(2), opened()
    store.save(events, [], NOON)
    saved = store.save([replace(events[1], body=events[1].body + b" ")], [], NOON)
    assert (saved.new, saved.again, saved.changed) == (0, 0, 1)
    assert dict(store.bodies(journal_of(events)))[2] == events[1].body
    assert store.wrong() == 1


def test_a_broken_chain_is_seen_where_it_breaks_and_does_not_stop_the_rest(opened: Opened) -> None:
    events, store = arrived(4), opened()
    store.save([events[0], replace(events[1], body=events[1].body + b" "), *events[2:]], [], NOON)
    assert store.journals()[journal_of(events)] == Progress(4, 4, broken_at=3)


def test_journals_are_apart(opened: Opened) -> None:
    first, second, store = arrived(3), arrived(2, ULID_B), opened()
    store.save([*first, *second], [], NOON)
    elsewhere = [replace(one, journal=replace(one.journal, source="gate/v1/jkt-02/front")) for one in first]
    store.save(elsewhere, [], NOON)
    assert sorted(progress.whole_to for progress in store.journals().values()) == [2, 3, 3]
    assert journal_of(first).ulid == ULID_A


def test_messages_that_are_wrong_are_kept_apart_up_to_a_bound(opened: Opened) -> None:
    store = opened()
    store.save([], [Wrong("somewhere", "odd")] * (KEPT_WRONG + 5), NOON)
    assert store.wrong() == KEPT_WRONG


def test_two_workers_save_the_same_events_at_once(opened: Opened) -> None:
    events = arrived(20)
    one, other = opened(), opened()
    for start in range(0, 20, 4):
        one.save(events[start : start + 3], [], NOON)
        other.save(events[start + 1 : start + 4], [], NOON)
    assert one.journals() == other.journals() == {journal_of(events): Progress(20, 20)}


def test_another_program_s_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "centre.db"
    path.write_bytes(b"not a database at all, but long enough to be taken for one" * 20)
    with pytest.raises(StoreError, match="cannot be used"):
        SqliteStore(path)
    with pytest.raises(StoreError, match="cannot be used"):
        SqliteStore(tmp_path / "nowhere" / "centre.db")
