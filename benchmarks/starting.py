"""What loading the service costs (B14): processor time and memory of a fresh process, against two sets of imports.

Every process starts with the libraries' and the gate's own compiled files at hand, and with nothing of this process's
environment that would make either of them cheaper.  Beside it stands the whole service, until it says that it is ready.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from benchmarks import serving
from benchmarks.baselines import tutorial_imports

COMMAND = "import gate.cli.main, gate.cli.run\nfrom gate.cli.loading import loading\nwith loading():\n "
CAMERA = f"{COMMAND}import gate.service.camera_parts"
FIXED = "cbor2, gpiozero, numpy, paho.mqtt.client, sqlite3"
KEYS = "cryptography.hazmat.primitives.asymmetric.ed25519, cryptography.hazmat.primitives.asymmetric.rsa"
NAIVE, TUTORIAL = "naive", "tutorial"
WAYS = {
    "interpreter": ["-c", "pass"],
    NAIVE: ["-m", "benchmarks.baselines.naive_imports"],
    TUTORIAL: ["-m", "benchmarks.baselines.tutorial_imports"],
    "gate": ["-c", f"{CAMERA}, gate.service.app"],
    "gate, until its camera is opened": ["-c", CAMERA],
    "the libraries of its design, alone": ["-c", f"import gate.service, {FIXED}, {KEYS}"],
}
COMPARED = ("cpu_ms_median", "peak_mib")
JUDGED = ("gate", "gate, until its camera is opened", "the libraries of its design, alone")
LAUNCHER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(pid, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(bool(status))
"""
"""A small process between: Linux counts what the starter holds at ``exec`` as the peak of the started."""
OURS_ALONE = ("OPENBLAS_NUM_THREADS", "PYTHONDONTWRITEBYTECODE")
"""The first is set by loading the service, as here; the second would have the gate compiled at each start."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process and those that it started."""

    cpu_ms: float
    peak_mib: float


def run(rounds: int, seed: int) -> dict[str, Any]:
    """Start every way in each round, in an order of its own; the result as JSON holds it."""
    missing = tutorial_imports.missing()
    ways = {name: arguments for name, arguments in WAYS.items() if name != TUTORIAL or not missing}
    jobs = [name for name in ways for _ in range(rounds)]
    random.Random(seed).shuffle(jobs)  # noqa: S311  (an order, not a secret)
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as compiled:
        environment = _environment(compiled)
        for arguments in ways.values():
            _cost(arguments, environment)  # the first one compiles, and reads the disk
        for name in jobs:
            costs[name].append(_cost(ways[name], environment))
        served = [serving.started(seed, environment) for _ in range(rounds)]
    rows = {name: _row(many) for name, many in costs.items()}
    return {
        "seed": seed,
        "rounds": rounds,
        "opencv": find_spec("cv2") is not None,
        "missing": missing,
        "ways": rows,
        "serving": serving.row(served),
        "ratio": {name: _ratios(rows, name) for name in (NAIVE, TUTORIAL) if name in rows},
    }


def _environment(compiled: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS_ALONE}
    return kept | {"PYTHONPYCACHEPREFIX": compiled}


def _cost(arguments: list[str], environment: Mapping[str, str]) -> Cost:
    command = [sys.executable, "-I", "-S", "-c", LAUNCHER, sys.executable, *arguments]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environment)  # noqa: S603  (our own words)
    if ended.returncode:
        raise RuntimeError(f"{arguments} ended with {ended.returncode}")
    cpu_s, peak_kib = ended.stdout.splitlines()[-1].split()
    return Cost(float(cpu_s) * 1000, int(peak_kib) / 1024)


def _row(costs: list[Cost]) -> dict[str, float]:
    return {
        "cpu_ms_median": round(statistics.median(one.cpu_ms for one in costs), 1),
        "cpu_ms_worst": round(max(one.cpu_ms for one in costs), 1),
        "peak_mib": round(statistics.median(one.peak_mib for one in costs), 1),
    }


def _ratios(rows: dict[str, dict[str, float]], baseline: str) -> dict[str, dict[str, float]]:
    """What each way of ours needs of the baseline's."""
    return {way: {key: round(rows[way][key] / rows[baseline][key], 2) for key in COMPARED} for way in JUDGED}
