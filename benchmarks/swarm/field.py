"""What a measured run needs, started and ended: workers, a screen, herds; and what each process used.

CPU is read from the kernel for each process, so that it says something while others work on the machine too.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.swarm.herd import Orders
from benchmarks.swarm.worker import Post

_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds so far, and the largest memory so far in MiB, of a process and its children."""

    cpu_s: float
    peak_mib: float


class Process:
    """One of ours; ``said`` is its next line as JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def said(self) -> Any:
        """Its next line."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"a process ended early, with {self._process.wait(_PATIENCE_S)}: {self._process.args!r}")
        return json.loads(line)

    def tell(self, line: str) -> None:
        """Give it a line."""
        if self._process.stdin is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def end(self) -> None:
        """Ask it to end in order."""
        self._process.send_signal(signal.SIGTERM)


@contextmanager
def started(module: str, *args: str) -> Iterator[Process]:
    """``python -m MODULE ARGS``, ended with the block."""
    command = [sys.executable, "-m", module, *args]
    process = subprocess.Popen(  # noqa: S603  (our own modules)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Process(process)
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def workers(stack: ExitStack, folder: Path, posts: Sequence[Post]) -> list[Process]:
    """Workers of the centre that the broker delivers to."""
    found = [stack.enter_context(started("benchmarks.swarm.worker", str(post.write(folder)))) for post in posts]
    for worker in found:
        worker.said()
    return found


def herds(stack: ExitStack, orders: Orders, processes: int) -> list[Process]:
    """The gates of the orders in so many processes, all connected."""
    each = -(-orders.gates // processes)
    found = []
    for first in range(0, orders.gates, each):
        part = asdict(orders) | {"first": orders.first + first, "gates": min(each, orders.gates - first)}
        found.append(stack.enter_context(started("benchmarks.swarm.herd", json.dumps(part))))
    for herd in found:
        herd.said()
    return found


def used(pid: int) -> Used:
    """What a process and its children have used."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    cpu_s = sum(sum(one.cpu_times()[:4]) for one in family)  # children that have ended count with their parent
    return Used(cpu_s, sum(_peak_kib(one.pid) for one in family) / 1024)


def listener(port: int) -> int:
    """The process that listens at this port of the loopback."""
    links = psutil.net_connections("tcp")
    listening = (one for one in links if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port)
    return next(one.pid for one in listening if one.pid)


def _peak_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def percentiles(values: Sequence[float]) -> Mapping[str, float]:
    """The middle one, the 99th of a hundred, and the worst."""
    ordered = sorted(values) or [0.0]
    return {
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
        "worst": ordered[-1],
    }
