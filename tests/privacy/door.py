"""A door through which a crowd goes: the real reader, core, signal log, recorder, journal, link and broker.

Only the camera and the lines are of memory, and time is moved by hand, so that a thousand visits take seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
from ulid import ULID

from gate.access.access_point import AccessPoint
from gate.access.effects import Answer, Persist
from gate.access.memory import Memory
from gate.access.orders import Refuse
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import Ordered, Presented, Recorded, Signal
from gate.adapters.journal_sqlite import SqliteJournal
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.credential.instant import ClockTrust, Instant
from gate.credential.trust import Trust
from gate.policy import packs
from gate.policy.decision import judged
from gate.policy.passback import Passback, PassbackMode
from gate.policy.site import SitePolicy
from gate.ports import Frame, Luma, Message, Symbol
from gate.service import codec
from gate.service.controller import Controller, Hands
from gate.service.inbox import Inbox
from gate.service.outside import Outside
from gate.service.reader import Reader
from gate.service.recorder import Recorder
from gate.service.signal_log import Run, SignalLog
from gate.service.threads import Worker
from gate.service.vision.ladder import Ladder
from gate.wire import availability, site, topics
from gate.wire.availability import Presence
from gate.wire.topics import Identity
from tests.broker import HOST, Broker
from tests.credential.minting import NOON
from tests.service.stepped import Calls, MemoryIndicator, MemoryMark, MemoryStrike, SteppedClock
from tests.service.test_herald import Unit

SECOND_NS = 1_000_000_000
APART_NS = 8 * SECOND_NS
ANSWERED_NS = 4 * SECOND_NS
"""After which the officer turns away whoever is still on hold."""
RECORDED_S = 20.0
PIXELS = np.zeros((2, 2), np.uint8)


class Day:
    """``ports.Clock``: a day of the tests' certificates, moved by hand."""

    def __init__(self) -> None:
        self.now_ns = SECOND_NS

    def now(self) -> Instant:
        return Instant(NOON + timedelta(microseconds=self.now_ns // 1000), self.now_ns, ClockTrust.SYNCED)


class _Queue:
    """``ports.FrameSource``, ``SymbolDecoder`` and ``TrustSource``: people who step before the camera in turn."""

    name = "queue"

    def __init__(self, codes: Sequence[str], trust: Trust, day: Day) -> None:
        self.stop = threading.Event()
        self._codes, self._trust, self._day = iter(codes), trust, day
        self._code = b""

    def next(self, timeout_s: float) -> Frame | None:
        del timeout_s
        code = next(self._codes, None)
        if code is None:
            self.stop.set()
            return None
        self._code = code.encode()
        self._day.now_ns += APART_NS
        return Frame(PIXELS, None, self._day.now_ns, "somebody")

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        del luma
        return (Symbol(self._code, ()),)

    def current(self) -> Trust:
        return self._trust

    def refresh(self) -> None:
        """Nothing newer comes."""

    def close(self) -> None:
        """Nothing is open."""


def presented(codes: Sequence[str], trust: Trust) -> list[Presented]:
    """What the reader hands to the core of each code, eight seconds apart."""
    day, found = Day(), list[Presented]()
    queue = _Queue(codes, trust, day)
    by_rules = partial(judged, site=SitePolicy(), rules=packs.usual())
    reader = Reader(queue, Ladder((queue,), time.monotonic_ns), queue, day, by_rules, found.append, bytes(32))
    reader.run(queue.stop, lambda: None)
    return found


class _Script(Inbox):
    """Everybody in turn, each answered by the officer; waiting moves the day, once all is recorded."""

    def __init__(self, visits: Sequence[Presented], day: Day) -> None:
        super().__init__()
        self.stop = threading.Event()
        self._day = day
        answers = [(one.decoded_ns + ANSWERED_NS, Refuse("no_reason")) for one in visits]
        orders = [(at_ns, Ordered(order, "uid-1001", at_ns)) for at_ns, order in answers]
        shown: list[tuple[int, Signal]] = [(one.decoded_ns, one) for one in visits]
        self._script = sorted([*shown, *orders], key=lambda step: step[0], reverse=True)
        self._unrecorded = 0

    def persisting(self, recorder: Recorder) -> Callable[[Persist], None]:
        """Hand events to the recorder, and wait for each in the meantime."""

        def submit(persist: Persist) -> None:
            self._unrecorded += 1
            recorder.submit(persist)

        return submit

    def take(self, wait_s: float) -> Signal | None:
        posted = super().take(RECORDED_S if self._unrecorded else 0)
        self._unrecorded -= isinstance(posted, Recorded)
        if posted is not None or wait_s == 0:
            return posted
        until_ns = self._day.now_ns + round(wait_s * SECOND_NS)
        if self._script and self._script[-1][0] <= until_ns:
            self._day.now_ns, signal = self._script.pop()
            return signal
        self._day.now_ns = until_ns
        if not self._script:
            self.stop.set()
        return None


class Gate:
    """One run of a gate over all its visits; ``walk`` returns when everything is on the broker."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder = folder
        self._identity = Identity("jkt-01", "front", "entry", str(ULID()))
        will = Message(
            topics.availability(self._identity),
            availability.encode(Presence.OFFLINE, self._identity.boot, None),
            retain=True,
            content_type=availability.CONTENT_TYPE,
        )
        self._address = BrokerAddress(
            HOST, broker.port, "jkt-01/front", will, subscribe=(site.subscription(self._identity),)
        )

    def walk(self, visits: Sequence[Presented]) -> int:
        """Let them all come; how many events were recorded."""
        day = Day()
        inbox, journal = _Script(visits, day), SqliteJournal(self.folder / "journal.db")
        recorder = Recorder(self._outside(journal, inbox, day), self._identity)
        log = SignalLog(self.folder / "signals.jsonl")
        policy = SitePolicy(gate="front", passback=Passback(PassbackMode.SOFT))
        settings = Settings(site=policy, self_test_at_start=SelfTestAtStart.OFF)
        log.write(Run(settings, Memory()))
        calls = Calls(SteppedClock())
        hands = Hands(
            MemoryStrike(calls),
            MemoryIndicator(calls),
            MemoryMark(calls),
            inbox.persisting(recorder),
            _unasked,
            recorder.share,
        )
        controller = Controller(AccessPoint(settings, Memory()), inbox, day, hands, log)
        workers = [Worker("recorder", recorder.run, _ended), Worker("signal log", log.run, _ended)]
        for worker in workers:
            worker.start()
        controller.run("1.0", inbox.stop, lambda: None)
        for worker in workers:
            assert worker.stop(30)
            assert worker.error is None
        log.close()
        return recorder.counts().committed

    def _outside(self, journal: SqliteJournal, inbox: Inbox, day: Day) -> Outside:
        return Outside(
            journal=journal,
            publisher=PahoPublisher(self._address),
            clock=day,
            encode_memory=partial(codec.encode, kind=Memory),
            on_recorded=inbox.post,
            new_id=lambda: str(ULID()),
            orderly=lambda: True,
            on_joined=inbox.post,
            on_heard=inbox.offer,
            herald=Unit(self.folder, journal, day.now()).herald,
        )


def _unasked(_: Answer) -> None:
    """Nobody waits for an answer."""


def _ended(_: object) -> None:
    """A worker ended, as it should."""
