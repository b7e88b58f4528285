"""What a DIVOC certificate states.

The scheme signs several names as one and the same statement: ``dose`` and ``totalDoses``; the three dates; certificate
id, batch, vaccine and manufacturer. Whoever holds a certificate can thus exchange their values and keep the signature.
So facts are read in a way that no exchange changes: the least of the numbers is the dose, the greatest the series, the
earliest date the day, and what is only a text among others is not read at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from gate.credential import lenient
from gate.credential.errors import MalformedError
from gate.credential.health import Vaccination

COVID_19 = "RA01"
"""The disease of ICD-11 that a certificate of the scheme is for where it does not say otherwise."""
MOST_YEARS = 150
_DAYS = ("date", "effectiveStart", "effectiveUntil")
_MOST_DIGITS = 2

Map = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Divoc:
    """All that a certificate states."""

    issuer: str
    not_before: datetime
    not_after: datetime | None
    evidence_id: str = field(repr=False)
    name: str = field(repr=False)
    facts: Vaccination
    usage: ClassVar[str] = "vaccination"

    @property
    def stable_id(self) -> bytes:
        return self.evidence_id.encode("utf-8", "surrogatepass")


def read(document: Map) -> Divoc:
    """The certificate of a document whose shape is the scheme's. Raises ``MalformedError``."""
    match document:
        case {"issuer": str(issuer), "credentialSubject": dict(person), "evidence": [{"id": str(identity), **dose}]}:
            pass
        case _:
            raise MalformedError("the certificate names no issuer, or its vaccination has no id")
    issued = lenient.moment(document.get("issuanceDate"))
    begin = lenient.moment(document["validFrom"]) if "validFrom" in document else issued
    if issued is None or begin is None:
        raise MalformedError("the certificate does not say when it was issued, or from when it counts")
    ends = [lenient.moment(document[name]) for name in ("expirationDate", "validUntil") if name in document]
    if None in ends:
        raise MalformedError("the end of the certificate's validity is not a time")
    facts = _facts(dose, _birth_date(person, issued), identity, issuer)
    return Divoc(
        issuer, max(issued, begin), min((end for end in ends if end), default=None), identity, _name(person), facts
    )


def _facts(dose: Mapping[Any, Any], birth_date: str, identity: str, issuer: str) -> Vaccination:
    numbers = [count for name in ("dose", "totalDoses") if (count := _count(dose.get(name))) is not None]
    days = [day for name in _DAYS if (day := lenient.day(dose.get(name))) is not None]
    return Vaccination(
        birth_date=birth_date,
        target=_target(dose.get("prophylaxis")),
        issuer=issuer,
        certificate_id=identity,
        dose=min(numbers, default=None),
        series=max(numbers, default=None),
        given=min(days, default=None),
    )


def _target(prophylaxis: object) -> str:
    """Against what, which version 2 may say; nothing else is signed as the same statement."""
    if prophylaxis is None or (isinstance(prophylaxis, str) and "covid" in prophylaxis.casefold()):
        return COVID_19
    return lenient.text(prophylaxis) or "other"


def _count(value: object) -> int | None:
    """A number, also as a text."""
    written = isinstance(value, str) and value.isdecimal() and len(value) <= _MOST_DIGITS
    return lenient.count(int(str(value)) if written else value)


def _birth_date(person: Mapping[Any, Any], issued: datetime) -> str:
    """The date, or the latest year that the age at issue allows."""
    if written := lenient.birth_date(person.get("dob")):
        return written
    age = str(person.get("age", ""))
    if not age.isdecimal() or len(age) > len(str(MOST_YEARS)) or int(age) > MOST_YEARS:
        return ""
    return str(issued.year - int(age))


def _name(person: Mapping[Any, Any]) -> str:
    return lenient.text(person.get("name"))
