"""The workbench: a Unix socket through which the simulated outside world acts on the gate and watches it.

Lines of JSON both ways.  In: ``{"do": NAME, ...}``, answered by ``{"done": NAME}`` or by ``{"refused": NAME, "why":
TEXT}``.  Out, unasked: whatever ``report`` is given, to everyone who is connected.  Nobody is waited for: what a client
does not read is kept for it up to a limit, and then it is dropped.  For simulated hardware only.
"""

from __future__ import annotations

import contextlib
import json
import queue
import selectors
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from gate.ports import AdapterError

Command = Callable[[dict[str, Any]], None]
"""Does what a line asks; raises ``ValueError`` or ``AdapterError`` with what is wrong."""

WAIT_S = 0.2
LONGEST_LINE = 64 * 1024
MOST_UNSENT = 1024 * 1024
PROBE_S = 1.0


@dataclass(slots=True, eq=False)
class _Client:
    link: socket.socket
    heard: bytes = b""
    """The beginning of a line."""
    unsent: bytearray = field(default_factory=bytearray)


class BenchSocket:
    """Serves on one thread; ``report`` may be called on any."""

    def __init__(self, path: Path, commands: Mapping[str, Command]) -> None:
        self._commands = commands
        self._path = path
        self._reports: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._clients: list[_Client] = []
        self._closed = False
        self._server = _listening(path)
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()
        for waking in (self._server, self._woken, self._wake):
            waking.settimeout(0)
        self._selector.register(self._server, EVENT_READ, self._accept)
        self._selector.register(self._woken, EVENT_READ, lambda _events: self._woken.recv(4096))

    def report(self, **facts: object) -> None:
        """Tell everyone who is connected; never blocks."""
        self._reports.put(_line(facts))
        with contextlib.suppress(OSError):  # full means that the thread is awake already, closed that nobody listens
            self._wake.send(b".")

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Serve until stopped, and then send what is left to tell."""
        while not stop.is_set():
            beat()
            for key, events in self._selector.select(WAIT_S):
                key.data(events)
            self._send_reports()
        self._send_reports()

    def close(self) -> None:
        """End every connection and remove the socket."""
        if self._closed:
            return
        self._closed = True
        for link in (*(client.link for client in self._clients), self._server, self._woken, self._wake):
            link.close()
        self._clients.clear()
        self._selector.close()
        self._path.unlink(missing_ok=True)

    def _accept(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):  # whoever called has gone again
            link, _ = self._server.accept()
            link.settimeout(0)
            client = _Client(link)
            self._clients.append(client)
            self._selector.register(link, EVENT_READ, partial(self._serve, client))

    def _serve(self, client: _Client, events: int) -> None:
        if events & EVENT_WRITE:
            self._send(client, b"")
        if events & EVENT_READ and client in self._clients:
            self._hear(client)

    def _hear(self, client: _Client) -> None:
        try:
            heard = client.link.recv(4096)
        except OSError:
            heard = b""
        if not heard:
            self._drop(client)
            return
        *lines, client.heard = (client.heard + heard).split(b"\n")
        for line in lines:
            self._send(client, _line(self._answer(line)))
        if len(client.heard) > LONGEST_LINE:
            self._drop(client)

    def _answer(self, line: bytes) -> dict[str, object]:
        name = "?"
        try:
            asked = _asked(line)
            name = asked["do"]
            if name not in self._commands:
                raise ValueError(f"the workbench does {', '.join(sorted(self._commands))}")  # noqa: TRY301  (one answer)
            self._commands[name](asked)
        except KeyError as missing:
            return {"refused": name, "why": f"{missing} is missing"}
        except (ValueError, TypeError, AdapterError) as error:
            return {"refused": name, "why": str(error)}
        return {"done": name}

    def _send_reports(self) -> None:
        while not self._reports.empty():
            report = self._reports.get()
            for client in list(self._clients):
                self._send(client, report)

    def _send(self, client: _Client, line: bytes) -> None:
        if client not in self._clients:
            return
        client.unsent += line
        try:
            del client.unsent[: client.link.send(client.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(client)
            return
        if len(client.unsent) > MOST_UNSENT:
            self._drop(client)
            return
        events = EVENT_READ | EVENT_WRITE if client.unsent else EVENT_READ
        self._selector.modify(client.link, events, partial(self._serve, client))

    def _drop(self, client: _Client) -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._selector.unregister(client.link)
            client.link.close()


def _asked(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(asked, dict) or not isinstance(asked.get("do"), str):
        raise ValueError('a line is an object {"do": NAME, ...}')  # noqa: TRY004  (what is refused is the text)
    return asked


def _line(facts: Mapping[str, object]) -> bytes:
    return json.dumps(facts).encode() + b"\n"


def _listening(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _free(path)
        server.bind(str(path))
        path.chmod(0o600)
        server.listen()
    except OSError as error:
        server.close()
        raise AdapterError(f"the workbench cannot listen on {path}: {error}. Check [bench] socket.") from error
    return server


def _free(path: Path) -> None:
    """Remove the socket that a killed gate left behind, and nothing else."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise OSError("another gate uses it")
