"""Looks after the journal: signs its chain, keeps it to its budget, forgets what is old, and tells what is wrong.

Where the journal cannot be continued, it begins a new one and carries over what the centre may lack.
Owned by the recorder's thread. Nothing here keeps an event from being committed: without a key there are no heads, and
what cannot be done now is tried again later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from gate.access.devices import Device
from gate.access.events import Event
from gate.access.journal_events import Beginning, ChainHead, EventsLost, JournalBegun, RecordsDropped
from gate.access.signals import DeviceChanged
from gate.credential.instant import ClockTrust
from gate.ports import (
    AdapterError,
    Clock,
    Dropped,
    Entry,
    HeadSigner,
    Journal,
    JournalFigures,
    Open,
    RecordKind,
    Slot,
    Space,
)
from gate.service.asides import Asides, forgotten
from gate.service.waiting import Lost
from gate.wire import chain, envelope

log = logging.getLogger(__name__)

HEAD_RECORDS = 100
"""After so many records the head is signed,"""
HEAD_S = 3600.0
"""or after so long, if there is one at all."""
LOOK_S = 60.0
LOOK_AFTER_COMMIT_S = 1.0
RETRY_S = 5.0
FORGET_S = 3600.0
CARRIED = 200
"""Records of the journal before that are carried over at once."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the keeper works with; all is called on its thread."""

    clock: Clock
    encode: Callable[[Event, Slot], bytes]
    on_device: Callable[[DeviceChanged], None] = lambda _: None
    signer: HeadSigner | None = None
    keep_days: int = 30
    wants_key: bool = False
    """Whether it is a fault that there is no signer."""


