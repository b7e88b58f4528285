"""Which records go to the broker and when: in order, at most a window at once, again until they are confirmed.

Rules: only numbers of what is on its way are in memory, everything else is read from the journal when its turn comes.
Records that have just been made go one by one; a backlog goes as batches, no faster than what is fresh can bear
(``Drain``). When nobody has subscribed, everything waits and the order is kept (``Audience``). A record that the broker
refuses is tried a few times and then set aside (``Refusals``): it stays in the journal, holds up nobody, and is tried
again when nothing else is to be sent. What confirms a record is ``Confirmation``'s. What
is at QoS 0 is sent at once or never. Owned by the recorder's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gate.ports import Acknowledged, Journal, LinkFault, Message, Publisher, Record
from gate.service import parcels
from gate.service.audience import Audience
from gate.service.batching import Batching
from gate.service.confirm import Confirm
from gate.service.confirmation import AckVerdict, Again, ByBroker, ByCentre, Confirmation
from gate.service.drain import Drain
from gate.service.notes import Notes
from gate.service.parcels import FEW, Parcel
from gate.service.refusals import ASIDE_AT_ONCE, Refusals
from gate.wire.ack import Ack
from gate.wire.topics import Identity

log = logging.getLogger(__name__)

LARGEST_PACKET = 268_435_455
"""All that MQTT can say, in bytes."""
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Sending:
    """How the outbox sends."""

    window: int = 100
    """Messages on their way without an answer."""
    batch: int = 50
    """Records of a backlog in one message."""
    backlog_per_s: int = 0
    """Records of a backlog a second; 0 for as many as the link carries."""
    confirm: Confirm = Confirm.BROKER


class Outbox:
    """Feeds the publisher from the journal and confirms what was taken."""

    def __init__(self, journal: Journal, publisher: Publisher, identity: Identity, sending: Sending) -> None:
        self.confirmed = 0
        self.due_s: float | None = None
        """When ``step`` has to be called at the latest (monotonic seconds)."""
        self._journal = journal
        self._publisher = publisher
        self._identity = identity
        self._window = sending.window
        self._room = 0
        self._packet_bytes = LARGEST_PACKET
        self._cursor = 0
        """Unconfirmed records up to here are on their way, tried a few times, or taken."""
        self._in_flight: dict[int, Parcel | Message | None] = {}
        """By handle; None for records of a journal that is not continued, which take their place until the answer."""
        self._away: set[int] = set()
        """The records in flight."""
        self._sent_up_to = self._newest()
        """An earlier run may have sent everything that it left."""
        self._by_centre = sending.confirm is Confirm.CENTRE
        self._confirmation = self._new_confirmation()
        self._refusals = Refusals()
        self._batching = Batching(sending.batch)
        self._drain = Drain(sending.batch, sending.backlog_per_s)
        self._audience = Audience()
        self._notes = Notes()
        self._note_refused = ""

    def connected(self, receive_maximum: int, greeting: Message, packet_bytes: int = LARGEST_PACKET) -> None:
        """The broker is there: greet it, then go on; what it did not take before is worth another try.

        The greeting counts too: a broker ends the connection over one message more than it takes.
        """
        self._room, self._packet_bytes = min(receive_maximum, self._window), packet_bytes
        self._notes.first(greeting)
        self._batching.renew()
        self._rewind(self._audience.new())
        self._refusals.try_aside(0.0)
        if self._by_centre:
            self._cursor = 0  # a broker that was restarted may have lost what the centre has not acknowledged

    def begin_again(self) -> None:
        """The journal is a new one: nothing that was on its way counts any more."""
        for handle, parcel in self._in_flight.items():
            if isinstance(parcel, Parcel):
                if parcel.is_batch:
                    self._drain.returned(parcel.size)
                self._in_flight[handle] = None
        self._away.clear()
        self._cursor, self._sent_up_to = 0, self._newest()
        self._refusals = Refusals()
        self._confirmation = self._new_confirmation()

    @property
    def sent_up_to(self) -> int:
        """The newest record that ever went out, in this run or before."""
        return self._sent_up_to

    def note(self, message: Message) -> None:
        """Something that is no record; it is sent when there is room, and not again. At QoS 0: now, or never."""
        if message.qos:
            self._notes.add(message)
        elif self._room:
            self._publisher.publish(message)

    def again_from(self, seq: int) -> None:
        """Records from this one on are unconfirmed again."""
        self._rewind(seq)

    def disconnected(self, fault: LinkFault = LinkFault.LOST) -> None:
        """Send nothing new; the publisher repeats what is in flight."""
        self._room = 0
        self.due_s = None
        if fault is LinkFault.TOO_MUCH and self._window > 1:
            self._window //= 2
            log.warning("the broker was sent more than it takes; from now on %d messages at once", self._window)

    def acknowledged(self, answer: Acknowledged, now_s: float) -> None:
        """The broker answered for one message."""
        if answer.handle not in self._in_flight:
            return
        parcel = self._in_flight.pop(answer.handle)
        if isinstance(parcel, Message):
            self._noted(parcel, answer)
            return
        if parcel is None:
            return
        self._away.difference_update(parcel.seqs)
        if answer.returned:
            self._put_back(parcel)
            return
        if parcel.is_batch:
            self._drain.answered(parcel.size, now_s - parcel.sent_s, now_s)
        if answer.taken:
            self._accepted(parcel, now_s)
        elif parcel.is_batch:
            self._batching.refused(parcel.seqs[-1], answer.reason, now_s, blameless=answer.blameless)
            self._rewind(parcel.seqs[0])
        elif parcel.was_aside:
            self._refusals.aside_refused(now_s)
        elif answer.blameless:
            self._rewind(self._audience.nobody(parcel.seqs[0], parcel.feed, answer.reason, now_s))
        else:
            self._refusals.refused(parcel.seqs[0], answer.reason, now_s)

    def _put_back(self, parcel: Parcel) -> None:
        """It is on its way no more, and goes again when its turn comes."""
        if parcel.is_batch:
            self._drain.returned(parcel.size)
        self._rewind(parcel.seqs[0])

    def stored(self, ack: Ack, now_s: float) -> AckVerdict:
        """The centre says what it has stored."""
        return self._confirmation.acknowledged(ack, self._sent_up_to, now_s)

    def step(self, now_s: float) -> None:
        """Confirm what was taken, then fill the window. Raises ``AdapterError`` of the journal; call again later."""
        self._send_notes()
        self.confirmed += self._confirmation.settle(self._journal)
        self._set_aside()
        self._audience.pass_time(now_s)
        if self._room:
            self._send_again(self._confirmation.overdue(now_s), now_s)
        if self._room and not self._audience.waiting:
            self._fill(now_s)
        self.due_s = self._next_due_s(now_s)

    def _send_again(self, again: Again, now_s: float) -> None:
        if again is Again.ALL:
            self._cursor = 0
        elif again is Again.OLDEST and len(self._in_flight) < self._room:
            self._send_singly(self._after(0, 1), now_s)

    def _set_aside(self) -> None:
        for seq, reason in list(self._refusals.leaving.items()):
            self._journal.set_aside(seq, reason)
            del self._refusals.leaving[seq]

    def idle(self) -> bool:
        """Whether nothing can be done for the records before something else happens."""
        if self._room == 0 or self._audience.waiting:
            return True
        busy = self._in_flight or self._notes.waiting or self._confirmation.unsettled
        return not busy and not self._after(self._cursor, 1)

    def _send_notes(self) -> None:
        """All but the greeting take half of the window at most, so that many of them do not hold up the records."""
        free = self._room - len(self._in_flight)
        on_their_way = sum(isinstance(parcel, Message) for parcel in self._in_flight.values())
        for note in self._notes.take(free, min(free, max(1, self._room // 2) - on_their_way)):
            self._in_flight[self._publisher.publish(note)] = note

    def _noted(self, note: Message, answer: Acknowledged) -> None:
        if answer.returned:
            self._notes.again(note)
            return
        refused = "" if answer.taken or answer.blameless else answer.reason
        if refused and refused != self._note_refused:
            log.warning(
                "the broker refuses the gate's availability or site notes: %s; look at its access list", refused
            )
        self._note_refused = refused

    def _accepted(self, parcel: Parcel, now_s: float) -> None:
        self._confirmation.taken(parcel.seqs, now_s, was_aside=parcel.was_aside)
        for seq in parcel.seqs:
            self._refusals.taken(seq, now_s)
        if parcel.is_batch:
            self._batching.taken()
        if self._audience.waiting or self._audience.asking:
            self._batching.renew()
        self._rewind(self._audience.heard(parcel.feed))

    def _fill(self, now_s: float) -> None:
        room = (min(self._room, 1) if self._audience.asking else self._room) - len(self._in_flight)
        room -= self._send_singly(self._due_again(now_s)[: max(0, room)], now_s)
        places = min(room, self._room - len(self._in_flight) - len(self._tried_at_rest()))
        if places > 0:
            room -= self._send_fresh(places, now_s)
        if self._audience.asking:
            if not self._in_flight and not self._refusals.tried:
                self._rewind(self._audience.nobody_answered(now_s))
        elif room > 0 and now_s >= self._refusals.aside_due_s:
            self._send_aside(min(room, ASIDE_AT_ONCE), now_s)

    def _send_fresh(self, places: int, now_s: float) -> int:
        """The oldest records that were not sent yet, one by one or as batches; how many messages it took."""
        most = 1 if self._audience.asking else self._batching.most(self._cursor, now_s)
        if most == 1:
            silent = self._audience.silent if self._audience.asking else frozenset[str]()
            return self._send_on(self._after(self._cursor, places, silent), 1, places, now_s)
        allowed = min(places * most, self._drain.allowance(now_s))
        found = self._after(self._cursor, max(allowed, FEW + 1))
        if len(found) <= FEW:
            return self._send_on(found, 1, places, now_s)
        return self._send_on(found[:allowed], most, places, now_s)

    def _send_on(self, records: Sequence[Record], most: int, places: int, now_s: float) -> int:
        """Send as many of them as there are places, and go on behind them next time."""
        sent = 0
        for group in parcels.batches(records, most, self._packet_bytes):
            if sent >= places:
                break
            self._cursor = group[-1].seq
            sent += self._send_singly(group, now_s) if len(group) == 1 else self._send_together(group, now_s)
        return sent

    def _send_singly(self, records: Sequence[Record], now_s: float, *, was_aside: bool = False) -> int:
        sent = 0
        for record in records:
            if not parcels.fits(record, self._packet_bytes):
                self._refusals.hopeless(record.seq, f"it takes no packet of more than {self._packet_bytes} bytes")
                continue
            message = parcels.single(record, self._identity)
            parcel = Parcel((record.seq,), record.feed, len(record.body), now_s, was_aside)
            self._send(message, parcel)
            sent += 1
        return sent

    def _send_together(self, records: Sequence[Record], now_s: float) -> int:
        message = parcels.together(records, self._identity)
        size = len(message.payload)
        self._send(message, Parcel(tuple(record.seq for record in records), "", size, now_s))
        self._drain.sent(len(records), size)
        return 1

    def _send(self, message: Message, parcel: Parcel) -> None:
        self._in_flight[self._publisher.publish(message)] = parcel
        self._away.update(parcel.seqs)
        self._sent_up_to = max(self._sent_up_to, parcel.seqs[-1])

    def _due_again(self, now_s: float) -> list[Record]:
        due = self._refusals.due(self._tried_at_rest(), now_s)
        return [record for seq in due for record in self._journal.unconfirmed(seq - 1, 1)]

    def _tried_at_rest(self) -> set[int]:
        return self._refusals.tried.keys() - self._away

    def _after(self, seq: int, room: int, without: Iterable[str] = frozenset()) -> list[Record]:
        """The oldest records behind ``seq`` that are neither on their way nor to be tried again soon."""
        found: list[Record] = []
        while len(found) < room:
            page = self._journal.unconfirmed(seq, max(room - len(found), _PAGE), frozenset(without))
            if not page:
                break
            seq = page[-1].seq
            found += [record for record in page if not self._is_away(record.seq)]
        return found[:room]

    def _is_away(self, seq: int) -> bool:
        tried = seq in self._refusals.tried or seq in self._refusals.leaving
        return tried or seq in self._away or seq in self._confirmation.unsettled

    def _send_aside(self, room: int, now_s: float) -> None:
        """A few of those that were set aside; when all had their turn, they rest.

        With the first of them go the oldest ones of feeds that nobody wanted: somebody may want them now.
        """
        if any(isinstance(parcel, Parcel) and parcel.was_aside for parcel in self._in_flight.values()):
            return
        after = self._refusals.aside_after
        if after == 0:
            room -= self._ask_again(room, now_s)
        seqs = [aside.seq for aside in self._journal.asides() if aside.seq > after and not self._is_away(aside.seq)]
        if not seqs or room <= 0:
            self._refusals.rest(now_s)
            return
        self._refusals.aside_after = seqs[:room][-1]
        records = [record for seq in seqs[:room] for record in self._journal.range(seq, seq, 1)]
        fitting = [record for record in records if parcels.fits(record, self._packet_bytes)]
        self._send_singly(fitting, now_s, was_aside=True)

    def _ask_again(self, room: int, now_s: float) -> int:
        seqs = [seq for seq in self._audience.silent.values() if not self._is_away(seq)][:room]
        return self._send_singly([record for seq in seqs for record in self._journal.unconfirmed(seq - 1, 1)], now_s)

    def _rewind(self, seq: int | None) -> None:
        """Begin again with this record."""
        if seq is not None:
            self._cursor = min(self._cursor, seq - 1)

    def _newest(self) -> int:
        return max((record.seq for record in self._journal.newest(1)), default=0)

    def _new_confirmation(self) -> Confirmation:
        return ByCentre(self._journal.ulid, self._journal.former) if self._by_centre else ByBroker()

    def _next_due_s(self, now_s: float) -> float | None:
        """What is due already waits for an answer of the broker, not for the time."""
        if self._room == 0:
            return None
        if self._audience.waiting:
            return self._audience.ask_at_s
        dues = [*self._refusals.dues(), self._drain.due_s(now_s), self._confirmation.due_s()]
        return min((due for due in dues if due is not None and due > now_s), default=None)
