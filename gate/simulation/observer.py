"""Watches a running gate from outside: its lines and frames through the workbench, its events through ``gate watch``.

One thread, no callbacks: ``wait_until`` takes in what comes until a condition holds.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.simulation.errors import RefusedError, SimulationError

LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class LineChange:
    """A simulated output changed; ``on`` means that the lamp is lit, the buzzer sounds or the strike is released."""

    line: str
    on: bool
    mono_ns: int


@dataclass(frozen=True, slots=True)
class FrameSeen:
    """The reader has looked at a frame."""

    name: str
    symbols: int


@dataclass(frozen=True, slots=True)
class Message:
    """The centre received this."""

    topic: str
    payload: Any


class Observer:
    """Everything that was seen so far, in the order in which it came."""

    def __init__(self, bench: Path, watch_output: int, alive: Callable[[], None]) -> None:
        """``watch_output`` is the descriptor of ``gate watch --json``'s output; ``alive`` raises when all is lost."""
        self.lines: list[LineChange] = []
        self.frames: list[FrameSeen] = []
        self.messages: list[Message] = []
        self.subscribed = False
        self._answers: list[dict[str, Any]] = []
        self._alive = alive
        self._watch = watch_output
        self._bench_path = bench
        self._bench: socket.socket | None = None
        self._rests: dict[int, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(watch_output, selectors.EVENT_READ, self._received)

    def connect(self) -> None:
        """Connect to the workbench of the gate, again after the gate was started again."""
        if self._bench is not None:
            self._bench.close()
        self._bench = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._bench.connect(str(self._bench_path))
        self._selector.register(self._bench.fileno(), selectors.EVENT_READ, self._reported)

    def do(self, what: str, **args: object) -> None:
        """Act on the gate through the workbench. Raises ``RefusedError``, or ``SimulationError`` without an answer."""
        if self._bench is None:
            raise SimulationError("the workbench is not connected")
        self._answers.clear()
        self._bench.sendall(json.dumps({"do": what, **args}).encode() + b"\n")
        if not self.wait_until(lambda: bool(self._answers), 5.0):
            raise SimulationError(f"the workbench does not answer to {what}")
        if "refused" in self._answers[0]:
            raise RefusedError(str(self._answers[0]["why"]))

    def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Take in what comes until the condition holds; False when it did not in time."""
        until_s = time.monotonic() + timeout_s
        while not condition():
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return False
            self._alive()
            for key, _ in self._selector.select(min(left_s, LOOK_S)):
                self._take(key.fd, key.data)
        return True

    def close(self) -> None:
        """Let go of the workbench; the gate does not mind."""
        if self._bench is not None:
            self._bench.close()
        self._selector.close()

    def _take(self, descriptor: int, line_taker: Callable[[dict[str, Any]], None]) -> None:
        try:
            heard = os.read(descriptor, 65536)
        except ConnectionError:
            heard = b""
        if not heard:
            self._selector.unregister(descriptor)
            self._rests.pop(descriptor, None)
            return
        *lines, self._rests[descriptor] = (self._rests.get(descriptor, b"") + heard).split(b"\n")
        for line in lines:
            line_taker(json.loads(line))

    def _reported(self, fact: dict[str, Any]) -> None:
        if "line" in fact:
            self.lines.append(LineChange(fact["line"], fact["on"], fact["mono_ns"]))
        elif "frame" in fact:
            self.frames.append(FrameSeen(fact["frame"], fact["symbols"]))
        else:
            self._answers.append(fact)

    def _received(self, line: dict[str, Any]) -> None:
        if "topic" in line:
            self.messages.append(Message(line["topic"], line["payload"]))
        elif line.get("watch") == "subscribed":
            self.subscribed = True
