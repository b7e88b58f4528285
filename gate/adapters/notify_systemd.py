"""Tells systemd how the service is (``sd_notify``): datagrams to the Unix socket that it names in the environment.

Rules: does nothing where there is no systemd; never raises and never waits longer than ``_PATIENCE_S``; a socket lives
for one message only, so that nothing is left to close and a restarted systemd is found again.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

_PATIENCE_S = 0.5
_MICROSECONDS = 1_000_000


class SystemdNotifier:
    """``ports.Notifier`` on systemd's notification socket."""

    def __init__(self, address: str | None, watchdog_interval_s: float | None = None) -> None:
        """``address`` is a path, or a name after ``@`` in the abstract namespace; anything else is nobody."""
        self._address = _address(address)
        self.watchdog_interval_s = watchdog_interval_s
        """How often ``watchdog`` must be called: twice in the time that systemd allows. None: it does not watch."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> SystemdNotifier:
        """The notifier that systemd asked this process for."""
        return cls(environment.get("NOTIFY_SOCKET"), _watchdog_interval_s(environment))

    def ready(self, status: str) -> None:
        self._send("READY=1", _status(status))

    def watchdog(self) -> None:
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        self._send(_status(text))

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def _send(self, *assignments: str) -> None:
        if self._address is None:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(_PATIENCE_S)
            sender.sendto("\n".join(assignments).encode(errors="replace"), self._address)


def _address(named: str | None) -> bytes | None:
    """The socket address, as bytes so that any name can be used; None for one that cannot be."""
    if not named or named[0] not in "/@":
        return None
    address = os.fsencode(named)
    return b"\0" + address[1:] if address.startswith(b"@") else address


def _status(text: str) -> str:
    """One assignment: a line break would begin another."""
    return f"STATUS={' '.join(text.splitlines())}"


def _watchdog_interval_s(environment: Mapping[str, str]) -> float | None:
    own_pid = os.getpid()
    try:
        allowed_us = int(environment.get("WATCHDOG_USEC", "0"))
        meant_for = int(environment.get("WATCHDOG_PID", own_pid))
    except ValueError:
        return None
    return allowed_us / _MICROSECONDS / 2 if allowed_us > 0 and meant_for == own_pid else None
