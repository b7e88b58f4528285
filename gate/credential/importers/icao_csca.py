"""The CSCA certificates of states (ICAO PKD, or a state's own publication), in PEM, several in one file, or DER.

A CSCA is named by the three letters of its state, in the alternative names that Doc 9303-12 asks for, and by its
subject key identifier. Master lists (CMS) are to be unpacked first, for instance with openssl.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from gate.credential.errors import TrustError
from gate.credential.importers.imported import MAX_KID, Imported, Origin
from gate.credential.keys import from_jwk, to_jwk
from gate.credential.model import CredentialKind
from gate.credential.pem import blocks_of
from gate.credential.trust import IssuerKey
from gate.credential.x509_errors import UNREADABLE

_STATE = re.compile("[A-Z]{3}")


def read(raw: bytes) -> Imported:
    """The CSCAs of a file, by state. Raises ``TrustError`` for another form."""
    found = Imported(CredentialKind.VDSNC)
    for number, der in enumerate(blocks_of(raw, "CERTIFICATE"), start=1):
        try:
            origin, key = _csca(der)
            found.add(origin, [key])
        except TrustError as error:
            found.skipped.append(f"certificate {number}: {error}")
    return found


def _csca(der: bytes) -> tuple[Origin, IssuerKey]:
    try:
        certificate = x509.load_der_x509_certificate(der)
        extensions, public = certificate.extensions, certificate.public_key()
    except UNREADABLE:
        raise TrustError("it is in a form that cannot be read") from None
    if not isinstance(public, ec.EllipticCurvePublicKey | RSAPublicKey):
        raise TrustError("its key is neither EC nor RSA")
    kid = _key_id(extensions)
    state = _state(extensions)
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    key = IssuerKey(kid, from_jwk(to_jwk(public)), frozenset(), begin, end)
    return Origin(f"icao-{state}", f"{state} (CSCA)", state), key


def _key_id(extensions: x509.Extensions) -> bytes:
    try:
        if not extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise TrustError("it is not the certificate of an authority")
        kid = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        raise TrustError("it has no subject key identifier, or does not say that it is an authority's") from None
    if not 0 < len(kid) <= MAX_KID:
        raise TrustError(f"its subject key identifier is not 1 to {MAX_KID} bytes")
    return kid


def _state(extensions: x509.Extensions) -> str:
    """The three letters of the locality in one of the alternative names."""
    for names in _alternative_names(extensions):
        for name in names.get_values_for_type(x509.DirectoryName):
            for place in name.get_attributes_for_oid(NameOID.LOCALITY_NAME):
                if _STATE.fullmatch(str(place.value)):
                    return str(place.value)
    raise TrustError("no alternative name says which state it is of")


def _alternative_names(
    extensions: x509.Extensions,
) -> Iterator[x509.IssuerAlternativeName | x509.SubjectAlternativeName]:
    with suppress(x509.ExtensionNotFound):
        yield extensions.get_extension_for_class(x509.IssuerAlternativeName).value
    with suppress(x509.ExtensionNotFound):
        yield extensions.get_extension_for_class(x509.SubjectAlternativeName).value
