"""``python -m benchmarks [NAME …]``: measures against baselines in the same run; prints ratios and their targets."""

from __future__ import annotations

import argparse
import json
import platform
import random
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import decoding, hostile, idle, latency, plot

LIBRARIES = ("numpy", "pillow", "pyzbar", "zxing-cpp")
TARGETS: dict[str, tuple[str, float]] = {
    "B1 CPU, naive pyzbar of gate, empty": (">=", 100),
    "B1 CPU, tuned pyzbar of gate, empty": (">=", 80),
    "B1 CPU, naive pyzbar of gate, people passing": (">=", 20),
    "B2 decoded, of tuned pyzbar": (">=", 1.6),
    "B2 decoded, of the union": (">=", 0.93),
    "B3 CPU, naive pyzbar of gate": (">=", 80),
    "B3 CPU, tuned pyzbar of gate": (">=", 25),
    "B4 time to code, gate of tuned pyzbar, CPU x1": ("<=", 0.85),
    "B4 time to code, gate of tuned pyzbar, CPU x4": ("<=", 0.70),
    "B4 time to code, gate of tuned pyzbar, CPU x20": ("<=", 0.55),
    "B4 films read by gate at every speed": (">=", 6),
    "B5 CPU, worst attempt of worst tuned pyzbar": ("<=", 1.0),
    "B6 wrong payloads": ("<=", 0),
}
Benchmark = Callable[[argparse.Namespace], dict[str, Any]]
BENCHMARKS: dict[str, Benchmark] = {
    "idle": lambda args: idle.run(args.seed, args.rounds),
    "decoding": lambda args: decoding.run(args.seed, args.pictures, args.rounds),
    "latency": lambda args: latency.run(args.seed, args.rounds),
    "hostile": lambda args: hostile.run(args.seed, args.rounds),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--pictures", type=int, default=65)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the result here as well")
    parser.add_argument("--svg", type=Path, help="draw the ratios and their targets here")
    args = parser.parse_args()
    unknown = set(args.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    result: dict[str, Any] = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
    libraries = ", ".join(f"{name} {number}" for name, number in result["libraries"].items())
    print(f"Python {result['python']} on {result['machine']}, {libraries}; seed {args.seed}", flush=True)
    ratios: dict[str, float] = {}
    for name in args.names or BENCHMARKS:
        result[name] = BENCHMARKS[name](args)
        ratios |= result[name]["ratios"]
        _print(name, result[name])
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")
    if args.svg:
        args.svg.write_text(plot.svg(ratios, TARGETS))


def _print(name: str, measured: dict[str, Any]) -> None:
    digest = measured.get("pictures_sha256") or measured["frames_sha256"]
    print(f"{name}: inputs {digest[:16]}…")
    for key, value in measured.items():
        if isinstance(value, dict) and key != "ratios":
            for row, figures in value.items():
                print(f"    {key} {row}: {figures}")
        elif key == "change_gate_ms_per_frame":
            print(f"    {key}: {value}")
    for ratio_name, ratio in measured["ratios"].items():
        sign, target = TARGETS.get(ratio_name, ("", 0))
        judged = f"{'met' if plot.met(ratio, sign, target) else 'MISSED'} (target {sign} {target:g})" if sign else ""
        print(f"  {ratio_name}: {ratio:.3g} {judged}", flush=True)


if __name__ == "__main__":
    main()
