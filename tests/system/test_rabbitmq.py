"""The contract of gates and centre on a cluster of RabbitMQ 4, of which a node is killed, with PostgreSQL.

``./install.sh system -k rabbitmq``, as root. The Debian is kept in ``GATE_SYSTEM_CACHE``, else in ``~/.cache/gate``,
and is made in about two minutes when it is not there; then it takes one and a half.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.swarm import field
from benchmarks.swarm.field import Process
from benchmarks.swarm.herd import GATES_PER_SITE, Orders
from benchmarks.swarm.worker import Post
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.central.adapters.ingest_paho import PahoLink
from gate.central.adapters.paho_client import Broker
from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.events import SqlStore
from gate.central.arrivals import Journal
from gate.central.ingest import Delivery, Ingest, Joined
from gate.central.store import Progress
from gate.ports import Disconnected, Heard, LinkEvent, Message
from gate.service.threads import Worker
from gate.wire import ack, batch, topics
from gate.wire.ack import Ack
from tests import postgres
from tests.broker import HOST
from tests.central.examples import BATCH, NOON, TOPIC
from tests.contract.test_publisher import Link
from tests.postgres import PASSWORD, Server
from tests.system.rabbitmq import cluster as cluster_of
from tests.system.rabbitmq.cluster import HERE, Cluster
from tests.wire.examples import IDENTITY, ULID_A
from tests.wire.test_chain import records

CACHE = Path(os.environ.get("GATE_SYSTEM_CACHE", Path.home() / ".cache" / "gate")) / "trixie-rabbitmq"
OFFICES = 2
WAIT_S = 30.0
ACK = topics.below(IDENTITY, topics.ACK)

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def debian() -> Path:
    """The folder of the Debian with RabbitMQ."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("needs root and debootstrap: apt install debootstrap")
    made = subprocess.run([HERE / "make_root.sh", CACHE], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"the Debian cannot be made here: {(made.stderr.strip().splitlines() or ['it said nothing'])[-1]}")
    return CACHE


