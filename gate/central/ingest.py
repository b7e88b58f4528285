"""The ingest: takes the reliable feed from the broker in batches, keeps each, and only then says that it has it.

Rules: one thread owns the store. A batch is whatever has come by the time the one before is kept, so that it never
waits for more than a broker lets be in flight. Nothing is acknowledged before it is on the disk, to the broker or to a
gate; a database that fails costs time, never an event. ``stop`` ends it after the batch that it is at.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from gate.central.admission import admitted, stranger
from gate.central.arrivals import Arrived, Journal, Wrong, is_of_feed, read
from gate.central.registry import Registry
from gate.central.store import BusyError, Progress, Saved, Store, StoreError
from gate.wire import ack, topics
from gate.wire.ack import Ack

log = logging.getLogger(__name__)

T = TypeVar("T")

MOST = 500
"""Messages of one batch."""
WAIT_S = 0.2
ADOPT_S = 5.0
"""How often to look for what the registry has come to know."""
RETRY_S = (0.1, 0.5, 2.0, 5.0)
"""How long to wait after a failure of the database, one after the other; the last one from then on."""
TRIES = 3
"""After so many failures of one batch the fault may be in the batch and not in the database."""
NOT_TAKEN = "the database does not take it"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message of the feed; ``token`` is what acknowledges it to the broker."""

    topic: str
    payload: bytes
    token: int


@dataclass(frozen=True, slots=True)
class Joined:
    """The broker is there and delivers from now on; it may have forgotten what was retained."""


class Link(Protocol):
    """The way to the broker. ``acknowledge`` and ``publish`` never block, and do nothing while it is away."""

    def start(self, on_news: Callable[[Delivery | Joined], None]) -> None:
        """Deliver from now on; ``on_news`` is called on the driver's thread."""

    def acknowledge(self, delivery: Delivery) -> None: ...

    def publish(self, topic: str, payload: bytes) -> None:
        """Retained, at QoS 1."""

    def order(self, topic: str, payload: bytes) -> None:
        """Never retained, and gone after ``command.EXPIRY_S``."""

    def listen(self, filters: Sequence[str]) -> None:
        """Hear these as well, beginning with what is retained there; until the connection ends."""

    def ignore(self, filters: Sequence[str]) -> None:
        """Hear these no more; the broker may have kept them from an earlier run."""

    def close(self) -> None: ...


