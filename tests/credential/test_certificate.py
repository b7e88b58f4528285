"""Signers' certificates as keys: kid, usages in both spellings, period, and certificates that cannot be used."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential.certificate import signer_key
from gate.credential.errors import TrustError
from tests.credential.hcert_minting import new_signer
from tests.credential.minting import NOON, new_key
from tests.credential.test_signatures import WEAK

EU = "1.3.6.1.4.1.1847.2021.1."
ZERO = "1.3.6.1.4.1.0.1847.2021.1."


def certificate(key: Any, *, usages: Sequence[str] = (), alongside: bytes = b"") -> bytes:
    """A certificate of a test state; ``alongside`` is the content of basic constraints."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "AT")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.public_key(key.public_key()).not_valid_before(NOON).not_valid_after(NOON + timedelta(days=1))
    if alongside:
        basic = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.19"), alongside)
        builder = builder.add_extension(basic, critical=False)
    if usages:
        found = x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage) for usage in usages])
        builder = builder.add_extension(found, critical=False)
    signer = ec.generate_private_key(ec.SECP256R1())
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("sort", ["p256", "p384", "rsa"])
def test_kid_key_and_period(sort: str) -> None:
    key = new_signer(sort)
    der = certificate(key)
    found = signer_key(der)
    assert found.kid == hashlib.sha256(der).digest()[:8]
    assert found.public == key.public_key()
    assert (found.not_before, found.not_after) == (NOON, NOON + timedelta(days=1))


@pytest.mark.parametrize(
    ("usages", "expected"),
    [
        ([], set()),
        ([EU + "1"], {"test"}),
        ([EU + "2"], {"vaccination"}),
        ([EU + "3"], {"recovery"}),
        ([ZERO + "1", ZERO + "2", ZERO + "3"], {"test", "vaccination", "recovery"}),
        ([EU + "1", ZERO + "1"], {"test"}),
        (["1.3.6.1.5.5.7.3.1"], set()),
        (["1.3.6.1.5.5.7.3.1", EU + "3"], {"recovery"}),
        ([EU + "4"], set()),
    ],
)
def test_usages(usages: list[str], expected: set[str]) -> None:
    assert signer_key(certificate(new_signer("p256"), usages=usages)).usages == expected


def test_a_fault_of_another_extension_hides_no_usage() -> None:
    explicit_default = bytes.fromhex("3003010100")
    der = certificate(new_signer("p256"), usages=[EU + "2"], alongside=explicit_default)
    with pytest.raises(ValueError, match="asn1"):
        assert x509.load_der_x509_certificate(der).extensions
    assert signer_key(der).usages == {"vaccination"}


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30\x00",
        certificate(new_signer("p256"))[:-1],
        certificate(new_key()),
        certificate(ec.generate_private_key(ec.SECP521R1())),
        certificate(WEAK),
    ],
    ids=["empty", "hollow", "cut", "Ed25519", "P-521", "RSA 1024"],
)
def test_a_certificate_that_cannot_be_used_says_so(der: bytes) -> None:
    with pytest.raises(TrustError):
        signer_key(der)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.data())
@settings(deadline=None)
def test_a_changed_certificate_is_a_key_or_says_so(data: st.DataObject) -> None:
    der = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    try:
        signer_key(bytes(der))
    except TrustError as error:
        assert str(error)  # noqa: PT017  (a refusal is one of the two outcomes)


GOOD = certificate(new_signer("p256"), usages=[EU + "1"])
