"""A signer's X.509 certificate as the key of an issuer: what importers of HC1 trust lists make of one.

Loads ``cryptography.x509``, so nothing on the way to the door imports this file.
"""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from gate.credential.errors import TrustError
from gate.credential.keys import KID_BYTES, PublicKey
from gate.credential.trust import IssuerKey

_NUMBERS = {1: "test", 2: "vaccination", 3: "recovery"}
USAGES = {
    f"{arc}.1847.2021.1.{number}": usage
    for arc in ("1.3.6.1.4.1", "1.3.6.1.4.1.0")
    for number, usage in _NUMBERS.items()
}
"""The extended key usages of the EU, in the spelling of its specification and in that of the field."""


def signer_key(der: bytes) -> IssuerKey:
    """The key of a certificate, under the kid of HC1 and for the period of the certificate. Raises ``TrustError``."""
    certificate = _certificate(der)
    return IssuerKey(
        kid=hashlib.sha256(der).digest()[:KID_BYTES],
        public=_supported(certificate),
        usages=_usages(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise TrustError("the certificate cannot be read") from None


def _supported(certificate: x509.Certificate) -> PublicKey:
    """The key, if this version supports it. Raises ``TrustError``."""
    try:
        public = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise TrustError("the key of the certificate cannot be read") from None
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise TrustError("the key of the certificate is not supported: it is not on an elliptic curve")
    if not isinstance(public.curve, ec.SECP256R1):
        raise TrustError(f"the key of the certificate is not supported: its curve is {public.curve.name}")
    return public


def _usages(certificate: x509.Certificate) -> frozenset[str]:
    """The extended key usages that are the EU's; none of them means any."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return frozenset()
    except ValueError:
        raise TrustError("the extensions of the certificate cannot be read") from None
    return frozenset(USAGES[oid.dotted_string] for oid in found if oid.dotted_string in USAGES)
