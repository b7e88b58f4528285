"""Cells for a spreadsheet: nothing in them calculates, wherever the spreadsheet cuts a line."""

from __future__ import annotations

import pytest

from gate.cli import sheet


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("a; @sum", "a; '@sum"),
        ("a=b", "a=b"),
        ("2026-11-25", "2026-11-25"),
        (None, ""),
    ],
)
def test_what_could_be_a_formula_begins_with_an_apostrophe(text: str | None, cell: str) -> None:
    assert sheet.cell(text) == cell
