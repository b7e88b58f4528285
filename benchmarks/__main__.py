"""``python -m benchmarks [PART ...] [--seed N] [--json FILE]``: each result beside its baseline, as a ratio."""

from __future__ import annotations

import argparse
import json
import platform
import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import (
    attempts,
    core,
    decoding,
    denylist,
    door,
    draining,
    idle,
    ingesting,
    latency,
    plot,
    report,
    round_trip,
    starting,
    storage,
    verifying,
    visit,
)

LIBRARIES = ("cbor2", "cryptography", "numpy", "pillow", "pyzbar", "zxing-cpp")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is measured, and how its result is printed."""

    run: Callable[[argparse.Namespace], report.Result]
    show: Callable[[report.Result], None]


PARTS = {
    "idle": Part(lambda args: idle.run(args.seed, args.rounds), report.ratios),
    "decoding": Part(lambda args: decoding.run(args.seed, args.pictures, args.rounds), report.ratios),
    "latency": Part(lambda args: latency.run(args.seed, args.rounds), report.ratios),
    "attempts": Part(lambda args: attempts.run(args.seed, args.rounds), report.ratios),
    "round_trip": Part(lambda args: round_trip.run(args.seed, args.rounds), report.round_trip),
    "core": Part(lambda args: core.run(args.seed, args.visits), report.core),
    "door": Part(lambda args: door.run(args.seed, args.times), report.door),
    "visit": Part(lambda args: visit.run(args.seed, args.times), report.visit),
    "verifying": Part(lambda args: verifying.run(args.seed, args.rounds), report.verifying),
    "denylist": Part(lambda args: denylist.run(args.seed, args.entries, args.rounds), report.denylist),
    "storage": Part(lambda args: storage.run(args.seed, args.records, args.rounds), report.storage),
    "draining": Part(lambda args: draining.run(args.seed, args.events, args.rounds), report.draining),
    "ingesting": Part(lambda args: ingesting.run(args.seed, args.messages, args.rounds), report.ingesting),
    "starting": Part(lambda args: starting.run(max(args.rounds, 5), args.seed), report.starting),
}


def main() -> None:
    """Measure and print."""
    args = _arguments()
    libraries = {name: version(name) for name in LIBRARIES}
    result: dict[str, Any] = {"python": platform.python_version(), "libraries": libraries}
    print(f"Python {result['python']}, {', '.join(f'{name} {number}' for name, number in libraries.items())}")
    for name in args.parts or PARTS:
        result[name] = PARTS[name].run(args)
        PARTS[name].show(result[name])
    if args.svg:
        found = {name: ratio for part in args.parts or PARTS for name, ratio in result[part].get("ratios", {}).items()}
        args.svg.write_text(plot.svg(found, report.TARGETS))
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", type=_known, help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--pictures", type=int, default=65, help="for decoding")
    parser.add_argument("--rounds", type=int, default=3, help="shuffled rounds, of which the best counts")
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the deny list; 10000000 is a country's")
    parser.add_argument("--records", type=int, default=2000, help="for storage")
    parser.add_argument("--visits", type=int, default=10_000, help="for the core")
    parser.add_argument("--times", type=int, default=200, help="for the door and for visits")
    parser.add_argument("--events", type=int, default=100_000, help="of the backlog")
    parser.add_argument("--messages", type=int, default=10_000, help="for the ingest")
    parser.add_argument("--json", type=Path, help="write the result here as well")
    parser.add_argument("--svg", type=Path, help="draw the ratios of reading and their targets here")
    return parser.parse_args()


def _known(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(PARTS)}")
    return name


if __name__ == "__main__":
    main()
