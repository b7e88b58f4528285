"""The signature check alone: what no verifier can be faster than, with everything else prepared beforehand."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gate.credential import base45

Check = Callable[[], None]
SHA256 = hashes.SHA256()


def check_of_hc1(code: str, public: Any) -> Check:
    """The check in an HC1 certificate."""
    return of_cose(zlib.decompress(base45.decode(code[4:].encode())), public)


def check_of_pass(code: str, public: Any) -> Check:
    """The check in a gate pass."""
    return of_cose(base45.decode(code[4:].encode()), public)


def check_of_shc(code: str, public: Any) -> Check:
    """The check in a SMART Health Card."""
    digits = code.removeprefix("shc:/")
    jws = "".join(chr(int(digits[place : place + 2]) + 45) for place in range(0, len(digits), 2))
    signed, _, signature = jws.rpartition(".")
    return check(public, base64.urlsafe_b64decode(signature + "=="), signed.encode())


def of_cose(raw: bytes, public: Any) -> Check:
    """The check in a COSE_Sign1 message."""
    protected, _, payload, signature = cbor2.loads(raw).value
    return check(public, signature, cbor2.dumps(["Signature1", protected, b"", payload]))


def check(public: Any, signature: bytes, signed: bytes) -> Check:
    """The check of a signature by a key of any sort."""
    if isinstance(public, RSAPublicKey):
        pss = padding.PSS(padding.MGF1(SHA256), 32)
        return lambda: public.verify(signature, signed, pss, SHA256)
    if isinstance(public, ec.EllipticCurvePublicKey):
        half, ecdsa = len(signature) // 2, ec.ECDSA(SHA256)
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        der = encode_dss_signature(r, s)
        return lambda: public.verify(der, signed, ecdsa)
    return lambda: public.verify(signature, signed)
