"""Real cases of others, read where they lie; tests that need them are skipped with a reason where they are not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gate.ports import Luma
from tests.house import ROOT

FOLDER = Path(os.environ.get("GATE_VECTORS", ROOT.parent / "shared" / "vectors"))


def cases(family: str) -> list[dict[str, Any]]:
    """The cases of a family; skips the test when they are not on this machine."""
    path = FOLDER / family / "cases.jsonl"
    if not path.is_file():
        pytest.skip(f"the cases of {family} are not here: name their folder in GATE_VECTORS")
    return [json.loads(line) for line in path.read_text().splitlines()]


def with_pictures(family: str) -> Iterator[tuple[dict[str, Any], Luma]]:
    """Each case that has a picture, with the picture in grey; what is transparent counts as white."""
    for case in cases(family):
        if case.get("image"):
            yield case, grey(FOLDER / family / case["image"])


def grey(path: Path) -> Luma:
    with Image.open(path) as opened:
        image: Image.Image = opened
        if image.has_transparency_data:
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
        return np.array(image.convert("L"), np.uint8)
