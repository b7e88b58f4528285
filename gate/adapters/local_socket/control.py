"""The socket of the local control: everybody on this machine may connect, and the kernel says who it is.

It knows sockets and accounts.  What a line means is for the desk.  Whoever may not give orders is heard once, so that
they get a clear answer and leave a trace, and is then hung up on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from gate.adapters.local_socket.line_server import Client, Host, LineServer, Place
from gate.adapters.local_socket.peer import Officers, Peer, peer_of

MOST_CALLERS = 32
MOST_STRANGERS = 8
"""Connections of accounts that may give no orders; a further one costs the oldest of them its place."""
LONGEST_LINE = 4096
IDLE_S = 60.0
"""Whoever says no whole line for so long gives up the place; longer than any answer takes."""

_EVERYBODY = 0o666  # so that a refusal can be answered and recorded; the accounts are checked, not the file's mode

Reply = Callable[[bytes], None]
"""Sends a line, which comes with its end, on the serving thread."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who says a line; ``refusal`` is why they may give no orders, None where they may."""

    by: str
    refusal: str | None


class Desk(Protocol):
    """Takes what is said, on the serving thread."""

    def heard(self, caller: Caller, line: bytes, reply: Reply) -> None: ...

    def turn(self) -> None:
        """After every look at the sockets."""


class ControlSocket:
    """Serves on one thread; ``wake`` may be called on any."""

    def __init__(self, path: Path, officers: Officers) -> None:
        """Raises ``AdapterError``."""
        self.idle_s = IDLE_S
        self._officers = officers
        self._desk: Desk | None = None
        place = Place(path, _EVERYBODY, "the local control", "[control] socket", LONGEST_LINE)
        self.server = LineServer(place, Host(self._heard, self._turned, self._arrived))

    def run(self, desk: Desk, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Serve until stopped."""
        self._desk = desk
        self.server.run(stop, beat)

    def wake(self) -> None:
        """Give the desk its turn at once; never blocks."""
        self.server.wake()

    def close(self) -> None:
        """End every connection and remove the socket."""
        self.server.close()

    def _arrived(self, newest: Client) -> None:
        strangers = [client for client in self.server.clients if self._caller(client).refusal]
        if len(strangers) > MOST_STRANGERS:
            self.server.drop(strangers[0])
        if len(self.server.clients) - len(strangers) > MOST_CALLERS:
            self.server.drop(newest)

    def _heard(self, client: Client, line: bytes) -> None:
        if self._desk is None:
            return
        caller = self._caller(client)
        self._desk.heard(caller, line, partial(self.server.send, client))
        if caller.refusal:
            self.server.dismiss(client)

    def _turned(self) -> None:
        for client in self._idle():
            self.server.drop(client)
        if self._desk is not None:
            self._desk.turn()

    def _idle(self) -> list[Client]:
        since_s = time.monotonic() - self.idle_s
        return [client for client in self.server.clients if client.heard_s < since_s]

    def _caller(self, client: Client) -> Caller:
        peer: Peer = peer_of(client.link)
        return Caller(peer.name, self._officers.refusal(peer))
