"""Cases: facts with the colour that a pack must give them, and the cases that two packs are compared by."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gate.credential.model import Colour
from gate.policy.facts import completed
from gate.policy.strict import Fields, RuleError

MOST_CASES = 10_000


@dataclass(frozen=True, slots=True)
class Case:
    """One case. ``colour`` None means that no rule of the pack holds; ``rule`` None leaves open which one does."""

    name: str
    document: dict[str, Any]
    colour: Colour | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """The cases of one pack."""

    pack: str
    cases: tuple[Case, ...]


def parse(content: Any) -> Table:
    """The table of a JSON object: ``pack`` and ``cases``. Raises ``RuleError``."""
    fields = Fields(content, "the table of cases")
    pack, items = fields.take("pack", str), fields.take("cases", list)
    fields.end()
    if not 0 < len(items) <= MOST_CASES:
        raise RuleError(f"the table must have 1 to {MOST_CASES} cases")
    return Table(pack, tuple(_case(item, number) for number, item in enumerate(items, 1)))


def _case(item: Any, number: int) -> Case:
    fields = Fields(item, f"case {number}")
    name, facts = fields.take("name", str), fields.take("facts", dict)
    expected, rule = fields.anything("expect"), fields.maybe("rule", str)
    fields.end()
    try:
        colour = None if expected is None else Colour(expected)
    except ValueError:
        raise RuleError(f"expect of case {number} must be black, red, yellow, green or null") from None
    try:
        return Case(name, completed({"facts": facts}), colour, rule)
    except RuleError as error:
        raise RuleError(f"case {number}: {error}") from None


# Every meeting of the boundaries that the circulars draw.

_AGES: tuple[int | None, ...] = (None, 5, 6, 17, 18)
_VACCINATIONS = ((0, False, False), (1, False, False), (1, True, False), (2, True, False), (3, True, True))
_RECOVERED: tuple[int | None, ...] = (None, 89, 90)
_DAYS: tuple[int | None, ...] = (None, 0, 9, 10, 13, 14)
_PCR_DAYS = ((), (4, 5), (5, 6))
_PASSES: tuple[str | None, ...] = (None, *(colour.value for colour in Colour))


def generated() -> Iterator[tuple[str, dict[str, Any]]]:
    """Named facts documents: all combinations of the values on both sides of each boundary."""
    for colour in _PASSES:
        facts: dict[str, Any] = {"proves": ["pass"], "pass": {"known": True, "colour": colour, "purpose": "visit"}}
        yield f"pass {colour}", completed({"facts": facts})
    for age, given, recovered in itertools.product(_AGES, _VACCINATIONS, _RECOVERED):
        for (positive, contact), pcr_days in itertools.product(_exposures(), _PCR_DAYS):
            yield _combined(age, given, recovered, (positive, contact), pcr_days)


def _exposures() -> Iterator[tuple[int | None, int | None]]:
    """Positive, or contact, or neither, or both at once."""
    yield from ((days, None) for days in _DAYS)
    yield from ((None, days) for days in _DAYS if days is not None)
    yield (14, 9)


def _combined(
    age: int | None,
    given: tuple[int, bool, bool],
    recovered: int | None,
    exposure: tuple[int | None, int | None],
    pcr_days: tuple[int, ...],
) -> tuple[str, dict[str, Any]]:
    doses, complete, booster = given
    positive, contact = exposure
    facts = {
        "proves": ["vaccination", "recovery", "test", "exposure"],
        "age": _known("years", age),
        "vaccination": {"known": doses > 0, "doses": doses, "complete": complete, "booster": booster},
        "recovery": _known("days", recovered),
        "positive": _known("days", positive) | {"negative_pcr_days": list(pcr_days)},
        "contact": _known("days", contact) | {"negative_pcr_days": list(pcr_days)},
    }
    words = [
        f"age {'unknown' if age is None else age}",
        f"{doses} dose(s){', complete' if complete else ''}{', booster' if booster else ''}",
        *([] if recovered is None else [f"recovered {recovered} days ago"]),
        *([] if positive is None else [f"positive {positive} days ago"]),
        *([] if contact is None else [f"contact {contact} days ago"]),
        *([f"negative PCR on day {' and '.join(map(str, pcr_days))}"] if pcr_days else []),
    ]
    return ", ".join(words), completed({"facts": facts})


def _known(field: str, value: int | None) -> dict[str, Any]:
    return {"known": value is not None, field: value}
