"""Which stored and signed moments the clock of a starting service is held to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gate import RELEASED
from gate.adapters.clock_system import HIGHEST_FLOOR, SystemClock
from gate.adapters.journal_sqlite import SqliteJournal
from gate.credential.instant import ClockTrust, Instant
from gate.ports import Entry, Slot
from gate.service import clock_floor
from gate.service.clock_floor import LOOKED_BACK, newest_synced, raise_to
from gate.wire import envelope
from tests.wire.examples import GRANTED, IDENTITY, ULID_B

DAY = timedelta(days=1)
BOOT = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    made = SqliteJournal(tmp_path / "journal.db")
    yield made
    made.close()


def at(days: int, clock: ClockTrust) -> Entry:
    """A record of so many days after the release."""

    def build(slot: Slot) -> bytes:
        event = replace(GRANTED, at=Instant(RELEASED + days * DAY, 0, clock))
        place = envelope.Place(slot.journal, slot.seq, slot.prev)
        return envelope.encode(event, place, IDENTITY, ULID_B, offline=False)

    return Entry("access", build, b"")


SYNCED, HOLDOVER, UNSET = ClockTrust.SYNCED, ClockTrust.HOLDOVER, ClockTrust.UNSET


@pytest.mark.parametrize(
    ("records", "days"),
    [
        ([], None),
        ([(1, SYNCED)], 1),
        ([(1, SYNCED), (2, SYNCED)], 2),
        ([(1, SYNCED), (9, HOLDOVER), (9, UNSET)], 1),
        ([(9, HOLDOVER)], None),
        ([(9, UNSET)], None),
    ],
)
def test_only_a_synced_record_says_what_has_passed(
    journal: SqliteJournal, records: list[tuple[int, ClockTrust]], days: int | None
) -> None:
    journal.commit([at(*record) for record in records])
    assert newest_synced(journal) == (None if days is None else RELEASED + days * DAY)


def test_a_record_that_is_no_event_is_passed_over(journal: SqliteJournal) -> None:
    journal.commit([at(3, SYNCED), Entry("access", lambda _: b"garbage", b"")])
    assert newest_synced(journal) == RELEASED + 3 * DAY


def test_the_look_back_is_bounded(journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LOOKED_BACK >= 100
    monkeypatch.setattr(clock_floor, "LOOKED_BACK", 2)
    journal.commit([at(1, SYNCED), at(2, HOLDOVER), at(3, HOLDOVER)])
    assert newest_synced(journal) is None


def test_a_machine_that_boots_before_the_newest_source_is_unset_and_shows_it(journal: SqliteJournal) -> None:
    clock = SystemClock(read_utc=lambda: BOOT, read_mono_ns=lambda: 7)
    journal.commit([at(5, SYNCED)])
    for moment in (newest_synced(journal), RELEASED + 2 * DAY, None):
        raise_to(moment, "the source", clock.raise_floor)
    assert clock.now() == Instant(RELEASED + 5 * DAY, 7, ClockTrust.UNSET)


def test_a_source_that_cannot_be_right_is_named_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    clock = SystemClock(read_utc=lambda: BOOT)
    raise_to(HIGHEST_FLOOR + DAY, "the trust bundle", clock.raise_floor)
    assert clock.now().utc == RELEASED
    assert "the trust bundle is of 2036-11-02, too far ahead to be true" in caplog.text
