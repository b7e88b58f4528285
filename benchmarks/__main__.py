"""``python -m benchmarks [--seed N] [--pictures N] [--rounds N] [--json FILE]``: prints ratios to the baselines."""

from __future__ import annotations

import argparse
import json
import platform
import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import decoding, starting

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
        "starting": starting.run(max(args.rounds, 5), args.seed),
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
    _print_starting(result["starting"])


def _print_starting(measured: dict[str, Any]) -> None:
    ratio = measured["ratio"]
    print(
        f"starting: CPU {ratio['cpu_ms_median']:.2f} x and memory {ratio['peak_mib']:.2f} x naive imports "
        f"({'with' if measured['opencv'] else 'without'} OpenCV)"
    )
    for name, row in measured["ways"].items():
        print(
            f"  {name:32} CPU {row['cpu_ms_median']:.0f} ms, worst {row['cpu_ms_worst']:.0f}; {row['peak_mib']:.0f} MiB"
        )


if __name__ == "__main__":
    main()
