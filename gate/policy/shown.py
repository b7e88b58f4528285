"""What a verified credential shows of its holder, as the rules' facts are derived from it. It lives for one decision.

A birth date is here for the age alone: it never enters the facts document, an event or a log.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime

from gate.credential.model import Colour


@enum.unique
class Method(enum.StrEnum):
    """How a test looks for the infection."""

    PCR = "pcr"
    """Any amplification of nucleic acid."""
    ANTIGEN = "antigen"
    OTHER = "other"


@enum.unique
class Finding(enum.StrEnum):
    """What a test found."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Vaccination:
    """The newest dose shown: number ``doses``, of ``needed`` that make the first series complete."""

    doses: int
    needed: int
    last: date | None
    booster: bool = False
    """The issuer calls it a booster, whatever the numbers say."""


@dataclass(frozen=True, slots=True)
class LabTest:
    """One test by when its sample was taken (aware)."""

    kind: Method
    result: Finding
    taken: datetime


@dataclass(frozen=True, slots=True)
class Exposure:
    """What an authority says of the holder; a day that is unknown counts as today."""

    positive: bool = False
    positive_on: date | None = None
    contact: bool = False
    contact_on: date | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """What a gate pass states."""

    purpose: str
    colour: Colour | None


@dataclass(frozen=True, slots=True)
class Shown:
    """All of it. ``kind`` is the credential's format; ``born`` the last day that the stated birth date can mean."""

    kind: str
    born: date | None = None
    vaccination: Vaccination | None = None
    first_positive: date | None = None
    """Of a recovery: the day of the first positive test."""
    tests: tuple[LabTest, ...] = ()
    exposure: Exposure = Exposure()
    gate_pass: Pass | None = None
