"""The facts of a health certificate as fields for people."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime

from gate.credential.examination import Field
from gate.credential.health import LabTest, Recovery, Vaccination
from gate.credential.proof import moment

_NAMES: dict[type, str] = {Vaccination: "vaccination", LabTest: "test", Recovery: "recovery"}
_PERSONAL = frozenset(("birth_date", "certificate_id"))


def statement_fields(
    facts: Vaccination | LabTest | Recovery, ending: str = "", more_personal: frozenset[str] = frozenset()
) -> tuple[Field, ...]:
    """What it states and each of its facts that is there; ``ending`` tells several apart.

    ``more_personal`` are facts that are personal in this format.
    """
    personal = _PERSONAL | more_personal
    stated = [Field(f"statement{ending}", _NAMES[type(facts)])]
    for one in fields(facts):
        value = getattr(facts, one.name)
        if value is not None and value != "":
            name = f"{one.name.replace('_', ' ')}{ending}"
            stated.append(Field(_apart(name), _written(value), personal=one.name in personal))
    return tuple(stated)


def _apart(name: str) -> str:
    """A name that no field of the envelope has."""
    return f"stated {name}" if name in {"issuer", "valid from", "valid until"} else name


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date) else str(value)
