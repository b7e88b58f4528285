"""What one step asks for, in order, and what the journal has not confirmed yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from gate.access.answers import Reply
from gate.access.effects import Answer, Effect, Persist
from gate.access.events import Event
from gate.access.memory import Memory
from gate.access.signals import Ordered
from gate.credential.instant import Instant


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A ``Persist`` that is not answered yet, and until when a release may wait for it (monotonic ns)."""

    asked_ns: int
    wait_until_ns: int | None = None
    visit: int = 0
    late: bool = False
    """A release whose time for the record is over."""


@dataclass(slots=True)
class Ledger:
    """Collects the effects of a step; every part of the access point writes to the same one."""

    memory: Memory = field(default_factory=Memory)
    unrecorded: dict[int, Unrecorded] = field(default_factory=dict)
    _tickets: int = 0
    _out: list[Effect] = field(default_factory=list)

    def persist(self, event: Event, now: Instant) -> int:
        """Ask for the event to be committed with the memory as it is now; the ticket."""
        self._tickets += 1
        self.unrecorded[self._tickets] = Unrecorded(now.mono_ns)
        self._out.append(Persist(self._tickets, event, self.memory))
        return self._tickets

    def remember(self, **changes: Any) -> None:
        """Change the memory; the next ``persist`` makes it durable."""
        self.memory = replace(self.memory, **changes)

    def ask(self, *effects: Effect) -> None:
        self._out.extend(effects)

    def answer(self, ordered: Ordered, text: str, *, done: bool = True) -> None:
        """Reply to whoever wants to know."""
        if ordered.request:
            self._out.append(Answer(ordered.request, Reply(done, text)))

    def answered(self, request: int) -> Reply | None:
        """What was answered to this request in this step."""
        replies = (one.reply for one in self._out if isinstance(one, Answer) and one.request == request)
        return next(replies, None)

    def wait_for(self, ticket: int, visit: int, until_ns: int) -> None:
        """A release went out beside this record, which must be confirmed by then."""
        self.unrecorded[ticket] = replace(self.unrecorded[ticket], wait_until_ns=until_ns, visit=visit)

    def overdue(self, now_ns: int) -> list[Unrecorded]:
        """The releases whose record has just become late; each is told once."""
        due = [
            (ticket, one)
            for ticket, one in self.unrecorded.items()
            if one.wait_until_ns is not None and now_ns >= one.wait_until_ns
        ]
        for ticket, one in due:
            self.unrecorded[ticket] = replace(one, wait_until_ns=None, late=True)
        return [one for _, one in due]

    @property
    def any_late(self) -> bool:
        """Whether a release is still without its record."""
        return any(one.late for one in self.unrecorded.values())

    @property
    def deadline_ns(self) -> int | None:
        """When the next release counts as unrecorded."""
        waits = (one.wait_until_ns for one in self.unrecorded.values())
        return min((wait for wait in waits if wait is not None), default=None)

    def taken(self) -> tuple[Effect, ...]:
        """Everything asked for since the last time."""
        out, self._out = tuple(self._out), []
        return out
