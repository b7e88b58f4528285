"""COSE_Sign1: what it reads, and which signatures it takes for whose."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential import cbor, cose
from gate.credential.errors import MalformedError
from tests.credential.minting import new_key

ED25519, ES256 = new_key("ed25519"), new_key("es256")
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@given(st.binary(max_size=100), st.sampled_from([ED25519, ES256]))
@settings(max_examples=30, deadline=None)
def test_what_was_signed_is_read_and_verifies(payload: bytes, key: Any) -> None:
    message = cose.read(cose.sign({4: b"kid"}, payload, key))
    assert (message.payload, message.protected[4]) == (payload, b"kid")
    assert cose.algorithm_of(message) is cose.algorithm_for(key)
    assert cose.verifies(message, key.public_key())


def test_the_other_key_of_each_type_and_of_the_other_type_does_not_verify() -> None:
    for signer in (ED25519, ES256):
        message = cose.read(cose.sign({}, b"payload", signer))
        for other in (new_key("ed25519"), new_key("es256"), ES256 if signer is ED25519 else ED25519):
            assert not cose.verifies(message, other.public_key())


def test_the_tag_may_be_missing() -> None:
    tagged = cose.sign({}, b"payload", ED25519)
    assert tagged[:1] == b"\xd2"
    assert cose.read(tagged[1:]) == cose.read(tagged)


def raw(parts: list[object], tag: bytes = b"\xd2") -> bytes:
    return tag + cbor.encode(parts)


GOOD: list[object] = [cbor.encode({1: -8}), {}, b"payload", bytes(64)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(raw(GOOD, b"\xd1"), id="another tag"),
        pytest.param(raw(GOOD, b"\xd2\xd2"), id="two tags"),
        pytest.param(raw(GOOD, b"\xd8\x3d\xd2"), id="a CWT tag"),
        pytest.param(raw(GOOD[:3]), id="three parts"),
        pytest.param(raw([*GOOD, b""]), id="five parts"),
        pytest.param(raw(GOOD) + b"\x00", id="a byte after the message"),
        pytest.param(raw([GOOD[0], {}, None, bytes(64)]), id="a detached payload"),
        pytest.param(raw([GOOD[0], {}, "payload", bytes(64)]), id="a text payload"),
        pytest.param(raw([{1: -8}, {}, b"", bytes(64)]), id="a protected header that is no bytes"),
        pytest.param(raw([cbor.encode([1, -8]), {}, b"", bytes(64)]), id="a protected header that is no map"),
        pytest.param(
            raw([cbor.encode({1: -8}) + b"\x00", {}, b"", bytes(64)]), id="a protected header with bytes after it"
        ),
        pytest.param(raw([b"\xa2\x01\x27\x01\x26", {}, b"", bytes(64)]), id="a protected header with a key twice"),
        pytest.param(raw([GOOD[0], [], b"", bytes(64)]), id="an unprotected header that is no map"),
        pytest.param(raw([GOOD[0], {}, b"", []]), id="a list as signature"),
        pytest.param(b"\xd2" + cbor.encode({1: 2}), id="a map"),
        pytest.param(b"\x01", id="a number"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        cose.read(data)


@pytest.mark.parametrize("value", [None, 0, 1, -1, -37, -35, 5, "EdDSA", "none", -8.0, True, b"\x27", [-8]])
def test_an_algorithm_outside_the_list_is_none_of_ours(value: object) -> None:
    message = cose.read(raw([cbor.encode({1: value}), {}, b"payload", bytes(64)]))
    assert cose.algorithm_of(message) is None


def test_an_empty_protected_header_names_no_algorithm() -> None:
    assert cose.algorithm_of(cose.read(raw([b"", {1: -8}, b"payload", bytes(64)]))) is None


def test_an_es256_signature_is_r_and_s_of_32_bytes_and_nothing_else() -> None:
    assert isinstance(ES256, EllipticCurvePrivateKey)
    message = cose.read(cose.sign({}, b"payload", ES256))
    good, zero, order = message.signature, bytes(32), P256_ORDER.to_bytes(32, "big")
    signed = cbor.encode(["Signature1", message.protected_bytes, b"", b"payload"])
    der = ES256.sign(signed, ec.ECDSA(hashes.SHA256()))
    r, s = (int.from_bytes(half, "big") for half in (good[:32], good[32:]))
    bad = {
        "empty": b"",
        "DER": der,
        "DER of the same numbers": encode_dss_signature(r, s),
        "r zero": zero + good[32:],
        "s zero": good[:32] + zero,
        "both zero": zero + zero,
        "r the order": order + good[32:],
        "s the order": good[:32] + order,
        "short": good[:63],
        "long": good + b"\x00",
        "the same numbers in more bytes": good[:32] + b"\x00" + good[32:],
        "halves swapped": good[32:] + good[:32],
        "all ones": b"\xff" * 64,
    }
    for name, signature in bad.items():
        changed = cose.Sign1(message.protected, {}, message.protected_bytes, message.payload, signature)
        assert not cose.verifies(changed, ES256.public_key()), name


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 72, 128])
def test_an_ed25519_signature_of_another_length_is_bad(length: int) -> None:
    message = cose.read(raw([cbor.encode({1: -8}), {}, b"payload", bytes(length)]))
    assert not cose.verifies(message, ED25519.public_key())


def test_keys_of_other_curves_have_no_algorithm_and_sign_nothing() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    assert cose.algorithm_for(key.public_key()) is None
    with pytest.raises(ValueError, match="neither"):
        cose.sign({}, b"payload", key)


def test_the_message_is_what_the_standard_says() -> None:
    tagged = cbor2.loads(cose.sign({4: b"k"}, b"payload", ED25519))
    assert tagged.tag == 18
    protected, unprotected, payload, signature = tagged.value
    assert (cbor2.loads(protected), dict(unprotected), payload) == ({1: -8, 4: b"k"}, {}, b"payload")
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    ED25519.public_key().verify(signature, signed)  # type: ignore[call-arg]  # an Ed25519 key by construction
