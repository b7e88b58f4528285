"""A network between a gate and its broker that can be bad: far away, narrow, cut, half-open. A TCP proxy on loopback.

Rules: one thread runs it (``run``); what it should be like is set from any thread. Bytes keep their order.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

HOST = "127.0.0.1"
_CHUNK = 64 * 1024
_LOOK_S = 0.02
_MOST_HELD = 64 * 1024 * 1024
_RESET = struct.pack("ii", 1, 0)
"""Linger for no time: closing sends RST."""


@dataclass(slots=True)
class _Way:
    """One direction of a connection: what is on its way, and when each piece arrives."""

    source: socket.socket
    target: socket.socket
    pieces: deque[tuple[float, bytes]] = field(default_factory=deque)
    held: int = 0
    free_s: float = 0.0
    """When the narrow place has let the last piece through."""
    ended: bool = False


class Network:
    """Forwards connections at ``port`` to ``target``. Close it after ``run`` has ended."""

    def __init__(self, target: int, delay_s: float = 0.0, bytes_per_s: float | None = None) -> None:
        """``delay_s`` is for each direction; ``bytes_per_s`` None is as fast as it goes."""
        self.delay_s = delay_s
        self.bytes_per_s = bytes_per_s
        self.frozen = False
        """Half-open: connections stay, and nothing arrives."""
        self.connections = 0
        """How many there have been."""
        self._target = target
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._listener.setblocking(False)  # noqa: FBT003  (socket's own)
        self._selector = selectors.DefaultSelector()
        self._ways: list[_Way] = []
        self._down = False
        self._cuts = 0
        self._cuts_done = 0

    def cut(self, *, down: bool = False) -> None:
        """Break every connection; ``down``: and accept no new one until ``restore``."""
        self._down = down
        self._cuts += 1

    def restore(self) -> None:
        """Accept connections again."""
        self._down = False

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Forward until stopped."""
        try:
            while not stop.is_set():
                beat()
                self._turn()
        finally:
            self._break()
            self._listener.close()
            self._selector.close()

    def _turn(self) -> None:
        if self._cuts_done < self._cuts:
            self._cuts_done = self._cuts
            self._break()
        self._watch()
        for key, _ in self._selector.select(self._patience_s()):
            if key.fileobj is self._listener:
                self._accept()
            else:
                self._read(key.data)
        for way in list(self._ways):
            self._deliver(way)

    def _watch(self) -> None:
        wanted: dict[socket.socket, _Way | None] = {} if self._down else {self._listener: None}
        if not self.frozen:
            wanted |= {way.source: way for way in self._ways if not way.ended and way.held < self._room()}
        known = {key.fileobj for key in self._selector.get_map().values()}
        for gone in known - wanted.keys():
            self._selector.unregister(gone)
        for new in wanted.keys() - known:
            self._selector.register(new, selectors.EVENT_READ, wanted[new])

    def _room(self) -> float:
        """What a direction holds: for a narrow one a little more than what travels."""
        if self.bytes_per_s is None:
            return _MOST_HELD
        return self.bytes_per_s * (self.delay_s + 0.1) + _CHUNK

    def _patience_s(self) -> float:
        dues = [way.pieces[0][0] for way in self._ways if way.pieces and not self.frozen]
        return max(0.0, min([_LOOK_S, *(due - time.monotonic() for due in dues)]))

    def _accept(self) -> None:
        try:
            near, _ = self._listener.accept()
        except OSError:
            return
        try:
            far = socket.create_connection((HOST, self._target), timeout=1)
        except OSError:
            near.close()
            return
        self.connections += 1
        for one in (near, far):
            one.setblocking(False)  # noqa: FBT003  (socket's own)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ways += [_Way(near, far), _Way(far, near)]

    def _read(self, way: _Way) -> None:
        try:
            heard = way.source.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            heard = b""
        now_s = time.monotonic()
        way.ended = not heard
        way.free_s = max(now_s, way.free_s) + (len(heard) / self.bytes_per_s if self.bytes_per_s else 0)
        way.pieces.append((way.free_s + self.delay_s, heard))
        way.held += len(heard)

    def _deliver(self, way: _Way) -> None:
        while way.pieces and not self.frozen and way.pieces[0][0] <= time.monotonic():
            due_s, piece = way.pieces[0]
            if not piece:
                self._break(way)
                return
            try:
                sent = way.target.send(piece)
            except BlockingIOError:
                return
            except OSError:
                self._break(way)
                return
            way.held -= sent
            if sent < len(piece):
                way.pieces[0] = (due_s, piece[sent:])
                return
            way.pieces.popleft()

    def _break(self, way: _Way | None = None) -> None:
        """Close the connection of this direction; with RST, and all of them, where none is named."""
        for one in list(self._ways):
            if way is None or one.source in {way.source, way.target}:
                self._ways.remove(one)
                if one.source in {key.fileobj for key in self._selector.get_map().values()}:
                    self._selector.unregister(one.source)
                if way is None:
                    one.source.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                one.source.close()
