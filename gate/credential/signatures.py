"""Is a signature this key's? With the one algorithm that goes with the key, whatever a header says.

Ed25519 is EdDSA (RFC 8032); a curve of NIST is ECDSA with SHA-256, also P-384, which occurs in the field, and r || s of
fixed width (RFC 9053 2.1); RSA is PSS with SHA-256 and a salt of its length (RFC 8230 2). Nothing here raises.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gate.credential.keys import PublicKey

_SHA256 = hashes.SHA256()
_ECDSA = ec.ECDSA(_SHA256)
_PSS = padding.PSS(padding.MGF1(_SHA256), _SHA256.digest_size)
_ED25519_BYTES = 64


def verifies(public: PublicKey, signature: bytes, signed: bytes) -> bool:
    """Whether ``public`` made ``signature`` over ``signed``. A length that is not the key's costs no arithmetic."""
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(_der(signature, (public.key_size + 7) // 8), signed, _ECDSA)
        elif len(signature) != length(public):
            return False
        elif isinstance(public, RSAPublicKey):
            public.verify(signature, signed, _PSS, _SHA256)
        else:
            public.verify(signature, signed)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def length(public: PublicKey) -> int:
    """How long a signature of this key is, in bytes."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return (public.key_size + 7) // 8 * 2
    return (public.key_size + 7) // 8 if isinstance(public, RSAPublicKey) else _ED25519_BYTES


def _der(signature: bytes, half: int) -> bytes:
    """R || s as DER, which the library takes. Raises ``ValueError`` for another length."""
    if len(signature) != 2 * half:
        raise ValueError(len(signature))
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
