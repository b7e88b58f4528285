"""B11: how fast a backlog reaches the broker, near and far, beside publish-and-wait-each; and in what memory.

Every way runs in a process of its own, against the same Mosquitto, which takes 100 messages at once. The far broker is
behind a proxy of ours, in a process of its own, that holds every byte for 20 ms in each direction. The gate drains as
fast as the link carries (``backlog_rate = 0``). The baseline is measured on fewer events, and scaled.
``python -m benchmarks.draining WAY ...`` is one of those processes.
"""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ulid import ULID

from benchmarks.baselines import outbox_loop
from gate.access.memory import Memory
from gate.adapters.clock_system import SystemClock
from gate.adapters.journal_sqlite import SqliteJournal
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.mqtt_paho.subscriber import Delivery, News, PahoSubscriber, Source, Subscribed
from gate.ports import Entry, Message, Slot
from gate.service import codec
from gate.service.outbox import Sending
from gate.service.outside import Outside
from gate.service.recorder import Recorder
from gate.simulation.broker import ANYBODY, HOST, PrivateBroker
from gate.simulation.network import Network
from gate.wire import topics
from gate.wire.topics import Identity

IDENTITY = Identity("jkt-01", "front", "main", "boot-1")
ONE_WAY_MS = 20
LINES = (*ANYBODY, "max_inflight_messages 100", "max_queued_messages 0")
_GROUP = 1000
_PATIENCE_S = 600.0
_SEQ = re.compile(rb'"seq":([0-9]+)')