class Chores(Protocol):
    """What is done between batches, on the same thread; ``gate.central.duties`` says what."""

    def joined(self) -> None:
        """There is a new connection."""

    def look(self) -> None:
        """Do what is due; never fails."""

    def heard(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Take messages that are not of the feed. Raises ``StoreError``."""

    def end(self) -> None:
        """The worker stops; never fails."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What this run has done."""

    kept: int = 0
    again: int = 0
    wrong: int = 0


class _NotTakenError(Exception):
    """The database has failed so often with one batch that it may not be away."""


@dataclass(frozen=True, slots=True)
class _Until:
    """How long to go on, and to whom to say that it does."""

    stop: threading.Event
    beat: Callable[[], None]

    def over(self, wait_s: float) -> bool:
        """Wait so long; whether it was stopped meanwhile."""
        self.beat()
        return self.stop.wait(wait_s)


class Ingest:
    """``run`` is the whole of it; ``counts`` may be read on any thread."""

    def __init__(
        self,
        store: Store,
        link: Link,
        now: Callable[[], datetime],
        chores: Sequence[Chores] = (),
        registry: Callable[[], Registry] | None = None,
    ) -> None:
        """``registry``: what is in force, asked on the ingest's thread; None lets everybody speak."""
        self.counts = Counts()
        self._store = store
        self._link = link
        self._now = now
        self._chores = chores
        self._registry = registry
        self._adopted = -math.inf
        self._inbox: queue.SimpleQueue[Delivery | Joined] = queue.SimpleQueue()
        self._told: dict[str, tuple[Journal, int]] = {}
        """The last acknowledgement of each gate, by its source."""
        self._failing = False
        """Whether it has been said that the database fails."""

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until stopped."""
        self._link.start(self._inbox.put)
        try:
            while not stop.is_set():
                beat()
                until = _Until(stop, beat)
                self._take(self._collected(), until)
                self._adopt(until)
                for chore in self._chores:
                    chore.look()
        finally:
            for chore in self._chores:
                chore.end()
            self._link.close()

    def _collected(self) -> list[Delivery | Joined]:
        """What has come, waiting a moment for the first."""
        try:
            found = [self._inbox.get(timeout=WAIT_S)]
        except queue.Empty:
            return []
        found.extend(self._inbox.get_nowait() for _ in range(min(self._inbox.qsize(), MOST - 1)))
        return found

    def _take(self, news: Sequence[Delivery | Joined], until: _Until) -> None:
        deliveries = [one for one in news if isinstance(one, Delivery)]
        if feed := [one for one in deliveries if is_of_feed(one.topic)]:
            self._keep_all(feed, until)
        if others := [one for one in deliveries if not is_of_feed(one.topic)]:
            self._hear(others, until)
        if any(isinstance(one, Joined) for one in news):
            for chore in self._chores:
                chore.joined()
            self._told.clear()
            self._tell(self._patiently(self._store.journals, until) or {})

    def _keep_all(self, deliveries: Sequence[Delivery], until: _Until) -> None:
        """Where the database refuses a batch, find by halves which message it is: one must not stop all others."""
        waiting = [deliveries]
        while waiting and not until.stop.is_set():
            part = waiting.pop()
            half = len(part) // 2
            try:
                self._keep(part, until)
            except _NotTakenError:
                if half:
                    waiting += [part[half:], part[:half]]
                elif not self._settled(part[0], until):
                    until.over(RETRY_S[-1])
                    waiting.append(part)

    def _settled(self, one: Delivery, until: _Until) -> bool:
        """Set apart what the database does not take although it works; False when it does not work."""
        try:
            self._store.save([], [], self._now())
            self._keep([one], until, 1)
        except StoreError:
            return False
        except _NotTakenError:
            return self._set_apart(one)
        return True

    def _set_apart(self, one: Delivery) -> bool:
        wrong = [Wrong(one.topic, one.payload, NOT_TAKEN)]
        try:
            saved = self._store.save([], wrong, self._now())
        except StoreError:
            return False
        self._link.acknowledge(one)
        self._count(saved, wrong)
        return True

    def _keep(self, deliveries: Sequence[Delivery], until: _Until, tries: int = TRIES) -> None:
        found = [self._admitted(one) for one in deliveries]
        arrived: list[Arrived] = [event for one in found if not isinstance(one, Wrong) for event in one]
        wrong = [one for one in found if isinstance(one, Wrong)]
        saved = self._patiently(lambda: self._store.save(arrived, wrong, self._now()), until, tries)
        if saved is None:
            return
        for delivery in deliveries:
            self._link.acknowledge(delivery)
        self._count(saved, wrong)
        if saved.again:  # who sends again has not heard; a cluster may keep what is retained on one node alone
            for journal in saved.progress:
                self._told.pop(journal.source, None)
        self._tell(saved.progress)

    def _hear(self, deliveries: Sequence[Delivery], until: _Until) -> None:
        messages = [(one.topic, one.payload) for one in deliveries]

        def hear() -> bool:
            for chore in self._chores:
                chore.heard(messages)
            return True

        if self._patiently(hear, until):
            for delivery in deliveries:
                self._link.acknowledge(delivery)

    def _admitted(self, one: Delivery) -> tuple[Arrived, ...] | Wrong:
        found = read(one.topic, one.payload)
        return found if self._registry is None else admitted(self._registry(), one.topic, one.payload, found)

    def _adopt(self, until: _Until) -> None:
        """Now and then take up what was set apart under a name that the registry has now."""
        if self._registry is None or time.monotonic() - self._adopted < ADOPT_S:
            return
        self._adopted = time.monotonic()
        for source in self._patiently(self._store.strangers, until) or ():
            while not until.stop.is_set() and stranger(self._registry(), source) is None:
                until.beat()
                try:
                    saved = self._patiently(partial(self._store.adopt, source, self._now()), until, TRIES)
                except _NotTakenError:
                    log.error("what was set apart under %s is not taken", source)  # noqa: TRY400  (it was told why)
                    break
                if saved is None:
                    break
                log.info("%d events that were set apart under %s are kept now", saved.new, source)
                self._count(saved, ())
                self._tell(saved.progress)

    def _patiently(self, work: Callable[[], T], until: _Until, tries: int = 0) -> T | None:
        """Try until it works; None when it was stopped first. Raises ``_NotTakenError`` after so many ``tries``.

        Where the database itself says that it cannot take anything now, it is asked for as long as it takes.
        """
        not_taken = 0
        for failures in range(1_000_000):
            try:
                done = work()
            except StoreError as error:
                if not self._failing:
                    log.error("events cannot be kept: %s; trying again until it works", error)  # noqa: TRY400  (no trace)
                self._failing = True
                not_taken += not isinstance(error, BusyError)
                if tries and not_taken == tries:
                    raise _NotTakenError from error
                if until.over(RETRY_S[min(failures, len(RETRY_S) - 1)]):
                    return None
            else:
                if self._failing:
                    log.info("events are kept again")
                self._failing = False
                return done
        return None

    def _count(self, saved: Saved, wrong: Sequence[Wrong]) -> None:
        before = self.counts
        if (wrong or saved.changed) and not before.wrong:
            problem = wrong[0].problem if wrong else "an event came again with other content"
            log.warning("a message is set apart: %s; look at who may write there", problem)
        more = len(wrong) + saved.changed
        self.counts = Counts(before.kept + saved.new, before.again + saved.again, before.wrong + more)

    def _tell(self, progress: Mapping[Journal, Progress]) -> None:
        """Say to each gate how far its journal is kept, where that is news. Of two journals the later one is meant."""
        for journal, one in progress.items():
            if one.whole_to and self._told.get(journal.source) != (journal, one.whole_to):
                self._told[journal.source] = (journal, one.whole_to)
                told = ack.encode(Ack(journal.ulid, one.whole_to, one.head))
                self._link.publish(f"{journal.source}/{topics.ACK}", told)
