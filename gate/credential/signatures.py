"""Is a signature this key's? With the one algorithm that goes with the key, whatever a header says.

Ed25519 is EdDSA (RFC 8032); a curve of NIST is ECDSA with SHA-256, also P-384, which occurs in the field, and r || s of
fixed width (RFC 9053 2.1); RSA is PSS with SHA-256 and a salt of its length (RFC 8230 2). Nothing here raises.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gate.credential.keys import PublicKey

_SHA256 = hashes.SHA256()
_PSS = padding.PSS(padding.MGF1(_SHA256), _SHA256.digest_size)
_ED25519_BYTES = 64
_NOT_ITS = (InvalidSignature, UnsupportedAlgorithm, ValueError)


Verifier = Callable[[bytes, bytes], bool]
"""Whether a key made a signature, the first one, over what is signed, the second."""


def verifies(public: PublicKey, signature: bytes, signed: bytes) -> bool:
    """Whether ``public`` made ``signature`` over ``signed``."""
    return verifier_of(public)(signature, signed)


def verifier_of(public: PublicKey) -> Verifier:
    """The check of this key's signatures. A length that is not the key's costs no arithmetic."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return ecdsa(public, _SHA256)
    if isinstance(public, RSAPublicKey):
        return partial(_pss, public.verify, length(public))
    return partial(_eddsa, public.verify)


def ecdsa(public: ec.EllipticCurvePublicKey, digest: hashes.HashAlgorithm) -> Verifier:
    """The check of this key's signatures over texts with this hash."""
    return partial(_ecdsa, public.verify, length(public) // 2, ec.ECDSA(digest))


def length(public: PublicKey) -> int:
    """How long a signature of this key is, in bytes."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return (public.key_size + 7) // 8 * 2
    return (public.key_size + 7) // 8 if isinstance(public, RSAPublicKey) else _ED25519_BYTES


def _ecdsa(verify: Callable[..., None], half: int, scheme: ec.ECDSA, signature: bytes, signed: bytes) -> bool:
    """R || s, of which the library takes the DER."""
    if len(signature) != 2 * half:
        return False
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    try:
        verify(encode_dss_signature(r, s), signed, scheme)
    except _NOT_ITS:
        return False
    return True


def _pss(verify: Callable[..., None], size: int, signature: bytes, signed: bytes) -> bool:
    if len(signature) != size:
        return False
    try:
        verify(signature, signed, _PSS, _SHA256)
    except _NOT_ITS:
        return False
    return True


def _eddsa(verify: Callable[..., None], signature: bytes, signed: bytes) -> bool:
    if len(signature) != _ED25519_BYTES:
        return False
    try:
        verify(signature, signed)
    except _NOT_ITS:
        return False
    return True
