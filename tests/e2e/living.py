"""The real service as a process, and how a test watches it: as systemd does, and through its workbench."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gate.adapters.journal_sqlite import JournalReader
from gate.simulation.observer import Observer

RUN = [sys.executable, "-m", "gate.cli.main", "run", "--config"]


class Systemd:
    """The socket at which systemd would listen, and what it has heard."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(20)
        self.heard: list[str] = []

    def wait_for(self, told: str) -> None:
        while not any(line.startswith(told) for line in self.heard):
            self.heard.extend(self.socket.recv(4096).decode().splitlines())


@contextmanager
def running(config: Path, *, notify: Path) -> Iterator[tuple[subprocess.Popen[str], Systemd]]:
    systemd = Systemd(notify)
    environment = os.environ | {"NOTIFY_SOCKET": str(notify), "WATCHDOG_USEC": "2000000"}
    process = subprocess.Popen([*RUN, str(config)], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield process, systemd
    finally:
        process.kill()
        process.communicate()
        systemd.socket.close()


@contextmanager
def observed(config: Path) -> Iterator[Observer]:
    """The gate's lines through its workbench; nobody watches at the centre."""
    quiet, other = socket.socketpair()
    with quiet, other:
        observer = Observer(config.parent / "bench.sock", quiet.fileno(), lambda: None)
        observer.connect()
        try:
            yield observer
        finally:
            observer.close()


def lines_of(observer: Observer, line: str) -> list[bool]:
    return [change.on for change in observer.lines if change.line == line]


def records_of(config: Path) -> list[bytes]:
    """The records of the gate's journal, running or not."""
    with JournalReader(config.parent / "journal.db") as journal:
        return [record.body for record in journal.records()]


def recorded(config: Path, type_: str) -> bool:
    """Whether there is an event of this type."""
    return any(f'"gate.{type_}.'.encode() in body for body in records_of(config))


def until(observer: Observer, condition: Callable[[], bool]) -> None:
    assert observer.wait_until(condition, 15)
