"""Cells for a spreadsheet: text that it could take for a formula begins with an apostrophe."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from gate.cli.inert import inert

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""What makes a spreadsheet calculate."""
_WIDE = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The same signs as East Asian keyboards write them, which a spreadsheet may take for them."""
_BEHIND = re.compile(r"(;\s*)(?=[=+\-@|%\uff1d\uff0b\uff0d\uff20])")
"""Where the list separator is a semicolon, as in Indonesia, a cell may be cut there, whatever quotes are around it."""
_CELL = 64 * 1024


def cell(value: object) -> str:
    """A value as an inert cell; None is an empty one."""
    text = "" if value is None else inert(str(value), _CELL)
    text = _BEHIND.sub(r"\1'", text)
    return f"'{text}" if text.startswith(FORMULA + _WIDE) else text


def row(values: Iterable[object]) -> bytes:
    """One line of CSV."""
    text = io.StringIO()
    csv.writer(text).writerow(map(cell, values))
    return text.getvalue().encode()
