"""What a gate looks at before it uses a certificate that somebody hands it."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from gate.pki import making
from gate.pki.errors import PkiError
from gate.pki.making import stamp
from gate.pki.requests import fingerprint


def authority_of(pem: bytes, pin: bytes) -> x509.Certificate:
    """The authority in a PEM whose key has this fingerprint. Raises ``PkiError`` for any other."""
    certificate = making.certificate_from_pem(pem, "What the centre calls its authority")
    public = _public(certificate)
    if not isinstance(public, ec.EllipticCurvePublicKey) or fingerprint(public) != pin:
        raise PkiError(
            "The centre shows another authority than the token names: this is another centre, or somebody is in "
            "between. Send nothing there; ask for the address and a new token."
        )
    return certificate


def client_certificate(
    pem: bytes, authority: x509.Certificate, name: str, public: ec.EllipticCurvePublicKey, now: datetime | None
) -> x509.Certificate:
    """The certificate in a PEM, if it is one for this name and key, of this authority and of this time.

    Raises ``PkiError``. Without a ``now`` its time is not looked at, because the machine's clock is not set.
    """
    certificate = making.certificate_from_pem(pem, "What the centre issued")
    if not making.is_signed_by(certificate, authority):
        raise PkiError("The certificate was not issued by the authority that this gate trusts.")
    if _public(certificate) != public:
        raise PkiError("The certificate is for another key than the one that this gate made.")
    if making.name_of(certificate) != name:
        raise PkiError(f"The certificate is for another name than {name}.")
    if not _for_a_client(certificate):
        raise PkiError("The certificate is not for a client of the broker.")
    if now is not None and not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        begin, end = stamp(certificate.not_valid_before_utc), stamp(certificate.not_valid_after_utc)
        raise PkiError(f"The certificate is good from {begin} to {end}, and this machine's clock says {stamp(now)}.")
    return certificate


def _public(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PkiError("The certificate is for a kind of key that nobody here uses.") from error


def _for_a_client(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage and not basic.ca
