"""What may stand in each column of a registry, from a TOML value or from the text of a spreadsheet's cell."""

from __future__ import annotations

import difflib
import json
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from gate.wire import topics

MOST_GATES = 1000
MOST_PEOPLE = 100_000
LONGEST_TEXT = 120
_LONGEST_SHOWN = 60
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_INDONESIAN = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", re.ASCII)
_TAKEN = {"site": "all", "gate": "site"}
"""Words of the topics, which no office and no gate can be called."""


class UnfitError(Exception):
    """The value does not fit; the text goes on after the column's name."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. An empty cell is a missing one."""

    read: Callable[[object], object]
    advice: str
    required: bool = False


def _name_of(what: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or not topics.is_name(value):
            allowed = "lower-case letters, digits and hyphens, at most 63, a letter or digit first"
            raise UnfitError(f"must be {allowed}, is {_shown(value)}")
        if value == _TAKEN[what]:
            raise UnfitError(f"{_shown(value)} is a word of the topics and cannot be a name")
        return value

    return read


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise UnfitError(f"must be text of at most {LONGEST_TEXT} characters, is {_shown(value)}")
    if not value.isprintable() or value != value.strip():
        raise UnfitError("holds a character that cannot be seen, or a space at an end")
    return value


def _zone(value: object) -> str:
    if not isinstance(value, str) or value not in _zones():
        near = difflib.get_close_matches(str(value), _zones(), n=1)
        raise UnfitError(f"is no time zone: {_shown(value)}{f' (did you mean {_shown(near[0])}?)' if near else ''}")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _count(most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        plain = value if isinstance(value, str) else str(value) if type(value) is int else ""
        if re.fullmatch("[0-9]{1,9}", plain, re.ASCII) is None or int(plain) > most:
            raise UnfitError(f"must be a whole number from 0 to {most}, is {_shown(value)}")
        return int(plain)

    return read


def _day(value: object) -> date:
    """A TOML date, 2026-11-25, or 25/11/2026 as a spreadsheet in Indonesia writes it."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        iso, local = _ISO.fullmatch(value), _INDONESIAN.fullmatch(value)
        parts = iso.groups() if iso else local.groups()[::-1] if local else ()
        try:
            if parts:
                return date(*map(int, parts))
        except ValueError:
            pass
    raise UnfitError(f"must be a day such as 2026-11-25 or 25/11/2026, is {_shown(value)}")


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return json.dumps(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…", ensure_ascii=False)


_TEXT_ADVICE = "Write it as people call it, on one line"
_DAY_ADVICE = "Leave it empty while it is not known"

SITE: Mapping[str, Column] = {
    "id": Column(_name_of("site"), "Give each office the site.id that its gates have, for good", required=True),
    "name": Column(_text, _TEXT_ADVICE, required=True),
    "district": Column(_text, _TEXT_ADVICE),
    "timezone": Column(_zone, "Asia/Jakarta, Asia/Makassar and Asia/Jayapura are those of Indonesia"),
    "planned_gates": Column(_count(MOST_GATES), "How many gates the office is to have"),
    "planned": Column(_day, _DAY_ADVICE),
    "capacity": Column(_count(MOST_PEOPLE), "Leave it empty where nobody counts visitors"),
}
GATE: Mapping[str, Column] = {
    "id": Column(_name_of("gate"), "Use the gate.id of the unit, which is the name in its certificate", required=True),
    "site": Column(_name_of("site"), "Use the id of an office of this registry", required=True),
    "name": Column(_text, _TEXT_ADVICE),
    "planned": Column(_day, _DAY_ADVICE),
    "installed": Column(_day, _DAY_ADVICE),
    "retired": Column(_day, _DAY_ADVICE),
}
