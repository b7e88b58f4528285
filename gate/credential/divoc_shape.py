"""The one shape of a DIVOC certificate, as statements of RDF: what JSON-LD makes of it with the scheme's two contexts.

Nothing is fetched and nothing else is understood: a name that is not in these tables, a list where one value belongs or
another context is ``MalformedError``. Sources: W3C credentials/v1 and security/v2; the scheme's vaccination/v1 and v2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gate.credential.errors import MalformedError

CREDENTIALS = "https://www.w3.org/2018/credentials/v1"
CRED = "https://www.w3.org/2018/credentials#"
SCHEMA = "https://schema.org/"
VAC = "vac:"
"""The scheme's own names stay as they are written: what its contexts give for ``vac`` cannot be put before a name."""
SEC = "https://w3id.org/security#"
DC_CREATED = "http://purl.org/dc/terms/created"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
XSD = "http://www.w3.org/2001/XMLSchema#"
VERSIONS = ("https://cowin.gov.in/credentials/vaccination/v1", "https://cowin.gov.in/credentials/vaccination/v2")
MAX_TEXT = 1024

_IRI = re.compile(r"""(https?|did|urn):[^\s<>"{}|\\^`\x00-\x20]+""")
_DOUBTFUL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f]")
"""Characters that implementations of the canonical form write differently."""
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})

Statement = tuple[str, str, str]
"""Subject, predicate and object as N-Quads write them; nodes without a name are ``_:`` and their place."""
Map = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """One object of the shape: the predicates of its texts and numbers, and the objects inside it."""

    texts: Mapping[str, str]
    inside: Mapping[str, tuple[str, Node]] = field(default_factory=dict)
    type: str = ""
    has_id: bool = False


def _node_of(version: str) -> tuple[Node, Node]:
    """The person and the vaccination in a version of the scheme."""
    second = version == VERSIONS[1]
    address = Node(
        {
            **{name: SCHEMA + name for name in ("streetAddress", "addressRegion", "postalCode", "addressCountry")},
            "streetAddress2": f"{VAC}addressLine2",
            "city": f"{VAC}city",
            "district": f"{VAC}district",
        }
    )
    person = {"refId": "id", "uhid": "id", "name": "name", "age": "Number", "gender": "gender", "sex": "gender"}
    person |= {"nationality": "nationality"} | ({"dob": "date"} if second else {})
    dose = dict.fromkeys(("certificateId", "batch", "vaccine", "manufacturer"), "id")
    dose |= dict.fromkeys(("feedbackUrl", "infoUrl"), "url")
    dose |= dict.fromkeys(("date", "effectiveStart", "effectiveUntil"), "date")
    dose |= dict.fromkeys(("dose", "totalDoses"), "doseValue")
    dose |= {"icd11Code": "id", "prophylaxis": "name"} if second else {}
    verifier = Node({"id": f"{SCHEMA}id", "name": f"{SCHEMA}name", "sign-image": f"{SCHEMA}image"})
    facility = Node(
        {"name": f"{SCHEMA}name", "seal-image": f"{SCHEMA}image"}, {"address": (f"{SCHEMA}PostalAddress", address)}
    )
    return (
        Node(_schema(person), {"address": (f"{SCHEMA}PostalAddress", address)}, "Person", has_id=True),
        Node(
            _schema(dose),
            {"verifier": (f"{VAC}verifier", verifier), "facility": (f"{VAC}Facility", facility)},
            "Vaccination",
            has_id=True,
        ),
    )


def _schema(names: Mapping[str, str]) -> dict[str, str]:
    return {name: SCHEMA + predicate for name, predicate in names.items()}


_SHAPES = {version: _node_of(version) for version in VERSIONS}
_ROOT = {"@context", "type", "credentialSubject", "issuer", "issuanceDate", "evidence", "nonTransferable"}
_TIMES = {"issuanceDate", "expirationDate", "validFrom", "validUntil"}


