"""``python -m tests.conformance DIR [--json FILE]``: a table per family, every difference, 1 at a false accept.

DIR is a folder of families (``<family>/cases.jsonl``), or one family. Exit codes: 0 no false accept; 1 a false accept;
2 wrong options, or no cases there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from gate.cli.inert import say
from tests.conformance.judging import Finding
from tests.conformance.running import Family, run

FALSE_ACCEPT, WRONG_USE = 1, 2
COLUMNS = (
    *(Finding.AGREED, Finding.FALSE_ACCEPT, Finding.FALSE_REJECT),
    *(Finding.REASON_DIFFERS, Finding.OPEN, Finding.NOT_STATED, Finding.NOT_RUN),
)
DIFFERENCES = frozenset((Finding.FALSE_ACCEPT, Finding.FALSE_REJECT, Finding.REASON_DIFFERS, Finding.OPEN))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every outcome here as well")
    options = parser.parse_args(arguments)
    found = run(options.folder)
    if not found:
        say(f"There is no cases.jsonl in {options.folder}.")
        return WRONG_USE
    for line in report(found):
        say(line)
    if options.json:
        try:
            options.json.write_text(json.dumps([asdict(family) for family in found], indent=1) + "\n")
        except OSError as error:
            say(f"Cannot write {options.json}: {error.strerror}.")
            return WRONG_USE
    return FALSE_ACCEPT if any(family.count(Finding.FALSE_ACCEPT) for family in found) else 0


def report(found: Sequence[Family]) -> Iterator[str]:
    """The table, then the differences."""
    yield f"{'family':<14}{'cases':>7}" + "".join(f"{column.value:>16}" for column in COLUMNS) + f"{'valid':>8}"
    for family in found:
        counts = "".join(f"{family.count(column):>16}" for column in COLUMNS)
        yield f"{family.name:<14}{len(family.outcomes):>7}{counts}{family.valid:>8}  {family.note}".rstrip()
    for family in found:
        for outcome in family.outcomes:
            if outcome.finding in DIFFERENCES:
                yield f"{outcome.finding.value}: {outcome.name}: wanted {outcome.wanted.value}, said {outcome.said}"


if __name__ == "__main__":
    sys.exit(main())
