"""``python -m benchmarks [--only PART] [--seed N] [--pictures N] [--rounds N] [--json FILE]``: ratios to baselines."""

from __future__ import annotations

import argparse
import json
import platform
import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import decoding, verifying

LIBRARIES = ("cbor2", "cryptography", "numpy", "pillow", "pyzbar", "zxing-cpp")
PARTS = ("decoding", "verifying")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part; may be given several times")
    parser.add_argument("--json", type=Path, help="write the result here as well")
    args = parser.parse_args()
    result: dict[str, Any] = {
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
    parts = args.only or PARTS
    if "decoding" in parts:
        result["decoding"] = decoding.run(args.seed, args.pictures, args.rounds)
    if "verifying" in parts:
        result["verifying"] = verifying.run(args.seed, args.rounds)
    _print(result)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


def _print(result: dict[str, Any]) -> None:
    libraries = ", ".join(f"{name} {number}" for name, number in result["libraries"].items())
    print(f"Python {result['python']}, {libraries}")
    if "decoding" in result:
        _print_decoding(result["decoding"])
    if "verifying" in result:
        _print_verifying(result["verifying"])


def _print_decoding(measured: dict[str, Any]) -> None:
    print(f"decoding: seed {measured['seed']}, {measured['pictures']} pictures, {measured['pictures_sha256'][:16]}…")
    ours = measured["ways"]["gate"]
    for name, row in measured["ways"].items():
        ratio = row["cpu_ms_with_code_median"] / ours["cpu_ms_with_code_median"]
        print(
            f"  {name:13} decoded {row['decoded']}/{row['with_code']}, wrong {row['wrong']}, "
            f"CPU of a picture with a code {ratio:.1f} x gate, worst {row['cpu_ms_worst'] / ours['cpu_ms_worst']:.1f} x"
        )


def _print_verifying(measured: dict[str, Any]) -> None:
    print(f"verifying: seed {measured['seed']}, {measured['codes']} codes of each format, text to verified claims")
    for name, row in measured["formats"].items():
        print(
            f"  {name:16} {row['median']:.2f} x its signature check, worst {row['worst']:.2f} x, "
            f"{row['characters']} characters, {row['sha256'][:16]}…"
        )
    for name, ratio in measured["bombs"].items():
        print(f"  a bomb of {name}: refused for {ratio:.2f} raw ES256 verifications")


if __name__ == "__main__":
    main()
