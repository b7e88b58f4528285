"""B13: events that the centre's ingest keeps for a second of CPU, single and in batches, beside a tutorial's loop.

The messages wait at a real Mosquitto, in the session of the worker, before it comes; so every way drains as fast as it
can, in a process of its own, and its CPU counts (all its threads), not the broker's. The events are chained records
with signed heads of a few gates. ``receive only`` is paho with nothing behind it. The tutorial's loop gets fewer events
and is scaled. ``python -m benchmarks.ingesting WAY ...`` is one of those processes.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client

from benchmarks.baselines import ingest_loop
from benchmarks.swarm.ledger import Ledger, event_id
from benchmarks.swarm.worker import Post
from gate.adapters.clock_system import SystemClock
from gate.central.app import open_centre
from gate.central.config import load
from gate.simulation.broker import ANYBODY, PrivateBroker
from gate.wire import batch, topics
from gate.wire.topics import Identity

GATES = 20
SHAPES = {"single": 1, "batched": 50}
"""Events of one message."""
WAYS = ("gate", "tutorial", "receive only")
FEWER = {
    ("gate", "batched"): 5,
    ("receive only", "batched"): 5,
    ("tutorial", "single"): 10,
    ("tutorial", "batched"): 500,
}
"""Of the messages, so many times fewer: batches hold more events, and a commit takes its time."""
LINES = (*ANYBODY, "max_inflight_messages 100", "max_queued_messages 0", "max_queued_bytes 0")
_PATIENCE_S = 600.0

Message = tuple[str, bytes]


def run(seed: int, messages: int, rounds: int) -> dict[str, Any]:
    """CPU of an event for each way and shape: the median of the rounds, as JSON holds them."""
    jobs = [(way, shape) for way in WAYS for shape in SHAPES]
    found: dict[str, list[dict[str, float]]] = {f"{way}, {shape}": [] for way, shape in jobs}
    for number in range(rounds):
        random.Random(seed + number).shuffle(jobs)  # noqa: S311  (an order, not a secret)
        for way, shape in jobs:
            found[f"{way}, {shape}"].append(_one(way, shape, max(4, messages // FEWER.get((way, shape), 1)), seed))
    rows = {name: _row(many) for name, many in found.items()}
    return {"seed": seed, "messages": messages, "rounds": rounds, "ways": rows, "ratios": _ratios(rows)}


def _row(many: Sequence[dict[str, float]]) -> dict[str, float]:
    cpu_us = [one["cpu_us"] for one in many]
    return {
        "cpu_us": round(statistics.median(cpu_us), 1),
        "cpu_us_worst": round(max(cpu_us), 1),
        "per_cpu_s": round(1e6 / statistics.median(cpu_us)),
    }


def _ratios(rows: dict[str, dict[str, float]]) -> dict[str, float]:
    """The tutorial's gates send single events, with which both shapes are compared; a batch also with its own batch."""
    single = rows["tutorial, single"]["cpu_us"]
    ratios = {
        "B13 CPU of an event, tutorial of gate, single": single / rows["gate, single"]["cpu_us"],
        "B13 CPU of an event, tutorial of gate, batched": single / rows["gate, batched"]["cpu_us"],
        "B13 CPU of an event, batched tutorial of gate": rows["tutorial, batched"]["cpu_us"]
        / rows["gate, batched"]["cpu_us"],
        "B13 CPU of an event, receive only of gate, single": rows["receive only, single"]["cpu_us"]
        / rows["gate, single"]["cpu_us"],
    }
    return {name: round(ratio, 2) for name, ratio in ratios.items()}


def _one(way: str, shape: str, messages: int, seed: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name, PrivateBroker(Path(name), lines=LINES) as broker:
        _begin_session(broker.port, way)
        events = _fill(broker.port, made(messages, SHAPES[shape], seed))
        command = [sys.executable, "-m", "benchmarks.ingesting", way, str(broker.port), str(events), name, shape]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_PATIENCE_S, check=True)  # noqa: S603  (this file)
        result: dict[str, float] = json.loads(done.stdout)
    return result


