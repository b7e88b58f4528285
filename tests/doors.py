"""Many connected gates in few processes: the real link, updates, trust, verification and decision, without a door.

``python -m tests.doors PORT FOLDER CODE NUMBER…`` runs these gates until its standard input ends. What each decides
about the visitor with this code is written to standard output whenever it changes, with the time: a line for each, as
JSON. A gate looks five times a second, which is the least that the reader does.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gate.access.signals import Presented
from gate.adapters.clock_system import SystemClock
from gate.adapters.mqtt_paho.back_off import Retry
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.mqtt_paho.subscriber import Answered, News, PahoSubscriber, Source, Subscribed
from gate.adapters.trust_files.delivery import Delivery
from gate.adapters.trust_files.source import TrustFiles
from gate.central.publishing import Said
from gate.policy.decision import conclude
from gate.policy.site import SitePolicy
from gate.ports import Connected, Frame, LinkEvent, Luma, Message, Symbol
from gate.service.reader import Reader
from gate.service.threads import Worker
from gate.service.updates import Updates
from gate.service.updates_link import LinkWithUpdates
from gate.service.vision.ladder import Ladder
from gate.wire import availability, pointer
from gate.wire.availability import Presence
from tests.access.examples import by_rules
from tests.broker import HOST
from tests.contract.test_trust_source import paths_of
from tests.service.published import Desk

FRAME_S = 0.2
GRANTED, HELD = "grant green", "hold black"
ROOT = Path(__file__).parents[1]
PATIENCE_S = 60.0
_BLANK = np.zeros((2, 2), np.uint8)


def furnish(folder: Path, desk: Desk, numbers: Sequence[int], version: int = 1) -> None:
    """The files with which these gates were installed."""
    bundle, root = desk.signed(desk.bundle(version)), desk.mint.root_pem
    for number in numbers:
        home = folder / f"gate-{number}"
        for name in ("lists", "status"):
            (home / name).mkdir(parents=True)
        (home / "trust.bundle").write_bytes(bundle)
        (home / "root.pub").write_bytes(root)


class Door:
    """One gate. ``told`` hears what it decides whenever that changes, and when it is connected."""

    def __init__(self, port: int, home: Path, code: str, told: Callable[[str, float], None]) -> None:
        self._clock = SystemClock()
        paths = paths_of(home, home / "trust.bundle", home / "root.pub")
        self.trust = TrustFiles(paths, self._clock)
        self.updates = Updates(Delivery(paths), self.trust, self._clock, self.trust.hurry, lambda _: None)
        self._code = code.encode()
        self._told, self._last = told, ""
        self.decisions = 0
        """How often it has decided."""
        self._stop = threading.Event()
        self._decided = threading.Condition()
        gone = availability.encode(Presence.OFFLINE, "b", None)
        will = Message(f"gate/v1/s/{home.name}/availability", gone, retain=True, content_type="application/json")
        address = BrokerAddress(
            HOST, port, f"s/{home.name}", will, retry=Retry(1, 2), subscribe=pointer.subscriptions()
        )
        link = PahoPublisher(address)
        self.updates.listen_with(link)
        self._link = LinkWithUpdates(link, self.updates)
        ladder = Ladder([self], time.monotonic_ns)
        self._reader = Reader(self, ladder, self.trust, self._clock, by_rules, self._decide, os.urandom(32))
        self._workers = [Worker("updates", self.updates.run, _ended), Worker("reader", self._reader.run, _ended)]
        for worker in self._workers:
            worker.start()

    name = "one code"

    def connect(self) -> None:
        self._link.start(self._heard)

    def close(self) -> None:
        """Also what the reader's decoder and camera are closed by."""
        self._link.close(None, 0)
        self._stop.set()
        for worker in self._workers:
            worker.stop(5)

    def until(self, satisfied: Callable[[], bool]) -> bool:
        """Wait until this holds after some decision; whether it does in time."""
        with self._decided:
            return self._decided.wait_for(satisfied, PATIENCE_S)

    @property
    def last(self) -> str:
        """What was decided last."""
        return self._last

    def next(self, timeout_s: float) -> Frame | None:
        """A frame, as a slow camera gives them."""
        self._stop.wait(min(FRAME_S, timeout_s))
        return Frame(_BLANK, None, time.monotonic_ns(), "frame")

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        del luma
        return (Symbol(self._code, ()),)

    def _decide(self, shown: Presented) -> None:
        decision = conclude(shown.verdict, shown.judged, shown.trust, SitePolicy(), self._clock.now())
        self.decisions += 1
        told = f"{decision.outcome.value} {decision.colour or decision.reason}"
        if told != self._last:
            self._last = told
            self._told(told, time.monotonic())
        with self._decided:
            self._decided.notify_all()

    def _heard(self, event: LinkEvent) -> None:
        if isinstance(event, Connected):
            self._told("connected", time.monotonic())


