"""The recorder: every event is committed, answered and published, whatever fails; with a real journal and broker."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from ulid import ULID

from gate.access.effects import Persist
from gate.access.memory import Memory
from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.credential.instant import ClockTrust, Instant
from gate.ports import (
    Acknowledged,
    AdapterError,
    Connected,
    Contested,
    Disconnected,
    Entry,
    Heard,
    Journal,
    LinkEvent,
    LinkFault,
    Message,
    Publisher,
    Record,
)
from gate.service.certificate_end import CertificateEnd
from gate.service.confirm import Confirm
from gate.service.link_watch import LinkState
from gate.service.outbox import Sending
from gate.service.outside import Counts, Outside
from gate.service.recorder import Recorder
from gate.service.threads import Worker
from gate.wire import ack, availability, chain, envelope, topics
from gate.wire.ack import Ack
from gate.wire.availability import Presence
from gate.wire.envelope import Place, Received
from tests.broker import HOST, Broker, running
from tests.service.test_outbox import ScriptedBroker
from tests.subscriber import Centre, subscribed
from tests.wire.examples import GRANTED, IDENTITY, ULID_B
from tests.wire.validate import check

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


class SteppedClock:
    """Stands still until the test moves it."""

    def __init__(self) -> None:
        self.passed = timedelta()

    def now(self) -> Instant:
        return Instant(START + self.passed, int(self.passed.total_seconds() * 1e9), ClockTrust.SYNCED)

    def move(self, seconds: float) -> None:
        self.passed += timedelta(seconds=seconds)


class TickingClock(SteppedClock):
    """A tenth of a second passes with each look, so that what is bounded in time ends."""

    def now(self) -> Instant:
        self.move(0.1)
        return super().now()


class FaultyJournal(SqliteJournal):
    """A real journal whose calls fail when their number is in ``failing``."""

    def __init__(self, path: Path, failing: set[int] | None = None) -> None:
        super().__init__(path)
        self.failing = failing or set()
        self.calls = 0
        self.commits: list[int] = []

    def commit(self, entries: Sequence[Entry]) -> None:
        self._count()
        super().commit(entries)
        self.commits.append(len(entries))

    def confirm(self, seqs: Sequence[int]) -> None:
        self._count()
        super().confirm(seqs)

    def unconfirmed(self, after_seq: int, limit: int, without: frozenset[str] = frozenset()) -> tuple[Record, ...]:
        self._count()
        return super().unconfirmed(after_seq, limit, without)

    def _count(self) -> None:
        self.calls += 1
        if self.calls in self.failing:
            raise AdapterError(f"call {self.calls} fails")


class Bench:
    """A recorder that the test steps by hand."""

    def __init__(self, path: Path, clock: SteppedClock | None = None, failing: set[int] | None = None) -> None:
        self.path = path
        self.clock = clock or SteppedClock()
        self.journal = FaultyJournal(path, failing)
        self.broker = ScriptedBroker()
        self.recorded: list[int] = []
        self.recorder = Recorder(
            outside_of(self.journal, self.broker, self.recorded, self.clock), IDENTITY, Sending(window=5)
        )

    def submit(self, *tickets: int) -> None:
        for ticket in tickets:
            self.recorder.submit(persist(ticket))

    def tell(self, *events: LinkEvent) -> None:
        for event in events:
            self.recorder._inbox.put(event)
        self.step()

    def step(self) -> None:
        self.recorder.step(0)

    def stop(self) -> int:
        """Run with the stop already asked for; how many beats there were."""
        stop, beats = threading.Event(), []
        stop.set()
        self.recorder.run(stop, lambda: beats.append(1))
        return len(beats)

    def visits(self) -> list[int]:
        return visits_in(self.path)


def outside_of(
    journal: Journal,
    publisher: Publisher,
    recorded: list[int],
    clock: SteppedClock | None = None,
    orderly: Callable[[], bool] = lambda: True,
) -> Outside:
    return Outside(
        journal=journal,
        publisher=publisher,
        clock=clock or TickingClock(),
        encode_memory=lambda memory: b"%d" % memory.visits,
        on_recorded=lambda signal: recorded.append(signal.ticket),
        new_id=lambda: str(ULID()),
        orderly=orderly,
    )


def persist(ticket: int) -> Persist:
    return Persist(ticket, replace(GRANTED, visit=ticket), Memory(visits=ticket))


def visits_in(path: Path) -> list[int]:
    """The visits of an intact journal, in order."""
    with JournalReader(path) as reader:
        bodies = [record.body for record in reader.records()]
        assert isinstance(chain.verify(reader.ulid, bodies), chain.Intact)
    found = [envelope.decode(body) for body in bodies]
    return [message.data["visit"] for message in found if isinstance(message, Received)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "journal.db")
    yield made
    made.journal.close()


def test_what_waits_is_committed_as_one_group_then_answered_in_order(bench: Bench) -> None:
    bench.submit(1, 2, 3)
    bench.step()
    bench.submit(4)
    bench.step()
    assert bench.journal.commits == [3, 1]
    assert bench.recorded == [1, 2, 3, 4]
    assert bench.visits() == [1, 2, 3, 4]
    assert bench.journal.memory() == b"4"
    assert bench.recorder.counts() == Counts(0, 4, 0, 4, LinkState())


def test_a_group_is_bounded_and_the_rest_follows_at_once(bench: Bench) -> None:
    bench.journal.failing = {1, 2}
    bench.submit(*range(1, 601))
    for _ in range(2):
        bench.step()
        assert bench.recorded == []
        assert bench.recorder._patience_s() > 0, "the disk gets time"
        bench.clock.move(5)
    for done in (256, 512, 600):
        bench.step()
        assert bench.recorded == list(range(1, done + 1))
        assert (bench.recorder._patience_s() == 0) == (done < 600)
    assert bench.journal.commits == [256, 256, 88]
    assert bench.visits() == list(range(1, 601))


def test_a_failed_commit_answers_nobody_keeps_the_group_and_tries_again(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.journal.failing = set(range(1, 1000))
    caplog.set_level(logging.INFO)
    bench.submit(1)
    for ticket in range(2, 40):
        bench.step()
        bench.submit(ticket)
        bench.clock.move(1)
    assert bench.recorded == []
    assert bench.recorder.counts().waiting == 38
    bench.journal.failing = set()
    bench.clock.move(5)
    bench.step()
    assert bench.recorded == list(range(1, 40)) == bench.visits()
    lines = [line.message for line in caplog.records if "recorded:" in line.message]
    assert [line.split(": ")[1][:11] for line in lines] == ["call 1 fail", "works again"], "one line for each change"


def test_tries_come_ever_more_slowly_but_not_slower_than_every_five_seconds(bench: Bench) -> None:
    bench.journal.failing = set(range(1, 1000))
    bench.submit(1)
    bench.step()
    tries: list[float] = []
    while bench.clock.passed.total_seconds() < 40:
        before = bench.journal.calls
        bench.clock.move(0.05)
        bench.recorder._commit()
        if bench.journal.calls > before:
            tries.append(bench.clock.passed.total_seconds())
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert tries[0] == pytest.approx(0.1, abs=0.06)
    assert gaps == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, *[5.0] * (len(gaps) - 5)], abs=0.06)
    assert len(gaps) > 8


@pytest.mark.parametrize("failing", range(1, 16))
def test_any_call_of_the_journal_may_fail_and_every_event_is_recorded_and_taken_once(
    tmp_path: Path, failing: int
) -> None:
    bench = Bench(tmp_path / "journal.db", failing={failing})
    answered = 0
    bench.tell(Connected(65535))
    for ticket in range(1, 7):
        bench.submit(ticket)
        bench.step()
        for handle in range(answered, len(bench.broker.sent)):
            bench.tell(Acknowledged(handle, taken=True, reason="Success"))
            answered += 1
        bench.clock.move(0.2)
    for _ in range(5):
        bench.clock.move(0.2)
        bench.tell(*(Acknowledged(handle, True, "Success") for handle in range(answered, len(bench.broker.sent))))  # noqa: FBT003  (taken)
        answered = len(bench.broker.sent)
    assert bench.journal.calls > failing
    assert bench.recorded == [1, 2, 3, 4, 5, 6] == bench.visits()
    assert [bench.broker.seq(handle) for handle in range(1, answered)] == [1, 2, 3, 4, 5, 6]
    assert bench.recorder.counts() == Counts(0, 6, 6, 0, LinkState(connected=True))
    bench.journal.close()


def test_the_gate_says_that_it_is_online_before_anything_else_and_records_say_when_it_was_not(bench: Bench) -> None:
    bench.submit(1)
    bench.tell(Connected(3))
    bench.submit(2)
    bench.step()
    first, *records = bench.broker.sent
    assert first.retain
    assert first.topic == topics.availability(IDENTITY)
    assert check(first.topic, first.payload) == {
        "state": "online",
        "boot": "boot-1",
        "since": "2026-11-21T12:00:00.000Z",
    }
    assert [check(record.topic, record.payload)["data"]["offline"] for record in records] == [False, False]
    bench.tell(Disconnected("gone"))
    bench.submit(3)
    bench.step()
    bench.tell(Connected(9))
    assert check("gate/v1/jkt-01/front/evt/access", bench.broker.sent[-1].payload)["data"]["offline"] is True


def test_the_link_is_logged_once_for_each_change(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench.tell(Disconnected("no route"), Disconnected("no route"), Connected(5), Disconnected("cut"))
    assert [line.message[:8] for line in caplog.records] == ["no route", "the brok", "cut; eve"]


def test_what_is_wrong_with_the_link_reaches_the_core_and_the_counts(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[str, bool]] = []
    outside = replace(
        bench.recorder._outside,
        on_device=lambda change: told.append((change.device.value, change.working)),
        certificate=lambda: CertificateEnd(bench.broker.certificate_until),
    )
    bench.recorder = Recorder(outside, IDENTITY)
    bench.tell(Disconnected("its certificate has expired", LinkFault.BROKER_EXPIRED))
    assert bench.recorder.counts().link == LinkState(
        fault=LinkFault.BROKER_EXPIRED, reason="its certificate has expired"
    )
    bench.tell(Disconnected("no route", LinkFault.UNREACHABLE), Connected(9), Contested())
    bench.broker.certificate_until = START + timedelta(days=29)
    bench.step()
    assert told == [
        ("broker_expired", False),
        ("broker_expired", True),
        ("taken_over", False),
        ("certificate_ends", False),
    ]
    for line in (
        "its certificate has expired",
        "no route",
        "somebody else uses this gate's name",
        "ends on 2026-12-20",
    ):
        assert sum(line in record.message for record in caplog.records) == 1


def test_the_centres_word_is_heard_where_it_counts_and_a_foreign_one_is_told_and_changes_nothing(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[str, bool]] = []
    outside = replace(
        bench.recorder._outside, on_device=lambda change: told.append((change.device.value, change.working))
    )
    bench.recorder = Recorder(outside, IDENTITY, Sending(confirm=Confirm.CENTRE))
    topic = topics.below(IDENTITY, topics.ACK)
    bench.submit(1, 2, 3)
    bench.tell(Connected(9))
    for payload in (ack.encode(Ack(ULID_B, 2)), b"{}", b"[]"):
        bench.tell(Heard(topic, payload, retained=True))
        assert bench.recorder.counts().confirmed == 0
    assert told == [("foreign_ack", False)]
    assert caplog.text.count("an acknowledgement is refused") == 3
    bench.tell(Heard(topic, ack.encode(Ack(bench.journal.ulid, 2)), retained=True))
    assert (bench.recorder.counts().confirmed, bench.recorder.counts().pending) == (2, 1)
    assert told == [("foreign_ack", False), ("foreign_ack", True)]
    bench.tell(Heard(topic, b"", retained=True))
    assert len(told) == 2, "somebody has cleared what was retained there"


def test_a_record_that_is_refused_for_ever_is_told_and_when_it_is_taken(bench: Bench) -> None:
    told: list[tuple[str, bool]] = []
    outside = replace(
        bench.recorder._outside, on_device=lambda change: told.append((change.device.value, change.working))
    )
    bench.recorder = Recorder(outside, IDENTITY)
    bench.submit(1)
    bench.tell(Connected(9))
    answered = 0
    for _ in range(40):
        for handle in range(answered, len(bench.broker.sent)):
            answered += 1
            refused = bool(bench.broker.seq(handle)) and not told
            bench.tell(Acknowledged(handle, not refused, "Not authorized"))
        bench.clock.move(60)
        bench.step()
    assert told == [("journal_aside", False), ("journal_aside", True)]
    assert bench.recorder.counts().pending == 0


def test_what_an_earlier_run_left_is_published_and_counted(bench: Bench) -> None:
    bench.submit(1, 2)
    bench.step()
    bench.journal.close()
    again = Bench(bench.path)
    again.tell(Connected(9))
    assert again.recorder.counts().pending == 2
    again.tell(Acknowledged(1, taken=True, reason="Success"))
    assert (again.recorder.counts().pending, again.recorder.counts().confirmed) == (1, 1)
    again.journal.close()


def test_stopping_commits_what_waits_says_goodbye_and_closes(bench: Bench) -> None:
    bench.submit(1, 2, 3)
    assert bench.stop() >= 1
    assert bench.recorded == [1, 2, 3] == bench.visits()
    assert bench.broker.closed_with is not None
    found = availability.decode(bench.broker.closed_with.payload)
    assert isinstance(found, availability.Availability)
    assert found.state == Presence.STOPPED
    with pytest.raises(AdapterError, match="closed"):
        bench.journal.memory()


def test_a_stop_because_something_failed_leaves_the_last_word_to_the_will(bench: Bench) -> None:
    bench.recorder = Recorder(
        outside_of(bench.journal, bench.broker, bench.recorded, bench.clock, orderly=lambda: False), IDENTITY
    )
    bench.submit(1)
    bench.stop()
    assert bench.visits() == [1]
    assert (bench.broker.closed, bench.broker.closed_with) == (True, None)


def test_a_recorder_that_fails_itself_leaves_the_last_word_to_the_will(bench: Bench) -> None:
    bench.recorder._outside = replace(bench.recorder._outside, new_id=iter(()).__next__)
    bench.submit(1)
    with pytest.raises(StopIteration):
        bench.recorder.run(threading.Event(), lambda: None)
    assert (bench.broker.closed, bench.broker.closed_with) == (True, None)


def test_stopping_with_a_dead_disk_or_a_silent_broker_is_bounded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path / "dead.db", TickingClock(), failing=set(range(1, 10_000)))
    bench.submit(1)
    bench.stop()
    assert bench.clock.passed < timedelta(seconds=4)
    assert "1 events that could not be recorded" in caplog.text
    silent = Bench(tmp_path / "silent.db", TickingClock())
    silent.recorder._inbox.put(Connected(5))
    silent.submit(1)
    silent.stop()
    assert silent.clock.passed < timedelta(seconds=4)
    assert silent.broker.closed_with is not None


def test_an_unreadable_journal_is_told_before_the_thread_starts(bench: Bench) -> None:
    bench.journal.close()
    with pytest.raises(AdapterError):
        Recorder(outside_of(bench.journal, bench.broker, []), IDENTITY)


class RealClock(SteppedClock):
    """Good enough for a test in real time: the machine's monotonic clock."""

    def now(self) -> Instant:
        return Instant(START, time.monotonic_ns(), ClockTrust.SYNCED)


