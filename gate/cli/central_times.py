"""Times for staff: shown in this machine's time zone, and days asked for in it."""

from __future__ import annotations

import argparse
from datetime import date, datetime, time, timedelta

from gate.wire.site import EARLIEST, LATEST


def local(moment: datetime) -> str:
    """Day and time of day here; at the ends of the calendar, where no other zone has a time for it, as it came."""
    return f"{_here(moment):%Y-%m-%d %H:%M:%S}"


def local_day(moment: datetime) -> str:
    """The day here."""
    return f"{_here(moment):%Y-%m-%d}"


def _here(moment: datetime) -> datetime:
    try:
        return moment.astimezone()
    except (OverflowError, ValueError):
        return moment


def day(text: str) -> date:
    """A day as an argument."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not EARLIEST.date() <= found < LATEST.date():
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as in 2026-11-25")
    return found


def span(of: date) -> tuple[datetime, datetime]:
    """The day here, from midnight to midnight."""
    begin, end = (datetime.combine(one, time()).astimezone() for one in (of, of + timedelta(days=1)))
    return begin, end
