"""What the journal gives up: what is old and confirmed, and at its budget the least that has to go, explained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import ANY

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.access.journal_events import ChainHead, RecordsDropped
from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.credential import base64url
from gate.credential.instant import ClockTrust, Instant
from gate.ports import Dropped, Entry, RecordKind, Slot, Space
from gate.wire import chain, envelope
from tests.contract.test_journal import build
from tests.wire.examples import IDENTITY, ULID_B

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
BUDGET = 100_000


def at(hours: float) -> Instant:
    return Instant(NOON + timedelta(hours=hours), 1, ClockTrust.SYNCED)


def plain(hours: float = 0, kind: RecordKind = RecordKind.ORDINARY) -> Entry:
    return Entry("access", build, b"m", kind, at(hours).utc)


def head(hours: float = 0) -> Entry:
    def sign(slot: Slot) -> bytes:
        covers, digest = slot.seq - 1, slot.prev
        signature = base64url.encode(KEY.sign(chain.head_text(slot.journal, covers, digest)))
        key = base64url.encode(KEY.public_key().public_bytes_raw())
        place = envelope.Place(slot.journal, slot.seq, slot.prev)
        event = ChainHead(at(hours), covers, digest, key, signature)
        return envelope.encode(event, place, IDENTITY, ULID_B, offline=False)

    return Entry("system", sign, None, RecordKind.HEAD, at(hours).utc)


def gap(dropped: Dropped) -> Entry:
    event = RecordsDropped(at(0), dropped.ranges, dropped.count, dropped.unconfirmed, dropped.alarms)

    def tell(slot: Slot) -> bytes:
        place = envelope.Place(slot.journal, slot.seq, slot.prev)
        return envelope.encode(event, place, IDENTITY, ULID_B, offline=False)

    return Entry("system", tell, None, RecordKind.GAP, at(0).utc)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[SqliteJournal]:
    made = SqliteJournal(path, BUDGET)
    yield made
    made.close()


def whole(path: Path) -> chain.Intact:
    with JournalReader(path) as reader:
        found = chain.verify(reader.ulid, [record.body for record in reader.records()])
    assert isinstance(found, chain.Intact), found
    return found


def numbers(journal: SqliteJournal) -> list[int]:
    return [record.seq for record in journal.range(1, 10**9, 10**9)]


def days(journal: SqliteJournal) -> None:
    """Five times nine records and a signed head, a day apart: heads are 10, 20, 30, 40, 50."""
    for day in range(5):
        journal.commit([*(plain(24 * day) for _ in range(9)), head(24 * day)])


def test_old_confirmed_records_go_up_to_a_signed_head(path: Path, journal: SqliteJournal) -> None:
    days(journal)
    journal.confirm_up_to(journal.ulid, 50)
    assert journal.forget_before(at(47).utc) == 19
    assert journal.forget_before(at(47).utc) == 0
    assert numbers(journal) == list(range(20, 51))
    found = whole(path)
    assert (found.first, found.signed_to, found.missing) == (20, 49, 0)
    assert journal.figures().signed_seq == 50
    journal.commit([plain()])
    assert whole(path).count == 32


def test_nothing_goes_that_is_not_confirmed(path: Path, journal: SqliteJournal) -> None:
    days(journal)
    assert journal.forget_before(at(10**5).utc) == 0
    journal.confirm_up_to(journal.ulid, 25)
    journal.confirm([27, 30])
    assert journal.forget_before(at(10**5).utc) == 19
    assert journal.backlog() == 23
    assert whole(path).first == 20


def test_a_record_set_aside_keeps_what_is_behind_it(journal: SqliteJournal) -> None:
    days(journal)
    journal.set_aside(15, "refused")
    journal.confirm_up_to(journal.ulid, 50)
    assert journal.forget_before(at(10**5).utc) == 9
    assert numbers(journal)[0] == 10
    journal.confirm([15])
    assert journal.forget_before(at(10**5).utc) == 40


def test_without_signed_heads_all_is_kept(journal: SqliteJournal) -> None:
    journal.commit([plain() for _ in range(50)])
    journal.confirm_up_to(journal.ulid, 50)
    assert journal.forget_before(at(10**5).utc) == 0


def test_a_piece_is_bounded(journal: SqliteJournal) -> None:
    for _ in range(30):
        journal.commit([*(plain() for _ in range(99)), head()])
    journal.confirm_up_to(journal.ulid, 3000)
    assert (journal.forget_before(at(9).utc), journal.forget_before(at(9).utc)) == (1999, 1000)
    assert numbers(journal) == [3000]


def test_there_is_room_until_the_budget_and_it_says_so_before(journal: SqliteJournal) -> None:
    seen: list[Space] = []
    while not seen or seen[-1] is not Space.OVER:
        assert journal.make_room(gap) is None
        journal.commit([plain() for _ in range(4)])
        seen.append(journal.figures().space)
    assert sorted(set(seen), key=seen.index) == [Space.AMPLE, Space.NEAR, Space.OVER]
    assert BUDGET < journal.figures().used_bytes < BUDGET + 10_000


def test_confirmed_records_go_first_and_need_no_explanation_before_a_head(path: Path, journal: SqliteJournal) -> None:
    journal.commit([*(plain() for _ in range(49)), head(), *(plain() for _ in range(100))])
    journal.confirm_up_to(journal.ulid, 60)
    assert journal.make_room(gap) == Dropped((), 49, 0, 0)
    assert (journal.backlog(), numbers(journal)[0], whole(path).missing) == (90, 50, 0)


def test_then_unconfirmed_ones_the_oldest_first_and_alarms_last_of_all(path: Path, journal: SqliteJournal) -> None:
    """Offline, far over a small budget: 20 alarms among 400 records."""
    journal.commit([plain(kind=RecordKind.ALARM if n % 20 == 7 else RecordKind.ORDINARY) for n in range(400)])
    journal.confirm([3, 5])
    lost, before = 0, journal.backlog()
    while (dropped := journal.make_room(gap)) is not None:
        assert dropped.alarms == 0
        lost += dropped.unconfirmed
        assert whole(path).missing > 0
    assert journal.figures().space is not Space.OVER
    kept = numbers(journal)
    assert [seq for seq in kept if seq <= 400 and (seq - 1) % 20 == 7] == list(range(8, 401, 20))
    assert 3 not in kept
    gone = [seq for seq in range(1, 401) if seq not in kept]
    assert [seq for seq in range(1, gone[-1]) if (seq - 1) % 20 != 7 and seq in kept] == [], "the oldest went"
    gaps = journal.figures().last_seq - 400
    assert journal.backlog() == before - lost + gaps
    assert whole(path).missing == len(gone)


def test_alarms_go_when_there_is_nothing_else(path: Path, journal: SqliteJournal) -> None:
    journal.commit([plain(kind=RecordKind.ALARM) for _ in range(300)])
    dropped = journal.make_room(gap)
    assert dropped is not None
    assert (dropped.alarms, dropped.unconfirmed) == (256, 256)
    assert (whole(path).missing, journal.backlog()) == (256, 45)


def test_what_was_set_aside_goes_with_the_others_and_is_forgotten(path: Path, journal: SqliteJournal) -> None:
    journal.commit([plain() for _ in range(300)])
    journal.set_aside(7, "refused")
    journal.confirm_up_to(journal.ulid, 20)
    journal.confirm([22])
    first = journal.make_room(gap)
    assert first is not None
    assert (first.count, first.unconfirmed, [one.first for one in first.ranges]) == (19, 0, [1, 8])
    assert journal.make_room(gap) == replace(first, ranges=(ANY,), count=1)
    assert [one.seq for one in journal.asides()] == [7]
    second = journal.make_room(gap)
    assert second is not None
    assert (second.unconfirmed, second.ranges[0].first, journal.asides()) == (256, 7, ())
    assert whole(path).missing == 276
    assert journal.backlog() == len(journal.unconfirmed(0, 999)) == 24 + 3


def test_a_gap_that_cannot_be_told_is_not_made(path: Path, journal: SqliteJournal) -> None:
    journal.commit([plain() for _ in range(300)])

    def fail(_: Dropped) -> Entry:
        raise LookupError("no bytes")

    with pytest.raises(LookupError):
        journal.make_room(fail)
    assert (whole(path).count, journal.backlog()) == (300, 300)


def test_the_head_that_the_chain_begins_with_stays(path: Path, journal: SqliteJournal) -> None:
    journal.commit([*(plain() for _ in range(9)), head(), *(plain() for _ in range(300))])
    journal.confirm_up_to(journal.ulid, 310)
    journal.forget_before(at(1).utc)
    dropped = journal.make_room(gap)
    assert dropped is not None
    assert (dropped.count, dropped.ranges[0].first) == (256, 11)
    found = whole(path)
    assert (found.first, found.missing, numbers(journal)[:2]) == (10, 256, [10, 267])


def test_a_large_journal_is_not_searched(journal: SqliteJournal) -> None:
    """Ten times the records, and the same number of steps of SQLite's machine (in thousands) for a piece."""
    db, steps = journal._db(), []
    for size in (300, 3000):
        while journal.figures().last_seq < size:
            journal.commit([plain() for _ in range(100)])
        count = [0]
        db.set_progress_handler(lambda: count.__setitem__(0, count[0] + 1), 1000)  # noqa: B023  (called at once)
        journal.make_room(gap)
        db.set_progress_handler(None, 0)
        steps.append(count[0])
    assert steps[1] <= steps[0] + 5
