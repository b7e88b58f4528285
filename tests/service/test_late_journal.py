"""A journal that comes later: nothing is answered before it is there; then all is recorded, in the right journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ulid import ULID

from gate.access.signals import DeviceChanged
from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import AdapterError, Connected, DiskError, Heard
from gate.service.confirm import Confirm
from gate.service.late_journal import Found, LateJournal
from gate.service.outbox import Sending
from gate.service.recorder import Recorder
from gate.service.waiting import Waiting
from gate.wire import ack, chain, envelope, topics
from gate.wire.ack import Ack
from gate.wire.envelope import Received
from tests.contract.test_journal import entry
from tests.service.test_outbox import ScriptedBroker
from tests.service.test_recorder import SteppedClock, outside_of, persist, visits_in
from tests.wire.examples import IDENTITY

ACK = topics.below(IDENTITY, topics.ACK)


class Card:
    """A recorder whose disk works when the test says so."""

    def __init__(self, path: Path, found: Found | None) -> None:
        self.path = path
        self.works = False
        self.clock = SteppedClock()
        self.broker = ScriptedBroker()
        self.recorded: list[int] = []
        self.told: list[tuple[str, bool]] = []
        self.journal = LateJournal(self._opens, found, str(ULID()), DiskError("the disk is dead"))
        outside = outside_of(self.journal, self.broker, self.recorded, self.clock)
        outside = replace(outside, late=self.journal, on_device=self._tell)
        self.recorder = Recorder(outside, IDENTITY, Sending(confirm=Confirm.CENTRE))

    def step(self, seconds: float = 6) -> None:
        self.recorder.step(0)
        self.clock.move(seconds)

    def record(self, *tickets: int) -> None:
        for ticket in tickets:
            self.recorder.submit(persist(ticket))
        self.step()

    def _opens(self) -> SqliteJournal:
        if not self.works:
            raise DiskError("the disk is dead")
        return SqliteJournal(self.path)

    def _tell(self, change: DeviceChanged) -> None:
        self.told.append((change.device.value, change.working))


def earlier(path: Path, records: int = 3) -> Found:
    """A journal of an earlier run, and what a reader finds in it."""
    journal = SqliteJournal(path)
    journal.commit([entry(b"7") for _ in range(records)])
    found = Found(journal.ulid, journal.memory(), journal.newest(9), journal.figures())
    journal.close()
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def new(path: Path) -> Iterator[Card]:
    card = Card(path, None)
    yield card
    card.journal.close()


def test_until_it_is_there_it_alarms_answers_nobody_and_the_link_goes_on(new: Card) -> None:
    new.record(1, 2)
    new.recorder._inbox.put(Connected(9))
    new.recorder.step(0)
    assert new.recorded == []
    assert new.told == [("journal", False)]
    assert new.recorder._patience_s() > 0
    assert [message.topic for message in new.broker.sent] == [topics.availability(IDENTITY)]
    assert new.recorder.counts().waiting == 2


def test_a_new_disk_gets_a_new_journal_and_everything_that_waited(new: Card, path: Path) -> None:
    new.record(1, 2)
    new.works = True
    new.record(3)
    assert new.recorded == [1, 2, 3]
    assert ("journal", True) in new.told
    assert new.recorder.counts().pending == 3
    assert visits_in(path) == [1, 2, 3]


def test_a_journal_that_could_be_read_goes_on(path: Path) -> None:
    card = Card(path, earlier(path))
    ulid = card.journal.ulid
    assert (card.journal.memory(), card.journal.backlog(), len(card.journal.newest(2))) == (b"7", 3, 2)
    card.record(4)
    card.works = True
    card.step()
    assert (card.journal.ulid, card.journal.former, card.journal.figures().last_seq) == (ulid, None, 4)
    assert card.recorder.counts().pending == 4
    card.journal.close()


def test_one_whose_memory_was_not_read_is_begun_anew_and_what_was_unconfirmed_is_told_again(path: Path) -> None:
    """Its alarms and its commands have numbers that this run did not know."""
    former = earlier(path).ulid
    card = Card(path, None)
    card.record(4)
    card.works = True
    card.step()
    card.step()
    assert (card.journal.former, card.recorded) == (former, [4])
    assert ("journal_begun", False) in card.told
    assert card.recorder.counts().pending == card.journal.backlog() == 5
    bodies = [record.body for record in card.journal.unconfirmed(0, 9)]
    assert isinstance(chain.verify(card.journal.ulid, bodies), chain.Intact)
    first = envelope.decode(bodies[0])
    assert isinstance(first, Received)
    assert (first.data["reason"], first.data["former"]) == ("unread", former)
    card.journal.close()


def test_what_the_centre_said_meanwhile_counts_when_it_is_there(path: Path) -> None:
    card = Card(path, earlier(path))
    card.record(4)
    card.recorder._inbox.put(Connected(9))
    card.recorder._inbox.put(Heard(ACK, ack.encode(Ack(card.journal.ulid, 2)), retained=True))
    card.step()
    assert card.told == [("journal", False)]
    card.works = True
    card.step()
    assert card.recorder.counts().pending == 2
    card.journal.close()


def test_what_does_not_fit_into_memory_is_told_alarmed_and_answered_only_then(new: Card) -> None:
    new.recorder._waiting = Waiting(most=3)
    new.record(1, 2, 3, 4, 5)
    assert ("journal_dropped", False) in new.told
    assert new.recorded == []
    new.works = True
    new.step()
    assert new.recorded == [3, 4, 5]
    new.step()
    assert new.recorded == [3, 4, 5, 1, 2]
    assert ("journal_dropped", True) in new.told
    found = [envelope.decode(record.body) for record in new.journal.unconfirmed(0, 9)]
    types = [one.type for one in found if isinstance(one, Received)]
    assert types == ["gate.system.events_lost.v1", *["gate.access.granted.v1"] * 3]
    assert isinstance(found[0], Received)
    assert (found[0].data["count"], found[0].data["alarms"]) == (2, 0)


def test_the_alarm_of_lost_events_lasts_while_they_are_lost(path: Path) -> None:
    """Also where the journal can still be read, so that a look at it seems to go well."""
    journal = SqliteJournal(path)
    told: list[tuple[str, bool]] = []
    clock = SteppedClock()
    outside = outside_of(journal, ScriptedBroker(), [], clock)
    recorder = Recorder(
        replace(outside, on_device=lambda change: told.append((change.device.value, change.working))), IDENTITY
    )
    recorder._waiting = Waiting(most=2)
    recorder._commit_trouble.failed(AdapterError("it is full"), 0.0)
    recorder._commit_trouble.due_s = 1e9
    recorder._keeper.failed()
    for ticket in range(5):
        recorder.submit(persist(ticket))
    for _ in range(5):
        recorder.step(0)
        clock.move(61)
    assert told == [("journal", False), ("journal_dropped", False)]
    journal.close()
