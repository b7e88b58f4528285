"""One life of the service on a board: the real parts as ``gate.service.app`` connects them, on the caller's thread.

The controller runs until the inbox has it end.  The recorder is stepped when the disk has done its work; its thread,
the reader and the supervisor are left out.  The strike's guard and the inputs' edge reader are the real threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ulid import ULID

from gate.access.access_point import AccessPoint
from gate.access.effects import Answer, Persist
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.orders import Order, SetMode
from gate.access.signals import Ordered, Recorded
from gate.adapters.gpio_gpiozero import GpioIndicator, GpioInputs, GpioStrike
from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import LinkEvent, Message
from gate.service import codec, parts
from gate.service.app import BY_MARK
from gate.service.controller import Controller, Hands
from gate.service.opening import Opening
from gate.service.outside import Outside
from gate.service.recorder import Recorder
from gate.wire.topics import Identity
from tests.lives.board import Board
from tests.lives.facts import Asked, End, Facts, State
from tests.lives.fused import Fuse, FusedCalls, FusedStrike
from tests.lives.inbox import LifeInbox

OFFICER = "uid-1001"


class KilledError(BaseException):
    """Not an ``Exception``: nothing in the process may notice."""


class CrashError(Exception):
    """A fault on the controller's thread."""


class NoBroker:
    """``ports.Publisher`` that never connects."""

    certificate_until: datetime | None = None

    def start(self, on_event: Callable[[LinkEvent], None]) -> None: ...

    def publish(self, message: Message) -> int:
        raise AssertionError(f"published without a connection: {message}")

    def close(self, farewell: Message | None, timeout_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Makers:
    """What a life is made of, so that a test can break one part."""

    point: Callable[[AccessPoint], Any] = lambda point: point
    strike: Callable[[GpioStrike], Any] = lambda strike: strike
    keeps: Callable[[Persist], bool] = lambda _: True
    """Whether this reaches the recorder."""
    waits: bool = True
    """Whether ``Recorded`` comes after the commit."""
    secure_lines: Callable[[Board], int] = Board.secure_lines


class Process:
    """The service from its start to its end; ``run`` returns when it has ended."""

    def __init__(self, board: Board, end: End, makers: Makers) -> None:
        self.board, self.clock, self.end, self.makers = board, board.clock, end, makers
        self.fuse = Fuse(self._blown)
        self.latency_ns = 0
        self.commit_due_ns: int | None = None
        self._opening = Opening()
        self.journal = self._opening.closing(lambda: SqliteJournal(board.journal_file))
        memory = parts.memory_of(self.journal)
        standing = parts.in_emergency(memory, board.mark)
        edges = len(board.pins.changes)
        self.facts = Facts(self.clock.now_ns, memory, standing, edges, end=end)
        board.pins.factory = board.pins.another(parts.secured_levels(board.config))
        self._opening.closing(lambda: board.pins.factory)
        self._open_door(standing=standing)
        self.inbox = LifeInbox(self)
        self.stop = threading.Event()
        self.point = AccessPoint(board.settings, memory)
        self.recorder = self._recorder()

    def _open_door(self, *, standing: bool) -> None:
        """As ``parts.hardware_of`` does."""
        factory, config = self.board.pins.factory, self.board.config
        self.indicator = self._opening.closing(lambda: GpioIndicator(factory, parts.lamps_of(config)))
        self.inputs = self._opening.closing(lambda: GpioInputs(factory, parts.inputs_of(config)))
        self.guarded = parts._strike(config, self.board.settings, factory, standing=standing)
        self.strike = self._opening.closing(lambda: self.makers.strike(self.guarded))

    def _recorder(self) -> Recorder:
        outside = Outside(
            journal=self.journal,
            publisher=NoBroker(),
            clock=self.clock,
            encode_memory=partial(codec.encode, kind=Memory),
            on_recorded=self.inbox.post,
            new_id=lambda: str(ULID()),
            orderly=lambda: self.end is End.STOP,
        )
        return Recorder(outside, Identity("office-1", "gate-1", "main", str(ULID())))

    def run(self) -> None:
        """Live until the end; afterwards the lines are the kernel's again."""
        try:
            self._controller().run("1.0", self.stop, lambda: None)
        except CrashError:
            self._leave()
        except KilledError:
            pass
        else:
            self._leave()

    def _controller(self) -> Controller:
        """With all that it finds in its inbox at the start, as ``gate.service.app`` does."""
        if self.board.mark.is_set() and not self.point.memory.emergency:
            self.inbox.post(Ordered(SetMode(DoorMode.LOCKED_OPEN), BY_MARK, self.clock.now_ns))
        self.inputs.listen(self.inbox.post)
        calls = FusedCalls(self.indicator, self.board, self.fuse)
        watched = parts.watched(self.strike, self.board.settings)
        watched.give_up, watched.now_ns = self._hopeless, lambda: self.clock.now_ns
        strike = FusedStrike(watched, self.fuse)
        hands = Hands(strike, calls, calls, self._persist, self._answer, lambda _: None)
        return Controller(self.makers.point(self.point), self.inbox, self.clock, hands)

    # What the story may do.

    def order(self, order: Order) -> None:
        self.inbox.post(Ordered(order, OFFICER, self.clock.now_ns, request=1))

    def disk_takes(self, latency_ms: float) -> None:
        """From now on; what waits already is done as soon."""
        self.latency_ns = round(latency_ms * 1e6)
        if self.commit_due_ns is not None:
            self.commit_due_ns = min(self.commit_due_ns, self.clock.now_ns + self.latency_ns)

    # The hands.

    def _persist(self, persist: Persist) -> None:
        if not self.makers.keeps(persist):
            self.inbox.post(Recorded(persist.ticket))
            return
        self.fuse.burn()
        self.facts.asked[persist.ticket] = Asked(persist.event, self.clock.now_ns, self.latency_ns)
        self.recorder.submit(persist)
        if self.commit_due_ns is None:
            self.commit_due_ns = self.clock.now_ns + self.latency_ns
        if not self.makers.waits:
            self.inbox.post(Recorded(persist.ticket))
        self.fuse.burn()

    def _answer(self, _: Answer) -> None:
        self.fuse.burn()

    @staticmethod
    def _hopeless() -> None:
        raise AssertionError("the supervisor's bound was needed")

    def commit(self) -> None:
        """The disk is done; a kill may come before or after."""
        if self.end is End.KILL:
            self.fuse.burn()
        self.commit_due_ns = None
        self.recorder.step(0)
        if self.end is End.KILL:
            self.fuse.burn()

    # The ends.

    def _blown(self) -> None:
        """The fuse is spent: end between two calls."""
        self.facts.state = State.BETWEEN_CALLS
        if self.end is End.STOP:
            self.stop.set()
        else:
            self.finish()

    def finish(self) -> None:
        """End now, as was planned."""
        match self.end:
            case End.STOP:
                self.stop.set()
            case End.CRASH:
                raise CrashError
            case End.HANG:
                self._hang()
                self._die()
            case End.KILL:
                self._die()

    def _hang(self) -> None:
        """The controller does nothing more; the strike's guard is on its own until the watchdog comes."""
        self.facts.hung_ns = self.clock.now_ns
        due_ns = self.guarded._guard_ns
        if due_ns is not None:
            self._recorder_goes_on_until(due_ns)
            with self.guarded._changed:
                self.guarded._changed.notify()
            self.board.pins.wait(lambda: not self.board.released)
        self._recorder_goes_on_until(self.clock.now_ns + 2_000_000_000)

    def _recorder_goes_on_until(self, moment_ns: int) -> None:
        if self.commit_due_ns is not None and self.commit_due_ns <= moment_ns:
            self.board.pass_until(self.commit_due_ns)
            self.commit()
        self.board.pass_until(moment_ns)

    def _die(self) -> None:
        self._note_end()
        self.board.pins.kill(self.guarded)
        self.journal.close()
        raise KilledError

    def _leave(self) -> None:
        """As the supervisor and ``run_gate`` end a process whose controller is done."""
        self._note_end()
        self.stop.set()
        self.recorder.run(self.stop, lambda: None)
        self._opening.close()

    def _note_end(self) -> None:
        self.facts.end_ns, self.facts.edges_at_end = self.clock.now_ns, len(self.board.pins.changes)

    @property
    def stopping(self) -> bool:
        return self.stop.is_set()

    def told(self) -> None:
        """Wait until the edge reader has told of every input."""
        self.board.pins.settle()
