"""Public and private keys: their ids, and their forms in files (JWK and PEM).

Public keys are Ed25519, P-256, P-384 and RSA of 2048 to 4096 bits; which of them a format takes is the format's
business. Our own private keys are Ed25519 and P-256 only.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from gate.credential import base64url
from gate.credential.errors import MalformedError, TrustError

PublicKey: TypeAlias = Ed25519PublicKey | ec.EllipticCurvePublicKey | RSAPublicKey
PrivateKey: TypeAlias = Ed25519PrivateKey | ec.EllipticCurvePrivateKey

KID_BYTES = 8
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 4096
_ED25519_BYTES = 32
_MAX_EXPONENT = 2**32
_MAX_MEMBER = 1024


@enum.unique
class KeySort(enum.StrEnum):
    """The sorts of public key that can be in a trust."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    RSA = "RSA"


_CURVES: Mapping[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}


def kid_of(public: PublicKey) -> bytes:
    """What credentials name a key by: the first 8 bytes of SHA-256 of its SubjectPublicKeyInfo (DER)."""
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()[:KID_BYTES]


def thumbprint_of(public: PublicKey) -> bytes:
    """SHA-256 over the members that make the key, in the order of their names (RFC 7638)."""
    return hashlib.sha256(json.dumps(to_jwk(public), separators=(",", ":"), sort_keys=True).encode()).digest()


def sort_of(public: PublicKey) -> KeySort | None:
    """Which sort the key is of; none where it is on another curve or has another size."""
    if isinstance(public, Ed25519PublicKey):
        return KeySort.ED25519
    if isinstance(public, RSAPublicKey):
        return KeySort.RSA if MIN_RSA_BITS <= public.key_size <= MAX_RSA_BITS else None
    for name, curve in _CURVES.items():
        if isinstance(public.curve, type(curve)):
            return KeySort(name)
    return None


def to_jwk(public: PublicKey) -> dict[str, str]:
    """The key as JWK: OKP Ed25519 (RFC 8037), EC or RSA (RFC 7518). Raises ``TrustError`` for another curve."""
    if isinstance(public, Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(public.public_bytes_raw())}
    if isinstance(public, RSAPublicKey):
        rsa = public.public_numbers()
        return {"kty": "RSA", "n": _number(rsa.n, _width(rsa.n)), "e": _number(rsa.e, _width(rsa.e))}
    size, point = (public.key_size + 7) // 8, public.public_numbers()
    return {"kty": "EC", "crv": _curve_name(public), "x": _number(point.x, size), "y": _number(point.y, size)}


def _curve_name(public: ec.EllipticCurvePublicKey) -> str:
    sort = sort_of(public)
    if sort is None:
        raise TrustError("the key is on a curve that is neither P-256 nor P-384")
    return sort.value


def _number(value: int, size: int) -> str:
    return base64url.encode(value.to_bytes(size, "big"))


def _width(value: int) -> int:
    return (value.bit_length() + 7) // 8


def from_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """The key of a JWK. Raises ``TrustError``; a point off its curve is refused."""
    match jwk.get("kty"), jwk.get("crv"):
        case "OKP", "Ed25519":
            return Ed25519PublicKey.from_public_bytes(_coordinate(jwk, "x", _ED25519_BYTES))
        case "EC", str(name) if name in _CURVES:
            return _on_curve(jwk, name)
        case "RSA", _:
            return _rsa(jwk)
    raise TrustError("the key is neither OKP Ed25519, nor EC P-256 or P-384, nor RSA")


def _on_curve(jwk: Mapping[str, object], name: str) -> ec.EllipticCurvePublicKey:
    curve = _CURVES[name]
    size = (curve.key_size + 7) // 8
    x, y = (int.from_bytes(_coordinate(jwk, member, size), "big") for member in ("x", "y"))
    try:
        return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    except ValueError:
        raise TrustError(f"the key is not a point of {name}") from None


def _rsa(jwk: Mapping[str, object]) -> RSAPublicKey:
    n, e = (int.from_bytes(_member(jwk, name), "big") for name in ("n", "e"))
    if not MIN_RSA_BITS <= n.bit_length() <= MAX_RSA_BITS or not n % 2 or e >= _MAX_EXPONENT:
        raise TrustError(f"the key is not RSA of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits with a usual exponent")
    try:
        return RSAPublicNumbers(e, n).public_key()
    except ValueError:
        raise TrustError("the numbers are not those of an RSA key") from None


def _coordinate(jwk: Mapping[str, object], name: str, size: int) -> bytes:
    raw = _member(jwk, name)
    if len(raw) != size:
        raise TrustError(f"the key's {name} is not {size} bytes in base64url without padding")
    return raw


def _member(jwk: Mapping[str, object], name: str) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str) or len(text) > _MAX_MEMBER:
        raise TrustError(f"the key has no {name}")
    try:
        return base64url.decode(text.encode("utf-8", "surrogatepass"))
    except MalformedError:
        raise TrustError(f"the key's {name} is not in base64url without padding") from None


def private_to_pem(private: PrivateKey) -> bytes:
    """PKCS #8 without a passphrase: the file's mode protects it."""
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_to_pem(public: PublicKey) -> bytes:
    """SubjectPublicKeyInfo."""
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_from_pem(pem: bytes) -> PrivateKey:
    """The signing key of a PEM file. Raises ``TrustError``."""
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise TrustError("not an unencrypted private key in PEM (PKCS #8)") from None
    if isinstance(private, Ed25519PrivateKey):
        return private
    if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1):
        return private
    raise TrustError("the private key is neither Ed25519 nor P-256")


def root_from_pem(pem: bytes) -> Ed25519PublicKey:
    """The operator's root key of a PEM file. Raises ``TrustError``."""
    try:
        public = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise TrustError("not a public key in PEM; give the .pub file of `gate trust keygen`") from None
    if not isinstance(public, Ed25519PublicKey):
        raise TrustError("the root key is not Ed25519; make one with `gate trust keygen`")
    return public
