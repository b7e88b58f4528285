"""The recorder: commits what the controller wants kept, answers ``Recorded``, then publishes it from the journal.

Rules: one thread owns the journal and the outbox; everyone else puts a message in the inbox, which never blocks.
Events that wait are committed as one group, of bounded size. A journal that fails costs time, never an event: the group
stays here and is tried again. Waiting for the inbox is the only wait. ``stopped`` is said only after an orderly stop.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict

from gate.access.devices import Device
from gate.access.effects import Answer, Errand, Persist, Share
from gate.access.events import AlarmEvent, Event
from gate.access.journal_events import Beginning
from gate.access.signals import Recorded, SiteHeard, SiteJoined
from gate.access.site_notes import SiteNote
from gate.credential.instant import ClockTrust
from gate.ports import (
    Acknowledged,
    AdapterError,
    Connected,
    Contested,
    Deaf,
    Disconnected,
    Entry,
    Heard,
    LinkEvent,
    Message,
    RecordKind,
    Slot,
)
from gate.service.command_line import CommandLine, Line
from gate.service.confirmation import AckVerdict
from gate.service.contradiction import contradiction
from gate.service.journal_keeper import JournalKeeper, Keeping
from gate.service.link_watch import LinkWatch
from gate.service.outbox import Outbox, Sending
from gate.service.outside import Counts, Handed, Outside
from gate.service.trouble import Trouble
from gate.service.waiting import Waiting
from gate.wire import ack, availability, envelope, site, topics
from gate.wire.ack import Ack
from gate.wire.availability import Presence
from gate.wire.topics import Identity

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 0.25
LARGEST_GROUP = 256
"""Events committed at once; more wait for the next step, so that no transaction takes long."""
FINISH_S = 2.0
"""What committing and publishing the rest may take after stop."""
FAREWELL_S = 1.0
BEGIN_AGAIN_S = 600.0
"""The journal is begun anew so often at most, whatever comes on ``ack``."""


_COPY = "the centre has records of this journal that this card does not have, so an older copy of the card was put back"
_WHY = {
    Beginning.AHEAD: _COPY,
    Beginning.DIFFERS: _COPY,
    Beginning.UNREAD: "what the journal remembers could not be read when the service started",
}


class Recorder:
    """``submit`` may be called on any thread; ``run`` owns the rest. Only the constructor raises ``AdapterError``."""

    def __init__(self, outside: Outside, identity: Identity, sending: Sending | None = None) -> None:
        self._outside = outside
        self._identity = identity
        self._outbox = Outbox(outside.journal, outside.publisher, identity, sending or Sending())
        self._commands = self._command_line(outside)
        self._inbox: queue.SimpleQueue[Handed] = queue.SimpleQueue()
        self._keeper = JournalKeeper(outside.journal, self._keeping(outside))
        self._waiting = Waiting()
        self._built: dict[int, bytes] = {}
        """The records of the group that is being committed, by ticket."""
        self._backlog = outside.journal.backlog()
        self._committed = 0
        self._ignored = 0
        self._link = LinkWatch(outside.on_device)
        self._connected: bool | None = None
        self._commit_trouble = Trouble("events cannot be recorded")
        self._publish_trouble = Trouble("recorded events cannot be read for publishing")
        self._begin_trouble = Trouble("a new journal cannot be begun")
        self._doubt: tuple[Beginning, int] | None = None
        """Why the journal cannot be continued, and up to where the centre has it."""
        self._said: bytes | None = None
        """What the centre said while the journal was not there."""
        self._opened = outside.late is None
        self._ulid = outside.journal.ulid
        self._begun_s: float | None = None

    def submit(self, persist: Persist) -> None:
        """Hand over an event; ``Recorded`` follows when it is on the disk. Any thread, never blocks."""
        self._inbox.put(persist)

    def share(self, share: Share) -> None:
        """Hand over something for the other gates of the site. Any thread, never blocks."""
        self._inbox.put(share)

    def answer(self, answer: Answer) -> None:
        """Hand over the core's reply to a command. Any thread, never blocks."""
        self._inbox.put(answer)

    def errand(self, errand: Errand) -> None:
        """Hand over what a command asks of the service. Any thread, never blocks."""
        self._inbox.put(errand)

    def counts(self) -> Counts:
        """Any thread; each number is right, though perhaps not all of the same moment."""
        committed, confirmed = self._committed, self._outbox.confirmed
        pending = max(0, self._backlog + committed - confirmed)
        return Counts(len(self._waiting), committed, confirmed, pending, self._link.state, self._ignored)

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until stopped, then finish: commit and publish what is left, leave the broker, close the journal."""
        with ExitStack() as last:
            last.callback(self._outside.journal.close)
            last.push(self._leave)
            self._outside.publisher.start(self._inbox.put)
            while not stop.is_set():
                beat()
                self.step(self._patience_s())
            self._finish(beat)

    def step(self, wait_s: float) -> None:
        """Take what is in the inbox, waiting at most so long for the first; commit; publish."""
        for message in self._drain(wait_s):
            self._handle(message)
        if self._commands is not None:
            self._commands.turn(settled=self._connected is True and not self._waiting)
        self._commit()
        self._backlog += self._keeper.step()
        counts = self.counts()
        self._tell(self._outside.herald.due(self._outside.clock.now(), counts.waiting, counts.pending))
        self._publish()
        self._link.look(self._outside.clock.now(), self._now_s(), self._outside.certificate())

    def _tell(self, messages: Iterable[Message]) -> None:
        """What is sent once goes at once, or is lost; it takes no place of the window."""
        for message in messages:
            if message.qos:
                self._outbox.note(message)
            elif self._connected:
                self._outside.publisher.publish(message)

    def _keeping(self, outside: Outside) -> Keeping:
        return Keeping(
            outside.clock,
            lambda event, slot: self._body(event, outside.new_id(), slot),
            outside.on_device,
            outside.signer,
            outside.keep_days,
            outside.wants_key,
        )

    def _handle(self, message: Handed) -> None:
        match message:
            case Persist():
                self._take(message)
            case Share(note):
                self._outbox.note(self._site_message(note))
            case Answer() | Errand():
                self._command(message)
            case _:
                self._learn(message)

    def _learn(self, news: LinkEvent) -> None:
        match news:
            case Heard():
                self._hear(news)
            case Deaf(reason):
                log.warning("the broker tells nothing of the other gates: %s; look at its access list", reason)
            case Connected():
                self._greet(news)
            case Disconnected():
                self._part(news)
            case Contested():
                self._link.contested(self._now_s())
            case Acknowledged():
                self._outbox.acknowledged(news, self._now_s())

    def _drain(self, wait_s: float) -> Iterator[Handed]:
        try:
            yield self._inbox.get(timeout=wait_s)
        except queue.Empty:
            return
        for _ in range(self._inbox.qsize()):
            yield self._inbox.get_nowait()

    def _take(self, persist: Persist) -> None:
        event, event_id = persist.event, self._outside.new_id()
        memory = self._outside.encode_memory(persist.memory)
        ticket = persist.ticket
        kind = RecordKind.ALARM if isinstance(event, AlarmEvent) else RecordKind.ORDINARY
        entry = Entry(event.feed, lambda slot: self._build(ticket, event, event_id, slot), memory, kind, event.at.utc)
        self._waiting.add(ticket, entry, event.at.utc)
        if self._waiting.lost is not None:
            self._keeper.gave_up()
        self._tell(self._outside.herald.took(persist, event_id, offline=not self._connected))

    def _build(self, ticket: int, event: Event, event_id: str, slot: Slot) -> bytes:
        body = self._built[ticket] = self._body(event, event_id, slot)
        return body

    def _body(self, event: Event, event_id: str, slot: Slot) -> bytes:
        place = envelope.Place(slot.journal, slot.seq, slot.prev)
        return envelope.encode(event, place, self._identity, event_id, offline=not self._connected)

    def _commit(self) -> None:
        self._answer(self._waiting.answers())
        if not (self._waiting or self._doubt) or self._commit_trouble.waits(self._now_s()):
            return
        try:
            self._open()
            self._begin_again()
            if self._doubt is None:
                self._commit_group()
        except AdapterError as error:
            self._commit_trouble.failed(error, self._now_s())
            self._keeper.failed()

    def _commit_group(self) -> None:
        group, lost = self._waiting.oldest(LARGEST_GROUP), self._waiting.lost
        told = [] if lost is None else [self._keeper.lost(lost)]
        entries = self._keeper.with_heads([*told, *(entry for _, entry in group)])
        self._outside.journal.commit(entries)
        self._commit_trouble.passed()
        self._keeper.committed(entries)
        self._waiting.taken(len(group))
        self._committed += len(entries)
        self._answer(ticket for ticket, _ in group)
        for ticket, _ in group:
            self._tell(self._outside.herald.recorded(ticket, self._built.pop(ticket)))

    def _answer(self, tickets: Iterable[int]) -> None:
        for ticket in tickets:
            self._outside.on_recorded(Recorded(ticket))

    def _open(self) -> None:
        """Open a journal that was not there at the start; one whose memory is not ours is begun anew."""
        late = self._outside.late
        if late is None or self._opened:
            return
        if not late.is_open:
            late.open()
        self._renew()
        self._opened = True
        if not late.goes_on:
            self._doubt = Beginning.UNREAD, 0
        elif self._said is not None:
            self._stored(self._said)

    def _renew(self) -> None:
        """Go on with the journal as it is now, under whatever name."""
        journal = self._outside.journal
        self._backlog = journal.backlog() - self._committed + self._outbox.confirmed
        self._keeper.opened()
        self._outbox.begin_again()
        if journal.ulid != self._ulid:
            self._ulid = journal.ulid
            self._tell(self._outside.herald.renamed(journal.ulid))

    def _publish(self) -> None:
        now_s = self._now_s()
        if self._publish_trouble.waits(now_s):
            return
        try:
            self._outbox.step(now_s)
        except AdapterError as error:
            self._publish_trouble.failed(error, self._now_s())
        else:
            self._publish_trouble.passed()

    def _greet(self, event: Connected) -> None:
        if not self._connected:
            log.info("the broker is there; it takes %d messages at once", event.receive_maximum)
        self._connected = True
        self._link.connected(self._now_s())
        self._outbox.connected(event.receive_maximum, self._availability(Presence.ONLINE), event.packet_bytes)
        self._tell(self._outside.herald.greeting())
        self._outside.on_joined(SiteJoined())

    def _site_message(self, note: SiteNote) -> Message:
        topic, payload = site.topic_of(note, self._identity), site.encode(note, self._identity)
        return Message(topic, payload, site.is_retained(note), site.CONTENT_TYPE)

    def _hear(self, heard: Heard) -> None:
        """What another gate or the centre tells goes on to the core; anything else is counted, and told once."""
        if self._commands is not None and self._commands.heard(heard):
            return
        if heard.topic == topics.below(self._identity, topics.ACK):
            self._stored(heard.payload)
            return
        now = self._outside.clock.now()
        utc = None if now.clock is ClockTrust.UNSET else now.utc
        found = site.decode(heard.topic, heard.payload, self._identity.site, utc)
        if isinstance(found, site.Told):
            self._outside.on_heard(SiteHeard(found.gate, found.note))
            self._tell(self._outside.herald.heard(found.note))
            return
        if not self._ignored:
            log.warning("a message on the site's topics is ignored: %s; look at who may write there", found.problem)
        self._ignored += 1

    def _stored(self, payload: bytes) -> None:
        """What the centre says that it has stored; nothing where the topic was cleared."""
        if not payload:
            return
        if not self._opened:
            self._said = payload
            return
        found = ack.decode(payload)
        if isinstance(found, Ack) and self._doubts(found):
            return
        verdict = self._outbox.stored(found, self._now_s()) if isinstance(found, Ack) else AckVerdict.NO_ACK
        believed = verdict not in {AckVerdict.NO_ACK, AckVerdict.OTHER_JOURNAL, AckVerdict.NEVER_SENT}
        if not believed:
            log.warning("an acknowledgement is refused: %s; look at who may write there", verdict.value)
        if verdict is not AckVerdict.NOT_ASKED:
            self._link.mark(Device.FOREIGN_ACK, working=believed)

    def _doubts(self, found: Ack) -> bool:
        """Whether the centre's word shows that this journal must not be continued."""
        if self._doubt is None and self._begun_s is not None and self._now_s() < self._begun_s + BEGIN_AGAIN_S:
            return False
        try:
            reason = contradiction(found, self._outside.journal, self._outbox.sent_up_to)
        except AdapterError:  # it will be said again
            return True
        if reason is not None:
            self._doubt = reason, found.seq
        return reason is not None

    def _begin_again(self) -> None:
        """Begin a new journal where that has to be, and go on with it as if it were the first."""
        now_s = self._now_s()
        if self._doubt is None or self._begin_trouble.waits(now_s):
            return
        reason, stored = self._doubt
        ulid = self._outside.new_id()
        try:
            self._keeper.begin_again(ulid, reason, stored)
            self._renew()
        except AdapterError as error:
            self._begin_trouble.failed(error, self._now_s())
            return
        log.error("%s: the new journal %s is begun, and what the centre may lack is told again", _WHY[reason], ulid)
        self._begin_trouble.passed()
        self._doubt, self._begun_s = None, now_s

    def _command_line(self, outside: Outside) -> CommandLine | None:
        if outside.commands is None or outside.errands is None:
            return None
        line = Line(
            journal=outside.journal,
            note=self._outbox.note,
            again=self._again,
            figures=lambda: asdict(self.counts()),
        )
        return CommandLine(outside.commands, outside.errands, line, outside.retiring)

    def _command(self, message: Answer | Errand) -> None:
        if self._commands is not None:
            self._commands.take(message)

    def _again(self, count: int, first: int) -> None:
        self._backlog += count
        self._outbox.again_from(first)
        self._keeper.asked(first)

    def _part(self, event: Disconnected) -> None:
        if self._connected is not False or event.fault is not self._link.state.fault:
            log.warning("%s; events are kept and published later", event.reason)
        self._connected = False
        self._link.ended(event)
        self._outbox.disconnected(event.fault)

    def _leave(self, failure: type[BaseException] | None, *_: object) -> None:
        """Say goodbye; after a failure, ours or another's, the will has to say that the gate is lost."""
        orderly = failure is None and self._outside.orderly()
        self._outside.publisher.close(self._availability(Presence.STOPPED) if orderly else None, FAREWELL_S)

    def _availability(self, state: Presence) -> Message:
        payload = availability.encode(state, self._identity.boot, self._outside.clock.now().utc)
        topic = topics.availability(self._identity)
        return Message(topic, payload, retain=True, content_type=availability.CONTENT_TYPE)

    def _patience_s(self) -> float:
        """How long to wait for the inbox: until the next retry, and never so long that a stop or a beat is late."""
        if self._waiting and self._commit_trouble.due_s is None and self._doubt is None:
            return 0.0
        publish_s = self._outbox.due_s if self._publish_trouble.due_s is None else self._publish_trouble.due_s
        now_s = self._now_s()
        troubles = (self._commit_trouble.due_s, self._begin_trouble.due_s, publish_s)
        dues = [due - now_s for due in troubles if due is not None]
        return max(0.0, min([LONGEST_WAIT_S, *dues]))

    def _finish(self, beat: Callable[[], None]) -> None:
        until_s = self._now_s() + FINISH_S
        while self._has_work() and self._now_s() < until_s:
            beat()
            self.step(self._patience_s())
        if self._waiting:
            log.error("stopped with %d events that could not be recorded", len(self._waiting))

    def _has_work(self) -> bool:
        if self._waiting or not self._inbox.empty():
            return True
        try:
            return not self._outbox.idle()
        except AdapterError:
            return False

    def _now_s(self) -> float:
        return self._outside.clock.now().mono_ns / 1e9
