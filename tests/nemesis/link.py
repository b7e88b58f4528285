"""A network link between two programs of this machine, which a test may cut, stall and slow down."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Self

from gate.service.threads import Beat, Worker
from tests.broker import HOST

LOOK_S = 0.05
BLOCK = 65536


@dataclass(slots=True, eq=False)
class _Way:
    """One direction of a connection: what has come and is not due to go on yet."""

    source: socket.socket
    sink: socket.socket
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)


class Link:
    """Forwards TCP connections to a port of this machine; one thread does it all. Use as a context manager.

    Whoever connects while the link is cut is turned away at once. A stalled link keeps its connections and lets
    nothing pass, as a lost radio does.
    """

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._ways: list[_Way] = []
        self._cut = self._stalled = False
        self._delay_s = 0.0
        self._worker = Worker("link", self._run, lambda _: None)

    def cut(self) -> None:
        """Break every connection, and turn new ones away until ``mend``."""
        self._cut = True

    def stall(self) -> None:
        """Let nothing pass any more, and tell nobody, until ``mend``."""
        self._stalled = True

    def slow(self, delay_s: float) -> None:
        """Everything takes so long to arrive, each way."""
        self._delay_s = delay_s

    def mend(self) -> None:
        """As fast and whole as it was."""
        self._cut = self._stalled = False
        self._delay_s = 0.0

    def __enter__(self) -> Self:
        self._worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.stop(10)
        failed = self._worker.error
        self._hang_up()
        self._listener.close()
        self._selector.close()
        assert failed is None

    def _run(self, stop: threading.Event, _beat: Beat) -> None:
        while not stop.is_set():
            for key, _ in self._selector.select(self._patience_s()):
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._read(key.data)
            if self._cut:
                self._hang_up()
            for way in list(self._ways):
                if way in self._ways:
                    self._forward(way)

    def _patience_s(self) -> float:
        dues = [way.waiting[0][0] - time.monotonic() for way in self._ways if way.waiting and not self._stalled]
        return max(0.0, min([LOOK_S, *dues]))

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection((HOST, self._to_port), timeout=1)
        except OSError:
            near.close()
            return
        if self._cut:
            near.close()
            far.close()
            return
        for way in (_Way(near, far), _Way(far, near)):
            way.source.settimeout(5)
            self._ways.append(way)
            self._selector.register(way.source, selectors.EVENT_READ, way)

    def _read(self, way: _Way) -> None:
        if way not in self._ways:
            return
        try:
            block = way.source.recv(BLOCK)
        except OSError:
            block = b""
        if not block:
            self._selector.unregister(way.source)  # what is on its way still arrives
        way.waiting.append((time.monotonic() + self._delay_s, block))

    def _forward(self, way: _Way) -> None:
        while not self._stalled and way.waiting and way.waiting[0][0] <= time.monotonic():
            _, block = way.waiting.popleft()
            try:
                if not block:
                    raise ConnectionResetError
                way.sink.sendall(block)
            except OSError:
                self._close(way.source, way.sink)
                return

    def _hang_up(self) -> None:
        while self._ways:
            self._close(self._ways[0].source, self._ways[0].sink)

    def _close(self, *ends: socket.socket) -> None:
        self._ways = [way for way in self._ways if way.source not in ends]
        for end in ends:
            if end.fileno() in self._selector.get_map():
                self._selector.unregister(end)
            end.close()
