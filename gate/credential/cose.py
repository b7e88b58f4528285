"""COSE_Sign1 (RFC 9052): build, read and verify. Which keys and algorithms it may have is its format's business.

Reading is about shape only. The frame is read by hand: that costs less than cbor2, and of what is not yet proved only
a bounded piece of each header becomes objects. ``verifies`` never raises.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Collection
from typing import NamedTuple

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from gate.credential import cbor, signatures
from gate.credential.errors import MalformedError
from gate.credential.keys import PrivateKey, PublicKey

TAG = 18
_TAG_HEAD = b"\xd2"
_FOUR_PARTS = 0x84
_EMPTY_MAP = 0xA0
_BYTE_STRING = 0x40
HEADER_ALG = 1
HEADER_CRIT = 2
HEADER_CONTENT_TYPE = 3
HEADER_KID = 4
HEADER_TYP = 16
MAX_HEADER = 2048
"""Bytes of either header that are looked at: one with a certificate in it has about 1,000."""

_HALF = 32
_IMMEDIATE, _ABSENT = 24, 0
_WIDTHS = {_BYTE_STRING + _IMMEDIATE + power: 1 << power for power in range(3)}
"""How many bytes the length takes after the head of a byte string that names one."""

_LENGTH_HEADS = {width: bytes((head,)) for head, width in _WIDTHS.items()}

Headers = dict[cbor.Key, cbor.Value]


@enum.unique
class Algorithm(enum.IntEnum):
    """Those that some format takes; each format has an allow list of its own."""

    ES256 = -7
    EDDSA = -8
    PS256 = -37


_ALGORITHMS = {int(algorithm): algorithm for algorithm in Algorithm}
OURS = frozenset((Algorithm.ES256, Algorithm.EDDSA))
"""What the gate pass and the trust bundle take."""


class Sign1(NamedTuple):
    """A message as read; nothing in it is proved before ``verifies``."""

    protected: Headers
    unprotected: Headers
    protected_bytes: bytes
    payload: bytes
    signature: bytes


def read(raw: bytes) -> Sign1:
    """A tagged (18) or untagged message. Raises ``MalformedError``."""
    raw = raw.removeprefix(_TAG_HEAD)
    if not raw or raw[0] != _FOUR_PARTS:
        raise MalformedError("not a COSE_Sign1 message")
    protected, at = _byte_string(raw, 1)
    unprotected, at = _unprotected(raw, at)
    payload, at = _byte_string(raw, at)
    signature, at = _byte_string(raw, at)
    if at != len(raw):
        raise MalformedError("bytes follow the COSE_Sign1 message")
    return Sign1(_headers(protected), unprotected, protected, payload, signature)


def _byte_string(raw: bytes, at: int) -> tuple[bytes, int]:
    """The byte string at ``at``, and where it ends."""
    head = raw[at] if at < len(raw) else _ABSENT
    width = _WIDTHS.get(head, 0)
    start = at + 1 + width
    if width:
        end = start + int.from_bytes(raw[at + 1 : start], "big")
    elif _BYTE_STRING <= head < _BYTE_STRING + _IMMEDIATE:
        end = start + head - _BYTE_STRING
    else:
        raise MalformedError("a part of the COSE_Sign1 message has the wrong type")
    if end > len(raw):
        raise MalformedError("the COSE_Sign1 message is cut short")
    return raw[start:end], end


def _unprotected(raw: bytes, at: int) -> tuple[Headers, int]:
    if at < len(raw) and raw[at] == _EMPTY_MAP:
        return {}, at + 1
    headers, size = cbor.decode_first(raw[at : at + MAX_HEADER])
    if not isinstance(headers, dict):
        raise MalformedError("the unprotected header is not a map")
    return headers, at + size


@functools.lru_cache(maxsize=64)
def _headers(protected: bytes) -> Headers:
    """The signed header. An issuer writes the same one always, so the last ones are remembered; nobody changes them."""
    if not protected:
        return {}
    if len(protected) > MAX_HEADER:
        raise MalformedError("the protected header is longer than any that is needed")
    headers = cbor.decode(protected)
    if not isinstance(headers, dict):
        raise MalformedError("the protected header is not a map")
    return headers


def algorithm_of(message: Sign1) -> Algorithm | None:
    """What the protected header names, if it is one of ours."""
    return named(message.protected.get(HEADER_ALG), OURS)


def named(value: cbor.Value, allowed: Collection[Algorithm]) -> Algorithm | None:
    """The algorithm of this number, if it is allowed."""
    algorithm = _ALGORITHMS.get(value) if type(value) is int else None
    return algorithm if algorithm in allowed else None


def algorithm_for(key: PublicKey | PrivateKey) -> Algorithm | None:
    """The one algorithm of ours that a key is used with."""
    if isinstance(key, Ed25519PublicKey | Ed25519PrivateKey):
        return Algorithm.EDDSA
    if isinstance(key, RSAPublicKey):
        return None
    return Algorithm.ES256 if isinstance(key.curve, ec.SECP256R1) else None


def verifies(message: Sign1, public: PublicKey) -> bool:
    """Whether the signature is this key's, with this key's own algorithm whatever the header says."""
    return signatures.verifies(public, message.signature, signed_by(message))


def signed_by(message: Sign1) -> bytes:
    """What the signature is over: the Sig_structure of RFC 9052 4.4, with no external data."""
    return _before_payload(message.protected_bytes) + _head(message.payload) + message.payload


def sign(protected: Headers, payload: bytes, private: PrivateKey) -> bytes:
    """A tagged message under the key's own algorithm, with ``alg`` put into the protected header."""
    algorithm = algorithm_for(private)
    if algorithm is None:
        raise ValueError("the signing key is neither Ed25519 nor P-256")
    protected_bytes = cbor.encode({**protected, HEADER_ALG: int(algorithm)})
    signature = _signature(_before_payload(protected_bytes) + _head(payload) + payload, private)
    return cbor.encode(cbor2.CBORTag(TAG, [protected_bytes, {}, payload, signature]))


def _signature(signed: bytes, private: PrivateKey) -> bytes:
    if isinstance(private, Ed25519PrivateKey):
        return private.sign(signed)
    r, s = decode_dss_signature(private.sign(signed, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


@functools.lru_cache(maxsize=64)
def _before_payload(protected_bytes: bytes) -> bytes:
    return b"".join((b"\x84\x6aSignature1", _head(protected_bytes), protected_bytes, b"\x40"))


def _head(data: bytes) -> bytes:
    """The head of a byte string, in its shortest form."""
    length = len(data)
    if length < _IMMEDIATE:
        return bytes((_BYTE_STRING + length,))
    width = 1 if length < 1 << 8 else 2 if length < 1 << 16 else 4
    return _LENGTH_HEADS[width] + length.to_bytes(width, "big")
