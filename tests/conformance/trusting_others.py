"""The trust that a case of a seal, a DIVOC certificate or a ticket is judged by."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives import serialization

from gate.credential.denylist import Entry
from gate.credential.errors import TrustError
from gate.credential.importers import icao_csca
from gate.credential.keys import PublicKey, from_jwk, kid_of, to_jwk
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, IssuerKey
from gate.credential.withdrawn import icao_crl
from gate.credential.withdrawn.found import Published
from tests.conformance.cases import Case
from tests.conformance.trusting import LIST, CaseRevocation

Made = tuple[tuple[Issuer, ...], CaseRevocation]


def vdsnc(case: Case, code: bytes) -> Made:
    """The CSCAs of a case, as ``gate trust import`` takes them, and its CRLs, as ``gate revocation compile`` does."""
    del code
    pems = [text for text in _list(case.mapping("trust").get("csca")) if isinstance(text, str)]
    crls = [text for text in _list(case.mapping("trust").get("crls")) if isinstance(text, str)]
    lists = (LIST,) if crls else ()
    issuers = tuple(
        Issuer(one.id, one.name, one.kind, one.country, one.keys, lists)
        for pem in pems
        for one in icao_csca.read(pem.encode()).issuers
    )
    files = [Published("case.crl", text.encode()) for text in crls]
    withdrawn = icao_crl.read(files).entries if files else []
    return issuers, CaseRevocation({entry.digest: None for entry in withdrawn if isinstance(entry, Entry)})


def divoc(case: Case, code: bytes) -> Made:
    """The keys of a case, under the name and the issuer that its certificate names, since none comes with them."""
    del code
    document = case.mapping("subject")
    name, issuer = _map(document.get("proof")).get("verificationMethod"), document.get("issuer")
    keys = tuple(IssuerKey(str(name).encode(), key, frozenset(), None, None) for key in _public_keys(case))
    return (Issuer(str(issuer), "case", CredentialKind.DIVOC, None, keys),), CaseRevocation({})


def pretix(case: Case, code: bytes) -> Made:
    """The keys of a case. Which products there are is not told, only that one is not among them."""
    del code
    usages = frozenset(("item-0",)) if case.stated.get("product_known") is False else frozenset[str]()
    keys = tuple(IssuerKey(kid_of(key), key, usages, None, None) for key in _public_keys(case))
    return (Issuer("case", "case", CredentialKind.PRETIX, None, keys),), CaseRevocation({})


def _public_keys(case: Case) -> Iterator[PublicKey]:
    for pem in _list(case.mapping("trust").get("public_keys")):
        try:
            yield from_jwk(to_jwk(serialization.load_pem_public_key(str(pem).encode())))  # type: ignore[arg-type]  # refused below
        except (TrustError, ValueError, AttributeError):
            continue


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _map(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
