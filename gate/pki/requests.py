"""Requests for a certificate (PKCS #10): made by a gate with its own key, looked at by the centre. Only P-256."""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gate.pki.errors import PkiError

MOST_BYTES = 2048


def made(name: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """A request in DER for this name; its signature proves that whoever asks has the key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder(subject)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def key_of(der: bytes, name: str) -> ec.EllipticCurvePublicKey:
    """The key that a request for this name asks to be certified. Raises ``PkiError``; nothing else of it is used."""
    if len(der) > MOST_BYTES:
        raise PkiError("the request is longer than any that is needed")
    try:
        request = x509.load_der_x509_csr(der)
        public, genuine = request.public_key(), request.is_signature_valid
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise PkiError("the request is no PKCS #10 in DER") from error
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != ec.SECP256R1.name:
        raise PkiError("the request is not for a key on P-256")
    if not genuine:
        raise PkiError("the request is not signed by the key that it is for")
    if _names(request) != [name]:
        raise PkiError(f"the request is not for the name {name}")
    return public


def fingerprint(public: ec.EllipticCurvePublicKey) -> bytes:
    """SHA-256 of a key as it stands in a certificate (SubjectPublicKeyInfo): what pins an authority or a gate."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(public.public_bytes(serialization.Encoding.DER, form)).digest()


def _names(request: x509.CertificateSigningRequest) -> list[str]:
    try:
        return [str(one.value) for one in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    except ValueError as error:
        raise PkiError("the request is no PKCS #10 in DER") from error
