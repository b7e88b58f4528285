"""``python -m benchmarks [decoding|core|door ...] [--seed N] [--json FILE]``: each result beside its baseline.

Without a name all are run. ``--pictures`` and ``--rounds`` are for decoding, ``--visits`` is for the core, ``--times``
for the door.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import core, decoding, door

LIBRARIES = ("numpy", "pillow", "pyzbar", "zxing-cpp", "cryptography")
Result = dict[str, Any]


def main() -> None:
    """Measure and print."""
    args = _arguments()
    runs: dict[str, Callable[[], Result]] = {
        "decoding": lambda: decoding.run(args.seed, args.pictures, args.rounds),
        "core": lambda: core.run(args.seed, args.visits),
        "door": lambda: door.run(args.seed, args.times),
    }
    libraries = {name: version(name) for name in LIBRARIES}
    result: Result = {"python": platform.python_version(), "libraries": libraries}
    print(f"Python {result['python']}, {', '.join(f'{name} {number}' for name, number in libraries.items())}")
    for name in args.what or runs:
        result[name] = runs[name]()
        PRINTERS[name](result[name])
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="decoding|core|door", help="default: all", type=_known)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--visits", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--json", type=Path, help="write the result here as well")
    return parser.parse_args()


def _known(name: str) -> str:
    if name not in PRINTERS:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(PRINTERS)}")
    return name


def _print_decoding(measured: Result) -> None:
    print(f"decoding: seed {measured['seed']}, {measured['pictures']} pictures, {measured['pictures_sha256'][:16]}…")
    ours = measured["ways"]["gate"]
    for name, row in measured["ways"].items():
        ratio = row["cpu_ms_with_code_median"] / ours["cpu_ms_with_code_median"]
        print(
            f"  {name:13} decoded {row['decoded']}/{row['with_code']}, wrong {row['wrong']}, "
            f"CPU of a picture with a code {ratio:.1f} x gate, worst {row['cpu_ms_worst'] / ours['cpu_ms_worst']:.1f} x"
        )


def _print_core(measured: Result) -> None:
    print(f"core: seed {measured['seed']}, {measured['visits']} visits")
    es256_us = measured["es256_us"]
    print(f"  raw ES256 verification    {es256_us} us CPU")
    for what, key, per_s in (
        ("verdict -> effects", "decision_us", "decisions_per_s"),
        ("text -> effects", "text_us", "texts_per_s"),
    ):
        print(f"  {what:25} {measured[key]} us CPU, {measured[per_s]}/s, {measured[key] / es256_us:.1f} x ES256")
    for part in measured["parts"]:
        print(
            f"  after {part['visits']:>8} visits: {part['visit_us']} us CPU a visit, "
            f"{part['rss_mb']} MB, {part['objects']} objects"
        )


def _print_door(measured: Result) -> None:
    gate, loop = measured["gate"], measured["tutorial loop"]
    print(f"door: seed {measured['seed']}, gate {gate['times']} times, tutorial loop {loop['times']} times each")
    print("  in ms: median, p99, worst")
    for what, (figure, target, stretch) in door.TARGETS_MS.items():
        ours, theirs = gate[what], loop[what]
        print(
            f"  {what:25} gate {_three(ours)}; tutorial loop {_three(theirs)}; "
            f"target {figure} <= {target} ({stretch}): {'met' if ours[figure] <= target else 'MISSED'}"
        )


def _three(row: dict[str, float]) -> str:
    return f"{row['median']}, {row['p99']}, {row['worst']}"


PRINTERS: dict[str, Callable[[Result], None]] = {
    "decoding": _print_decoding,
    "core": _print_core,
    "door": _print_door,
}


if __name__ == "__main__":
    main()
