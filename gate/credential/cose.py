"""COSE_Sign1 (RFC 9052): build, read and verify, with EdDSA (Ed25519) and ES256 alone.

Reading is about shape only; which headers a message must have is the format's business. ``verifies`` never raises.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from gate.credential import cbor
from gate.credential.errors import MalformedError
from gate.credential.keys import PrivateKey, PublicKey

TAG = 18
_TAG_HEAD = b"\xd2"
HEADER_ALG = 1
HEADER_CRIT = 2
HEADER_CONTENT_TYPE = 3
HEADER_KID = 4
HEADER_TYP = 16
_SIGNATURE_BYTES = 64
_HALF = 32
_PARTS = 4

Headers = dict[cbor.Key, cbor.Value]


@enum.unique
class Algorithm(enum.IntEnum):
    """The allow list."""

    ES256 = -7
    EDDSA = -8


@dataclass(frozen=True, slots=True)
class Sign1:
    """A message as read; nothing in it is proved before ``verifies``."""

    protected: Headers
    unprotected: Headers
    protected_bytes: bytes
    payload: bytes
    signature: bytes


def read(raw: bytes) -> Sign1:
    """A tagged (18) or untagged message. Raises ``MalformedError``."""
    parts = cbor.decode(raw.removeprefix(_TAG_HEAD))
    if not isinstance(parts, list) or len(parts) != _PARTS:
        raise MalformedError("not a COSE_Sign1 message")
    match parts:
        case [bytes() as protected, dict() as unprotected, bytes() as payload, bytes() as signature]:
            return Sign1(_headers(protected), unprotected, protected, payload, signature)
    raise MalformedError("a part of the COSE_Sign1 message has the wrong type")


def _headers(protected: bytes) -> Headers:
    if not protected:
        return {}
    headers = cbor.decode(protected)
    if not isinstance(headers, dict):
        raise MalformedError("the protected header is not a map")
    return headers


def algorithm_of(message: Sign1) -> Algorithm | None:
    """What the protected header names, if the allow list has it."""
    value = message.protected.get(HEADER_ALG)
    if type(value) is not int or value not in list(Algorithm):
        return None
    return Algorithm(value)


def algorithm_for(key: PublicKey | PrivateKey) -> Algorithm | None:
    """The one algorithm that a key is used with."""
    if isinstance(key, Ed25519PublicKey | Ed25519PrivateKey):
        return Algorithm.EDDSA
    return Algorithm.ES256 if isinstance(key.curve, ec.SECP256R1) else None


def verifies(message: Sign1, public: PublicKey) -> bool:
    """Whether the signature is this key's, with this key's own algorithm whatever the header says."""
    signature = message.signature
    if len(signature) != _SIGNATURE_BYTES:
        return False
    signed = _to_be_signed(message.protected_bytes, message.payload)
    try:
        if isinstance(public, Ed25519PublicKey):
            public.verify(signature, signed)
        else:
            r, s = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
            public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def sign(protected: Headers, payload: bytes, private: PrivateKey) -> bytes:
    """A tagged message under the key's own algorithm, with ``alg`` put into the protected header."""
    algorithm = algorithm_for(private)
    if algorithm is None:
        raise ValueError("the signing key is neither Ed25519 nor P-256")
    protected_bytes = cbor.encode({**protected, HEADER_ALG: int(algorithm)})
    signature = _signature(_to_be_signed(protected_bytes, payload), private)
    return cbor.encode(cbor2.CBORTag(TAG, [protected_bytes, {}, payload, signature]))


def _signature(signed: bytes, private: PrivateKey) -> bytes:
    if isinstance(private, Ed25519PrivateKey):
        return private.sign(signed)
    r, s = decode_dss_signature(private.sign(signed, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


def _to_be_signed(protected_bytes: bytes, payload: bytes) -> bytes:
    return cbor.encode(["Signature1", protected_bytes, b"", payload])
