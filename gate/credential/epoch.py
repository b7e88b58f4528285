"""The pseudonym keys of the weeks, where several gates make the same ones: each week's follows from the one before.

Rules: whoever has a week's key can work out the later ones and none of the earlier; so a gate that deletes its old keys
forgets old pseudonyms for good, and gates that were given one key agree without speaking to one another.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta

MOST_WEEKS = 53 * 20
"""A key is not carried on over a longer pause."""


def carried_on(key: bytes, week: str, until: str) -> bytes | None:
    """The key of the week ``until`` (such as 2026-W47) from that of an earlier week; None for weeks too far apart."""
    monday, last = _monday(week), _monday(until)
    if not monday < last <= monday + timedelta(weeks=MOST_WEEKS):
        return None
    while monday < last:
        monday += timedelta(weeks=1)
        name = monday.isocalendar()
        key = hmac.new(key, f"gate epoch {name.year}-W{name.week:02}".encode(), hashlib.sha256).digest()
    return key


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
