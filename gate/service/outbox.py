"""Which records go to the broker and when: in order, at most a window at once, again until they are taken.

Rules: only the window is in memory, everything else is read from the journal when its turn comes. When the broker
refuses (nobody has subscribed, or it is not allowed) the sending waits, ever longer, and begins again with the oldest,
one at a time, so that the order is kept. A record that is refused while others are taken holds up nobody any more; it
is tried again, ever more patiently.
Owned by the recorder's thread.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from gate.ports import Acknowledged, Journal, Message, Publisher, Record
from gate.wire import envelope, topics
from gate.wire.topics import Identity

log = logging.getLogger(__name__)

FIRST_RETRY_S = 0.5
LAST_RETRY_S = 15.0
FIRST_REACH = 1
"""Refusals in a row that stop the sending until the next try: at first a single one, for the sake of the order."""
LAST_REACH = 256
"""It doubles at each try, so that a few records refused for ever do not block the rest for ever."""


@dataclass(slots=True)
class _Patience:
    """How refusals slow the sending down."""

    retry_at_s: float | None = None
    retry_s: float = FIRST_RETRY_S
    in_a_row: int = 0
    reach: int = FIRST_REACH
    probing: bool = False
    """One message at a time, until one is taken."""
    suspects: set[int] = field(default_factory=set)
    """Numbers refused before: when others are taken, another refusal of these says nothing about the link."""

    @property
    def blocked(self) -> bool:
        return self.in_a_row >= self.reach

    def refused(self, seq: int, now_s: float) -> None:
        if self.probing:
            self.in_a_row += 1
            if self.blocked:
                self.retry_at_s = now_s + self.retry_s
        elif seq not in self.suspects:
            self.in_a_row += 1
            self.retry_at_s, self.retry_s = now_s + FIRST_RETRY_S, FIRST_RETRY_S
        elif self.retry_at_s is None:
            self.retry_at_s = now_s + self.retry_s
        self.suspects.add(seq)

    def taken(self, seq: int, now_s: float) -> None:
        if self.probing and self.in_a_row:
            self.retry_at_s = now_s  # the way is free: what was refused a moment ago is older
        self.in_a_row, self.reach, self.probing = 0, FIRST_REACH, False
        self.suspects.discard(seq)

    def at_the_end(self, now_s: float) -> None:
        """Nothing is left to try. If nothing was taken, wait: a newer record would overtake the refused ones."""
        if self.probing and self.in_a_row and not self.blocked:
            self.in_a_row, self.retry_at_s = self.reach, now_s + self.retry_s

    def retry_is_due(self, now_s: float) -> bool:
        """Whether to begin again with the oldest; said once."""
        if self.retry_at_s is None or now_s < self.retry_at_s:
            return False
        if self.blocked:
            self.reach, self.probing = min(2 * self.reach, LAST_REACH), True
        self.retry_at_s, self.in_a_row = None, 0
        self.retry_s = min(2 * self.retry_s, LAST_RETRY_S)
        return True


class Outbox:
    """Feeds the publisher from the journal and confirms what was taken."""

    def __init__(self, journal: Journal, publisher: Publisher, identity: Identity, window: int) -> None:
        self.confirmed = 0
        self._journal = journal
        self._publisher = publisher
        self._identity = identity
        self._window = window
        self._room = 0
        self._cursor = 0
        self._in_flight: dict[int, int | None] = {}
        """Handle to number; None for a message that is no record."""
        self._taken: set[int] = set()
        self._greeting: Message | None = None
        self._patience = _Patience()

    def connected(self, receive_maximum: int, greeting: Message) -> None:
        """The broker is there: greet it, then go on; what it refused before is worth another try at once.

        The greeting counts too: a broker ends the connection over one message more than it takes.
        """
        self._room = min(receive_maximum, self._window)
        self._patience = _Patience()
        self._cursor = 0
        self._greeting = greeting

    def disconnected(self) -> None:
        """Send nothing new; the publisher repeats what is in flight."""
        self._room = 0

    def acknowledged(self, answer: Acknowledged, now_s: float) -> None:
        """The broker answered for one message."""
        seq = self._in_flight.pop(answer.handle, None)
        if seq is None:
            return
        if answer.taken:
            self._taken.add(seq)
            self._patience.taken(seq, now_s)
        else:
            log.debug("record %d was not taken: %s", seq, answer.reason)
            self._patience.refused(seq, now_s)

    def step(self, now_s: float) -> None:
        """Confirm what was taken, then fill the window. Raises ``AdapterError`` of the journal; call again later."""
        self._greet()
        self._confirm()
        if self._patience.retry_is_due(now_s):
            self._cursor = 0
        if not self._patience.blocked:
            self._fill(now_s)

    @property
    def due_s(self) -> float | None:
        """When ``step`` has to be called at the latest (monotonic seconds)."""
        return self._patience.retry_at_s

    def idle(self) -> bool:
        """Whether nothing can be done for the records before something else happens."""
        if self._room == 0 or self._patience.blocked:
            return True
        return not self._in_flight and self._greeting is None and not self._taken and not self._next(1)

    def _confirm(self) -> None:
        if self._taken:
            self._journal.confirm(sorted(self._taken))
            self.confirmed += len(self._taken)
            self._taken.clear()

    def _greet(self) -> None:
        if self._greeting is not None and len(self._in_flight) < self._room:
            self._in_flight[self._publisher.publish(self._greeting)] = None
            self._greeting = None

    def _fill(self, now_s: float) -> None:
        room = (min(self._room, 1) if self._patience.probing else self._room) - len(self._in_flight)
        if room <= 0:
            return
        records = self._next(room)
        for record in records:
            self._in_flight[self._publisher.publish(self._message(record))] = record.seq
            self._cursor = record.seq
        if not records and not self._in_flight:
            self._patience.at_the_end(now_s)
            if self._patience.retry_at_s is None:
                self._patience = _Patience()

    def _next(self, room: int) -> list[Record]:
        """The oldest records that are not on their way; after a retry some behind the cursor are."""
        away = {seq for seq in self._in_flight.values() if seq is not None} | self._taken
        found = self._journal.unconfirmed(self._cursor, room + len(away))
        return [record for record in found if record.seq not in away][:room]

    def _message(self, record: Record) -> Message:
        topic = topics.feed(self._identity, record.feed)
        return Message(topic, record.body, retain=False, content_type=envelope.CONTENT_TYPE)
