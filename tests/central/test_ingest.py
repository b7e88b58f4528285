"""The ingest keeps first and acknowledges then, on links and databases that fail, and on a real broker."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from gate.central.adapters.ingest_paho import PahoLink
from gate.central.adapters.paho_client import Broker as BrokerOf
from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.events import SqlStore
from gate.central.arrivals import Arrived, Journal, Wrong
from gate.central.findings import FindingKind
from gate.central.ingest import TRIES, Delivery, Ingest, Joined
from gate.central.store import Progress, Saved, StoreError
from gate.service.threads import Worker
from tests.broker import HOST
from tests.broker import running as broker_running
from tests.central.examples import NOON, TOPIC, arrived
from tests.central.sender import sent
from tests.subscriber import subscribed
from tests.wire.examples import ULID_A, ULID_B
from tests.wire.test_chain import records

WAIT_S = 10.0


class MemoryLink:
    """``ingest.Link``: what is put in is delivered; everything that is asked is noted, in order."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, object]] = []
        self.changed = threading.Condition()
        self._on_news: Callable[[Delivery | Joined], None] = print

    def start(self, on_news: Callable[[Delivery | Joined], None]) -> None:
        self._on_news = on_news
        self._note("start", None)

    def deliver(self, *news: Delivery | Joined) -> None:
        for one in news:
            self._on_news(one)

    def acknowledge(self, delivery: Delivery) -> None:
        self._note("acknowledge", delivery.token)

    def publish(self, topic: str, payload: bytes) -> None:
        self._note("publish", (topic, json.loads(payload)["seq"]))

    def deliver_note(self, told: str) -> None:
        """Something that a test wants to wait for."""
        self._note("log", told)

    def order(self, topic: str, payload: bytes) -> None:
        self._note("order", (topic, payload))

    def listen(self, filters: Sequence[str]) -> None:
        self._note("listen", tuple(filters))

    def ignore(self, filters: Sequence[str]) -> None:
        self._note("ignore", tuple(filters))

    def close(self) -> None:
        self._note("close", None)

    def of(self, what: str) -> list[object]:
        return [value for name, value in self.noted if name == what]

    def until(self, satisfied: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(satisfied, WAIT_S), self.noted

    def _note(self, what: str, value: object) -> None:
        with self.changed:
            self.noted.append((what, value))
            self.changed.notify_all()


class Noticed(PahoLink):
    """The real link; ``joined`` is set once the broker delivers."""

    def __init__(self, port: int) -> None:
        super().__init__(BrokerOf(HOST, port, "worker-1"))
        self.joined = threading.Event()

    def start(self, on_news: Callable[[Delivery | Joined], None]) -> None:
        def noticed(news: Delivery | Joined) -> None:
            on_news(news)
            if isinstance(news, Joined):
                self.joined.set()

        super().start(noticed)


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def opened(path: Path) -> SqlStore:
    return SqlStore(open_database(url_of(path)))


class FailingStore(SqlStore):
    """Fails so often before it works, and notes on the link when it has kept something."""

    def __init__(self, path: Path, link: MemoryLink, failures: int) -> None:
        super().__init__(open_database(url_of(path)))
        self._link, self._failures = link, failures

    def save(self, arrived: Sequence[Arrived], wrong: Sequence[Wrong], now: datetime) -> Saved:
        if self._failures:
            self._failures -= 1
            self._link._note("fail", None)
            raise StoreError("the disk is full")
        saved = super().save(arrived, wrong, now)
        self._link._note("keep", len(arrived))
        return saved

    def journals(self) -> Mapping[Journal, Progress]:
        return super().journals()


@contextmanager
def at_work(store: SqlStore, link: MemoryLink | PahoLink) -> Iterator[Ingest]:
    ingest = Ingest(store, link, lambda: NOON)
    worker = Worker("ingest", ingest.run, lambda _: None)
    worker.start()
    try:
        yield ingest
    finally:
        assert worker.stop(10)
        assert worker.error is None
        store.close()


def deliveries(count: int, first: int = 1) -> list[Delivery]:
    return [Delivery(TOPIC, body, seq) for seq, body in enumerate(records(count), 1) if seq >= first]


@pytest.mark.parametrize("failures", [0, 1, 3, 20])
def test_nothing_is_acknowledged_before_it_is_kept(
    tmp_path: Path, failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.central.ingest.RETRY_S", (0.0,))
    link = MemoryLink()
    with at_work(FailingStore(tmp_path / "db", link, failures), link):
        link.until(lambda: bool(link.of("start")))
        link.deliver(*deliveries(3))
        link.until(lambda: link.of("publish")[-1:] == [(TOPIC.replace("evt/access", "ack"), 3)])
    names = [name for name, _ in link.noted]
    assert names.count("fail") == failures
    for place, name in enumerate(names):
        kept = sum(int(str(value)) for what, value in link.noted[:place] if what == "keep")
        if name == "acknowledge":
            assert kept > names[:place].count("acknowledge")
    assert link.of("acknowledge") == [1, 2, 3]


def test_a_stop_while_the_database_fails_acknowledges_nothing(tmp_path: Path) -> None:
    link = MemoryLink()
    with at_work(FailingStore(tmp_path / "db", link, 1000), link):
        link.until(lambda: bool(link.of("start")))
        link.deliver(*deliveries(1))
        link.until(lambda: bool(link.of("fail")))
    assert link.of("acknowledge") == link.of("publish") == []
    assert link.noted[-1] == ("close", None)


class Squeamish(SqlStore):
    """Does not take the event of this number, whatever else is in the batch."""

    def __init__(self, path: Path, seq: int) -> None:
        super().__init__(open_database(url_of(path)))
        self._seq = seq

    def save(self, arrived: Sequence[Arrived], wrong: Sequence[Wrong], now: datetime) -> Saved:
        if any(one.seq == self._seq for one in arrived):
            raise StoreError("it is too long for the index")
        return super().save(arrived, wrong, now)


@pytest.mark.parametrize("seq", [1, 6, 9])
def test_a_message_that_the_database_does_not_take_stops_no_other(
    tmp_path: Path, seq: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.central.ingest.RETRY_S", (0.0,))
    link, store = MemoryLink(), Squeamish(tmp_path / "db", seq)
    with at_work(store, link) as ingest:
        link.until(lambda: bool(link.of("start")))
        link.deliver(*deliveries(9))
        link.until(lambda: len(link.of("acknowledge")) == 9)
        link.deliver(*deliveries(10, 10))
        link.until(lambda: len(link.of("acknowledge")) == 10)
    assert sorted(map(str, link.of("acknowledge"))) == sorted(map(str, range(1, 11)))
    assert (ingest.counts.kept, ingest.counts.wrong) == (9, 1)
    again = opened(tmp_path / "db")
    ((journal, _),) = again.journals().items()
    assert [number for number, _ in again.bodies(journal)] == [one for one in range(1, 11) if one != seq]
    assert (again.wrong(), [one.finding.kind for one in again.findings()]) == (1, [FindingKind.MALFORMED])
    again.close()


class BackAtOnce(FailingStore):
    """Fails with events so often, and is back whenever somebody looks."""

    def save(self, arrived: Sequence[Arrived], wrong: Sequence[Wrong], now: datetime) -> Saved:
        return super().save(arrived, wrong, now) if arrived or wrong else Saved(0, 0, 0, {})


def test_a_database_that_comes_back_just_then_has_nothing_set_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.central.ingest.RETRY_S", (0.0,))
    link = MemoryLink()
    with at_work(BackAtOnce(tmp_path / "db", link, TRIES), link) as ingest:
        link.until(lambda: bool(link.of("start")))
        link.deliver(*deliveries(1))
        link.until(lambda: link.of("acknowledge") == [1])
        link.until(lambda: bool(link.of("publish")))
    assert (ingest.counts.kept, ingest.counts.wrong) == (1, 0)


def test_a_gap_holds_back_what_the_gate_is_told_and_nothing_else(tmp_path: Path) -> None:
    link, (one, two, three) = MemoryLink(), deliveries(3)
    ack = TOPIC.replace("evt/access", "ack")
    with at_work(opened(tmp_path / "db"), link):
        link.until(lambda: bool(link.of("start")))
        link.deliver(one, three)
        link.until(lambda: link.of("acknowledge") == [1, 3])
        link.until(lambda: link.of("publish") == [(ack, 1)])
        link.deliver(two)
        link.until(lambda: link.of("publish") == [(ack, 1), (ack, 3)])


def test_after_a_new_connection_every_gate_is_told_again(tmp_path: Path) -> None:
    link = MemoryLink()
    store = opened(tmp_path / "db")
    store.save([*arrived(2), *arrived(3, ULID_B)], [], NOON)
    with at_work(store, link):
        link.until(lambda: bool(link.of("start")))
        link.deliver(Joined())
        link.until(lambda: bool(link.of("publish")))
    assert link.of("publish")[-1] == (TOPIC.replace("evt/access", "ack"), 3), "of two journals the later one is meant"
    assert ULID_A != ULID_B


def test_a_broker_that_comes_back_without_what_was_retained_is_told_again(tmp_path: Path) -> None:
    link, ack = MemoryLink(), TOPIC.replace("evt/access", "ack")
    with at_work(opened(tmp_path / "db"), link):
        link.until(lambda: bool(link.of("start")))
        link.deliver(*deliveries(2))
        link.until(lambda: link.of("publish")[-1:] == [(ack, 2)])
        told = len(link.of("publish"))
        link.deliver(Joined())
        link.until(lambda: len(link.of("publish")) > told)
    assert link.of("publish")[-1] == (ack, 2)


class Counting(SqlStore):
    """Notes on the link how many events each batch has."""

    def __init__(self, path: Path, link: MemoryLink) -> None:
        super().__init__(open_database(url_of(path)))
        self._link = link

    def save(self, arrived: Sequence[Arrived], wrong: Sequence[Wrong], now: datetime) -> Saved:
        self._link.deliver_note(f"{len(arrived)}")
        return super().save(arrived, wrong, now)


def test_a_batch_is_bounded_however_much_has_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gate.central.ingest.MOST", 3)
    link = MemoryLink()
    with at_work(Counting(tmp_path / "db", link), link):
        link.until(lambda: bool(link.of("start")))
        link.deliver(*deliveries(20))
        link.until(lambda: len(link.of("acknowledge")) == 20)
    assert max(int(str(told)) for told in link.of("log")) <= 3
    assert link.of("acknowledge") == list(range(1, 21))


def test_a_gate_that_sends_again_is_told_again(tmp_path: Path) -> None:
    """It has not heard: what is retained may be kept by another node of a cluster than the one that it came back to."""
    link, ack = MemoryLink(), TOPIC.replace("evt/access", "ack")
    with at_work(opened(tmp_path / "db"), link):
        link.until(lambda: bool(link.of("start")))
        link.deliver(*deliveries(2))
        link.until(lambda: link.of("publish")[-1:] == [(ack, 2)])
        told = len(link.of("publish"))
        link.deliver(*deliveries(2))
        link.until(lambda: link.of("acknowledge") == [1, 2, 1, 2])
        link.until(lambda: len(link.of("publish")) > told)
    assert link.of("publish")[-1] == (ack, 2)


def test_a_message_that_is_wrong_is_acknowledged_counted_and_kept_apart(tmp_path: Path) -> None:
    link = MemoryLink()
    with at_work(opened(tmp_path / "db"), link) as ingest:
        link.until(lambda: bool(link.of("start")))
        link.deliver(Delivery(TOPIC, b"{}", 7), *deliveries(1))
        link.until(lambda: link.of("acknowledge") == [7, 1])
        link.until(lambda: bool(link.of("publish")))
    assert (ingest.counts.wrong, ingest.counts.kept) == (1, 1)


def test_on_a_real_broker_events_and_batches_are_kept_and_the_gate_is_told(tmp_path: Path) -> None:
    bodies = records(120)
    store = tmp_path / "db"
    with broker_running(tmp_path) as broker, subscribed(broker, "gate/+/+/+/ack") as gate_side:
        link = Noticed(broker.port)
        with at_work(opened(store), link) as ingest:
            assert link.joined.wait(WAIT_S)
            sent(broker.port, bodies)
            gate_side.until(lambda: _told(gate_side.payloads("ack")) == len(bodies))
    assert ingest.counts.kept == len(bodies)
    _assert_kept(store, bodies)


@pytest.mark.parametrize("in_flight", [1, 7])
def test_a_broker_that_lets_little_be_in_flight_does_not_stall_it(tmp_path: Path, in_flight: int) -> None:
    """Far less than a batch may hold: who waited for a full one would wait for ever."""
    bodies = records(150)
    lines = ("allow_anonymous true", f"max_inflight_messages {in_flight}")
    with broker_running(tmp_path, *lines) as broker, subscribed(broker, "gate/+/+/+/ack") as gate_side:
        link = Noticed(broker.port)
        with at_work(opened(tmp_path / "db"), link) as ingest:
            assert link.joined.wait(WAIT_S)
            sent(broker.port, bodies)
            gate_side.until(lambda: _told(gate_side.payloads("ack")) == len(bodies))
    assert (ingest.counts.kept, ingest.counts.again) == (len(bodies), 0)
    _assert_kept(tmp_path / "db", bodies)


def test_what_a_worker_has_not_kept_goes_to_another(tmp_path: Path) -> None:
    """More than a broker has in flight: a worker that never keeps anything dies, and nothing is lost."""
    bodies, store = records(60), tmp_path / "db"
    with broker_running(tmp_path) as broker, subscribed(broker, "gate/+/+/+/ack") as gate_side:
        stuck = MemoryLink()
        dead = FailingStore(tmp_path / "dead", stuck, 1000)
        with at_work(dead, link := Noticed(broker.port)):
            assert link.joined.wait(WAIT_S)
            sent(broker.port, bodies)
            stuck.until(lambda: bool(stuck.of("fail")))
        with at_work(opened(store), Noticed(broker.port)):
            gate_side.until(lambda: _told(gate_side.payloads("ack")) == len(bodies))
    _assert_kept(store, bodies)


def _told(acks: Sequence[bytes]) -> int:
    return max((int(json.loads(ack)["seq"]) for ack in acks), default=0)


def _assert_kept(path: Path, bodies: list[bytes]) -> None:
    store = opened(path)
    ((journal, progress),) = store.journals().items()
    assert progress == Progress(len(bodies), len(bodies))
    assert [body for _, body in store.bodies(journal)] == bodies
    store.close()