@contextmanager
def at_work(path: Path, broker: Broker, recorded: list[int]) -> Iterator[Recorder]:
    """A recorder on its thread, as the service runs it, with the real journal and a real link."""
    will = Message(
        topics.availability(IDENTITY),
        availability.encode(Presence.OFFLINE, IDENTITY.boot, None),
        retain=True,
        content_type=availability.CONTENT_TYPE,
    )
    publisher = PahoPublisher(BrokerAddress(HOST, broker.port, "gate-test", will, will_delay_s=1))
    recorder = Recorder(outside_of(SqliteJournal(path), publisher, recorded, RealClock()), IDENTITY, Sending(window=50))
    worker = Worker("recorder", recorder.run, lambda _worker: None)
    worker.start()
    try:
        yield recorder
    finally:
        assert worker.stop(10)
        assert worker.error is None


def visits_of(centre: Centre) -> list[int]:
    """First deliveries, in the order of arrival; every message is held to its schema."""
    seen: dict[Place, int] = {}
    for delivery in centre.deliveries:
        check(delivery.topic, delivery.payload)
    for body in centre.records():
        data = json.loads(body)["data"]
        seen.setdefault(Place(data["journal"], data["seq"], data["prev"]), data["visit"])
    return list(seen.values())


def arrived(centre: Centre) -> int:
    return len(set(centre.records()))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    lines = ("allow_anonymous true", "persistence true", f"persistence_location {tmp_path}/")
    with running(tmp_path, *lines) as started:
        yield started


