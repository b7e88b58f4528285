"""The FHIR bundle of a SMART Health Card as facts: Patient, Immunization and Observation; the rest is ignored.

Read leniently, as ``lenient`` says. A card may hold several doses and tests of its one person, but not without end:
``MalformedError``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from gate.credential import lenient
from gate.credential.errors import MalformedError
from gate.credential.health import HealthCard, HealthStatement, LabTest, Vaccination

MAX_ENTRIES = 256
"""The largest public card has 55."""

MAX_STATEMENTS = 64

Resource = Mapping[str, Any]
_GIVEN = "completed"
_FINAL = frozenset(("final", "amended", "corrected"))


def read(bundle: Resource) -> tuple[HealthCard, str]:
    """The card, and the name of its person."""
    resources = list(_resources(bundle))
    patient = next((one for one in resources if one.get("resourceType") == "Patient"), {})
    birth_date = lenient.birth_date(patient.get("birthDate"))
    statements = list(islice(_statements(resources, birth_date), MAX_STATEMENTS + 1))
    if len(statements) > MAX_STATEMENTS:
        raise MalformedError(f"the card makes more than {MAX_STATEMENTS} statements")
    return HealthCard(birth_date=birth_date, statements=tuple(statements)), _name(patient)


def _resources(bundle: Resource) -> Iterator[Resource]:
    entries = _list(bundle.get("entry"))
    if len(entries) > MAX_ENTRIES:
        raise MalformedError(f"the card has more than {MAX_ENTRIES} entries")
    for entry in entries:
        resource = _map(entry).get("resource")
        if isinstance(resource, Mapping):
            yield resource


def _statements(resources: Sequence[Resource], birth_date: str) -> Iterator[HealthStatement]:
    for resource in resources:
        found = _statement(resource, birth_date)
        if found is not None:
            yield found


def _statement(resource: Resource, birth_date: str) -> HealthStatement | None:
    """What a resource states, if it is a dose that was given or a result that is final."""
    status = resource.get("status")
    match resource.get("resourceType"):
        case "Immunization" if status == _GIVEN:
            return _vaccination(resource, birth_date)
        case "Observation" if isinstance(status, str) and status in _FINAL:
            return _test(resource, birth_date)
    return None


def _vaccination(resource: Resource, birth_date: str) -> Vaccination:
    protocol = _map(next(iter(_list(resource.get("protocolApplied"))), None))
    return Vaccination(
        birth_date=birth_date,
        target=_code(next(iter(_list(protocol.get("targetDisease"))), None)),
        issuer=_performer(resource),
        product=_code(resource.get("vaccineCode")),
        manufacturer=lenient.text(_map(_map(resource.get("manufacturer")).get("identifier")).get("value")),
        dose=lenient.count(protocol.get("doseNumberPositiveInt")),
        series=lenient.count(protocol.get("seriesDosesPositiveInt")),
        given=lenient.day(resource.get("occurrenceDateTime")),
    )


def _test(resource: Resource, birth_date: str) -> LabTest:
    return LabTest(
        birth_date=birth_date,
        issuer=_performer(resource),
        method=_code(resource.get("code")),
        result=_code(resource.get("valueCodeableConcept")) or lenient.text(resource.get("valueString")),
        sampled=lenient.moment(resource.get("effectiveDateTime")),
    )


def _performer(resource: Resource) -> str:
    """Who gave the dose or made the test."""
    performer = _map(next(iter(_list(resource.get("performer"))), None))
    return lenient.text(_map(performer.get("actor", performer)).get("display"))


def _code(concept: object) -> str:
    """The first code of a CodeableConcept."""
    return lenient.text(_map(next(iter(_list(_map(concept).get("coding"))), None)).get("code"))


def _name(patient: Resource) -> str:
    name = _map(next(iter(_list(patient.get("name"))), None))
    parts = [lenient.text(name.get("family")), *map(lenient.text, _list(name.get("given")))]
    return " ".join(part for part in parts if part) or lenient.text(name.get("text"))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _map(value: object) -> Resource:
    return value if isinstance(value, Mapping) else {}
