"""What one worker does for all: keep the newest reports of the gates, and ask for records that are missing.

Rules: everything runs on the ingest's thread, between two batches. Who does it is decided by a lease in the database,
so that another worker goes on when this one dies. A database that fails costs time here too, and never a batch.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ulid import ULID

from gate.access.command import CommandRefusal, Verb
from gate.central import reports
from gate.central.arrivals import Journal
from gate.central.replaying import Gap
from gate.central.reports import Report
from gate.central.store import StoreError
from gate.credential.keys import kid_of
from gate.wire import command
from gate.wire.command import Command

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
LEASE: Final = timedelta(seconds=20)
VALID: Final = timedelta(seconds=15)
"""Half of the most: so the clocks of both ends may differ by as much either way."""
_REMEMBERED: Final = 1000
"""Requests whose answers are understood."""


@dataclass(frozen=True, slots=True)
class Request:
    """A gap to ask for; ``nonce`` is higher than any before of this key, and used for nothing else."""

    gap: Gap
    nonce: int


class DutyStore(Protocol):
    """The centre's database, for this. Every method is one transaction and raises ``StoreError``."""

    def take(self, worker: str, now: datetime, length: timedelta) -> bool:
        """Take or prolong the lease; False while another worker has it."""

    def give_back(self, worker: str) -> None:
        """Leave it to the others."""

    def keep(self, worker: str, news: Sequence[Report], now: datetime) -> None:
        """Keep the newest of each; nothing where the lease is another's."""

    def missing(self, worker: str, kid: str | None, now: datetime) -> Sequence[Request]:
        """What to ask for now, which counts as asked from now on; nothing without a key, or under another's lease."""

    def refused(self, gap: Gap, reason: str, now: datetime) -> None:
        """A gate does not send these again."""


class Out(Protocol):
    """The way to the broker, as far as it is needed here."""

    def order(self, topic: str, payload: bytes) -> None: ...

    def listen(self, filters: Sequence[str]) -> None: ...

    def ignore(self, filters: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Signs requests. ``key`` needs no other role than ``replay``."""

    key: Ed25519PrivateKey

    @property
    def kid(self) -> str:
        return kid_of(self.key.public_key()).hex()

    def sign(self, request: Request, transaction: str, now: datetime) -> tuple[str, bytes]:
        """The topic and the payload."""
        gap, address = request.gap, _address(request.gap.journal)
        args = {"from": gap.first, "to": gap.last}
        meant = Command(transaction, Verb.REPLAY, args, address, request.nonce, now + VALID)
        return command.topic_of(Verb.REPLAY, address), command.sign(meant, self.key)


class Duties:
    """``look`` is called again and again, ``heard`` with what is not of the feed, ``joined`` for a new connection."""

    def __init__(
        self,
        store: DutyStore,
        link: Out,
        asker: Asker | None,
        worker: str,
        now: Callable[[], datetime],
        mono_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ours = False
        """Whether this worker does it."""
        self._store = store
        self._link = link
        self._asker = asker
        self._worker = worker
        self._now = now
        self._mono_s = mono_s
        self._due_s = mono_s()
        self._listens: bool | None = None
        """What the broker was asked for last in this connection."""
        self._asked: OrderedDict[str, Gap] = OrderedDict()
        self._failing = False

    def joined(self) -> None:
        """The broker is there anew, and may know of another subscription than ours, or of none."""
        self._listens = None
        self._due_s = self._mono_s()

    def look(self) -> None:
        """Do what is due."""
        if self._mono_s() < self._due_s:
            return
        self._due_s = self._mono_s() + LOOK_S
        self._patiently(self._do)

    def heard(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Take topics and payloads of ``reports.FILTERS``. Raises ``StoreError``."""
        news = [one for one in (reports.read(topic, payload) for topic, payload in messages) if one is not None]
        if news:
            self._store.keep(self._worker, news, self._now())
        for topic, payload in messages:
            if reports.is_answer(topic):
                self._answered(payload)

    def end(self) -> None:
        """Leave it to the others at once."""
        if self.ours:
            self._patiently(lambda: self._store.give_back(self._worker))

    def _do(self) -> None:
        self.ours = self._store.take(self._worker, self._now(), LEASE)
        if self.ours != self._listens:
            (self._link.listen if self.ours else self._link.ignore)(reports.FILTERS)
            self._listens = self.ours
        if self.ours:
            now = self._now()
            for request in self._store.missing(self._worker, self._asker.kid if self._asker else None, now):
                self._ask(request, now)

    def _ask(self, request: Request, now: datetime) -> None:
        if self._asker is None:
            return
        transaction = str(ULID())
        self._link.order(*self._asker.sign(request, transaction, now))
        self._asked[transaction] = request.gap
        while len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)

    def _answered(self, payload: bytes) -> None:
        found = command.read_response(payload)
        gap = None if isinstance(found, str) else self._asked.pop(found.transaction, None)
        if isinstance(found, str) or gap is None or found.status == "done":
            return
        reason = found.error if found.error in set(CommandRefusal) else "it says no"
        log.warning("%s does not send records again: %s; look at its trust bundle", _address(gap.journal), reason)
        self._store.refused(gap, str(reason), self._now())

    def _patiently(self, work: Callable[[], None]) -> None:
        try:
            work()
        except StoreError as error:
            if not self._failing:
                log.warning("the database cannot be used: %s; trying again", error)
            self._failing = True
        else:
            self._failing = False


def _address(journal: Journal) -> str:
    """What a command calls the gate: the site and the gate of its source."""
    return "/".join(journal.source.split("/")[-2:])
