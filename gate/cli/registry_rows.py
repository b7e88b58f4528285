"""The rows of a badge list as a spreadsheet saves it: ``id``, ``colour``, ``valid_from``, ``valid_until``.

What is wrong is told by its row, all of it at once, and never with the id that stands there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta, timezone

from gate.cli.arguments import CommandError
from gate.credential.badge_pattern import compiled
from gate.credential.badges import Badge, packed
from gate.credential.model import Colour

COLUMNS = ("id", "colour", "valid_from", "valid_until")
MOST_SHOWN = 20
_DAY = timedelta(days=1)
_DATE_CHARACTERS = 10


def read_badges(raw: bytes, pattern: str, zone: timezone) -> dict[bytes, Badge]:
    """The badges by their codes. ``zone`` is where days begin. Raises ``CommandError`` with every row that is wrong."""
    found: dict[bytes, Badge] = {}
    problems: list[str] = []
    for number, row in _rows(raw):
        try:
            code, badge = _badge(row, pattern, zone)
        except ValueError as error:
            problems.append(f"row {number}: {error}")
            continue
        if code in found:
            problems.append(f"row {number}: its id stood there before")
        found[code] = badge
    if problems:
        more = [f"and {len(problems) - MOST_SHOWN} more"] if len(problems) > MOST_SHOWN else []
        raise CommandError("\n  ".join(["The list has rows that cannot be used:", *problems[:MOST_SHOWN], *more]))
    return found


def _rows(raw: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Row number, as a spreadsheet counts, and cells by their column."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError("The list is not UTF-8. Save it as CSV UTF-8.") from None
    lines = text.splitlines()
    separator = ";" if lines and ";" in lines[0] else ","
    rows = csv.reader(lines, delimiter=separator)
    header = [name.strip().lower() for name in next(rows, [])]
    if "id" not in header or not set(header) <= set(COLUMNS) or len(set(header)) != len(header):
        raise CommandError(f"The first row must name the columns: id, and any of {', '.join(COLUMNS[1:])}.")
    for cells in rows:
        if any(cell.strip() for cell in cells):
            yield rows.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=False))


def _badge(row: Mapping[str, str], pattern: str, zone: timezone) -> tuple[bytes, Badge]:
    code = row.get("id", "").encode()
    if not compiled(pattern).fullmatch(code):
        raise ValueError("its id does not look as the pattern says")
    badge = Badge(
        _colour(row.get("colour", "")),
        _begin(row.get("valid_from", ""), zone),
        _end(row.get("valid_until", ""), zone),
    )
    packed(badge)
    return code, badge


def _colour(text: str) -> Colour:
    try:
        return Colour(text.lower() or Colour.GREEN)
    except ValueError:
        raise ValueError(f"its colour is not one of {', '.join(Colour)}") from None


def _begin(text: str, zone: timezone) -> datetime | None:
    return _moment(text, zone) if text else None


def _end(text: str, zone: timezone) -> datetime | None:
    """The first moment past it: the midnight after a last day."""
    if not text:
        return None
    moment = _moment(text, zone)
    return moment + _DAY if len(text) == _DATE_CHARACTERS else moment


def _moment(text: str, zone: timezone) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a time of it is not a day such as 2026-12-31, or a day and time") from None
    if len(text) == _DATE_CHARACTERS:
        moment = datetime.combine(moment.date(), time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
