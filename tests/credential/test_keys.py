"""Keys: their ids and their forms in files."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gate.credential.errors import TrustError
from gate.credential.keys import (
    from_jwk,
    kid_of,
    private_from_pem,
    private_to_pem,
    public_to_pem,
    root_from_pem,
    to_jwk,
)
from tests.credential.minting import new_key

ED25519, ES256 = new_key("ed25519"), new_key("es256")
BOTH = pytest.mark.parametrize("key", [ED25519, ES256], ids=["ed25519", "es256"])

RFC_8037_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


@BOTH
def test_jwk_and_pem_lead_back_to_the_key(key: Any) -> None:
    assert from_jwk(to_jwk(key.public_key())) == key.public_key()
    assert private_from_pem(private_to_pem(key)).public_key() == key.public_key()


@BOTH
def test_the_kid_is_the_documented_hash(key: Any) -> None:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert kid_of(key.public_key()) == hashlib.sha256(der).digest()[:8]


def test_the_jwk_of_rfc_8037() -> None:
    assert to_jwk(from_jwk(RFC_8037_JWK)) == RFC_8037_JWK


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
