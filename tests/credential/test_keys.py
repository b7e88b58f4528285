"""Keys: their ids and their forms in files."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gate.credential import base64url
from gate.credential.errors import TrustError
from gate.credential.keys import (
    from_jwk,
    kid_of,
    private_from_pem,
    private_to_pem,
    public_to_pem,
    root_from_pem,
    thumbprint_of,
    to_jwk,
)
from tests.credential.minting import new_key
from tests.credential.test_signatures import WEAK

ED25519, ES256 = new_key("ed25519"), new_key("es256")
P384, RSA = ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)
BOTH = pytest.mark.parametrize("key", [ED25519, ES256], ids=["ed25519", "es256"])

RFC_8037_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


@BOTH
def test_jwk_and_pem_lead_back_to_the_key(key: Any) -> None:
    assert from_jwk(to_jwk(key.public_key())) == key.public_key()
    assert private_from_pem(private_to_pem(key)).public_key() == key.public_key()


@pytest.mark.parametrize("key", [P384, RSA, rsa.generate_private_key(3, 3072)], ids=["P-384", "RSA", "RSA 3072"])
def test_keys_that_only_others_use_lead_back_too(key: Any) -> None:
    public = from_jwk(to_jwk(key.public_key()))
    assert public == key.public_key()


@BOTH
def test_the_kid_is_the_documented_hash(key: Any) -> None:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert kid_of(key.public_key()) == hashlib.sha256(der).digest()[:8]


def test_the_jwk_of_rfc_8037() -> None:
    assert to_jwk(from_jwk(RFC_8037_JWK)) == RFC_8037_JWK


def test_the_thumbprint_of_rfc_8037() -> None:
    assert base64url.encode(thumbprint_of(from_jwk(RFC_8037_JWK))) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_key_on_another_curve_has_no_jwk() -> None:
    with pytest.raises(TrustError, match="curve"):
        to_jwk(ec.generate_private_key(ec.SECP521R1()).public_key())


GOOD_RSA = to_jwk(RSA.public_key())
GOOD = to_jwk(ES256.public_key())


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {**RFC_8037_JWK, "crv": "X25519"},
        {**RFC_8037_JWK, "x": ""},
        {**RFC_8037_JWK, "x": RFC_8037_JWK["x"][:-1]},
        {**RFC_8037_JWK, "x": RFC_8037_JWK["x"].replace("_", "/")},
        {**RFC_8037_JWK, "x": "Ä" * 43},
        {**RFC_8037_JWK, "x": RFC_8037_JWK["x"] + "="},
        {**RFC_8037_JWK, "x": 7},
        {"kty": "OKP", "crv": "Ed25519"},
        {**GOOD, "crv": "P-384"},
        {**GOOD, "y": GOOD["x"]},
        {**GOOD, "x": "A" * 43, "y": "A" * 43},
        {**GOOD, "y": None},
        {**GOOD, "x": "A" * 2000},
        {**GOOD, "x": "\ud800"},
        {**to_jwk(P384.public_key()), "crv": "P-256"},
        {**to_jwk(P384.public_key()), "y": "A" * 64},
        to_jwk(WEAK.public_key()),
        {**GOOD_RSA, "n": base64url.encode(b"\xff" * 513)},
        {**GOOD_RSA, "n": base64url.encode(b"\xff" * 255 + b"\xfe")},
        {**GOOD_RSA, "e": "AQ"},
        {**GOOD_RSA, "e": "Ag"},
        {**GOOD_RSA, "e": base64url.encode(b"\x01" * 5)},
        {**GOOD_RSA, "e": None},
    ],
    ids=lambda jwk: ",".join(sorted(jwk)),
)
def test_a_jwk_that_is_no_key_of_ours_is_refused(jwk: dict[str, object]) -> None:
    with pytest.raises(TrustError):
        from_jwk(jwk)


def pem_of(key: Any) -> bytes:
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"\xff" * 40,
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        public_to_pem(ED25519.public_key()),
        pem_of(ec.generate_private_key(ec.SECP384R1())),
        pem_of(rsa.generate_private_key(65537, 2048)),
        ES256.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"pw")
        ),
    ],
    ids=["empty", "noise", "hollow", "public", "P-384", "RSA", "encrypted"],
)
def test_a_private_key_of_another_sort_is_refused(pem: bytes) -> None:
    with pytest.raises(TrustError):
        private_from_pem(pem)


def test_only_an_ed25519_public_key_is_a_root() -> None:
    assert root_from_pem(public_to_pem(ED25519.public_key())) == ED25519.public_key()
    for pem in (b"", public_to_pem(ES256.public_key()), private_to_pem(ED25519)):
        with pytest.raises(TrustError):
            root_from_pem(pem)