@dataclass(frozen=True, slots=True)
class Return:
    """From the connection until the visitor was held."""

    seconds: float
    decisions: int
    """How many there were before, in that time."""


class Absent:
    """A door that has been connected once, and is off now."""

    def __init__(self, port: int, home: Path, code: str) -> None:
        self._port, self._home, self._code = port, home, code
        self._told: queue.SimpleQueue[tuple[str, float]] = queue.SimpleQueue()
        door = self._open()
        door.connect()
        self._until(GRANTED)
        door.close()

    def returns(self) -> Return:
        """It starts, lets the visitor in by what it knows, and is connected."""
        door = self._open()
        try:
            self._until(GRANTED)
            door.connect()
            connected_s, before = self._until("connected"), door.decisions
            held_s = self._until(HELD)
            return Return(held_s - connected_s, door.decisions - before - 1)
        finally:
            door.close()

    def _open(self) -> Door:
        return Door(self._port, self._home, self._code, lambda told, at_s: self._told.put((told, at_s)))

    def _until(self, wanted: str) -> float:
        until_s = time.monotonic() + PATIENCE_S
        while True:
            told, at_s = self._told.get(timeout=max(0.0, until_s - time.monotonic()))
            if told == wanted:
                return at_s


def _ended(worker: Worker) -> None:
    if worker.error is not None:
        os._exit(1)


@dataclass(frozen=True, slots=True)
class Line:
    """What a gate decides from now on, or that it is connected."""

    gate: int
    told: str
    at_s: float


class Doors:
    """The processes, and what their gates say."""

    def __init__(self) -> None:
        self.lines: queue.SimpleQueue[Line] = queue.SimpleQueue()

    def until(self, told: str, gates: Sequence[int]) -> dict[int, float]:
        """Wait until each of these decides so; when each began to."""
        found: dict[int, float] = {}
        until_s = time.monotonic() + PATIENCE_S
        while set(found) != set(gates):
            line = self.lines.get(timeout=max(0.0, until_s - time.monotonic()))
            if line.told == told and line.gate in gates:
                found[line.gate] = line.at_s
        return found


class Publisher:
    """The centre's link, for a test."""

    def __init__(self, port: int) -> None:
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._link = PahoSubscriber(Source(HOST, port, ("nothing",)))
        self._link.start(self._news.put)
        assert isinstance(self._news.get(timeout=PATIENCE_S), Subscribed)

    def say(self, said: Iterable[Said]) -> float:
        """Publish these, until the broker has all of them; when that began (monotonic)."""
        began_s, waiting = time.monotonic(), 0
        for one in said:
            self._link.publish(Message(one.topic, one.payload, retain=True, content_type=one.content_type))
            waiting += 1
        while waiting:
            waiting -= isinstance(self._news.get(timeout=PATIENCE_S), Answered)
        return began_s

    def close(self) -> None:
        self._link.close()


@contextmanager
def running(port: int, folder: Path, code: str, numbers: Sequence[int], processes: int) -> Iterator[Doors]:
    """Those gates in so many processes."""
    doors = Doors()
    with ExitStack() as last:
        for share in (numbers[first::processes] for first in range(processes)):
            command = [sys.executable, "-m", "tests.doors", str(port), str(folder), code, *map(str, share)]
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            listener = threading.Thread(target=_listen, args=(process, doors))  # noqa: TID251  (of the test)
            listener.start()
            last.callback(listener.join, 20)
            last.callback(_end, process)
        yield doors


def _listen(process: subprocess.Popen[str], doors: Doors) -> None:
    assert process.stdout is not None
    with process.stdout:
        for text in process.stdout:
            doors.lines.put(Line(*json.loads(text)))


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(port: str, folder: str, code: str, *numbers: str) -> None:
    writing = threading.Lock()

    def told_of(number: str) -> Callable[[str, float], None]:
        def told(text: str, at_s: float) -> None:
            with writing:
                sys.stdout.write(json.dumps([int(number), text, at_s]) + "\n")
                sys.stdout.flush()

        return told

    doors = [Door(int(port), Path(folder) / f"gate-{number}", code, told_of(number)) for number in numbers]
    for door in doors:
        door.connect()
    sys.stdin.read()
    for door in doors:
        door.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
