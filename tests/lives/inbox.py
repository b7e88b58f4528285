"""The controller's inbox of a life: waiting lets time pass, and with it the disk, the inputs and the story go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from gate.access.inputs import InputLine
from gate.access.signals import InputChanged, Recorded, Signal
from gate.service.inbox import Inbox
from tests.lives.board import Board
from tests.lives.facts import Facts

NS_PER_MS = 1_000_000


class Living(Protocol):
    """The process whose inbox this is."""

    board: Board
    facts: Facts
    commit_due_ns: int | None

    def commit(self) -> None: ...

    def told(self) -> None: ...

    def finish(self) -> None: ...

    @property
    def stopping(self) -> bool: ...


class LifeInbox(Inbox):
    """``story`` yields how many milliseconds pass until it goes on; the life ends after it."""

    def __init__(self, living: Living) -> None:
        super().__init__()
        self.story: Iterator[float] = iter(())
        self._living = living
        self._clock = living.board.clock
        self._story_ns = self._clock.now_ns

    def take(self, wait_s: float) -> Signal | None:
        until_ns = self._clock.now_ns + max(0, round(wait_s * 1e9))
        while (signal := super().take(0)) is None:
            if self._living.stopping:
                return None
            if not self._go_on(until_ns):
                return None
        self._note(signal)
        return signal

    def _go_on(self, until_ns: int) -> bool:
        """What happens next, if anything does until then."""
        living = self._living
        dues = {"disk": living.commit_due_ns, "input": living.board.debounced_ns, "story": self._story_ns}
        what, due_ns = min(((name, due) for name, due in dues.items() if due is not None), key=lambda one: one[1])
        living.board.pass_until(min(due_ns, until_ns))
        if due_ns > until_ns:
            return False
        if what == "disk":
            living.commit()
        elif what == "input":
            living.told()
        else:
            self._tell()
        return True

    def _tell(self) -> None:
        for pause_ms in self.story:
            self._story_ns = self._clock.now_ns + round(pause_ms * NS_PER_MS)
            return
        self._living.finish()

    def _note(self, signal: Signal) -> None:
        facts, now_ns = self._living.facts, self._clock.now_ns
        match signal:
            case Recorded(ticket) if ticket in facts.asked:
                facts.asked[ticket].handled_ns = now_ns
            case InputChanged(InputLine.DOOR_MONITOR):
                facts.door_moved_ns.append(now_ns)
