"""What health certificates state, as rules will need it: typed, with codes as their issuers write them.

Everything may be missing, since issuers leave things out; a rule that needs it is then not met. Names are in none of
them. What identifies a person is hidden from ``repr``, and a verdict travels on from the reader without any of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whom it is about, as far as rules ask: how old."""

    birth_date: str = field(default="", repr=False)
    """ISO 8601, whole or only the year and month or the year; empty where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Holder):
    """What all statements have in common. ``country`` is where it happened, ``issuer`` who says so."""

    target: str = ""
    """The disease or agent, as a code of SNOMED CT, ICD-11 or the issuer's."""
    country: str = ""
    issuer: str = ""
    certificate_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vaccination(Statement):
    """One dose, ``dose`` of ``series``. ``vaccine`` is the sort, ``product`` the brand."""

    vaccine: str = ""
    product: str = ""
    manufacturer: str = ""
    dose: int | None = None
    series: int | None = None
    given: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabTest(Statement):
    """One test: how, with what, when the sample was taken, and its result as a code."""

    method: str = ""
    name: str = ""
    device: str = ""
    result: str = ""
    sampled: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery(Statement):
    """A recovery from an infection that was first found on ``first_positive``."""

    first_positive: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None


HealthStatement = Vaccination | LabTest
"""What a card may hold several of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCard(Holder):
    """All statements of a card about one person, in its order."""

    statements: tuple[HealthStatement, ...] = ()


Health = Vaccination | LabTest | Recovery | HealthCard
"""The union of what this file holds."""