def test_every_event_arrives_once_and_in_order_though_the_broker_goes_away(tmp_path: Path, broker: Broker) -> None:
    recorded: list[int] = []
    tickets = count(1)

    def submit(recorder: Recorder, more: int) -> int:
        last = 0
        for _, last in zip(range(more), tickets, strict=False):
            recorder.submit(persist(last))
        return last

    with subscribed(broker) as centre:
        with at_work(tmp_path / "journal.db", broker, recorded) as recorder:
            submit(recorder, 40)
            centre.until(lambda: arrived(centre) > 5)
            broker.stop()
            submit(recorder, 40)
            broker.start()
            submit(recorder, 40)
            centre.until(lambda: arrived(centre) == 120)
            last = submit(recorder, 5)
            centre.until(lambda: arrived(centre) == last)
        centre.until(lambda: b"stopped" in centre.payloads("availability")[-1])
    assert visits_of(centre) == recorded == visits_in(tmp_path / "journal.db") == list(range(1, 126))
    states = [check("gate/v1/jkt-01/front/availability", body)["state"] for body in centre.payloads("availability")]
    assert states[0] == "online"
    assert states[-1] == "stopped"


def test_events_wait_for_the_first_subscriber_and_for_the_first_broker(tmp_path: Path, broker: Broker) -> None:
    broker.stop()
    recorded: list[int] = []
    with at_work(tmp_path / "journal.db", broker, recorded) as recorder:
        for ticket in range(1, 31):
            recorder.submit(persist(ticket))
        broker.start()
        with subscribed(broker) as centre:
            centre.until(lambda: arrived(centre) == 30)
    assert sorted(visits_of(centre)) == list(range(1, 31))
    with JournalReader(tmp_path / "journal.db") as reader:
        assert reader.backlog() == 0


def test_what_was_not_published_before_a_stop_is_published_after_the_next_start(tmp_path: Path, broker: Broker) -> None:
    path, recorded = tmp_path / "journal.db", list[int]()
    broker.stop()
    with at_work(path, broker, recorded) as recorder:
        for ticket in range(1, 11):
            recorder.submit(persist(ticket))
    assert recorded == list(range(1, 11))
    broker.start()
    with subscribed(broker) as centre, at_work(path, broker, []):
        centre.until(lambda: arrived(centre) == 10)
    assert visits_of(centre) == list(range(1, 11))
