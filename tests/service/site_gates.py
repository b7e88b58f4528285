"""Gates of one site for a test: the real controller, recorder, journal and link of each; only the door is missing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

from ulid import ULID

from gate.access.access_point import AccessPoint
from gate.access.alarm import AlarmKind
from gate.access.answers import Reply
from gate.access.effects import Answer, Persist
from gate.access.events import AccessEvent, AlarmEvent, Event
from gate.access.memory import Memory
from gate.access.orders import Order, Report
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import Ordered
from gate.adapters.journal_sqlite import SqliteJournal
from gate.adapters.mqtt_paho.back_off import Retry
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.credential.instant import ClockTrust, Instant
from gate.policy.site import SitePolicy
from gate.ports import Message
from gate.service import codec, parts
from gate.service.controller import Controller, Hands
from gate.service.crossings_journal import crossings_of
from gate.service.inbox import Inbox
from gate.service.outside import Outside
from gate.service.recorder import Recorder
from gate.service.threads import Worker
from gate.wire import availability, site, topics
from gate.wire.availability import Presence
from gate.wire.topics import Identity
from tests.access.examples import START, shown, valid
from tests.broker import HOST, Broker
from tests.service.stepped import Calls, MemoryIndicator, MemoryMark, MemoryStrike, SteppedClock

WAIT_S = 20.0
BEGUN_NS = time.monotonic_ns()


class SharedClock:
    """Real time, from the moment at which the tests of the core begin."""

    def now(self) -> Instant:
        now_ns = time.monotonic_ns()
        return Instant(START + timedelta(microseconds=(now_ns - BEGUN_NS) // 1000), now_ns, ClockTrust.SYNCED)


class SiteGate:
    """One run of a gate, on threads of its own."""

    def __init__(self, folder: Path, policy: SitePolicy, broker: Broker) -> None:
        self.name = policy.gate
        self.events: list[Event] = []
        self._changed = threading.Condition()
        self._replies: dict[int, Reply] = {}
        self._numbers, self._clock, self._inbox = count(1), SharedClock(), Inbox()
        self.joined = 0
        settings = Settings(site=policy, self_test_at_start=SelfTestAtStart.OFF)
        journal = SqliteJournal(folder / f"{policy.gate}.db")
        memory, crossings = parts.memory_of(journal), crossings_of(journal, policy)
        self.recorder = self._recorder(journal, Identity("jkt-01", policy.gate, "entry", str(ULID())), broker)
        calls = Calls(SteppedClock())
        hands = Hands(
            MemoryStrike(calls),
            MemoryIndicator(calls),
            MemoryMark(calls),
            self._persist,
            self._answer,
            self.recorder.share,
        )
        controller = Controller(AccessPoint(settings, memory, crossings), self._inbox, self._clock, hands)
        self._workers = [
            Worker(f"recorder {self.name}", self.recorder.run, lambda _: None),
            Worker(f"controller {self.name}", partial(controller.run, "1.0"), lambda _: None),
        ]

    def _recorder(self, journal: SqliteJournal, identity: Identity, broker: Broker) -> Recorder:
        will = Message(
            topics.availability(identity),
            availability.encode(Presence.OFFLINE, identity.boot, None),
            retain=True,
            content_type=availability.CONTENT_TYPE,
        )
        address = BrokerAddress(
            HOST,
            broker.port,
            f"jkt-01/{self.name}",
            will,
            will_delay_s=1,
            subscribe=(site.subscription(identity),),
            retry=Retry(longest_s=2.0),
        )
        outside = Outside(
            journal=journal,
            publisher=PahoPublisher(address),
            clock=self._clock,
            encode_memory=partial(codec.encode, kind=Memory),
            on_recorded=self._inbox.post,
            new_id=lambda: str(ULID()),
            orderly=lambda: True,
            on_joined=self._joined,
            on_heard=self._inbox.offer,
        )
        return Recorder(outside, identity)

    def start(self) -> None:
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        for worker in reversed(self._workers):
            assert worker.stop(10)
            assert worker.error is None

    def show(self, fp: str) -> AccessEvent:
        """A visitor shows a code; what becomes of it."""
        before = len(self.visits())
        now_ns = self._clock.now().mono_ns
        self._inbox.post(shown(valid(fp=fp), f"{fp} {now_ns}".encode(), now_ns))
        self.until(lambda: len(self.visits()) > before)
        return self.visits()[before]

    def order(self, order: Order) -> Reply:
        """The officer gives an order; the answer."""
        number = next(self._numbers)
        self._inbox.post(Ordered(order, "uid-1001", self._clock.now().mono_ns, number))
        self.until(lambda: number in self._replies)
        return self._replies[number]

    def inside(self) -> int:
        status = self.order(Report()).status
        assert status is not None
        return status.inside

    def until_inside(self, number: int) -> None:
        """Wait until so many people are inside, as this gate knows it."""
        until_ns = time.monotonic_ns() + int(WAIT_S * 1e9)
        while (inside := self.inside()) != number:
            assert time.monotonic_ns() < until_ns, f"{self.name}: {inside} inside, not {number}"

    def visits(self) -> list[AccessEvent]:
        return [event for event in self.events if isinstance(event, AccessEvent)]

    def alarms(self) -> list[AlarmEvent]:
        """Those that visitors cause; a late journal is this machine's."""
        told = [event for event in self.events if isinstance(event, AlarmEvent)]
        return [event for event in told if event.alarm.kind is not AlarmKind.JOURNAL_LATE]

    def until(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, WAIT_S), (self.name, [event.name for event in self.events])

    def _persist(self, persist: Persist) -> None:
        self.recorder.submit(persist)
        with self._changed:
            self.events.append(persist.event)
            self._changed.notify_all()

    def _answer(self, answer: Answer) -> None:
        with self._changed:
            self._replies[answer.request] = answer.reply
            self._changed.notify_all()

    def _joined(self, signal: object) -> None:
        self._inbox.post(signal)  # type: ignore[arg-type]  # a SiteJoined, as the recorder gives it
        with self._changed:
            self.joined += 1
            self._changed.notify_all()


@contextmanager
def at_work(folder: Path, broker: Broker, *policies: SitePolicy) -> Iterator[tuple[SiteGate, ...]]:
    """The gates of a site, running; each takes up what its journal knows."""
    gates = tuple(SiteGate(folder, policy, broker) for policy in policies)
    for gate in gates:
        gate.start()
    try:
        yield gates
    finally:
        for gate in gates:
            gate.stop()
