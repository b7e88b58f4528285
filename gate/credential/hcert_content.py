"""What an HC1 certificate states: the EU's v / t / r entries, WHO's DDCC and DVC, as facts. Exactly one statement.

Payloads in the field have null arrays, date-times for dates, floats for doses and empty texts: see ``lenient``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from gate.credential import lenient
from gate.credential.errors import MalformedError, Refusal
from gate.credential.health import LabTest, Recovery, Vaccination
from gate.credential.model import RejectReason

DCC, LINK, DVC = 1, 5, -6
DDCC = (2, 3, 4)
"""Their numbers have changed between drafts of WHO; what one holds says what it is."""

_TEXTS = ("tg", "co", "is")
_V_TEXTS = (*_TEXTS, "vp", "mp", "ma")
_T_TEXTS = (*_TEXTS, "tt", "nm", "ma", "tr")

Entry = Mapping[Any, Any]
Statement = Vaccination | LabTest | Recovery


class Content(NamedTuple):
    """One statement, and who it is about: ``name`` and ``stable_id`` serve the pseudonym and are never told."""

    facts: Statement
    name_of: Callable[[object], str]
    """Finds the name in ``named``, which is hardly ever asked for."""

    named: object
    valid_until: datetime | None = None
    """The first moment at which the statement says of itself that it no longer counts."""
    document: Entry | None = None
    """Of the EU's certificates: all of it but the name."""

    def __repr__(self) -> str:
        return f"Content({self.facts!r}, valid_until={self.valid_until!r})"

    @property
    def name(self) -> str:
        return self.name_of(self.named)

    @property
    def stable_id(self) -> bytes:
        """The certificate's id, or else a hash of name and birth date."""
        if self.facts.certificate_id:
            return b"ci\x00" + _bytes(self.facts.certificate_id)
        return b"holder\x00" + hashlib.sha256(_bytes(f"{self.name}\x00{self.facts.birth_date}")).digest()


def read(hcert: Entry) -> Content:
    """The content of a health certificate claim. Raises ``MalformedError`` and ``Refusal``."""
    known = None
    for number, document in hcert.items():
        if number in _READERS and document is not None:
            if known is not None:
                raise Refusal(RejectReason.SEVERAL_ENTRIES, "the certificate holds several documents; one is expected")
            known = number
    if known is not None:
        return _READERS[known](_object(hcert[known], "the certificate"))
    if hcert.get(LINK) is not None:
        raise Refusal(RejectReason.UNKNOWN_FORMAT, "the certificate is a link to a record elsewhere; it states nothing")
    raise Refusal(RejectReason.UNKNOWN_FORMAT, "the certificate holds no document of a known kind")


def _dcc(document: dict[Any, Any]) -> Content:
    """EU DCC, versions 1.0 to 1.3. The name is taken out of the document."""
    found: list[tuple[str, object]] = []
    for name in _ENTRIES:
        entries = document.get(name)
        if entries:
            found += [(name, entry) for entry in _list(entries, name)]
    if not found:
        raise MalformedError("the certificate states nothing")
    if len(found) > 1:
        raise Refusal(RejectReason.SEVERAL_ENTRIES, f"the certificate holds {len(found)} entries; one is expected")
    ((name, entry),) = found
    facts = _ENTRIES[name](_object(entry, "the entry of the certificate"), lenient.birth_date(document.get("dob")))
    return Content(facts, _dcc_name, document.pop("nam", None), None, document)


def _dcc_name(names: object) -> str:
    """Family and given name, as they are transliterated for machines or else as they are written."""
    if not isinstance(names, Mapping):
        return ""
    parts = (lenient.text(names.get(f"{part}t")) or lenient.text(names.get(part)) for part in ("fn", "gn"))
    return " ".join(part for part in parts if part)