@pytest.fixture(scope="module")
def cluster(debian: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster_of.running(debian, tmp_path_factory.mktemp("rabbitmq")) as started:
        yield started


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres.running() as started:
        yield started


class Noticed(PahoLink):
    """The centre's real link; ``joined`` is set once the broker delivers."""

    def __init__(self, port: int, *sites: str) -> None:
        super().__init__(Broker(HOST, port, "worker-of-a-test", sites=sites))
        self.joined = threading.Event()

    def start(self, on_news: Callable[[Delivery | Joined], None]) -> None:
        def noticed(news: Delivery | Joined) -> None:
            on_news(news)
            if isinstance(news, Joined):
                self.joined.set()

        super().start(noticed)


@contextmanager
def worker(server: Server, port: int, *sites: str) -> Iterator[SqlStore]:
    """The centre's ingest at work; its store is for looking."""
    url = server.new()
    with ExitStack() as stack:
        at_work, looking = (SqlStore(open_database(url, PASSWORD)) for _ in range(2))
        stack.callback(looking.close)
        stack.callback(at_work.close)
        link = Noticed(port, *sites)
        thread = Worker("ingest", Ingest(at_work, link, lambda: NOON).run, lambda _: None)
        thread.start()
        stack.callback(thread.stop, 10)
        assert link.joined.wait(WAIT_S)
        yield looking


def gate(port: int, name: str = "front") -> Link:
    """The gate's real link, which hears its ``ack``."""
    will = Message(topics.availability(IDENTITY), b"{}", retain=True, content_type="")
    made = Link(PahoPublisher(BrokerAddress(HOST, port, name, will, will_delay_s=0, subscribe=(ACK,))))
    made.start()
    made.until_connected()
    return made


def said(bodies: Sequence[bytes]) -> list[Message]:
    """The first ones alone, the last five in a batch."""
    singles = [Message(TOPIC, body, retain=False, content_type="") for body in bodies[:-5]]
    return [*singles, Message(BATCH, batch.encode(bodies[-5:]), retain=False, content_type=batch.CONTENT_TYPE)]


def acked(seq: int) -> Callable[[LinkEvent], bool]:
    """The centre's word that it has everything up to this record."""

    def is_it(event: LinkEvent) -> bool:
        told = ack.decode(event.payload) if isinstance(event, Heard) and event.topic == ACK else None
        return isinstance(told, Ack) and (told.journal, told.seq) == (ULID_A, seq)

    return is_it


def test_events_and_batches_are_kept_and_the_gate_is_told_by_another_node(cluster: Cluster, server: Server) -> None:
    bodies = records(12)
    with worker(server, cluster.ports[0], "jkt-01") as store:
        sender = gate(cluster.ports[1])
        for message in said(bodies):
            sender.publisher.publish(message)
        sender.until(acked(len(bodies)))
        sender.publisher.close(None, 2.0)
        assert store.journals() == {Journal(topics.root(IDENTITY), ULID_A): Progress(12, 12)}
        assert [body for _, body in store.bodies(Journal(topics.root(IDENTITY), ULID_A))] == bodies


def test_a_gate_at_another_node_that_sends_again_is_told_again(cluster: Cluster, server: Server) -> None:
    """What is retained, this cluster keeps on one node alone."""
    bodies = records(8)
    with worker(server, cluster.ports[0], "jkt-01"):
        for port in (cluster.ports[1], cluster.ports[2]):
            sender = gate(port)
            for message in said(bodies):
                sender.publisher.publish(message)
            sender.until(acked(len(bodies)))
            sender.publisher.close(None, 2.0)


def test_a_gate_whose_will_was_published_can_come_back(cluster: Cluster) -> None:
    """With a delay in its will it could not: this broker fails at the property when it gives out what is retained."""
    for _ in range(2):
        link = gate(cluster.ports[0], "unlucky")
        link.until_answered({link.publisher.publish(Message(topics.below(IDENTITY, topics.STATE), b"{}", True, ""))})  # noqa: FBT003
        link.publisher.close(None, 2.0)
        assert not [event for event in link.seen if isinstance(event, Disconnected)]


def test_records_of_a_site_that_no_worker_has_are_not_taken(cluster: Cluster) -> None:
    link = gate(cluster.ports[0])
    handle = link.publisher.publish(Message("gate/v1/nobody-01/front/evt/access", b"{}", False, ""))  # noqa: FBT003
    link.until_answered({handle})
    assert not link.answers[handle].taken
    assert link.answers[handle].blameless
    link.publisher.close(None, 2.0)


def test_a_shared_subscription_is_no_silent_trap(cluster: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    """The broker grants it, and would never deliver."""
    link = Noticed(cluster.ports[0])
    link.start(lambda _: None)
    assert link.joined.wait(WAIT_S)
    link.close()
    assert "shares no subscription among workers: name the sites of each" in caplog.text


def test_nothing_is_lost_while_nodes_are_killed_under_load(
    debian: Path, server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two offices with fifty gates and a worker each; the nodes of both workers are killed, one after the other."""
    url = server.new()
    with ExitStack() as stack:
        cluster = stack.enter_context(cluster_of.running(debian, tmp_path))
        offices = [
            Post(cluster.ports[number], f"worker-{number}", url, PASSWORD, (f"office-{number}",))
            for number in range(OFFICES)
        ]
        workers = field.workers(stack, tmp_path, offices)
        gates = OFFICES * GATES_PER_SITE
        orders = Orders(
            tuple(cluster.ports), 0, gates, seed=1, work="bursts", seconds=40, patience_s=90, will_delay_s=0
        )
        (herd,) = field.herds(stack, orders, 1)
        herd.tell("go")
        for number in range(OFFICES):
            _kill_and_start(cluster, number)
        seen = herd.said()
        again = [_ended(one)["again"] for one in workers]
        herd.tell("end")
    assert seen["lost_links"] >= GATES_PER_SITE / 2, "gates were connected to what was killed"
    assert seen["unconfirmed"] == 0
    assert _missing(url, seen["journals"]) == []
    late = field.percentiles(seen["late_s"])
    with caplog.at_level(logging.INFO):
        log.info("%d events, %d of them came again; %s s until the centre's word", seen["made"], sum(again), late)


def _kill_and_start(cluster: Cluster, number: int) -> None:
    """Kill it in the middle of the load, and let the others work without it for a while."""
    pause = threading.Event()
    pause.wait(6)
    cluster.kill(number)
    pause.wait(6)
    cluster.start(number)
    cluster.await_ready(number)


def _ended(worker_: Process) -> dict[str, Any]:
    worker_.end()
    while "again" not in (said_ := worker_.said()):
        pass
    return dict(said_)


def _missing(url: str, journals: Mapping[str, Sequence[Any]]) -> list[str]:
    """What the database lacks, has twice, or has in a chain that does not hold."""
    store = SqlStore(open_database(url, PASSWORD))
    try:
        kept = store.journals()
        whole = {Journal(source, ulid): Progress(seq, seq) for source, (ulid, seq) in journals.items() if seq}
        return [json.dumps([one.source, str(kept.get(one))]) for one in whole if kept.get(one) != whole[one]]
    finally:
        store.close()
