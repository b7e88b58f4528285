"""A client of one of the gate's Unix sockets; every wait ends."""

from __future__ import annotations

import socket
from pathlib import Path

LONG_S = 10.0


class LineClient:
    """Speaks in lines, which come with their end."""

    def __init__(self, path: Path) -> None:
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.link.settimeout(LONG_S)
        self.link.connect(str(path))
        self._file = self.link.makefile("rb")

    def send(self, line: bytes) -> None:
        self.link.sendall(line)

    def heard(self) -> bytes:
        return self._file.readline()

    def ended(self) -> bool:
        """Whether the other side has hung up."""
        try:
            return self._file.read(1) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self._file.close()
        self.link.close()
