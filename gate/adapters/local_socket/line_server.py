"""A Unix stream socket whose clients speak in lines.

Rules: one thread serves; nobody is waited for.  What a client does not read is kept for it up to a limit, and then it
is hung up on, and so is one whose line does not end.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE

from gate.ports import AdapterError

WAIT_S = 0.2
LONGEST_LINE = 64 * 1024
MOST_UNSENT = 1024 * 1024
PROBE_S = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, and for whom; ``name`` and ``key`` are for the error that says that it cannot be."""

    path: Path
    mode: int
    name: str
    key: str
    """The configuration's."""
    longest_line: int = LONGEST_LINE
    """Bytes."""


@dataclass(slots=True, eq=False)
class Client:
    """One connection."""

    link: socket.socket
    heard: bytes = b""
    """The beginning of a line."""
    unsent: bytearray = field(default_factory=bytearray)
    heard_s: float = field(default_factory=time.monotonic)
    """When it said its last whole line, or came."""
    leaving: bool = False
    """Nothing more is heard from it, and it is hung up on as soon as it was told everything."""


@dataclass(frozen=True, slots=True)
class Host:
    """What is done for the clients, all on the serving thread. ``line`` comes without its end."""

    line: Callable[[Client, bytes], None]
    turn: Callable[[], None]
    """After every look at the sockets, at least every ``WAIT_S``, and once more at the end."""
    arrival: Callable[[Client], None] = lambda _client: None


class LineServer:
    """Listens from the beginning; ``run`` serves on one thread, ``wake`` may be called on any."""

    def __init__(self, place: Place, host: Host) -> None:
        """Raises ``AdapterError``."""
        self.clients: list[Client] = []
        """The oldest first."""
        self._place = place
        self._host = host
        self._closed = False
        self._server = _listening(place)
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()
        for waking in (self._server, self._woken, self._wake):
            waking.settimeout(0)
        self._selector.register(self._server, EVENT_READ, self._accept)
        self._selector.register(self._woken, EVENT_READ, lambda _events: self._woken.recv(4096))

    def wake(self) -> None:
        """Take a turn at once; never blocks."""
        with contextlib.suppress(OSError):  # full means that the thread is awake already, closed that nobody listens
            self._wake.send(b".")

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Serve until stopped."""
        while not stop.is_set():
            beat()
            for key, events in self._selector.select(WAIT_S):
                key.data(events)
            self._host.turn()
        self._host.turn()

    def send(self, client: Client, line: bytes) -> None:
        """Tell one client, who may have gone."""
        if client not in self.clients:
            return
        client.unsent += line
        try:
            del client.unsent[: client.link.send(client.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.drop(client)
            return
        if len(client.unsent) > MOST_UNSENT or (client.leaving and not client.unsent):
            self.drop(client)
            return
        self._watch(client)

    def dismiss(self, client: Client) -> None:
        """Hang up as soon as the client was told everything."""
        client.leaving = True
        self.send(client, b"")

    def drop(self, client: Client) -> None:
        """Hang up."""
        if client in self.clients:
            self.clients.remove(client)
            self._selector.unregister(client.link)
            client.link.close()

    def close(self) -> None:
        """End every connection and remove the socket."""
        if self._closed:
            return
        self._closed = True
        for link in (*(client.link for client in self.clients), self._server, self._woken, self._wake):
            link.close()
        self.clients.clear()
        self._selector.close()
        self._place.path.unlink(missing_ok=True)

    def _accept(self, _events: int) -> None:
        with contextlib.suppress(OSError):  # whoever called has gone again
            link, _ = self._server.accept()
            link.settimeout(0)
            client = Client(link)
            self.clients.append(client)
            self._selector.register(link, EVENT_READ, partial(self._serve, client))
            self._host.arrival(client)

    def _serve(self, client: Client, events: int) -> None:
        if events & EVENT_WRITE:
            self.send(client, b"")
        if events & EVENT_READ and client in self.clients:
            self._hear(client)

    def _hear(self, client: Client) -> None:
        try:
            heard = client.link.recv(4096)
        except OSError:
            heard = b""
        if not heard:
            self.drop(client)
            return
        *lines, client.heard = (client.heard + heard).split(b"\n")
        for line in lines:
            if client.leaving or client not in self.clients:  # told the last thing, or gone while it was told
                return
            client.heard_s = time.monotonic()
            self._host.line(client, line)
        if len(client.heard) > self._place.longest_line:
            self.drop(client)

    def _watch(self, client: Client) -> None:
        events = EVENT_READ | EVENT_WRITE if client.unsent else EVENT_READ
        self._selector.modify(client.link, events, partial(self._serve, client))


def _listening(place: Place) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _free(place.path)
        server.bind(str(place.path))
        place.path.chmod(place.mode)
        server.listen()
    except OSError as error:
        server.close()
        raise AdapterError(f"{place.name} cannot listen on {place.path}: {error}. Check {place.key}.") from error
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
