"""Rows as aligned plain text. Nothing in a cell can do more than appear in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gate.cli.inert import inert

LONGEST = 60
_GAP = "  "


def lines(head: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()) -> Iterator[str]:
    """The head and the rows; ``right`` are the columns of numbers, which end where their heads end."""
    table = [[_cell(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    for row in table:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield _GAP.join(cells).rstrip()


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else inert(str(value), LONGEST)
