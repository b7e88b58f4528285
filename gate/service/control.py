"""The local control: orders from people on this machine, by command and later by the officer's page.

Rules: it runs on a thread of its own, and only ``answer`` is called on another one, the controller's, which never waits
for it.  Every request is answered once: with the core's reply, or after ``ANSWER_S`` with what is not known.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Protocol

from gate.access.answers import Reply
from gate.access.effects import Answer
from gate.access.signals import ControlRefused, Ordered
from gate.ports import Clock
from gate.service.control_verbs import Reasons, WrongRequest, audited, order_of
from gate.service.threads import Beat
from gate.wire.control import Answered, Request, Result, answer_line, read_request

ANSWER_S = 5.0
MOST_OPEN = 64
"""Requests that wait for their answer."""

BUSY = "too many orders wait for their answer; try again, or use the buttons at the door"
NO_ANSWER = f"the gate did not answer within {ANSWER_S:.0f} s; the order may still take effect: look at the door"
STOPPING = "the gate was stopped before it answered; the order may have taken effect: look at the door"

Send = Callable[[bytes], None]


class Caller(Protocol):
    """Who says a line."""

    @property
    def by(self) -> str: ...

    @property
    def refusal(self) -> str | None:
        """Why they may give no orders; None where they may."""


class Socket(Protocol):
    """What carries the lines."""

    def run(self, desk: Control, stop: threading.Event, beat: Beat) -> None:
        """Serve until stopped: ``desk.heard`` for each line, ``desk.turn`` again and again."""

    def wake(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Open:
    """A request that waits for the core."""

    send: Send
    id: int | None
    due_ns: int


@dataclass(frozen=True, slots=True)
class Posts:
    """Where the signals go; neither waits, and a refusal may be dropped when there are too many."""

    order: Callable[[Ordered], None]
    refusal: Callable[[ControlRefused], object]


@dataclass(slots=True)
class Control:
    """The desk behind the socket."""

    socket: Socket
    reasons: Reasons
    posts: Posts
    clock: Clock
    _answers: queue.SimpleQueue[Answer] = field(default_factory=queue.SimpleQueue)
    _open: dict[int, Open] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Serve until stopped; then nobody is served any more, and the socket is gone."""
        try:
            self.socket.run(self, stop, beat)
            self._leave(self._open.keys(), STOPPING)
        finally:
            self.socket.close()

    def answer(self, answer: Answer) -> None:
        """The core's reply; any thread, never blocks."""
        self._answers.put(answer)
        self.socket.wake()

    def heard(self, caller: Caller, line: bytes, send: Send) -> None:
        """Somebody says a line."""
        request = read_request(line)
        if caller.refusal is not None:
            verb = request.verb if isinstance(request, Request) else ""
            self.posts.refusal(ControlRefused(caller.by, audited(verb)))
            _tell(send, request, Result.NOT_ALLOWED, caller.refusal)
        elif isinstance(request, str):
            _tell(send, request, Result.WRONG, request)
        else:
            self._take(caller, request, send)

    def turn(self) -> None:
        """Send the replies that have come, and give up what is overdue."""
        while not self._answers.empty():
            answer = self._answers.get()
            if (asked := self._open.pop(answer.request, None)) is not None:
                asked.send(_reply_line(answer.reply, asked.id))
        now_ns = self.clock.now().mono_ns
        self._leave([number for number, asked in self._open.items() if asked.due_ns <= now_ns], NO_ANSWER)

    def _take(self, caller: Caller, request: Request, send: Send) -> None:
        try:
            order = order_of(request.verb, request.args, self.reasons)
        except WrongRequest as wrong:
            _tell(send, request, Result.WRONG, str(wrong))
            return
        if len(self._open) >= MOST_OPEN:
            _tell(send, request, Result.REFUSED, BUSY)
            return
        number, now_ns = next(self._numbers), self.clock.now().mono_ns
        self._open[number] = Open(send, request.id, now_ns + int(ANSWER_S * 1e9))
        self.posts.order(Ordered(order, caller.by, now_ns, number))

    def _leave(self, numbers: Iterable[int], text: str) -> None:
        for number in list(numbers):
            asked = self._open.pop(number)
            asked.send(answer_line(Answered(Result.NO_ANSWER, text, id=asked.id)))


def _tell(send: Send, request: Request | str, result: Result, text: str) -> None:
    send(answer_line(Answered(result, text, id=request.id if isinstance(request, Request) else None)))


def _reply_line(reply: Reply, number: int | None) -> bytes:
    status = None if reply.status is None else asdict(reply.status)
    return answer_line(Answered(Result.DONE if reply.done else Result.REFUSED, reply.text, status, number))
