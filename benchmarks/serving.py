"""What the whole service has cost when it is ready, itself and its decoders' processes: for ``starting`` (B14)."""

from __future__ import annotations

import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from gate.adapters.clock_system import SystemClock
from gate.simulation.office import Office

PATIENCE_S = 20.0
NO_BROKER = 9
"""A port at which nobody answers: the service is ready without its broker."""


@dataclass(frozen=True, slots=True)
class Served:
    """The service alone, and with its decoders. Shared pages count in parts (PSS)."""

    cpu_ms: float
    mib: float
    decoders_cpu_ms: float
    decoders_mib: float


def started(seed: int, environment: Mapping[str, str]) -> Served:
    """Start ``gate run`` on mock pins, wait until it is ready, look, and end it."""
    office = Office.from_seed(random.Random(seed), SystemClock().now().utc)  # noqa: S311  (keys for a benchmark)
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        folder = Path(name)
        manager.bind(str(folder / "notify"))
        manager.settimeout(PATIENCE_S)
        config = office.set_up(folder, NO_BROKER)
        command = [sys.executable, "-m", "gate.cli.main", "run", "--config", str(config)]
        told = dict(environment) | {"NOTIFY_SOCKET": str(folder / "notify")}
        with subprocess.Popen(command, env=told, stderr=subprocess.DEVNULL) as process:  # noqa: S603  (our own program)
            try:
                while not manager.recv(4096).startswith(b"READY=1"):
                    pass
                return _looked_at(psutil.Process(process.pid))
            finally:
                process.terminate()


def row(many: Sequence[Served]) -> dict[str, float]:
    """Medians."""
    names = ("cpu_ms", "mib", "decoders_cpu_ms", "decoders_mib")
    return {name: round(statistics.median(getattr(one, name) for one in many), 1) for name in names}


def _looked_at(service: psutil.Process) -> Served:
    decoders = service.children()
    if len(decoders) < 2:  # noqa: PLR2004  (one for each library)
        raise RuntimeError("the decoders' processes are not there")
    return Served(_cpu_ms(service), _mib(service), sum(map(_cpu_ms, decoders)), sum(map(_mib, decoders)))


def _cpu_ms(process: psutil.Process) -> float:
    ticks = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) * 1000 / os.sysconf("SC_CLK_TCK")


def _mib(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss) / 2**20
