"""Events that are not on the disk yet: in order, and of bounded number, since a disk may be dead for weeks.

Rules: beyond the bound the oldest that is no alarm is given up first, alarms last of all, as the journal does at its
budget. What is given up is counted until that is recorded, and only then answered: nobody may take it for recorded
before. Owned by the recorder's thread.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import islice

from gate.ports import Entry, RecordKind

MOST = 10_000
"""A busy gate makes as many in half a day. They take 8 MB, and with many open alarms in each memory ten times that."""
_ANSWERED = 500
"""Given up events that are answered at once, so that the core is never flooded."""

Waiter = tuple[int, int, Entry, datetime]
"""The place in the order, the ticket, what is to be committed, and the event's own time."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What was given up since it was last recorded."""

    count: int
    alarms: int
    since: datetime
    until: datetime


@dataclass(slots=True)
class Waiting:
    """``most``: how many may wait."""

    most: int = MOST
    lost: Lost | None = None
    _made: int = 0
    _ordinary: deque[Waiter] = field(default_factory=deque)
    _alarms: deque[Waiter] = field(default_factory=deque)
    _given_up: array[int] = field(default_factory=lambda: array("Q"))
    """Their tickets, while the loss is not recorded."""
    _answers: deque[array[int]] = field(default_factory=deque)
    """The same when it is, until they are answered."""

    def __len__(self) -> int:
        return len(self._ordinary) + len(self._alarms)

    def add(self, ticket: int, entry: Entry, at: datetime) -> None:
        """Behind all others."""
        self._made += 1
        waiter = self._made, ticket, entry, at
        (self._alarms if entry.kind is RecordKind.ALARM else self._ordinary).append(waiter)
        if len(self) > self.most:
            self._give_up()

    def oldest(self, most: int) -> list[tuple[int, Entry]]:
        """Tickets and entries, in order."""
        return [waiter[1:3] for waiter in islice(merge(self._ordinary, self._alarms, key=_place), most)]

    def taken(self, count: int) -> None:
        """So many of the oldest are committed, and with them what was said of those that are lost."""
        for _ in range(count):
            (self._alarms if self._alarm_is_older() else self._ordinary).popleft()
        if self.lost is not None:
            self._answers.append(self._given_up)
            self.lost, self._given_up = None, array("Q")

    def answers(self) -> Iterator[int]:
        """Tickets of lost events whose loss is recorded; some at a time."""
        if self._answers:
            tickets = self._answers[0]
            yield from tickets[:_ANSWERED]
            del tickets[:_ANSWERED]
            if not tickets:
                self._answers.popleft()

    def _alarm_is_older(self) -> bool:
        return bool(self._alarms) and not (self._ordinary and self._ordinary[0][0] < self._alarms[0][0])

    def _give_up(self) -> None:
        _, ticket, entry, at = (self._ordinary or self._alarms).popleft()
        self._given_up.append(ticket)
        before = self.lost or Lost(0, 0, at, at)
        alarms = before.alarms + (entry.kind is RecordKind.ALARM)
        self.lost = Lost(before.count + 1, alarms, min(before.since, at), max(before.until, at))


def _place(waiter: Waiter) -> int:
    return waiter[0]
