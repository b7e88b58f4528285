"""Finds what a test left running: threads, child processes and open sockets.

What is just ending gets a bounded time, by joining and waiting, never by sleeping. Threads that Python did not start
(a library's own) cannot be joined and are not listed reliably, so they are not counted.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

GRACE_S = 2.0
Thread = threading.Thread  # noqa: TID251  (the type; none is made here)


@dataclass(frozen=True, slots=True)
class Running:
    """What this process has at one moment."""

    threads: frozenset[Thread]
    processes: frozenset[psutil.Process]
    sockets: frozenset[str]

    @classmethod
    def now(cls) -> Running:
        return cls(_threads(), _processes(), _sockets())

    def leaked_since(self) -> list[str]:
        """What is here now, was not here then and does not end in time, in words. Leaked processes are killed."""
        return [*_leaked_threads(self.threads), *_leaked_processes(self.processes), *_leaked_sockets(self.sockets)]


def _threads() -> frozenset[Thread]:
    return frozenset(t for t in threading.enumerate() if not isinstance(t, threading._DummyThread))


def _processes() -> frozenset[psutil.Process]:
    return frozenset(psutil.Process().children(recursive=True)) if _has_children() else frozenset()


def _has_children() -> bool:
    """Ask the kernel, which costs a hundredth of looking through all processes of the machine; none is reaped."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _sockets() -> frozenset[str]:
    return frozenset(_links_to_sockets())


def _links_to_sockets() -> Iterator[str]:
    for entry in os.scandir("/proc/self/fd"):
        try:
            target = os.readlink(entry.path)  # noqa: PTH115  (a socket's link is not a path)
        except FileNotFoundError:  # the descriptor of this very listing
            continue
        if target.startswith("socket:"):
            yield target


def _leaked_threads(before: frozenset[Thread]) -> Iterator[str]:
    deadline = time.monotonic() + GRACE_S
    for thread in _threads() - before:
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            yield f"thread {thread.name!r}"


def _leaked_processes(before: frozenset[psutil.Process]) -> Iterator[str]:
    _, alive = psutil.wait_procs(_processes() - before, timeout=GRACE_S)
    for process in alive:
        yield f"process {process.pid}: {_command(process)}"
        process.kill()
    psutil.wait_procs(alive, timeout=GRACE_S)


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()) or process.name()
    except psutil.Error as gone:
        return str(gone)


def _leaked_sockets(before: frozenset[str]) -> Iterator[str]:
    if not _sockets() - before:
        return
    gc.collect()  # paho closes its waking pair in __del__, which a reference cycle puts off
    for link in sorted(_sockets() - before):
        yield f"{link} {_addresses(link)}".rstrip()


def _addresses(link: str) -> str:
    """The two ends of an internet socket, else nothing."""
    for connection in psutil.Process().net_connections(kind="all"):
        if connection.fd >= 0 and _target(connection.fd) == link:
            return f"{connection.laddr} {connection.raddr} {connection.status}"
    return ""


def _target(descriptor: int) -> str:
    try:
        return os.readlink(Path("/proc/self/fd") / str(descriptor))  # noqa: PTH115  (a socket's link is not a path)
    except FileNotFoundError:
        return ""
