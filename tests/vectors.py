"""Where the test cases of others are: the folder that ``GATE_VECTORS`` names, or one beside the working copy."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("GATE_VECTORS", Path(__file__).parents[2] / "shared" / "vectors"))


def vector_file(name: str) -> Path:
    """A file of theirs; skips the test where it is not on this machine."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the test cases of others are not here: no {name} (set GATE_VECTORS to their folder)")
    return path


def vector_cases(family: str) -> Iterator[dict[str, Any]]:
    """All cases of a family."""
    with vector_file(f"{family}/cases.jsonl").open() as file:
        for line in file:
            yield json.loads(line)
