"""A signer's X.509 certificate as the key of an issuer: what importers of HC1 trust lists make of one.

Loads ``cryptography.x509``, so nothing on the way to the door imports this file.
"""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gate.credential.der import extended_key_usages
from gate.credential.errors import TrustError
from gate.credential.keys import KID_BYTES, PublicKey, from_jwk, to_jwk
from gate.credential.trust import IssuerKey
from gate.credential.x509_errors import UNREADABLE

_NUMBERS = {1: "test", 2: "vaccination", 3: "recovery"}
_ARCS = (bytes.fromhex("2b060104018e378f65"), bytes.fromhex("2b06010401008e378f65"))
USAGES = {arc + bytes((1, number)): usage for arc in _ARCS for number, usage in _NUMBERS.items()}
"""The extended key usages of the EU as DER: 1.3.6.1.4.1.1847.2021.1.n, or 1.3.6.1.4.1.0.1847.2021.1.n in the field."""


def signer_key(der: bytes) -> IssuerKey:
    """The key of a certificate, under the kid of HC1 and for the period of the certificate. Raises ``TrustError``."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        public, usages = certificate.public_key(), _usages(certificate)
    except UNREADABLE:
        raise TrustError("the certificate cannot be read") from None
    return IssuerKey(
        kid=hashlib.sha256(der).digest()[:KID_BYTES],
        public=_supported(public),
        usages=usages,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _supported(public: object) -> PublicKey:
    if not isinstance(public, ec.EllipticCurvePublicKey | RSAPublicKey):
        raise TrustError("the key of the certificate is neither EC nor RSA")
    return from_jwk(to_jwk(public))


def _usages(certificate: x509.Certificate) -> frozenset[str]:
    """The extended key usages that are the EU's; none of them means any."""
    found = extended_key_usages(certificate.tbs_certificate_bytes)
    return frozenset(USAGES[oid] for oid in found if oid in USAGES)
