"""Updates: what the centre publishes for all gates is proved, and left where trust and rules look for it.

Rules: it has a thread of its own, so that neither the door nor the journal waits for a disk or a signature; memory is
bounded whatever a broker sends; whatever is refused changes nothing and is told once. The pointer's signature is about
order, the file's own is what counts: so a trust bundle is fetched also by a pointer whose key the gate does not know,
or believes no more, as it may be the very one that brings that key.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from gate.access.signals import DeviceChanged
from gate.credential.instant import ClockTrust
from gate.credential.trust import TrustBundle
from gate.ports import (
    AdapterError,
    Clock,
    Connected,
    Disconnected,
    Ears,
    Heard,
    LinkEvent,
    RefusedUpdate,
    Shelf,
    TrustSource,
    UnknownSigner,
)
from gate.service.threads import Beat
from gate.service.update_files import UpdateFiles
from gate.service.update_problems import Problems
from gate.wire import notice, pointer, topics
from gate.wire.notice import Level, Notice
from gate.wire.pointer import Proof

log = logging.getLogger(__name__)

WAIT_S = 0.25
AGAIN_S = 600.0
"""After so long what was refused is looked at again: a key may count now that did not then, or the disk take it."""
MOST_WAITING = 3 * 1024 * 1024
"""Bytes in the inbox; of more the newest is left out, and fetched again."""
_OVERHEAD = 1024
MOST_NOTICES = 64


@dataclass(frozen=True, slots=True)
class Counts:
    """What this run has done with what came."""

    taken: int = 0
    refused: int = 0
    dropped: int = 0


class Updates:
    """``heard`` may be called on any thread; ``run`` owns the rest. ``hurry`` is called when something was left."""

    def __init__(
        self,
        shelf: Shelf,
        trust: TrustSource,
        clock: Clock,
        hurry: Callable[[], None],
        tell: Callable[[DeviceChanged], object],
    ) -> None:
        self._shelf = shelf
        self._trust = trust
        self._clock = clock
        self._hurry = hurry
        self._inbox: queue.SimpleQueue[LinkEvent] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._queued = 0
        self._taken = self._dropped = 0
        self._bundle: TrustBundle | None = None
        self._clock_trust: ClockTrust | None = None
        self._again_s = 0.0
        self._problems = Problems(tell)
        self._files = UpdateFiles(shelf, trust, clock, self._problems, self._left)
        self._notices: deque[str] = deque(maxlen=MOST_NOTICES)

    def listen_with(self, ears: Ears) -> None:
        """The link that is asked for files; once, before it starts."""
        self._files.ears = ears

    @property
    def counts(self) -> Counts:
        """Any thread."""
        return Counts(self._taken, self._problems.count, self._dropped)

    @property
    def idle(self) -> bool:
        """Whether nothing has come that was not taken. Any thread."""
        return self._inbox.empty()

    def heard(self, news: LinkEvent) -> None:
        """The link has changed, or something was heard. Any thread, never blocks."""
        size = _size(news)
        with self._lock:
            if self._queued + size > MOST_WAITING:
                self._dropped += 1
                return
            self._queued += size
        self._inbox.put(news)

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Work until stopped."""
        while not stop.is_set():
            beat()
            self.step(WAIT_S)

    def step(self, wait_s: float) -> None:
        """Take one message, waiting at most so long for it, and do what is due."""
        with suppress(queue.Empty):
            self._take(self._inbox.get(timeout=wait_s))
        self._turn()

    def _take(self, news: LinkEvent) -> None:
        with self._lock:
            self._queued -= _size(news)
        match news:
            case Heard():
                self._hear(news)
            case Connected() | Disconnected():
                self._files.link_changed()
            case _:
                pass

    def _hear(self, heard: Heard) -> None:
        topic, payload = heard.topic, heard.payload
        place = pointer.place_of(topic)
        if self._files.piece(heard):
            pass
        elif not payload:
            self._problems.mended(topic)
            self._files.forget(place)
        elif place is not None:
            self._judged(heard, lambda: self._files.point(place, payload))
        elif pointer.is_change(topic):
            self._judged(heard, lambda: self._change(payload))
        elif topic == notice.TOPIC:
            self._judged(heard, lambda: self._notice(payload))

    def _judged(self, heard: Heard, work: Callable[[], None]) -> None:
        """Do the work; what is refused is told once, and remembered."""
        try:
            work()
        except AdapterError as error:
            self._problems.refuse(heard.topic, error, self._now_s(), heard)
        else:
            self._problems.mended(heard.topic)

    def _change(self, payload: bytes) -> None:
        if self._shelf.put_change(payload, self._trust.current().bundle, self._clock.now().utc):
            self._left()

    def _notice(self, payload: bytes) -> None:
        now = self._clock.now()
        found = notice.read(payload, self._trust.current().bundle, now)
        if found is Proof.UNKNOWN_KEY:
            raise UnknownSigner("the trust bundle has not the key that signed the notice")
        if not isinstance(found, Notice):
            told = "the signature of the notice is wrong, or its key may not publish"
            raise RefusedUpdate(told if isinstance(found, Proof) else found)
        if notice.counts(found, now) and found.id not in self._notices:
            self._notices.append(found.id)
            level = logging.WARNING if found.level is Level.WARNING else logging.INFO
            log.log(level, "the centre says, until %s: %s", found.until, " / ".join(found.text.values()))

    def _turn(self) -> None:
        self._follow()
        self._files.turn()
        if self.idle and not self._files.busy:
            self._problems.report(self._now_s())

    def _follow(self) -> None:
        """Another bundle is in force, the clock was set, or time has passed: look again at what was refused."""
        bundle, now, now_s = self._trust.current().bundle, self._clock.now(), self._now_s()
        if bundle is self._bundle and now.clock is self._clock_trust and now_s < self._again_s:
            return
        self._files.look_again()
        for heard in self._problems.again():
            self._hear(heard)
        if bundle is not self._bundle:
            self._files.forget_lists(bundle)
        self._bundle, self._clock_trust, self._again_s = bundle, now.clock, now_s + AGAIN_S

    def _now_s(self) -> float:
        return self._clock.now().mono_ns / 1e9

    def _left(self) -> None:
        self._taken += 1
        self._hurry()


def _size(news: LinkEvent) -> int:
    """What it takes in the inbox: also an empty message takes something."""
    return _OVERHEAD + (len(news.payload) if isinstance(news, Heard) else 0)


def is_update(topic: str) -> bool:
    """Whether a message is for ``Updates``."""
    return topic.startswith(f"{topics.EVERYBODY}/")
