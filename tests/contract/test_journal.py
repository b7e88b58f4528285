"""The Journal port: durable in order, gapless, hash-chained, all or nothing; run against every implementation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.access.events import Event, ExitRequested
from gate.access.modes import DoorMode
from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import AdapterError, Entry, Journal, Slot
from gate.wire import chain, envelope
from tests.wire.examples import GRANTED, IDENTITY, NOON, ULID_B


def entry(memory: bytes = b"m", feed: str = "access") -> Entry:
    return Entry(feed, build if feed == "access" else build_door, memory)


def build(slot: Slot, event: Event = GRANTED) -> bytes:
    place = envelope.Place(slot.journal, slot.seq, slot.prev)
    return envelope.encode(event, place, IDENTITY, ULID_B, offline=False)


def build_door(slot: Slot) -> bytes:
    return build(slot, ExitRequested(NOON, 5000, DoorMode.LOCKED))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = SqliteJournal(tmp_path / "journal.db")
    yield made
    made.close()


def seqs(journal: Journal, after: int = 0, limit: int = 100) -> list[int]:
    return [record.seq for record in journal.unconfirmed(after, limit)]


def test_a_new_journal_knows_nothing(journal: Journal) -> None:
    assert len(journal.ulid) == 26
    assert journal.memory() is None
    assert journal.unconfirmed(0, 10) == ()
    assert journal.backlog() == 0
    assert journal.newest(10) == ()


def test_records_are_numbered_from_one_and_chained(journal: Journal) -> None:
    journal.commit([entry(), entry(feed="door")])
    journal.commit([entry()])
    records = journal.unconfirmed(0, 10)
    assert [(record.seq, record.feed) for record in records] == [(1, "access"), (2, "door"), (3, "access")]
    found = chain.verify(journal.ulid, [record.body for record in records])
    assert found == chain.Intact(3, chain.digest(records[-1].body))


def test_memory_is_that_of_the_newest_record(journal: Journal) -> None:
    journal.commit([entry(b"one"), entry(b"two")])
    assert journal.memory() == b"two"
    journal.commit([entry(b"")])
    assert journal.memory() == b""


def test_committing_nothing_changes_nothing(journal: Journal) -> None:
    journal.commit([entry(b"one")])
    journal.commit([])
    assert (seqs(journal), journal.memory()) == ([1], b"one")


def test_confirmed_records_are_not_given_again_and_numbers_go_on(journal: Journal) -> None:
    journal.commit([entry() for _ in range(5)])
    journal.confirm([2, 1, 4])
    journal.confirm([])
    journal.confirm([2, 99])
    assert seqs(journal) == [3, 5]
    assert journal.backlog() == 2
    journal.confirm([3, 5])
    journal.commit([entry()])
    assert seqs(journal) == [6]


@pytest.mark.parametrize(
    ("after", "limit", "expected"), [(0, 2, [1, 2]), (2, 2, [3, 4]), (4, 9, [5]), (5, 9, []), (0, 0, [])]
)
def test_unconfirmed_is_a_page_in_order(journal: Journal, after: int, limit: int, expected: list[int]) -> None:
    journal.commit([entry() for _ in range(5)])
    assert seqs(journal, after, limit) == expected


def test_unconfirmed_leaves_out_the_feeds_that_are_not_wanted(journal: Journal) -> None:
    journal.commit([entry(feed=feed) for feed in ("access", "door", "system", "access")])
    assert [record.seq for record in journal.unconfirmed(0, 2, frozenset({"door", "system"}))] == [1, 4]
    assert journal.unconfirmed(0, 9, frozenset({"access", "door", "system"})) == ()


def test_the_newest_come_first_confirmed_or_not(journal: Journal) -> None:
    journal.commit([entry() for _ in range(4)])
    journal.confirm([4, 2])
    assert [record.seq for record in journal.newest(3)] == [4, 3, 2]
    assert journal.newest(9) == (*journal.newest(3), *journal.unconfirmed(0, 1))


def test_an_entry_that_cannot_be_built_takes_the_whole_group_back(journal: Journal) -> None:
    def fail(_slot: Slot) -> bytes:
        raise LookupError("no bytes")

    journal.commit([entry(b"one")])
    with pytest.raises(LookupError):
        journal.commit([entry(b"two"), Entry("access", fail, b"three")])
    assert (seqs(journal), journal.memory()) == ([1], b"one")
    journal.commit([entry(b"four")])
    assert seqs(journal) == [1, 2]


def test_a_closed_journal_refuses_and_closes_twice(journal: Journal) -> None:
    journal.close()
    journal.close()
    with pytest.raises(AdapterError, match="closed"):
        journal.commit([entry()])
    with pytest.raises(AdapterError, match="closed"):
        journal.unconfirmed(0, 1)
    with pytest.raises(AdapterError, match="closed"):
        journal.newest(1)


@pytest.mark.parametrize(("first", "last", "expected"), [(2, 3, [2, 3]), (1, 99, [1, 2, 3]), (7, 9, []), (3, 2, [])])
def test_what_the_centre_wants_again_is_unconfirmed_again(
    journal: Journal, first: int, last: int, expected: list[int]
) -> None:
    journal.commit([entry() for _ in range(4)])
    journal.confirm([1, 2, 3])
    assert journal.unconfirm(first, last) == len(expected)
    assert seqs(journal) == [*expected, 4]
