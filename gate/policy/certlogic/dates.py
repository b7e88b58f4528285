"""Dates and date-times of CertLogic: reading them, and adding to them as JavaScript's Date does.

All are in UTC and cut to milliseconds. Raises ``CertLogicError`` for what is no date, or leaves the years 1 to 9999.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta

from gate.policy.certlogic.budget import CertLogicError

UNITS = ("year", "month", "day", "hour")

_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"(?:\.([0-9]+))?(?:Z|([+-])([0-9]{1,2}):?([0-9]{2})?)?"
)
_LONGEST = 64
"""Characters of a date; more decimals than that are a joke."""
_FURTHEST = 100_000_000
"""No distance of more units stays within the years that there are."""


def date_of_birth(text: str) -> datetime:
    """Midnight of the last day that a date of birth, perhaps partial, can mean: YYYY, YYYY-MM or YYYY-MM-DD."""
    found = _PARTIAL.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise CertLogicError("not a date of the form YYYY, YYYY-MM or YYYY-MM-DD")
    year, month = int(found[1]), int(found[2] or 12)
    try:
        day = int(found[3]) if found[3] else calendar.monthrange(year, month)[1]
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        raise CertLogicError("not a day of the calendar") from None


def moment(text: str) -> datetime:
    """A date-time, or a date as its midnight; without a zone it is UTC."""
    found = _MOMENT.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return date_of_birth(text)
    numbers = [int(found[part]) for part in range(1, 7)]
    milliseconds = int((found[7] or "")[:3].ljust(3, "0"))
    try:
        local = datetime(*numbers, microsecond=milliseconds * 1000, tzinfo=UTC)  # type: ignore[arg-type, misc]  # six numbers
        return local - _offset(found[8], found[9], found[10])
    except (ValueError, OverflowError):
        raise CertLogicError("not a moment of the calendar") from None


def plus(text: str, amount: int, unit: str) -> datetime:
    """The date-time with so many years, months, days or hours added; days beyond a month's end run into the next."""
    start = moment(text)
    if abs(amount) > _FURTHEST:
        raise CertLogicError("the time to add is far too long")
    try:
        if unit in ("day", "hour"):
            return start + timedelta(**{f"{unit}s": amount})
        return _plus_months(start, amount * 12 if unit == "year" else amount)
    except (ValueError, OverflowError):
        raise CertLogicError("the result is beyond the calendar") from None


def _plus_months(start: datetime, months: int) -> datetime:
    years, month = divmod(start.month - 1 + months, 12)
    first = start.replace(year=start.year + years, month=month + 1, day=1)
    return first + timedelta(days=start.day - 1)


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if int(hours or 0) > 23 or int(minutes or 0) > 59:  # noqa: PLR2004  (ISO 8601's)
        raise ValueError("no such offset")
    return -offset if sign == "-" else offset
