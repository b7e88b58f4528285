"""Which records go to the broker and when: in order, at most a window at once, again until they are taken.

Rules: only the window is in memory, everything else is read from the journal when its turn comes. When nobody has
subscribed, everything waits and the order is kept (``Audience``). A record that the broker refuses is tried a few times
and then set aside: it stays unconfirmed in the journal behind ``_cursor``, holds up nobody, and is tried again now and
then and after each connection, when nothing else is to be sent. Owned by the recorder's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gate.ports import Acknowledged, Journal, Message, Publisher, Record
from gate.service.audience import Audience
from gate.service.notes import Notes
from gate.wire import envelope, topics
from gate.wire.topics import Identity

log = logging.getLogger(__name__)

TRIES = 5
"""After so many refusals a record is set aside."""
FIRST_RETRY_S = 0.5
"""After a refusal; it doubles with each one of the same record."""
REFUSALS_TO_TELL = 10
"""So many refusals in a row mean that the broker refuses in general."""
ASIDE_RETRY_S = 900.0
"""How long the records that were set aside rest after all were tried again."""
ASIDE_AT_ONCE = 8
ASIDE_PAUSE_S = 1.0
"""After a refusal among them."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A record on its way."""

    seq: int
    feed: str
    was_aside: bool


@dataclass(frozen=True, slots=True)
class _Tried:
    """A record that was refused but not often enough to be set aside."""

    refusals: int
    due_s: float


