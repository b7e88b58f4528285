"""The journal's keeper in the recorder: heads in time, room in time, and an alarm for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from gate.access.devices import Device
from gate.access.effects import Persist
from gate.access.events import AlarmEvent, AlarmStep
from gate.access.memory import Memory
from gate.adapters.head_key import HeadKey
from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.credential.instant import ClockTrust, Instant
from gate.ports import HeadSigner
from gate.service.outbox import Sending
from gate.service.recorder import Recorder
from gate.wire import chain, envelope
from tests.service.test_outbox import ScriptedBroker
from tests.service.test_recorder import FaultyJournal, SteppedClock, outside_of
from tests.wire.examples import BLACK, GRANTED, IDENTITY

HOUR = 3600


@dataclass
class DatedClock(SteppedClock):
    """A clock whose trust the test sets."""

    trust: ClockTrust = ClockTrust.SYNCED

    def __post_init__(self) -> None:
        super().__init__()

    def now(self) -> Instant:
        return replace(super().now(), clock=self.trust)


@dataclass
class Kept:
    """A recorder with a signer, stepped by hand."""

    journal: SqliteJournal
    signer: HeadSigner | None
    keep_days: int = 30
    clock: DatedClock = field(default_factory=DatedClock)
    told: list[tuple[Device, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tickets = count(1)
        outside = replace(
            outside_of(self.journal, ScriptedBroker(), [], self.clock),
            signer=self.signer,
            wants_key=True,
            keep_days=self.keep_days,
            on_device=lambda change: self.told.append((change.device, change.working)),
        )
        self.recorder = Recorder(outside, IDENTITY, Sending(window=5))

    def record(self, number: int) -> None:
        for _ in range(number):
            ticket = next(self.tickets)
            event = replace(GRANTED, visit=ticket, at=self.clock.now())
            self.recorder.submit(Persist(ticket, event, Memory(visits=ticket)))
        self.recorder.step(0)

    def wait(self, seconds: float) -> None:
        self.clock.move(seconds)
        self.recorder.step(0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def kept(path: Path) -> Iterator[Kept]:
    made = Kept(FaultyJournal(path), HeadKey(path.with_name("key")))
    yield made
    made.journal.close()


def heads(path: Path) -> list[int]:
    with JournalReader(path) as reader:
        found = [(record.seq, envelope.decode(record.body)) for record in reader.records()]
    return [seq for seq, event in found if isinstance(event, envelope.Received) and "chain_head" in event.type]


def whole(path: Path, kept: Kept) -> chain.Intact:
    assert kept.signer is not None
    with JournalReader(path) as reader:
        found = chain.verify(reader.ulid, [record.body for record in reader.records()], frozenset({kept.signer.public}))
    assert isinstance(found, chain.Intact), found
    return found


def test_each_hundredth_record_is_followed_by_a_signed_head(path: Path, kept: Kept) -> None:
    for number in (99, 1, 100, 50, 250):
        kept.record(number)
    assert heads(path) == [101, 202, 303, 404, 505]
    assert (whole(path, kept).signed_to, whole(path, kept).count) == (504, 505)
    assert kept.journal.memory() == b"500", "a head remembers nothing of the door"
    assert kept.recorder.counts().pending == kept.journal.backlog() == 505


def test_few_records_are_signed_within_an_hour_and_none_are_not_signed_again(path: Path, kept: Kept) -> None:
    kept.record(3)
    kept.wait(HOUR - 1)
    assert heads(path) == []
    kept.wait(61)
    assert heads(path) == [4]
    for _ in range(50):
        kept.wait(HOUR)
    assert heads(path) == [4]
    kept.record(1)
    kept.wait(61)
    assert heads(path) == [4, 6]
    assert kept.recorder.counts().pending == kept.journal.backlog() == 6


def test_a_restart_goes_on_counting(path: Path, kept: Kept) -> None:
    kept.record(130)
    kept.journal.close()
    again = Kept(SqliteJournal(path), kept.signer)
    again.record(69)
    assert heads(path) == [101]
    again.record(1)
    assert heads(path) == [101, 202]
    again.journal.close()


def test_a_commit_that_fails_is_signed_when_it_works(path: Path, kept: Kept) -> None:
    assert isinstance(kept.journal, FaultyJournal)
    kept.journal.failing = {1, 2}
    kept.record(150)
    assert heads(path) == []
    for _ in range(3):
        kept.wait(5)
    assert (heads(path), whole(path, kept).count) == ([101], 151)
    assert kept.told == [(Device.JOURNAL, False), (Device.JOURNAL, True)]


def test_without_a_key_nothing_is_signed_all_is_recorded_and_an_alarm_tells(path: Path) -> None:
    kept = Kept(SqliteJournal(path), None)
    kept.record(250)
    kept.wait(HOUR)
    assert (heads(path), kept.journal.backlog(), kept.told) == ([], 250, [(Device.JOURNAL_KEY, False)])
    kept.journal.close()


def test_confirmed_records_go_after_their_days_if_the_clock_is_set(path: Path, kept: Kept) -> None:
    kept.record(150)
    kept.clock.move(29 * 24 * HOUR)
    kept.record(150)
    kept.journal.confirm_up_to(kept.journal.ulid, 302)
    kept.wait(HOUR)
    assert whole(path, kept).first == 1
    kept.clock.trust = ClockTrust.UNSET
    kept.wait(2 * 24 * HOUR)
    assert whole(path, kept).first == 1
    kept.clock.trust = ClockTrust.SYNCED
    kept.wait(HOUR)
    kept.wait(1)
    found = whole(path, kept)
    assert found.first == 101
    assert kept.told == []


def test_at_its_budget_it_says_so_gives_up_the_oldest_and_says_what(path: Path) -> None:
    journal = SqliteJournal(path, 100_000)
    kept = Kept(journal, HeadKey(path.with_name("key")))
    while journal.figures().used_bytes < 85_000:
        kept.record(5)
        kept.wait(1)
    assert kept.told == [(Device.JOURNAL_SPACE, False)]
    alarm = AlarmEvent(kept.clock.now(), AlarmStep.RAISED, BLACK)
    kept.recorder.submit(Persist(1, alarm, Memory()))
    for _ in range(60):
        kept.record(5)
        kept.wait(1)
    assert kept.told[1] == (Device.JOURNAL_DROPPED, False)
    assert journal.figures().used_bytes < 110_000
    found = whole(path, kept)
    assert found.missing > 100
    assert kept.recorder.counts().pending == journal.backlog()
    with JournalReader(path) as reader:
        assert [record.seq for record in reader.records() if record.feed == "officer"], "the alarm was kept"
    journal.confirm_up_to(journal.ulid, journal.figures().last_seq)
    for _ in range(60):
        kept.record(5)
        kept.wait(1)
        journal.confirm_up_to(journal.ulid, journal.figures().last_seq)
    assert (Device.JOURNAL_DROPPED, True) in kept.told
    journal.close()


def test_a_record_that_nobody_takes_is_told_until_it_is_gone(kept: Kept) -> None:
    kept.record(3)
    kept.journal.set_aside(2, "refused")
    kept.wait(61)
    assert kept.told == [(Device.JOURNAL_ASIDE, False)]
    kept.journal.confirm([2])
    kept.wait(61)
    assert kept.told == [(Device.JOURNAL_ASIDE, False), (Device.JOURNAL_ASIDE, True)]


def test_confirmations_are_on_the_disk_within_a_minute(path: Path, kept: Kept) -> None:
    kept.record(3)
    kept.wait(1)
    kept.journal.confirm([1, 2])
    kept.wait(61)
    with JournalReader(path) as beside:
        assert beside.backlog() == 1


def test_a_journal_that_cannot_be_looked_after_is_told_and_looked_after_later(kept: Kept) -> None:
    db = kept.journal._db()
    kept.record(3)
    db.execute("ALTER TABLE aside RENAME TO elsewhere")
    kept.wait(61)
    kept.wait(5)
    assert kept.told == [(Device.JOURNAL, False)]
    db.execute("ALTER TABLE elsewhere RENAME TO aside")
    kept.wait(5)
    assert kept.told == [(Device.JOURNAL, False), (Device.JOURNAL, True)]
