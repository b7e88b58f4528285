"""``python -m benchmarks [--only NAME] [--seed N] [--rounds N] [--json FILE] ...``: prints ratios to the baselines."""

from __future__ import annotations

import argparse
import json
import platform
import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import decoding, denylist

LIBRARIES = ("numpy", "pillow", "pyzbar", "zxing-cpp")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the deny list; 10000000 is a country's")
    parser.add_argument("--only", choices=("decoding", "denylist"), help="measure one thing alone")
    parser.add_argument("--json", type=Path, help="write the result here as well")
    args = parser.parse_args()
    result: dict[str, Any] = {
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
    if args.only != "denylist":
        result["decoding"] = decoding.run(args.seed, args.pictures, args.rounds)
    if args.only != "decoding":
        result["denylist"] = denylist.run(args.seed, args.entries, args.rounds)
    libraries = ", ".join(f"{name} {number}" for name, number in result["libraries"].items())
    print(f"Python {result['python']}, {libraries}")
    for name, show in (("decoding", _print_decoding), ("denylist", _print_denylist)):
        if name in result:
            show(result[name])
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


def _print_decoding(measured: dict[str, Any]) -> None:
    print(f"decoding: seed {measured['seed']}, {measured['pictures']} pictures, {measured['pictures_sha256'][:16]}…")
    ours = measured["ways"]["gate"]
    for name, row in measured["ways"].items():
        ratio = row["cpu_ms_with_code_median"] / ours["cpu_ms_with_code_median"]
        print(
            f"  {name:13} decoded {row['decoded']}/{row['with_code']}, wrong {row['wrong']}, "
            f"CPU of a picture with a code {ratio:.1f} x gate, worst {row['cpu_ms_worst'] / ours['cpu_ms_worst']:.1f} x"
        )


def _print_denylist(measured: dict[str, Any]) -> None:
    print(f"deny list: seed {measured['seed']}, {measured['entries']} entries, {measured['digests_sha256'][:16]}…")
    ours = measured["ways"]["gate"]
    for name, row in measured["ways"].items():
        print(
            f"  {name:16} CPU of a lookup: gate needs {ours['lookup_us_median'] / row['lookup_us_median']:.2f} x of it "
            f"(worst batch {ours['lookup_us_worst'] / row['lookup_us_worst']:.2f} x), "
            f"private memory {row['private_kib'] / ours['private_kib']:.0f} x gate's {ours['private_kib']} KiB"
        )


if __name__ == "__main__":
    main()