def _list(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise MalformedError(f"the certificate's {name} is not a list")
    return value


def _object(value: object, what: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise MalformedError(f"{what} is not a map")
    return value


def _vaccination(entry: Entry, birth_date: str) -> Statement:
    target, country, issuer, vaccine, product, manufacturer = lenient.texts(map(entry.get, _V_TEXTS))
    return Vaccination(
        birth_date=birth_date,
        target=target,
        country=country,
        issuer=issuer,
        certificate_id=lenient.as_written(entry.get("ci")),
        vaccine=vaccine,
        product=product,
        manufacturer=manufacturer,
        dose=lenient.count(entry.get("dn")),
        series=lenient.count(entry.get("sd")),
        given=lenient.day(entry.get("dt")),
    )


def _test(entry: Entry, birth_date: str) -> Statement:
    target, country, issuer, method, name, device, result = lenient.texts(map(entry.get, _T_TEXTS))
    return LabTest(
        birth_date=birth_date,
        target=target,
        country=country,
        issuer=issuer,
        certificate_id=lenient.as_written(entry.get("ci")),
        method=method,
        name=name,
        device=device,
        result=result,
        sampled=lenient.moment(entry.get("sc")),
    )


def _recovery(entry: Entry, birth_date: str) -> Statement:
    target, country, issuer = lenient.texts(map(entry.get, _TEXTS))
    return Recovery(
        birth_date=birth_date,
        target=target,
        country=country,
        issuer=issuer,
        certificate_id=lenient.as_written(entry.get("ci")),
        first_positive=lenient.day(entry.get("fr")),
        valid_from=lenient.day(entry.get("df")),
        valid_until=lenient.day(entry.get("du")),
    )


_ENTRIES: dict[str, Callable[[Entry, str], Statement]] = {"v": _vaccination, "t": _test, "r": _recovery}


def _ddcc(document: Entry) -> Content:
    """WHO DDCC, the core data set of a vaccination or of a test result."""
    vaccinated, test = document.get("vaccine") is not None, document.get("test")
    if vaccinated and test is not None:
        raise Refusal(RejectReason.SEVERAL_ENTRIES, "the certificate states a vaccination and a test; one is expected")
    name = document.get("name")
    if vaccinated:
        return Content(_ddcc_vaccination(document), lenient.text, name, _end_of(document.get("valid_until")))
    return Content(_ddcc_test(document, _object(test, "the certificate's test")), lenient.text, name)


def _ddcc_vaccination(document: Entry) -> Statement:
    return Vaccination(
        birth_date=lenient.birth_date(document.get("birthDate")),
        target=_code(document.get("disease")),
        country=_code(document.get("country")),
        issuer=lenient.text(document.get("pha")),
        certificate_id=lenient.as_written(document.get("hcid")),
        vaccine=_code(document.get("vaccine")),
        product=_code(document.get("brand")),
        manufacturer=_code(document.get("manufacturer")),
        dose=lenient.count(document.get("dose")),
        series=lenient.count(document.get("total_doses")),
        given=lenient.day(document.get("date")),
        valid_from=lenient.day(document.get("valid_from")),
        valid_until=lenient.day(document.get("valid_until")),
    )


def _ddcc_test(document: Entry, test: Entry) -> Statement:
    return LabTest(
        birth_date=lenient.birth_date(document.get("birthDate")),
        target=_code(test.get("pathogen")),
        country=_code(test.get("country")),
        certificate_id=lenient.as_written(document.get("hcid")),
        method=_code(test.get("type")),
        result=_code(test.get("result")),
        sampled=lenient.moment(test.get("date")),
    )


def _code(value: object) -> str:
    """A code alone or with its system."""
    return lenient.text(value.get("code") if isinstance(value, Mapping) else value)


def _end_of(value: object) -> datetime | None:
    """The first moment after a day in every zone of the world, so that nobody's last day is cut short."""
    last = lenient.day(value)
    if last is None or last == date.max:
        return None
    return datetime.combine(last + timedelta(days=1), time(12), UTC)


def _dvc(document: Entry) -> Content:
    """WHO's digital version of the yellow booklet (ICVP): one dose, ``vls`` to ``vle``."""
    dose = _object(document.get("v"), "the certificate's v")
    facts = Vaccination(
        birth_date=lenient.birth_date(document.get("dob")),
        target=lenient.text(dose.get("tg")),
        country=lenient.text(dose.get("co")),
        issuer=lenient.text(dose.get("is")),
        certificate_id=lenient.as_written(document.get("ci")),
        vaccine=lenient.text(dose.get("vp")),
        product=lenient.text(dose.get("mp")),
        manufacturer=lenient.text(dose.get("ma")),
        dose=lenient.count(dose.get("dn")),
        given=lenient.day(dose.get("dt")),
        valid_from=lenient.day(dose.get("vls")),
        valid_until=lenient.day(dose.get("vle")),
    )
    return Content(facts, lenient.text, document.get("n"), _end_of(dose.get("vle")))


_READERS: dict[object, Callable[[dict[Any, Any]], Content]] = {DCC: _dcc, **dict.fromkeys(DDCC, _ddcc), DVC: _dvc}


def bare(document: Entry) -> Content:
    """WHO DDCC that is the whole payload, without claims around it."""
    return _ddcc(document)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