class Outbox:
    """Feeds the publisher from the journal and confirms what was taken."""

    def __init__(self, journal: Journal, publisher: Publisher, identity: Identity, window: int) -> None:
        self.confirmed = 0
        self.due_s: float | None = None
        """When ``step`` has to be called at the latest (monotonic seconds)."""
        self._journal = journal
        self._publisher = publisher
        self._identity = identity
        self._window = window
        self._room = 0
        self._cursor = 0
        """Unconfirmed records up to here are on their way, tried a few times, or set aside."""
        self._in_flight: dict[int, _Sent | None] = {}
        """By handle; None for a message that is no record."""
        self._taken: set[int] = set()
        self._tried: dict[int, _Tried] = {}
        """By number; each takes one place of the window."""
        self._aside_after = 0
        self._aside_due_s = 0.0
        self._audience = Audience()
        self._notes = Notes()
        self._note_refused = ""
        self._refused_in_a_row = 0

    def connected(self, receive_maximum: int, greeting: Message) -> None:
        """The broker is there: greet it, then go on; what it did not take before is worth another try.

        The greeting counts too: a broker ends the connection over one message more than it takes.
        """
        self._room = min(receive_maximum, self._window)
        self._notes.first(greeting)
        self._rewind(self._audience.new())
        self._try_aside(0.0)

    def note(self, message: Message) -> None:
        """Something that is no record; it is sent when there is room, and not again."""
        self._notes.add(message)

    def again_from(self, seq: int) -> None:
        """Records from this one on are unconfirmed again."""
        self._rewind(seq)

    def disconnected(self) -> None:
        """Send nothing new; the publisher repeats what is in flight."""
        self._room = 0
        self.due_s = None

    def acknowledged(self, answer: Acknowledged, now_s: float) -> None:
        """The broker answered for one message."""
        if answer.handle not in self._in_flight:
            return
        sent = self._in_flight.pop(answer.handle)
        if sent is None:
            self._noted(answer)
        elif answer.taken:
            self._accepted(sent, now_s)
        elif sent.was_aside:
            self._aside_due_s = now_s + ASIDE_PAUSE_S
        elif answer.blameless:
            self._rewind(self._audience.nobody(sent.seq, sent.feed, answer.reason, now_s))
        else:
            self._refused(sent.seq, answer.reason, now_s)

    def step(self, now_s: float) -> None:
        """Confirm what was taken, then fill the window. Raises ``AdapterError`` of the journal; call again later."""
        self._send_notes()
        self._confirm()
        self._audience.pass_time(now_s)
        if self._room and not self._audience.waiting:
            self._fill(now_s)
        self.due_s = self._next_due_s(now_s)

    def idle(self) -> bool:
        """Whether nothing can be done for the records before something else happens."""
        if self._room == 0 or self._audience.waiting:
            return True
        return not self._in_flight and not self._notes.waiting and not self._taken and not self._fresh(1)

    def _confirm(self) -> None:
        if self._taken:
            self._journal.confirm(sorted(self._taken))
            self.confirmed += len(self._taken)
            self._taken.clear()

    def _send_notes(self) -> None:
        """All but the greeting take half of the window at most, so that many of them do not hold up the records."""
        free = self._room - len(self._in_flight)
        on_their_way = sum(sent is None for sent in self._in_flight.values())
        for note in self._notes.take(free, min(free, max(1, self._room // 2) - on_their_way)):
            self._in_flight[self._publisher.publish(note)] = None

    def _noted(self, answer: Acknowledged) -> None:
        refused = "" if answer.taken or answer.blameless else answer.reason
        if refused and refused != self._note_refused:
            log.warning(
                "the broker refuses the gate's availability or site notes: %s; look at its access list", refused
            )
        self._note_refused = refused

    def _accepted(self, sent: _Sent, now_s: float) -> None:
        self._taken.add(sent.seq)
        self._tried.pop(sent.seq, None)
        if self._refused_in_a_row >= REFUSALS_TO_TELL:
            log.info("the broker takes events again")
            self._try_aside(now_s)
        self._refused_in_a_row = 0
        self._rewind(self._audience.heard(sent.feed))

    def _refused(self, seq: int, reason: str, now_s: float) -> None:
        refusals = self._tried[seq].refusals + 1 if seq in self._tried else 1
        if refusals < TRIES:
            self._tried[seq] = _Tried(refusals, now_s + FIRST_RETRY_S * 2 ** (refusals - 1))
        else:
            del self._tried[seq]
            log.warning("record %d is set aside, the broker refuses it: %s", seq, reason)
        self._refused_in_a_row += 1
        if self._refused_in_a_row == REFUSALS_TO_TELL:
            log.warning("the broker refuses one event after the other: %s; look at its access list", reason)

    def _fill(self, now_s: float) -> None:
        room = (min(self._room, 1) if self._audience.asking else self._room) - len(self._in_flight)
        room -= self._send(self._due_again(now_s)[: max(0, room)])
        fresh = self._fresh(min(room, self._room - len(self._in_flight) - len(self._tried_at_rest())))
        if fresh:
            self._cursor = fresh[-1].seq
        room -= self._send(fresh)
        if self._audience.asking:
            if not self._in_flight and not self._tried:
                self._rewind(self._audience.nobody_answered(now_s))
        elif room > 0 and now_s >= self._aside_due_s:
            self._send_aside(min(room, ASIDE_AT_ONCE), now_s)

    def _send(self, records: Sequence[Record], *, was_aside: bool = False) -> int:
        for record in records:
            handle = self._publisher.publish(self._message(record))
            self._in_flight[handle] = _Sent(record.seq, record.feed, was_aside)
        return len(records)

    def _due_again(self, now_s: float) -> list[Record]:
        due = sorted(seq for seq in self._tried_at_rest() if self._tried[seq].due_s <= now_s)
        return [record for seq in due for record in self._journal.unconfirmed(seq - 1, 1)]

    def _tried_at_rest(self) -> set[int]:
        return self._tried.keys() - {sent.seq for sent in self._in_flight.values() if sent is not None}

    def _fresh(self, room: int) -> list[Record]:
        """The oldest records that were not sent yet; while asking, only of feeds that were not asked for yet."""
        return self._after(self._cursor, room, self._audience.silent if self._audience.asking else frozenset())

    def _after(self, seq: int, room: int, without: Iterable[str] = frozenset()) -> list[Record]:
        """The oldest records behind ``seq`` that are neither on their way nor to be tried again soon."""
        if room <= 0:
            return []
        away = {sent.seq for sent in self._in_flight.values() if sent is not None} | self._taken | self._tried.keys()
        found = self._journal.unconfirmed(seq, room + len(away), frozenset(without))
        return [record for record in found if record.seq not in away][:room]

    def _send_aside(self, room: int, now_s: float) -> None:
        """A few of those that were set aside; when all had their turn, they rest."""
        if any(sent is not None and sent.was_aside for sent in self._in_flight.values()):
            return
        records = [record for record in self._after(self._aside_after, room) if record.seq <= self._cursor]
        if not records:
            self._try_aside(now_s + ASIDE_RETRY_S)
            return
        self._aside_after = records[-1].seq
        self._send(records, was_aside=True)

    def _try_aside(self, from_s: float) -> None:
        self._aside_after, self._aside_due_s = 0, from_s

    def _rewind(self, seq: int | None) -> None:
        """Begin again with this record."""
        if seq is not None:
            self._cursor = min(self._cursor, seq - 1)

    def _next_due_s(self, now_s: float) -> float | None:
        """What is due already waits for an answer of the broker, not for the time."""
        if self._room == 0:
            return None
        if self._audience.waiting:
            return self._audience.ask_at_s
        dues = [self._aside_due_s, *(tried.due_s for tried in self._tried.values())]
        return min((due for due in dues if due > now_s), default=None)

    def _message(self, record: Record) -> Message:
        topic = topics.feed(self._identity, record.feed)
        return Message(topic, record.body, retain=False, content_type=envelope.CONTENT_TYPE)
