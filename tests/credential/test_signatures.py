"""Signatures: each key verifies its own, with its own algorithm and length, and nothing else; none raises."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.signatures import length, verifies
from tests.credential.hcert_minting import new_signer, raw_signature
from tests.credential.minting import new_key

KEYS: dict[str, Any] = {
    "ed25519": new_key(),
    **{sort: new_signer(sort) for sort in ("p256", "p384", "rsa")},
}
WEAK = rsa.generate_private_key(65537, 1024)  # noqa: S505  (to be refused)
SIGNED = b"what is signed"
LENGTHS = {"ed25519": 64, "p256": 64, "p384": 96, "rsa": 256}


def signature(name: str) -> bytes:
    key = KEYS[name]
    return key.sign(SIGNED) if isinstance(key, Ed25519PrivateKey) else raw_signature(key, SIGNED)


@pytest.mark.parametrize("name", KEYS)
def test_each_key_verifies_its_own_and_nothing_else(name: str) -> None:
    public = KEYS[name].public_key()
    assert length(public) == LENGTHS[name] == len(signature(name))
    for other in KEYS:
        assert verifies(public, signature(other), SIGNED) is (other == name)
    assert not verifies(public, signature(name), SIGNED + b".")


@pytest.mark.parametrize("name", KEYS)
@given(data=st.data())
def test_anything_else_is_no_signature(name: str, data: st.DataObject) -> None:
    raw = data.draw(st.binary(max_size=300) | st.binary(min_size=LENGTHS[name], max_size=LENGTHS[name]))
    assert not verifies(KEYS[name].public_key(), raw, SIGNED)


ORDERS = {
    "p256": "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    "p384": "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
}


@pytest.mark.parametrize("name", ORDERS)
def test_r_and_s_are_within_their_bounds(name: str) -> None:
    good, order = signature(name), bytes.fromhex(ORDERS[name])
    half = len(order)
    r, s, zero = good[:half], good[half:], bytes(half)
    for bad in (zero + s, r + zero, order + s, r + order, s + r):
        assert not verifies(KEYS[name].public_key(), bad, SIGNED)


def test_rsa_is_pss_with_a_salt_of_32_bytes_and_sha_256_alone() -> None:
    key = KEYS["rsa"]
    sha256, sha384 = hashes.SHA256(), hashes.SHA384()
    others = [
        key.sign(SIGNED, padding.PKCS1v15(), sha256),
        key.sign(SIGNED, padding.PSS(padding.MGF1(sha256), 0), sha256),
        key.sign(SIGNED, padding.PSS(padding.MGF1(sha256), padding.PSS.MAX_LENGTH), sha256),
        key.sign(SIGNED, padding.PSS(padding.MGF1(sha384), 48), sha384),
    ]
    assert not any(verifies(key.public_key(), other, SIGNED) for other in others)


def test_a_signature_of_another_hash_is_none() -> None:
    key = KEYS["p384"]
    der = key.sign(SIGNED, ec.ECDSA(hashes.SHA384()))
    assert not verifies(key.public_key(), der, SIGNED)


def test_a_small_key_is_asked_for_its_own_length() -> None:
    assert length(WEAK.public_key()) == 128
