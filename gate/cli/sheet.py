"""Cells for a spreadsheet: text that it could take for a formula begins with an apostrophe."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from gate.cli.inert import inert

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""What makes a spreadsheet calculate."""
_CELL = 64 * 1024


def cell(value: object) -> str:
    """A value as an inert cell; None is an empty one."""
    text = "" if value is None else inert(str(value), _CELL)
    return f"'{text}" if text.startswith(FORMULA) else text


def row(values: Iterable[object]) -> bytes:
    """One line of CSV."""
    text = io.StringIO()
    csv.writer(text).writerow(map(cell, values))
    return text.getvalue().encode()