class JournalKeeper:
    """``step`` is called often, and does something now and then."""

    def __init__(self, journal: Journal, keeping: Keeping) -> None:
        figures = journal.figures()
        now_s = self._seconds(keeping.clock)
        self.figures = figures
        """As they were at the last look."""
        self._journal = journal
        self._keeping = keeping
        self._since_head = figures.last_seq - figures.signed_seq
        self._head_s = now_s
        self._forgot_s = now_s - FORGET_S
        self._due_s = now_s
        self._asides = Asides(journal)
        self._asked_from: int | None = None
        """The oldest record that the centre has asked for, until it is told which of them are forgotten."""
        self._wrong: set[Device] = set()
        self._refused = False
        """Whether the last group was not taken; that it can be read then says nothing."""
        self._losing = False
        """Whether events were given up since the last group that was taken."""
        self._carries = True
        """Whether there may be records of the journal before."""

    def with_heads(self, entries: Iterable[Entry]) -> list[Entry]:
        """These entries, and a signed head after each hundredth record."""
        grouped, since = list[Entry](), self._since_head
        for entry in entries:
            grouped.append(entry)
            since += 1
            if since >= HEAD_RECORDS and self._keeping.signer is not None:
                grouped.append(self._head(self._keeping.signer))
                since = 0
        return grouped

    def committed(self, entries: Iterable[Entry]) -> None:
        """The journal took this group."""
        now_s = self._now_s()
        for entry in entries:
            self._since_head += 1
            if entry.kind is RecordKind.HEAD:
                self._since_head, self._head_s = 0, now_s
        self._due_s = min(self._due_s, now_s + LOOK_AFTER_COMMIT_S)
        self._refused = self._losing = False
        self._tell(Device.JOURNAL, working=True)

    def failed(self) -> None:
        """The journal did not take a group."""
        self._refused = True
        self._tell(Device.JOURNAL, working=False)

    def opened(self) -> None:
        """The journal is there now, and was not at the start."""
        self.figures = self._journal.figures()
        self._since_head = self.figures.last_seq - self.figures.signed_seq
        self._carries = True
        self._due_s = self._now_s()

    def lost(self, lost: Lost) -> Entry:
        """What says that events were given up before they could be recorded."""
        now = self._keeping.clock.now()
        return self._entry(EventsLost(now, lost.count, lost.alarms, lost.since, lost.until), RecordKind.ORDINARY)

    def gave_up(self) -> None:
        """Events were lost because the journal takes none and memory is full."""
        if Device.JOURNAL_DROPPED not in self._wrong:
            log.error("the journal takes nothing and memory is full: the oldest events are given up; mend the disk")
        self._losing = True
        self._tell(Device.JOURNAL_DROPPED, working=False)

    def begin_again(self, ulid: str, reason: Beginning, stored: int) -> None:
        """Begin a new journal; the next steps carry over what the centre may lack. Raises ``AdapterError``.

        ``stored``: up to where the centre says that it has the old one.
        """
        while self._carries:
            self._carry()
        now, last = self._keeping.clock.now(), self._journal.figures().last_seq
        event = JournalBegun(now, self._journal.ulid, last, stored, reason)
        self._journal.begin_again(ulid, self._entry(event, RecordKind.ORDINARY))
        self._since_head, self._head_s, self._carries = 1, self._now_s(), True
        self._asides = Asides(self._journal)
        self._due_s = self._now_s()
        self._tell(Device.JOURNAL_BEGUN, working=False)

    def step(self) -> int:
        """Look whether there is something to do; by how much the number of unconfirmed records has changed."""
        if self._now_s() < self._due_s:
            return 0
        try:
            return self._look()
        except AdapterError as error:
            if Device.JOURNAL not in self._wrong:
                log.warning("the journal cannot be looked after: %s; trying again until it works", error)
            self._tell(Device.JOURNAL, working=False)
            self._due_s = self._now_s() + RETRY_S
            return 0

    def _look(self) -> int:
        now_s = self._now_s()
        self._due_s = now_s + LOOK_S
        self._tell(Device.JOURNAL_KEY, working=self._keeping.signer is not None or not self._keeping.wants_key)
        self._journal.flush()
        more = self._carry()
        more += self._tell_what_does_not_come()
        more += self._sign_if_due(now_s)
        self._forget_if_due(now_s)
        if self._journal.figures().space is Space.OVER and not self._carries:
            more += self._make_room()
        self._report(self._journal.figures())
        return more

    def _carry(self) -> int:
        """A piece of what is to be carried over; how many heads it took."""
        if not self._carries:
            return 0
        found = self._journal.open_records(CARRIED)
        entries = self.with_heads(map(_over, found))
        self._carries = self._journal.carry(entries, found[-1].seq if found else 0)
        if entries:
            self.committed(entries)
        self._due_s = self._now_s()  # a piece at a time
        if not self._carries:
            self._tell(Device.JOURNAL_BEGUN, working=True)
        return len(entries) - len(found)

    def asked(self, first: int) -> None:
        """The centre wants records again, from this one on; where they are forgotten, the next step says so."""
        self._asked_from = first if self._asked_from is None else min(first, self._asked_from)
        self._due_s = self._now_s()

    def _tell_what_does_not_come(self) -> int:
        """How many records it took."""
        now, told = self._keeping.clock.now(), list[RecordsDropped]()
        if (aside := self._asides.news(now)) is not None:
            told.append(aside)
        gone = None if self._asked_from is None else forgotten(self._journal, now)
        if gone is not None and self._asked_from is not None and self._asked_from <= gone.count:
            told.append(gone)
        group = [self._entry(event, RecordKind.GAP if event is aside else RecordKind.ORDINARY) for event in told]
        if group:
            self._journal.commit(group)
            self.committed(group)
        if aside is not None:
            self._asides.told(aside)
        self._asked_from = None
        return len(group)

    def _entry(self, event: Event, kind: RecordKind) -> Entry:
        encode = self._keeping.encode
        return Entry(event.feed, lambda slot: encode(event, slot), None, kind, event.at.utc)

    def _report(self, figures: JournalFigures) -> None:
        self.figures = figures
        self._tell(Device.JOURNAL_SPACE, working=figures.space is Space.AMPLE)
        self._tell(Device.JOURNAL_ASIDE, working=not figures.aside)
        if figures.space is not Space.OVER and not self._losing:
            self._tell(Device.JOURNAL_DROPPED, working=True)
        self._tell(Device.JOURNAL, working=not self._refused)

    def _sign_if_due(self, now_s: float) -> int:
        signer = self._keeping.signer
        if signer is None or not self._since_head or now_s < self._head_s + HEAD_S:
            return 0
        group = [self._head(signer)]
        self._journal.commit(group)
        self.committed(group)
        return 1

    def _forget_if_due(self, now_s: float) -> None:
        now = self._keeping.clock.now()
        if now.clock is ClockTrust.UNSET or now_s < self._forgot_s + FORGET_S:
            return
        if self._journal.forget_before(now.utc - timedelta(days=self._keeping.keep_days)):
            self._due_s = now_s  # a piece at a time
        else:
            self._forgot_s = now_s

    def _make_room(self) -> int:
        dropped = self._journal.make_room(self._gap)
        if dropped is None:
            return 0
        self._due_s = self._now_s()  # a piece at a time
        if not dropped.ranges:
            return 0
        self._since_head += 1
        if dropped.unconfirmed:
            log.error(
                "the journal is at its budget and gave up %d records that nobody has confirmed, %d alarms among them; "
                "let the gate reach its broker, or raise journal.disk_budget_mb",
                dropped.unconfirmed,
                dropped.alarms,
            )
            self._tell(Device.JOURNAL_DROPPED, working=False)
        return 1 - dropped.unconfirmed

    def _head(self, signer: HeadSigner) -> Entry:
        now, encode = self._keeping.clock.now(), self._keeping.encode

        def build(slot: Slot) -> bytes:
            covers, head = slot.seq - 1, slot.prev
            signature = signer.sign(chain.head_text(slot.journal, covers, head))
            return encode(ChainHead(now, covers, head, signer.public, signature), slot)

        return Entry(ChainHead.feed, build, None, RecordKind.HEAD, now.utc)

    def _gap(self, dropped: Dropped) -> Entry:
        now = self._keeping.clock.now()
        event = RecordsDropped(now, dropped.ranges, dropped.count, dropped.unconfirmed, dropped.alarms)
        return self._entry(event, RecordKind.GAP)

    def _tell(self, device: Device, *, working: bool) -> None:
        if working is (device in self._wrong):
            self._wrong ^= {device}
            self._keeping.on_device(DeviceChanged(device, working))

    def _now_s(self) -> float:
        return self._seconds(self._keeping.clock)

    @staticmethod
    def _seconds(clock: Clock) -> float:
        return clock.now().mono_ns / 1e9


def _over(one: Open) -> Entry:
    """The same event in the new journal."""

    def build(slot: Slot) -> bytes:
        return envelope.placed(one.body, envelope.Place(slot.journal, slot.seq, slot.prev))

    return Entry(one.feed, build, None, one.kind, one.at)
