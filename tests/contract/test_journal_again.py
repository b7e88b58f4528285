"""A journal that begins again: new ULID, number 1, the same memory; what the centre may lack is carried over, once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ulid import ULID

from gate.access.journal_events import Beginning, JournalBegun
from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.adapters.journal_sqlite import again as again_module
from gate.ports import AckVerdict, AdapterError, Entry, Open, RecordKind, Slot
from gate.wire import chain, envelope
from gate.wire.envelope import Place, Received
from tests.contract.test_journal import build, entry
from tests.wire.examples import GRANTED, IDENTITY, NOON, ULID_A

AT = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)


def named(number: int, kind: RecordKind = RecordKind.ORDINARY) -> Entry:
    """An event with an id of its own."""
    event_id = str(ULID.from_int(number))

    def tell(slot: Slot) -> bytes:
        place = Place(slot.journal, slot.seq, slot.prev)
        return envelope.encode(GRANTED, place, IDENTITY, event_id, offline=False)

    return Entry("access", tell, f"memory {number}".encode(), kind, AT)


def first() -> Entry:
    return Entry("system", lambda slot: build(slot, JournalBegun(NOON, ULID_A, 1, 9, Beginning.AHEAD)), None)


def over(one: Open) -> Entry:
    def tell(slot: Slot) -> bytes:
        return envelope.placed(one.body, Place(slot.journal, slot.seq, slot.prev))

    return Entry(one.feed, tell, None, one.kind, one.at)


def carry_all(journal: SqliteJournal, piece: int = 100) -> int:
    """How many pieces it took."""
    for pieces in range(1, 1000):
        found = journal.open_records(piece)
        if not journal.carry([over(one) for one in found], found[-1].seq if found else 0):
            return pieces
    raise AssertionError("it does not end")


def ids(journal: SqliteJournal) -> list[int]:
    """The events that wait, by their ids, without the first record and what signs or explains."""
    found = [envelope.decode(record.body) for record in journal.unconfirmed(0, 10_000)]
    return [ULID.from_str(one.id).__int__() for one in found if isinstance(one, Received) and "access" in one.type]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    made = SqliteJournal(tmp_path / "journal.db")
    yield made
    made.close()


def test_it_is_a_new_journal_with_the_same_memory(journal: SqliteJournal) -> None:
    journal.commit([named(1), named(2)])
    before, ulid = journal.ulid, str(ULID())
    journal.begin_again(ulid, first())
    assert (journal.ulid, journal.former, journal.memory()) == (ulid, before, b"memory 2")
    assert journal.figures().last_seq == 1
    assert journal.backlog() == journal.figures().depth == 3
    assert journal.confirm_up_to(before, 2) is AckVerdict.OTHER_JOURNAL
    assert not carry_all(journal) > 1
    assert (journal.backlog(), ids(journal)) == (3, [1, 2])
    bodies = [record.body for record in journal.unconfirmed(0, 10)]
    assert chain.verify(ulid, bodies) == chain.Intact(3, chain.digest(bodies[-1]))


def test_what_is_carried_keeps_its_kind_and_its_time_and_what_speaks_of_the_old_chain_stays(
    journal: SqliteJournal,
) -> None:
    journal.commit([named(1, RecordKind.ALARM), named(2, RecordKind.HEAD), named(3, RecordKind.GAP), named(4)])
    journal.begin_again(str(ULID()), first())
    assert [(one.seq, one.kind, one.at) for one in journal.open_records(9)] == [
        (1, RecordKind.ALARM, AT),
        (4, RecordKind.ORDINARY, AT),
    ]
    assert [one.seq for one in journal.open_records(1)] == [1]
    carry_all(journal)
    assert journal.figures().last_seq == 3
    assert journal.open_records(9) == ()


@settings(max_examples=40, deadline=None)
@given(
    earlier=st.integers(0, 12),
    this_run=st.integers(0, 6),
    confirmed=st.sets(st.integers(1, 18)),
    aside=st.integers(0, 18),
    piece=st.integers(1, 7),
)
def test_all_that_is_unconfirmed_or_of_this_run_comes_over_once_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    earlier: int,
    this_run: int,
    confirmed: set[int],
    aside: int,
    piece: int,
) -> None:
    path = tmp_path_factory.mktemp("again") / "journal.db"
    journal = SqliteJournal(path)
    journal.commit([named(number) for number in range(1, earlier + 1)])
    journal.close()
    journal = SqliteJournal(path)
    journal.commit([named(number) for number in range(earlier + 1, earlier + this_run + 1)])
    journal.set_aside(aside, "nobody wants it")
    journal.confirm(sorted(confirmed - {aside}))
    wanted = {record.seq for record in journal.unconfirmed(0, 99)} | {one.seq for one in journal.asides()}
    wanted |= set(range(earlier + 1, earlier + this_run + 1))
    journal.begin_again(str(ULID()), first())
    carry_all(journal, piece)
    found = ids(journal)
    assert found == sorted(found)
    assert wanted <= set(found)
    assert journal.backlog() == journal.figures().last_seq == len(found) + 1
    journal.close()


def test_a_restart_at_any_moment_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = SqliteJournal(path)
    journal.commit([named(number) for number in range(1, 8)])
    before = journal.ulid
    journal.begin_again(str(ULID()), first())
    left = True
    while left:
        journal.close()
        journal = SqliteJournal(path)
        assert journal.former == before
        assert journal.backlog() == 8
        found = journal.open_records(2)
        left = journal.carry([over(one) for one in found], found[-1].seq if found else 0)
    assert ids(journal) == list(range(1, 8))
    journal.close()
    with JournalReader(path) as reader:
        assert isinstance(chain.verify(reader.ulid, [one.body for one in reader.records()]), chain.Intact)


def test_it_may_happen_again_and_again(journal: SqliteJournal) -> None:
    journal.commit([named(1)])
    for number in range(2, 5):
        before = journal.ulid
        journal.begin_again(str(ULID()), first())
        assert journal.former == before
        journal.commit([named(number)])
        carry_all(journal)
    assert sorted(ids(journal)) == [1, 2, 3, 4]


def test_not_before_the_last_time_is_carried_over_and_then_nothing_has_changed(journal: SqliteJournal) -> None:
    journal.commit([named(1)])
    journal.begin_again(str(ULID()), first())
    ulid = journal.ulid
    with pytest.raises(AdapterError):
        journal.begin_again(str(ULID()), first())
    assert (journal.ulid, journal.backlog()) == (ulid, 2)
    journal.commit([named(2)])
    carry_all(journal)
    assert ids(journal) == [2, 1]


def test_what_cannot_be_begun_changes_nothing(journal: SqliteJournal) -> None:
    journal.commit([entry()])
    before = journal.ulid

    def fails(_: Slot) -> bytes:
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(AdapterError):
        journal.begin_again(str(ULID()), Entry("system", fails, None))
    assert (journal.ulid, journal.former, journal.backlog()) == (before, None, 1)
    journal.commit([entry()])
    assert isinstance(chain.verify(before, [one.body for one in journal.unconfirmed(0, 9)]), chain.Intact)


def test_what_need_not_be_carried_goes_in_pieces(journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again_module, "PIECE", 10)
    journal.commit([named(number) for number in range(1, 36)])
    journal.confirm(range(1, 36))
    journal.close()
    opened = SqliteJournal(journal._path)
    opened.begin_again(str(ULID()), first())
    assert opened.backlog() == 1
    assert carry_all(opened) == 4
    opened.close()
