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
    """A release whose record is not confirmed, and until when it may wait for that (monotonic ns)."""

    asked_ns: int
    wait_until_ns: int
    visit: int


@dataclass(slots=True)
class Ledger:
    """Collects the effects of a step; every part of the access point writes to the same one."""

    memory: Memory = field(default_factory=Memory)
    unrecorded: set[int] = field(default_factory=set)
    """The tickets that are not answered yet. A disk may be dead for weeks: only releases are looked at one by one."""
    _tickets: int = 0
    _asked_ns: int = 0
    _releases: dict[int, Unrecorded] = field(default_factory=dict)
    _late: set[int] = field(default_factory=set)
    """Releases whose time for the record is over."""
    _out: list[Effect] = field(default_factory=list)

    def persist(self, event: Event, now: Instant) -> int:
        """Ask for the event to be committed with the memory as it is now; the ticket."""
        self._tickets += 1
        self._asked_ns = now.mono_ns
        self.unrecorded.add(self._tickets)
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
        """A release went out beside the newest record, which must be confirmed by then."""
        self._releases[ticket] = Unrecorded(self._asked_ns, until_ns, visit)

    def recorded(self, ticket: int) -> None:
        """The journal has it."""
        self.unrecorded.discard(ticket)
        self._releases.pop(ticket, None)
        self._late.discard(ticket)

    def forget_unrecorded(self) -> None:
        """Nobody waits any more."""
        self.unrecorded.clear()
        self._releases.clear()
        self._late.clear()

    def overdue(self, now_ns: int) -> list[Unrecorded]:
        """The releases whose record has just become late; each is told once."""
        due = [ticket for ticket, one in self._releases.items() if now_ns >= one.wait_until_ns]
        self._late.update(due)
        return [self._releases.pop(ticket) for ticket in due]

    @property
    def any_late(self) -> bool:
        """Whether a release is still without its record."""
        return bool(self._late)

    @property
    def deadline_ns(self) -> int | None:
        """When the next release counts as unrecorded."""
        return min((one.wait_until_ns for one in self._releases.values()), default=None)

    def taken(self) -> tuple[Effect, ...]:
        """Everything asked for since the last time."""
        out, self._out = tuple(self._out), []
        return out
