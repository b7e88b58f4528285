"""The facts document: the JSON that a pack's rules see, derived from what a credential shows, and impersonal.

Rules: what speaks for the holder counts only once it has happened; what speaks against them counts in any case. Days
are days of the local calendar, hours are completed ones, years are completed ones. docs/rules.md lists every field.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from gate.policy.shown import Finding, LabTest, Method, Shown
from gate.policy.strict import RuleError

HOUR = timedelta(hours=1)
MOST_TESTS = 16
"""The newest that are looked at."""
BOOSTER_DOSE = 3
"""From this dose on it is a booster, whatever the size of the series: some issuers count 3 of 3."""


def nothing() -> dict[str, Any]:
    """The document of a credential that shows nothing: every field is always there."""
    return {
        "facts": {
            "kind": "",
            "proves": [],
            "age": {"known": False, "years": None},
            "vaccination": {"known": False, "doses": 0, "complete": False, "booster": False, "days": None},
            "recovery": {"known": False, "days": None},
            "test": {"known": False, "kind": None, "result": None, "hours": None},
            "positive": {"known": False, "days": None, "negative_pcr_days": []},
            "contact": {"known": False, "days": None, "negative_pcr_days": []},
            "pass": {"known": False, "colour": None, "purpose": None},
        },
        "external": {"validationClock": None, "site": ""},
    }


NOTHING = nothing()
"""Which fields there are; never to be changed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when the facts are looked at. ``utc`` is aware; ``utc_offset_min`` makes it local time."""

    utc: datetime
    site: str = ""
    utc_offset_min: int = 0

    @property
    def today(self) -> date:
        return self.day_of(self.utc)

    def day_of(self, moment: datetime) -> date:
        """The local day of a moment; one at the calendar's edge keeps its own."""
        try:
            return (moment.astimezone(UTC) + timedelta(minutes=self.utc_offset_min)).date()
        except OverflowError:
            return moment.date()


def facts_document(shown: Shown, place: Place) -> dict[str, Any]:
    """The document of a credential at a place and moment."""
    document = nothing()
    facts = document["facts"]
    facts["kind"], facts["proves"] = shown.kind, _proves(shown)
    facts["age"] |= _age(shown.born, place.today)
    facts["vaccination"] |= _vaccination(shown, place.today)
    facts["recovery"] |= _since(shown.first_positive, place.today)
    facts["test"] |= _newest_test(shown.tests, place)
    facts["positive"] |= _positive(shown, place)
    facts["contact"] |= _contact(shown, place)
    if shown.gate_pass is not None:
        colour = shown.gate_pass.colour
        facts["pass"] = {
            "known": True,
            "colour": None if colour is None else colour.value,
            "purpose": shown.gate_pass.purpose,
        }
    document["external"] = {"validationClock": _clock(place.utc), "site": place.site}
    return document


def completed(partial: Any) -> dict[str, Any]:
    """A document that gives only some fields, with all others as if nothing was shown. Raises ``RuleError``.

    A field that the document does not know is an error, so that a case with a slip of the pen tests something.
    """
    merged = _merged(NOTHING, partial, "the document")
    return dict(merged)


def _merged(whole: Mapping[str, Any], partial: Any, where: str) -> dict[str, Any]:
    if not isinstance(partial, Mapping):
        raise RuleError(f"{where} must be an object")
    unknown = partial.keys() - whole.keys()
    if unknown:
        raise RuleError(f"{where} has the unknown field {min(map(str, unknown))[:64]!r}")
    return {name: _field(value, partial, name) for name, value in whole.items()}


def _field(value: Any, partial: Mapping[str, Any], name: str) -> Any:
    if name not in partial:
        return copy.deepcopy(value)
    if isinstance(value, Mapping):
        return _merged(value, partial[name], name)
    if isinstance(partial[name], Mapping):
        raise RuleError(f"{name} must not be an object")
    return copy.deepcopy(partial[name])


def _proves(shown: Shown) -> list[str]:
    """The topics of the credential, which a pack must speak of to decide on it."""
    topics = {
        "vaccination": shown.vaccination is not None,
        "recovery": shown.first_positive is not None,
        "test": bool(shown.tests),
        "exposure": shown.exposure.positive or shown.exposure.contact,
        "pass": shown.gate_pass is not None,
    }
    return [topic for topic, there in topics.items() if there]


def _age(born: date | None, today: date) -> dict[str, Any]:
    if born is None or born > today:
        return {}
    before_birthday = (today.month, today.day) < (born.month, born.day)
    return {"known": True, "years": today.year - born.year - before_birthday}


def _vaccination(shown: Shown, today: date) -> dict[str, Any]:
    given = shown.vaccination
    if given is None or given.doses < 1 or (given.last is not None and given.last > today):
        return {}
    complete = given.booster or given.doses >= max(given.needed, 1)
    return {
        "known": True,
        "doses": given.doses,
        "complete": complete,
        "booster": given.booster or given.doses > max(given.needed, 1) or given.doses >= BOOSTER_DOSE,
        "days": None if given.last is None else (today - given.last).days,
    }


def _since(day: date | None, today: date) -> dict[str, Any]:
    return {} if day is None or day > today else {"known": True, "days": (today - day).days}


def _newest_test(tests: Iterable[LabTest], place: Place) -> dict[str, Any]:
    taken = [test for test in tests if test.taken <= place.utc]
    if not taken:
        return {}
    newest = max(taken, key=lambda test: (test.taken, test.result, test.kind))
    hours = (place.utc - newest.taken) // HOUR
    return {"known": True, "kind": newest.kind.value, "result": newest.result.value, "hours": hours}


def _positive(shown: Shown, place: Place) -> dict[str, Any]:
    """The newest day on which the holder is known to have been positive; a day to come counts as today."""
    days = [place.day_of(test.taken) for test in shown.tests if test.result is Finding.POSITIVE]
    days += [] if shown.first_positive is None else [shown.first_positive]
    days += [shown.exposure.positive_on or place.today] if shown.exposure.positive else []
    return _running_since(max(days), shown.tests, place) if days else {}


def _contact(shown: Shown, place: Place) -> dict[str, Any]:
    if not shown.exposure.contact:
        return {}
    return _running_since(shown.exposure.contact_on or place.today, shown.tests, place)


def _running_since(start: date, tests: Iterable[LabTest], place: Place) -> dict[str, Any]:
    negative = {
        (place.day_of(test.taken) - start).days
        for test in tests
        if test.kind is Method.PCR and test.result is Finding.NEGATIVE and test.taken <= place.utc
    }
    days = sorted(day for day in negative if day >= 0)[-MOST_TESTS:]
    return {"known": True, "days": max(0, (place.today - start).days), "negative_pcr_days": days}


def _clock(utc: datetime) -> str:
    return utc.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
