"""Public and private keys: their ids, and their forms in files (JWK and PEM). Ed25519 and P-256 only."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gate.credential.errors import TrustError

PublicKey: TypeAlias = Ed25519PublicKey | ec.EllipticCurvePublicKey
PrivateKey: TypeAlias = Ed25519PrivateKey | ec.EllipticCurvePrivateKey

KID_BYTES = 8
_COORDINATE_BYTES = 32


def kid_of(public: PublicKey) -> bytes:
    """What credentials name a key by: the first 8 bytes of SHA-256 of its SubjectPublicKeyInfo (DER)."""
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()[:KID_BYTES]


def to_jwk(public: PublicKey) -> dict[str, str]:
    """The key as JWK: OKP Ed25519 (RFC 8037) or EC P-256 (RFC 7518)."""
    if isinstance(public, Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": _b64(public.public_bytes_raw())}
    numbers = public.public_numbers()
    x, y = (_b64(number.to_bytes(_COORDINATE_BYTES, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def from_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """The key of a JWK. Raises ``TrustError``; a point off its curve is refused."""
    match jwk.get("kty"), jwk.get("crv"):
        case "OKP", "Ed25519":
            return Ed25519PublicKey.from_public_bytes(_coordinate(jwk, "x"))
        case "EC", "P-256":
            x, y = (int.from_bytes(_coordinate(jwk, name), "big") for name in ("x", "y"))
            return _on_curve(x, y)
    raise TrustError("the key is neither OKP Ed25519 nor EC P-256")


def _on_curve(x: int, y: int) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise TrustError("the key is not a point of P-256") from None


def _coordinate(jwk: Mapping[str, object], name: str) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str):
        raise TrustError(f"the key has no {name}")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    if len(raw) != _COORDINATE_BYTES or _b64(raw) != text:
        raise TrustError(f"the key's {name} is not {_COORDINATE_BYTES} bytes in base64url without padding")
    return raw


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


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