def statements_of(document: Map) -> Iterator[Statement]:
    """What a certificate without its proof states. Raises ``MalformedError``."""
    version = _version(document.get("@context"))
    if not _ROOT <= document.keys() <= _ROOT | _TIMES | {"id"}:
        raise MalformedError("the certificate has not the names of its scheme")
    root = _iri(document["id"]) if "id" in document else "_:root"
    if document["type"] != ["VerifiableCredential", "ProofOfVaccinationCredential"]:
        raise MalformedError("the certificate is not typed as a proof of vaccination")
    yield root, _link(RDF_TYPE), _link(f"{CRED}VerifiableCredential")
    yield root, _link(RDF_TYPE), _link(f"{SCHEMA}ProofOfVaccinationCredential")
    yield root, _link(f"{CRED}issuer"), _iri(document["issuer"])
    yield root, _link(f"{VAC}nonTransferable"), _literal(document["nonTransferable"])
    for name in _TIMES & document.keys():
        yield root, _link(CRED + name), _time(document[name])
    person, dose = _SHAPES[version]
    subject = _subject(document["credentialSubject"], person, "person")
    evidence = _subject(_only(document["evidence"]), dose, "dose")
    if len({root, subject, evidence}) < 3:  # noqa: PLR2004  (the three)
        raise MalformedError("two parts of the certificate have one name")
    yield root, _link(f"{CRED}credentialSubject"), subject
    yield root, _link(f"{CRED}evidence"), evidence
    yield subject, _link(RDF_TYPE), _link(f"{SCHEMA}Person")
    yield evidence, _link(RDF_TYPE), _link(f"{VAC}Vaccination")
    yield from _inside(document["credentialSubject"], person, subject, "person")
    yield from _inside(_only(document["evidence"]), dose, evidence, "dose")


def options_of(proof: Map) -> Iterator[Statement]:
    """What a proof without its signature states. Raises ``MalformedError``."""
    match proof:
        case {"type": "RsaSignature2018" | "Ed25519Signature2018" as sort, "proofPurpose": "assertionMethod", **rest}:
            pass
        case _:
            raise MalformedError("the proof is not an assertion by RSA or Ed25519")
    if rest.keys() != {"created", "verificationMethod", "jws"}:
        raise MalformedError("the proof has not the names of its scheme")
    yield "_:proof", _link(RDF_TYPE), _link(SEC + sort)
    yield "_:proof", _link(DC_CREATED), _time(rest["created"])
    yield "_:proof", _link(f"{SEC}proofPurpose"), _link(f"{SEC}assertionMethod")
    yield "_:proof", _link(f"{SEC}verificationMethod"), _iri(rest["verificationMethod"])


def _version(context: object) -> str:
    match context:
        case [first, str(version)] if first == CREDENTIALS and version in VERSIONS:
            return version
    raise MalformedError("the certificate has another context than its scheme's")


def _only(value: object) -> object:
    match value:
        case [one]:
            return one
    raise MalformedError("the certificate is not of exactly one vaccination")


def _subject(value: object, node: Node, place: str) -> str:
    if not isinstance(value, Mapping) or value.get("type") not in (node.type, [node.type]):
        raise MalformedError(f"a part of the certificate is not typed {node.type}")
    return _iri(value["id"]) if "id" in value else f"_:{place}"


def _inside(value: object, node: Node, subject: str, place: str) -> Iterator[Statement]:
    """What the names of an object state; one that is null states nothing."""
    if not isinstance(value, Mapping):
        raise MalformedError("a part of the certificate is not an object")
    for name, one in value.items():
        if one is None or (node.type and name in ("type", "id")):
            continue
        if name in node.texts:
            yield subject, _link(node.texts[name]), _literal(one)
        elif name in node.inside:
            predicate, inner = node.inside[name]
            inner_subject = f"_:{place}-{name}"
            yield subject, _link(predicate), inner_subject
            yield from _inside(one, inner, inner_subject, f"{place}-{name}")
        else:
            raise MalformedError("the certificate has a name that its scheme has not")


def _link(iri: str) -> str:
    return f"<{iri}>"


def _iri(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or not _IRI.fullmatch(value):
        raise MalformedError("a part of the certificate is not named by an address")
    return _link(value)


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return f'"{str(value).lower()}"^^<{XSD}boolean>'
    if isinstance(value, int):
        return f'"{value}"^^<{XSD}integer>'
    if isinstance(value, str) and len(value) <= MAX_TEXT and not _DOUBTFUL.search(value):
        return f'"{value.translate(_ESCAPES)}"'
    raise MalformedError("a value of the certificate is neither a plain text nor a whole number")


def _time(value: object) -> str:
    if not isinstance(value, str):
        raise MalformedError("a time of the certificate is not a text")
    return f"{_literal(value)}^^<{XSD}dateTime>"
