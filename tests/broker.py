"""A private Mosquitto for a test: on a free port of the loopback, in a folder of its own, gone with the test."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from shutil import which
from typing import Self

HOST = "127.0.0.1"
_TRIES = 500
_PAUSE_S = 0.02


class Broker:
    """``stop`` and ``start`` (on the same port) are the two halves of an outage."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.port = free_port()
        self.lines: tuple[str, ...] = lines
        """More lines of its configuration; taken up at the next start."""
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        assert self._process is None, "it runs already"
        config = self._folder / "mosquitto.conf"
        # Started by root, Mosquitto becomes another user, who cannot read the test's folder.
        first = (f"user {getuser()}", f"listener {self.port} {HOST}")
        config.write_text("\n".join((*first, *(self.lines or ("allow_anonymous true",)), "")))
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([_program(), "-c", config], stdout=log, stderr=log)
        self._await_ready(self._process)
        return self

    def stop(self, *, kill: bool = False) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill() if kill else process.terminate()
            process.wait(10)

    def log(self) -> str:
        return (self._folder / "mosquitto.log").read_text(errors="replace")

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(_TRIES):
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                if _ended(process):
                    break
            else:
                return
        self.stop(kill=True)
        raise AssertionError(f"Mosquitto does not start:\n{self.log()}")


@contextmanager
def running(folder: Path, *lines: str) -> Iterator[Broker]:
    broker = Broker(folder, *lines).start()
    try:
        yield broker
    finally:
        broker.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_PAUSE_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _program() -> str:
    found = which("mosquitto") or which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    assert found, "Mosquitto is not installed: apt install mosquitto"
    return found
