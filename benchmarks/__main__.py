"""``python -m benchmarks [--seed N] [--pictures N] [--rounds N] [--json FILE]``: prints ratios to the baselines."""

from __future__ import annotations

import argparse
import json
import platform
import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import decoding, round_trip

LIBRARIES = ("numpy", "pillow", "pyzbar", "zxing-cpp")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the result here as well")
    args = parser.parse_args()
    result = {
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "decoding": decoding.run(args.seed, args.pictures, args.rounds),
        "round_trip": round_trip.run(args.seed, args.rounds),
    }
    _print(result)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


def _print(result: dict[str, Any]) -> None:
    measured = result["decoding"]
    libraries = ", ".join(f"{name} {number}" for name, number in result["libraries"].items())
    print(f"Python {result['python']}, {libraries}")
    print(f"decoding: seed {measured['seed']}, {measured['pictures']} pictures, {measured['pictures_sha256'][:16]}…")
    ours = measured["ways"]["gate"]
    for name, row in measured["ways"].items():
        ratio = row["cpu_ms_with_code_median"] / ours["cpu_ms_with_code_median"]
        print(
            f"  {name:13} decoded {row['decoded']}/{row['with_code']}, wrong {row['wrong']}, "
            f"CPU of a picture with a code {ratio:.1f} x gate, worst {row['cpu_ms_worst'] / ours['cpu_ms_worst']:.1f} x"
        )
    for name in ("zxing", "zbar"):
        here, child = (result["round_trip"][f"{name} {where}"] for where in ("here", "child"))
        print(
            f"  {name} in its own process: {child['wall_ms'] / here['wall_ms']:.2f} x the time of a frame here, "
            f"{child['own_cpu_ms'] / here['own_cpu_ms']:.3f} x the CPU of the service"
        )


if __name__ == "__main__":
    main()