def made(messages: int, events: int, seed: int) -> Iterator[Message]:
    """So many messages of so many events each, of a few gates in turn."""
    key = Ed25519PrivateKey.from_private_bytes(random.Random(seed).randbytes(32))  # noqa: S311  (of a benchmark)
    ledgers = [
        Ledger(Identity("jkt-01", f"gate-{number}", "main", "boot-1"), event_id(seed * 1000 + number), key)
        for number in range(GATES)
    ]
    for number in range(messages):
        yield _message(ledgers[number % GATES], events)


def _message(ledger: Ledger, events: int) -> Message:
    """The next records of a gate as one message; signed heads take their turn."""
    while ledger.backlog() < events:
        ledger.visit(ledger.last_seq * 1000, f"{ledger.last_seq:032x}")
    records = ledger.unconfirmed(0, events)
    ledger.confirm_up_to(ledger.ulid, records[-1].seq)
    if events == 1:
        return topics.feed(ledger.identity, records[0].feed), records[0].body
    return topics.below(ledger.identity, topics.BATCH), batch.encode([record.body for record in records])


def _begin_session(port: int, way: str) -> None:
    """Subscribe in the worker's name and go, so that what is published now waits for it."""
    client, subscribed = ingest_loop.session(ingest_loop.WORKER), threading.Event()
    client.on_subscribe = lambda *_: subscribed.set()
    shared = "$share/centre/gate/v1/+/+/evt/#"

    def on_connect(*_: Any) -> None:
        client.subscribe(shared if way == "gate" else ingest_loop.TOPICS, 1)

    client.on_connect = on_connect
    _spoken(client, port, lambda: subscribed.wait(_PATIENCE_S))


def _fill(port: int, messages: Iterator[Message]) -> int:
    """Publish all; how many events that was."""
    client, sent = ingest_loop.session("feeder"), [0]
    client.max_inflight_messages = 0

    def publish() -> None:
        infos = []
        for topic, payload in messages:
            infos.append(client.publish(topic, payload, 1))
            sent[0] += payload.count(b'"specversion"')
            if len(infos) == 50:  # noqa: PLR2004  (within the broker's window)
                infos.pop(0).wait_for_publish(_PATIENCE_S)
        for info in infos:
            info.wait_for_publish(_PATIENCE_S)

    _spoken(client, port, publish)
    return sent[0]


def _spoken(client: Client, port: int, talk: Callable[[], object]) -> None:
    connected = threading.Event()
    before = client.on_connect

    def on_connect(*args: Any) -> None:
        if before is not None:
            before(*args)
        connected.set()

    client.on_connect = on_connect
    ingest_loop.connect(client, port)
    client.loop_start()
    connected.wait(_PATIENCE_S)
    talk()
    client.disconnect()
    client.loop_stop()


def _gate(folder: Path, port: int, count: int) -> None:
    """A worker of the centre with its database, as in service."""
    stop, clock = threading.Event(), SystemClock()
    post = Post(port, ingest_loop.WORKER, f"sqlite:///{folder}/centre.db")
    centre = open_centre(load(post.write(folder)), lambda: clock.now().utc)
    began = time.process_time()

    def beat() -> None:
        if centre.ingest.counts.kept >= count:
            stop.set()

    centre.run(stop, beat)
    _say(count, began)
    centre.close()


def _other(way: str, folder: Path, port: int, count: int, shape: str) -> None:
    began, left = time.process_time(), [count]

    def done(events: int) -> bool:
        left[0] -= events
        return left[0] <= 0

    if way == "tutorial":
        ingest_loop.into_table(folder / "events.db", port, done)
    else:
        ingest_loop.receive_only(port, SHAPES[shape], done)
    _say(count, began)


def _say(count: int, began_s: float) -> None:
    print(json.dumps({"cpu_us": (time.process_time() - began_s) / count * 1e6}), flush=True)


def main() -> None:
    """One of the processes."""
    way, port, count, folder, shape = sys.argv[1:]
    if way == "gate":
        _gate(Path(folder), int(port), int(count))
    else:
        _other(way, Path(folder), int(port), int(count), shape)


if __name__ == "__main__":
    main()
