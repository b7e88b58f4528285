"""Values of health certificates, read leniently: issuers in the field break their own schemas, and a door copes.

What cannot be read is as if it were missing; nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

MAX_TEXT = 255
_MAX_COUNT = 99
_DAY_CHARACTERS = 10
_PARTIAL_DATE = re.compile(r"[12][0-9]{3}(-(0[1-9]|1[0-2]))?")


def text(value: object) -> str:
    """A text without space around it, or nothing."""
    return value.strip() if isinstance(value, str) and len(value) <= MAX_TEXT else ""


def texts(values: Iterable[object]) -> list[str]:
    """``text`` of each."""
    return [value.strip() if isinstance(value, str) and len(value) <= MAX_TEXT else "" for value in values]


def as_written(value: object) -> str:
    """A text of any length with all its spaces, or nothing: what deny lists digest."""
    return value if isinstance(value, str) else ""


def count(value: object) -> int | None:
    """A small whole number, also as ``2.0``."""
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= _MAX_COUNT else None


def day(value: object) -> date | None:
    """The date of an ISO 8601 date or date-time."""
    if value is None:
        return None
    written = text(value)
    if written[4:5] != "-" or written[7:8] != "-":  # a week's date and one without hyphens are none here
        return None
    try:
        return date.fromisoformat(written[:_DAY_CHARACTERS])
    except ValueError:
        return None


def moment(value: object) -> datetime | None:
    """An ISO 8601 date-time that says its zone, in UTC."""
    try:
        time = datetime.fromisoformat(text(value))
        return None if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def birth_date(value: object) -> str:
    """An ISO 8601 date, which may lack its day or its month as well."""
    written = text(value)
    if day(written) is not None:
        return written[:_DAY_CHARACTERS]
    return written if _PARTIAL_DATE.fullmatch(written) else ""
