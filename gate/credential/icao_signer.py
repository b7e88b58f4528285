"""The signer of an ICAO seal: its certificate lies in the seal, and a state's CSCA has signed it (Doc 9303-12).

Loads ``cryptography.x509``, so ``vdsnc`` imports this file only when a seal is shown.
"""

from __future__ import annotations

import functools
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gate.credential.errors import MalformedError
from gate.credential.keys import KID_BYTES, PublicKey
from gate.credential.x509_errors import UNREADABLE

SEALS = x509.ObjectIdentifier("2.23.136.1.1.14.2")
"""The extended key usage of who signs seals; the same CSCA signs for passports too, with other usages."""
DOCUMENT_TYPES = x509.ObjectIdentifier("2.23.136.1.1.6.2")
_USAGES = {b"NV": "vaccination", b"NT": "test"}
MAX_CSCA_KID = 64
MAX_SERIAL_BITS = 512
"""RFC 5280 allows 160."""

_KNOWN_HASHES = frozenset(("sha256", "sha384", "sha512"))


@dataclass(frozen=True, slots=True)
class SealSigner:
    """What a signer's certificate says. ``csca_kid`` is the id of the key that is to have signed it."""

    kid: bytes
    csca_kid: bytes
    serial: bytes
    public: ec.EllipticCurvePublicKey
    usages: frozenset[str]
    """What it may sign: ``vaccination``, ``test``, or anything where it names none."""
    signs_seals: bool
    not_before: datetime
    not_after: datetime
    certificate: x509.Certificate

    def issued_by(self, csca: PublicKey) -> bool:
        """Whether this key signed the certificate. Never raises."""
        certificate = self.certificate
        given, signed = certificate.signature, certificate.tbs_certificate_bytes
        try:
            algorithm, scheme = certificate.signature_hash_algorithm, certificate.signature_algorithm_parameters
            if algorithm is None or algorithm.name not in _KNOWN_HASHES:
                return False
            if isinstance(csca, RSAPublicKey) and isinstance(scheme, padding.PKCS1v15 | padding.PSS):
                csca.verify(given, signed, scheme, algorithm)
            elif isinstance(csca, ec.EllipticCurvePublicKey) and isinstance(scheme, ec.ECDSA):
                csca.verify(given, signed, scheme)
            else:
                return False
        except (InvalidSignature, *UNREADABLE):
            return False
        return True


@functools.lru_cache(maxsize=32)
def read(der: bytes) -> SealSigner:
    """The signer of a certificate; all seals of a state have few of them. Raises ``MalformedError``."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        extensions, public = certificate.extensions, certificate.public_key()
        serial = certificate.serial_number
    except UNREADABLE:
        raise MalformedError("the signer's certificate is in a form that cannot be read") from None
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise MalformedError("the signer's key is not on an elliptic curve")
    if serial.bit_length() > MAX_SERIAL_BITS:
        raise MalformedError("the signer's certificate has a longer number than any that is needed")
    _require_known(extensions)
    csca_kid = _csca_kid(extensions)
    return SealSigner(
        kid=hashlib.sha256(der).digest()[:KID_BYTES],
        csca_kid=csca_kid,
        serial=serial_element(csca_kid, serial),
        public=public,
        usages=_document_types(extensions),
        signs_seals=_signs_seals(extensions),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        certificate=certificate,
    )


def serial_element(csca_kid: bytes, serial: int) -> bytes:
    """What a deny list digests of a certificate that a CRL of this CSCA names."""
    return b"icao-certificate\x00" + csca_kid + b"\x00" + f"{serial:x}".encode()


def _csca_kid(extensions: x509.Extensions) -> bytes:
    try:
        found = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        found = None
    if not found or len(found) > MAX_CSCA_KID:
        raise MalformedError(f"the signer's certificate does not say in 1 to {MAX_CSCA_KID} bytes whose key signed it")
    return found


def _require_known(extensions: x509.Extensions) -> None:
    """What is critical must be understood (RFC 5280 4.2)."""
    if any(one.critical and isinstance(one.value, x509.UnrecognizedExtension) for one in extensions):
        raise MalformedError("the signer's certificate has a critical extension that this version does not know")


def _signs_seals(extensions: x509.Extensions) -> bool:
    """Whether it is for seals, and for signatures where it says what its key does."""
    with suppress(x509.ExtensionNotFound):
        if not extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
            return False
    try:
        return SEALS in extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False


def _document_types(extensions: x509.Extensions) -> frozenset[str]:
    """``[0, {"NV", ...}]`` in DER; the names are two letters, so looking for their bytes reads it."""
    try:
        extension = extensions.get_extension_for_oid(DOCUMENT_TYPES).value
    except x509.ExtensionNotFound:
        return frozenset()
    raw = extension.value if isinstance(extension, x509.UnrecognizedExtension) else b""
    return frozenset(usage for name, usage in _USAGES.items() if b"\x13\x02" + name in raw) or frozenset(("other",))
