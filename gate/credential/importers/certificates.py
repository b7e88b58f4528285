"""What certificates say beside their keys. Loads ``cryptography.x509``: not for the way to the door."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from gate.credential.errors import TrustError
from gate.credential.x509_errors import UNREADABLE


def country_of(der: bytes) -> str | None:
    """The two letters of the country that the certificate's subject names. Raises ``TrustError``."""
    certificate = _certificate(der)
    try:
        names = certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    except UNREADABLE:
        raise TrustError("the subject of the certificate cannot be read") from None
    country = str(names[0].value).upper() if names else ""
    return country if len(country) == 2 and country.isalpha() and country.isascii() else None  # noqa: PLR2004  (ISO 3166)


def certified(der: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The key (SubjectPublicKeyInfo, DER) and the addresses (URI) that it is for. Raises ``TrustError``."""
    certificate = _certificate(der)
    try:
        public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return public, _addresses(certificate)
    except UNREADABLE:
        raise TrustError("the key or the extensions of the certificate cannot be read") from None


def _addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(names.get_values_for_type(x509.UniformResourceIdentifier))


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except UNREADABLE:
        raise TrustError("the certificate cannot be read") from None
