"""Importers of CSCA certificates, NZ pass keys and pretix keys; every unusable one is skipped by name."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from gate.credential.bundle import issuer_document, parse_issuer
from gate.credential.errors import TrustError
from gate.credential.importers import icao_csca, nzcp_did, pretix_keys
from gate.credential.importers.certificates import certified, country_of
from gate.credential.keys import kid_of, public_to_pem, to_jwk
from gate.credential.model import Verified
from gate.credential.verify import verify
from tests.credential.minting import at
from tests.credential.nzcp_minting import NZ
from tests.credential.pretix_minting import FAIR
from tests.credential.vdsnc_minting import SIGNER, UTOPIA, Signer, State
from tests.vectors import vector_cases

PEM, DER = UTOPIA.csca.public_bytes(Encoding.PEM), UTOPIA.csca.public_bytes(Encoding.DER)

# CSCA


@pytest.mark.parametrize("raw", [PEM, DER, b"comment\n" + PEM + PEM], ids=["PEM", "DER", "twice"])
def test_a_csca_is_named_by_its_state_and_its_key(raw: bytes) -> None:
    found = icao_csca.read(raw)
    (issuer,) = found.issuers
    assert (issuer.id, issuer.country, [key.kid for key in issuer.keys]) == ("icao-UTO", "UTO", [UTOPIA.kid])
    assert issuer.keys[0].not_after == UTOPIA.csca.not_valid_after_utc
    assert found.skipped == []


def test_an_imported_csca_survives_the_bundle_and_verifies() -> None:
    (issuer,) = icao_csca.read(PEM).issuers
    assert parse_issuer(issuer_document(issuer)) == issuer
    assert isinstance(verify(SIGNER.valid(), UTOPIA.trusting(issuer), at()), Verified)


def test_states_are_told_apart_and_what_is_no_csca_is_skipped() -> None:
    other = State("XOM", "ES384")
    nameless = UTOPIA.certificate(UTOPIA.key, UTOPIA.kid, names=False)
    leaf = UTOPIA.certificate(UTOPIA.key, UTOPIA.kid, ca=False)
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    parts = [PEM, other.csca.public_bytes(Encoding.PEM), *(one.public_bytes(Encoding.PEM) for one in (nameless, leaf))]
    found = icao_csca.read(b"".join((*parts, broken, SIGNER.certificate.public_bytes(Encoding.PEM))))
    assert [issuer.id for issuer in found.issuers] == ["icao-UTO", "icao-XOM"]
    assert [line.split(":")[0] for line in found.skipped] == [f"certificate {number}" for number in (3, 4, 5, 6)]


@pytest.mark.parametrize("raw", [b"", b"{}", PEM.replace(b"CERTIFICATE", b"X509 CRL"), PEM.replace(b"MII", b"!!!")])
def test_a_file_of_another_form_is_refused(raw: bytes) -> None:
    with pytest.raises(TrustError):
        icao_csca.read(raw)


def test_a_csca_that_common_libraries_refuse_is_skipped_with_a_reason() -> None:
    """The family has one with explicit parameters of its curve."""
    found = [icao_csca.read(pem.encode()) for case in vector_cases("vdsnc") for pem in case["trust"]["csca"]]
    assert {one.id for each in found for one in each.issuers} == {"icao-AUS"}
    assert {line for each in found for line in each.skipped} == {"certificate 1: it is in a form that cannot be read"}


def test_a_certificate_whose_parts_cannot_be_read_is_refused_in_words() -> None:
    """The library finds some faults only when the part is looked at."""
    odd_name = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), b"\x30\x02\xa5\x00")
    names = Signer(UTOPIA, others=(odd_name,)).certificate.public_bytes(Encoding.DER)
    subject = DER.replace(b"\x55\x04\x06\x13\x02UT", b"\x55\x04\x06\x03\x02UT")
    for read, der in ((certified, names), (country_of, subject)):
        with pytest.raises(TrustError):
            read(der)
    assert icao_csca.read(names).skipped == ["certificate 1: it is in a form that cannot be read"]


# NZ passes


def did(*methods: Any, asserting: list[Any] | None = None) -> dict[str, Any]:
    names = [method.get("id") for method in methods if isinstance(method, dict)]
    return {
        "id": NZ.did,
        "verificationMethod": list(methods),
        "assertionMethod": names if asserting is None else asserting,
    }


METHOD = {"id": f"{NZ.did}#key-1", "type": "JsonWebKey2020", "publicKeyJwk": to_jwk(NZ.key.public_key())}


def test_the_keys_of_a_did_document() -> None:
    found = nzcp_did.read(did(METHOD))
    assert found.skipped == []
    (issuer,) = found.issuers
    assert parse_issuer(issuer_document(issuer)) == issuer
    assert isinstance(verify(NZ.valid(), NZ.trusting(issuer), at()), Verified)


P384 = to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key())


@pytest.mark.parametrize(
    ("method", "why"),
    [
        ({**METHOD, "publicKeyJwk": P384}, "P-256"),
        ({**METHOD, "id": "did:web:other.example#key-1"}, "not named by this document"),
        ({**METHOD, "id": f"{NZ.did}#"}, "not 1 to"),
        ({**METHOD, "publicKeyJwk": {}}, "key"),
        (7, "publicKeyJwk"),
    ],
    ids=["curve", "another document", "no name", "no key", "number"],
)
def test_a_key_that_cannot_be_used_is_skipped(method: Any, why: str) -> None:
    (line,) = nzcp_did.read(did(method)).skipped
    assert why in line


def test_a_key_that_is_not_for_assertions_is_skipped() -> None:
    (line,) = nzcp_did.read(did(METHOD, asserting=[])).skipped
    assert "may not sign" in line


# pretix


NZ_PEM = public_to_pem(NZ.key.public_key())


def key_text(pem: bytes) -> str:
    return base64.b64encode(pem).decode()


def test_the_keys_of_an_event() -> None:
    text = key_text(public_to_pem(FAIR.key.public_key()))
    found = pretix_keys.read({"slug": "fair", "valid_keys": {"pretix_sig1": [text]}}, "fair", "The fair")
    assert found.skipped == []
    (issuer,) = found.issuers
    assert [key.kid for key in issuer.keys] == [kid_of(FAIR.key.public_key())]
    assert parse_issuer(issuer_document(issuer)) == issuer
    assert isinstance(verify(FAIR.valid(), FAIR.trusting(issuer), at()), Verified)


P256_OID, UNKNOWN_OID = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d030177")
UNKNOWN_CURVE = base64.b64encode(base64.b64decode(NZ_PEM.split(b"-----")[2]).replace(P256_OID, UNKNOWN_OID))
PEMS = (b"nonsense", NZ_PEM, b"-----BEGIN PUBLIC KEY-----\n" + UNKNOWN_CURVE + b"\n-----END PUBLIC KEY-----\n")


@pytest.mark.parametrize("text", [7, "", "!!", *map(key_text, PEMS)])
def test_a_key_that_is_none_is_skipped(text: Any) -> None:
    found = pretix_keys.read({"valid_keys": {"pretix_sig1": [text, key_text(PEM)]}}, "fair", "The fair")
    assert len(found.skipped) == 2
    assert found.issuers[0].keys == ()


@pytest.mark.parametrize("document", [None, [], {}, {"valid_keys": {}}, {"valid_keys": {"pretix_sig1": 7}}], ids=repr)
def test_another_document_is_refused(document: Any) -> None:
    for read in (nzcp_did.read, lambda found: pretix_keys.read(found, "fair", "The fair")):
        with pytest.raises(TrustError):
            read(document)
