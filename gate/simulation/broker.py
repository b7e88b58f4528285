"""A private Mosquitto on a loopback port, in a folder of its own; gone with whoever started it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from shutil import which
from typing import Self

from gate.simulation.errors import SimulationError
from gate.simulation.interrupts import put_off

HOST = "127.0.0.1"
ANYBODY = ("allow_anonymous true",)
READY_S = 10.0
LOOK_S = 0.02


class PrivateBroker:
    """A real broker process. ``stop`` and ``start`` keep the port, so that together they are an outage."""

    def __init__(self, folder: Path, port: int | None = None, lines: tuple[str, ...] = ANYBODY) -> None:
        self.port = port or free_port()
        self.lines = lines
        """The rest of its configuration; taken up at the next start."""
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and wait until it answers. Raises ``SimulationError``."""
        _refuse_taken(self.port)
        config = self._folder / "mosquitto.conf"
        config.write_text("\n".join((*_same_user(), f"listener {self.port} {HOST}", *self.lines, "")))
        with self._log.open("ab") as log, put_off():
            self._process = subprocess.Popen(  # noqa: S603  (a program we looked up, with a file we wrote)
                [_program(), "-c", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._await_ready(self._process)
        except BaseException:
            self.stop(kill=True)
            raise
        return self

    def stop(self, *, kill: bool = False) -> None:
        """Stop it, in order or with SIGKILL; twice does no harm."""
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            process.kill()
        else:
            process.terminate()
        process.wait(10)

    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text(errors="replace")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self._folder / "mosquitto.log"

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        until_s = time.monotonic() + READY_S
        while time.monotonic() < until_s and not _ended(process):
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                continue
            if process.poll() is None:
                return
        self.stop(kill=True)
        last = (self.log().strip().splitlines() or ["it said nothing"])[-1]
        raise SimulationError(f"the private broker does not start on port {self.port}; its last words: {last}")


def _refuse_taken(port: int) -> None:
    """Whoever has the port already would be taken for our broker."""
    try:
        with socket.create_server((HOST, port)):
            pass
    except (OSError, OverflowError) as error:
        raise SimulationError(f"port {port} cannot be used: {error}. Name another --port.") from error


def free_port() -> int:
    """A loopback port that nothing uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _same_user() -> tuple[str, ...]:
    """Started by root, Mosquitto becomes another user, who could not read this folder."""
    return ("user root",) if os.geteuid() == 0 else ()


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended; waits a moment to see."""
    try:
        process.wait(LOOK_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _program() -> str:
    found = which("mosquitto") or which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise SimulationError("Mosquitto is not installed. Run ./install.sh demo, or: apt install mosquitto")
    return found
