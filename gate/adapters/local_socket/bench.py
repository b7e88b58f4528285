"""The workbench: a Unix socket through which the simulated outside world acts on the gate and watches it.

Lines of JSON both ways.  In: ``{"do": NAME, ...}``, answered by ``{"done": NAME}`` or by ``{"refused": NAME, "why":
TEXT}``.  Out, unasked: whatever ``report`` is given, to everyone who is connected.  For simulated hardware only.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gate.adapters.local_socket.line_server import Client, Host, LineServer, Place
from gate.ports import AdapterError

Command = Callable[[dict[str, Any]], None]
"""Does what a line asks; raises ``ValueError`` or ``AdapterError`` with what is wrong."""

_OWNER_ALONE = 0o600


class BenchSocket:
    """Serves on one thread; ``report`` may be called on any."""

    def __init__(self, path: Path, commands: Mapping[str, Command]) -> None:
        self._commands = commands
        self._reports: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        place = Place(path, _OWNER_ALONE, "the workbench", "[bench] socket")
        self.server = LineServer(place, Host(self._heard, self._send_reports))

    def report(self, **facts: object) -> None:
        """Tell everyone who is connected; never blocks."""
        self._reports.put(_line(facts))
        self.server.wake()

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Serve until stopped, and then send what is left to tell."""
        self.server.run(stop, beat)

    def close(self) -> None:
        """End every connection and remove the socket."""
        self.server.close()

    def _heard(self, client: Client, line: bytes) -> None:
        self.server.send(client, _line(self._answer(line)))

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
            for client in list(self.server.clients):
                self.server.send(client, report)


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
