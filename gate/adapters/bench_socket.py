"""The workbench: a Unix socket through which the simulated outside world acts on the gate and watches it.

Lines of JSON both ways.  In: ``{"do": NAME, ...}``, answered by ``{"done": NAME}`` or by ``{"refused": NAME, "why":
TEXT}``.  Out, unasked: whatever ``report`` is given, to everyone who is connected.  For simulated hardware only.
"""

from __future__ import annotations

import contextlib
import json
import queue
import selectors
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gate.ports import AdapterError

Command = Callable[[dict[str, Any]], None]
"""Does what a line asks; raises ``ValueError`` or ``AdapterError`` with what is wrong."""

WAIT_S = 0.2
LONGEST_LINE = 64 * 1024
SEND_S = 1.0


class BenchSocket:
    """Serves on one thread; ``report`` may be called on any."""

    def __init__(self, path: Path, commands: Mapping[str, Command]) -> None:
        self._commands = commands
        self._path = path
        self._reports: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._received: dict[socket.socket, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()
        self._woken.settimeout(0)
        self._wake.settimeout(0)
        self._server = _listening(path)
        self._selector.register(self._server, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def report(self, **facts: object) -> None:
        """Tell everyone who is connected; never blocks."""
        self._reports.put(_line(facts))
        with contextlib.suppress(OSError):  # full means that the thread is awake already, closed that nobody listens
            self._wake.send(b".")

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Serve until stopped, and then send what is left to tell."""
        while not stop.is_set():
            beat()
            for key, _ in self._selector.select(WAIT_S):
                self._ready(key.fileobj)
            self._send_reports()
        self._send_reports()

    def close(self) -> None:
        """End every connection and remove the socket."""
        for peer in (*self._received, self._server, self._woken, self._wake):
            assert isinstance(peer, socket.socket)  # noqa: S101  (narrows the tuple's type)
            peer.close()
        self._received.clear()
        self._selector.close()
        self._path.unlink(missing_ok=True)

    def _ready(self, ready: object) -> None:
        if ready is self._server:
            peer, _ = self._server.accept()
            peer.settimeout(SEND_S)
            self._received[peer] = b""
            self._selector.register(peer, selectors.EVENT_READ)
        elif ready is self._woken:
            self._woken.recv(4096)
        elif isinstance(ready, socket.socket):
            self._hear(ready)

    def _hear(self, peer: socket.socket) -> None:
        try:
            heard = peer.recv(4096)
        except OSError:
            heard = b""
        if not heard or len(self._received[peer]) > LONGEST_LINE:
            self._drop(peer)
            return
        *lines, self._received[peer] = (self._received[peer] + heard).split(b"\n")
        for line in lines:
            self._send(peer, _line(self._answer(line)))

    def _answer(self, line: bytes) -> dict[str, object]:
        name = "?"
        try:
            asked = json.loads(line)
            name = str(asked["do"])
            if name not in self._commands:
                raise ValueError(f"the workbench does {', '.join(sorted(self._commands))}")  # noqa: TRY301  (one answer)
            self._commands[name](asked)
        except (ValueError, KeyError, TypeError, AdapterError) as error:
            return {"refused": name, "why": str(error)}
        return {"done": name}

    def _send_reports(self) -> None:
        while not self._reports.empty():
            report = self._reports.get()
            for peer in list(self._received):
                self._send(peer, report)

    def _send(self, peer: socket.socket, line: bytes) -> None:
        if peer not in self._received:
            return
        try:
            peer.sendall(line)
        except OSError:
            self._drop(peer)

    def _drop(self, peer: socket.socket) -> None:
        self._selector.unregister(peer)
        self._received.pop(peer)
        peer.close()


def _line(facts: Mapping[str, object]) -> bytes:
    return json.dumps(facts).encode() + b"\n"


def _listening(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        server.bind(str(path))
        path.chmod(0o600)
        server.listen()
    except OSError as error:
        server.close()
        raise AdapterError(f"the workbench cannot listen on {path}: {error}. Check [bench] socket.") from error
    return server
