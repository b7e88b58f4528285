"""What an ICAO seal states: the header, and the message of a vaccination or a test (ICAO TR VDS-NC 1.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar

from gate.credential import lenient
from gate.credential.errors import MalformedError
from gate.credential.health import HealthCard, HealthStatement, LabTest, Vaccination

MAX_STATEMENTS = 64
MAX_ID = 64
COVID_19 = "RA01"
"""The disease of ICD-11 that tests of seals are for, since they do not name one."""

Map = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Seal:
    """All that a seal states. ``issuer`` is the three-letter code of a state or an organisation."""

    issuer: str
    usage: str
    certificate_id: str = field(repr=False)
    name: str = field(repr=False)
    card: HealthCard = field(repr=False)
    not_before: ClassVar[datetime | None] = None
    not_after: ClassVar[datetime | None] = None

    @property
    def stable_id(self) -> bytes:
        """The certificate's id, or else a hash of name and birth date."""
        if self.certificate_id:
            return b"id\x00" + self.certificate_id.encode("utf-8", "surrogatepass")
        holder = f"{self.name}\x00{self.card.birth_date}"
        return b"holder\x00" + hashlib.sha256(holder.encode("utf-8", "surrogatepass")).digest()


def read(data: Map) -> Seal:
    """The seal of ``data``. Raises ``MalformedError`` for another sort or version of message."""
    match data:
        case {"hdr": {"t": "icao.vacc", "v": 1, "is": str(issuer)}, "msg": {"ve": list(events), **message}}:
            return _seal(issuer, "vaccination", message, "uvci", _doses(events))
        case {"hdr": {"t": "icao.test", "v": 1, "is": str(issuer)}, "msg": {"tr": dict(result), **message}}:
            return _seal(issuer, "test", message, "utci", iter((_test(result, message),)))
    raise MalformedError("not an ICAO seal of a vaccination or a test, version 1")


def _seal(issuer: str, usage: str, message: Map, id_name: str, statements: Iterator[HealthStatement]) -> Seal:
    found = tuple(islice(statements, MAX_STATEMENTS + 1))
    if len(found) > MAX_STATEMENTS:
        raise MalformedError(f"the seal makes more than {MAX_STATEMENTS} statements")
    person = _map(message.get("pid"))
    written = lenient.text(message.get(id_name))
    if len(written) > MAX_ID:
        raise MalformedError(f"the id of the seal is longer than {MAX_ID} characters")
    card = HealthCard(birth_date=lenient.birth_date(person.get("dob")), statements=found)
    return Seal(issuer, usage, written, lenient.text(person.get("n")), card)


def _doses(events: list[object]) -> Iterator[Vaccination]:
    for event in map(_map, events):
        given = event.get("vd")
        for dose in map(_map, given if isinstance(given, list) else []):
            yield Vaccination(
                target=lenient.text(event.get("dis")),
                country=lenient.text(dose.get("ctr")),
                issuer=lenient.text(dose.get("adm")),
                vaccine=lenient.text(event.get("des")),
                product=lenient.text(event.get("nam")),
                dose=lenient.count(dose.get("seq")),
                given=lenient.day(dose.get("dvc")),
            )


def _test(result: Map, message: Map) -> LabTest:
    provider, times = _map(message.get("sp")), _map(message.get("dat"))
    return LabTest(
        target=COVID_19,
        country=lenient.text(provider.get("ctr")),
        issuer=lenient.text(provider.get("spn")),
        method=lenient.text(result.get("tc")),
        result=lenient.text(result.get("r")),
        sampled=lenient.moment(times.get("sc")),
    )


def _map(value: object) -> Map:
    return value if isinstance(value, Mapping) else {}
