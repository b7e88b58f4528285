"""``python -m tests.fuzz [--seconds N] [--engine atheris|guided] [--corpus DIR] [--seed N]``: text to verdict.

With atheris where it is installed, else with the fuzzer of tests/fuzz/guided.py. Ends with 0 when nothing was found;
what was found is printed with its input. ``GATE_VECTORS`` names the cases of others, which then are seeds as well.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gate.cli.inert import say

VECTORS = Path(os.environ.get("GATE_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
NO_ATHERIS = "atheris, which has no wheel for every machine, is not installed: tests/fuzz/guided.py runs instead"


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--engine", choices=("atheris", "guided"), help="the default is atheris where it is installed")
    parser.add_argument("--corpus", type=Path, help="where atheris keeps what it finds; for long runs")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 2**31))
    options = parser.parse_args(arguments)
    there = importlib.util.find_spec("atheris") is not None
    if options.engine == "atheris" and not there:
        parser.error("atheris is not installed; see docs/dependencies.md")
    if there and options.engine != "guided":
        return _with_atheris(options)
    if not there and options.engine is None:
        say(NO_ATHERIS)
    return _guided(options.seconds, options.seed)


def _guided(seconds: float, seed: int) -> int:
    from tests.fuzz import guided, target  # noqa: PLC0415  (atheris must come first where it is used)

    run = guided.fuzz(target.one, target.seeds(VECTORS), seconds, seed)
    say(f"seed {seed}: {run.tried} inputs tried, {len(run.kept)} kept, {len(run.lines)} lines reached, nothing found")
    return 0


def _with_atheris(options: argparse.Namespace) -> int:
    import atheris  # noqa: PLC0415  (not for every machine)

    with atheris.instrument_imports(include=["gate.credential"]):
        from tests.fuzz import target  # noqa: PLC0415  (instrumented while it loads)

    with tempfile.TemporaryDirectory() as temporary:
        corpus = options.corpus or Path(temporary)
        corpus.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(target.seeds(VECTORS)):
            (corpus / f"seed-{number:04}").write_bytes(data)
        limits = [f"-max_total_time={int(options.seconds)}", "-max_len=6000", "-timeout=10", "-rss_limit_mb=1024"]
        atheris.Setup([sys.argv[0], *limits, f"-seed={options.seed}", str(corpus)], target.one)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