def run(seed: int, events: int, rounds: int) -> dict[str, Any]:
    """Events a second of each way and place: the median of the rounds, as JSON holds them."""
    places = {"loopback": 0, "40 ms": ONE_WAY_MS}
    jobs = [(place, way) for place in places for way in ("gate", "outbox table", "memory")]
    found: dict[str, list[dict[str, float]]] = {f"{way}, {place}": [] for place, way in jobs}
    for number in range(rounds):
        random.Random(seed + number).shuffle(jobs)  # noqa: S311  (an order, not a secret)
        for place, way in jobs:
            count = events if way == "gate" else max(20, events // (50 if places[place] == 0 else 1000))
            found[f"{way}, {place}"].append(_one(way, count, places[place]))
    rows = {name: sorted(row, key=lambda one: one["per_s"])[len(row) // 2] for name, row in found.items()}
    worst_mib = max(one["added_mib"] for name, row in found.items() if name.startswith("gate") for one in row)
    return {"seed": seed, "events": events, "rounds": rounds, "ways": rows, "ratios": _ratios(rows, worst_mib)}


def _ratios(rows: dict[str, dict[str, float]], worst_mib: float) -> dict[str, float]:
    ratios = {
        f"B11 drained, gate of publish and wait ({way}), {place}": rows[f"gate, {place}"]["per_s"]
        / rows[f"{way}, {place}"]["per_s"]
        for place in ("loopback", "40 ms")
        for way in ("outbox table", "memory")
    }
    return {name: round(ratio, 1) for name, ratio in ratios.items()} | {"B11 added memory, MiB": worst_mib}


def _one(way: str, count: int, one_way_ms: int) -> dict[str, float]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        port = stack.enter_context(PrivateBroker(Path(folder), lines=LINES)).port
        centre = stack.enter_context(_process("centre", str(port), str(count)))
        _said(centre)
        if one_way_ms:
            port = _said(stack.enter_context(_process("network", str(port), str(one_way_ms))))
        result: dict[str, float] = _said(stack.enter_context(_process(way, str(port), str(count), folder)))
        received = _said(centre)
    if received != count:
        raise RuntimeError(f"{way}: {count} events were sent, and {received} arrived")
    return result


def _said(process: subprocess.Popen[str]) -> Any:
    """The next line of a process."""
    return json.loads(process.stdout.readline() if process.stdout else "null")


@contextmanager
def _process(*args: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.draining", *args]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  (this file)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def _bodies(count: int) -> list[bytes]:
    """Events as they are in a journal, of about 1 KB."""
    return [_body(number + 1) for number in range(count)]


def _body(seq: int) -> bytes:
    data = {"journal": str(ULID()), "seq": seq, "prev": "0" * 64, "visit": seq, "padding": "x" * 700}
    return json.dumps({"specversion": "1.0", "id": str(ULID()), "data": data}, separators=(",", ":")).encode()


def _gate(port: int, count: int, folder: Path) -> None:
    """The recorder with its journal and its link, as in the service."""
    journal = SqliteJournal(folder / "journal.db")
    for begun in range(0, count, _GROUP):
        journal.commit([Entry("access", _of_slot, b"{}") for _ in range(min(_GROUP, count - begun))])
    will = Message(topics.availability(IDENTITY), b"{}", retain=True, content_type="application/json")
    outside = Outside(
        journal=journal,
        publisher=PahoPublisher(BrokerAddress(HOST, port, "jkt-01/front", will)),
        clock=SystemClock(),
        encode_memory=lambda memory: codec.encode(memory, Memory),
        on_recorded=lambda _: None,
        new_id=lambda: str(ULID()),
        orderly=lambda: True,
    )
    recorder = Recorder(outside, IDENTITY, Sending())
    stop, before, began = threading.Event(), _memory("VmRSS"), [0.0, 0.0]
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here

    def beat() -> None:
        counts = recorder.counts()
        if counts.link.connected and not began[0]:
            began[:] = time.monotonic(), time.process_time()
        if counts.pending == 0:
            stop.set()

    recorder.run(stop, beat)
    took_s, cpu_s = time.monotonic() - began[0], time.process_time() - began[1]
    added = (_memory("VmHWM") - before) / 1024
    _say({"per_s": count / took_s, "cpu_us": cpu_s / count * 1e6, "added_mib": round(added, 1)})


def _of_slot(slot: Slot) -> bytes:
    return _body(slot.seq)


def _tutorial(way: str, port: int, count: int, folder: Path) -> None:
    bodies = _bodies(count)
    db = outbox_loop.filled(folder / "outbox.db", bodies)
    client = outbox_loop.connected(port)
    began_s, cpu_s = time.monotonic(), time.process_time()
    if way == "memory":
        outbox_loop.in_memory(client, bodies)
    else:
        outbox_loop.marked(client, db)
    took_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    client.disconnect()
    client.loop_stop()
    db.close()
    _say({"per_s": count / took_s, "cpu_us": cpu_s / count * 1e6, "added_mib": 0.0})


def _centre(port: int, count: int) -> None:
    """Says when it listens, and when everything has arrived how much that was."""
    seen: set[bytes] = set()
    listens, complete = threading.Event(), threading.Event()

    def take(news: News) -> None:
        match news:
            case Subscribed():
                listens.set()
            case Delivery(_, payload):
                seen.update(_SEQ.findall(payload))
                if len(seen) >= count:
                    complete.set()

    subscriber = PahoSubscriber(Source(HOST, port, ("gate/#",)))
    subscriber.start(take)
    listens.wait(_PATIENCE_S)
    _say("listening")
    complete.wait(_PATIENCE_S)
    subscriber.close()
    _say(len(seen))


def _network(port: int, one_way_ms: int) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    network = Network(port, one_way_ms / 1000)
    _say(network.port)
    network.run(stop, lambda: None)


def _memory(name: str) -> int:
    """KiB of this process."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:")))


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)


def main() -> None:
    """One of the processes."""
    way, port, number, *rest = sys.argv[1:]
    match way:
        case "gate":
            _gate(int(port), int(number), Path(rest[0]))
        case "centre":
            _centre(int(port), int(number))
        case "network":
            _network(int(port), int(number))
        case _:
            _tutorial(way, int(port), int(number), Path(rest[0]))


if __name__ == "__main__":
    main()
