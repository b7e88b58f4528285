"""Lists of withdrawn certificates of states (CRL, RFC 5280), PEM or DER: a CSCA's word on the signers of its seals.

An entry is the certificate's number under the key of the CSCA (``icao_signer``). Signatures are not verified: whoever
compiles vouches. Loads ``cryptography.x509``.
"""

from __future__ import annotations

from cryptography import x509

from gate.credential.denylist import Entry
from gate.credential.errors import TrustError
from gate.credential.icao_signer import serial_element
from gate.credential.list_sources import MAX_TEXT
from gate.credential.pem import blocks_of
from gate.credential.revocation import digest
from gate.credential.withdrawn.found import MAX_KID, Files, Found, Published, oldest
from gate.credential.x509_errors import UNREADABLE

FORM = "icao-crl"
LABEL = "X509 CRL"


def claims(file: Published) -> bool:
    """Whether a file has such a list in it."""
    return f"-----BEGIN {LABEL}-----".encode() in file.raw or (file.raw.startswith(b"\x30") and file.document is None)


def read(files: Files) -> Found:
    """The certificates that states withdrew. Raises ``TrustError`` for a file that is no list at all."""
    found = Found(FORM)
    crls: list[x509.CertificateRevocationList] = []
    for file in files:
        for number, der in enumerate(blocks_of(file.raw, LABEL), start=1):
            crl, kid = _crl(der, f"{file.name}: list {number}")
            found.entries += (Entry(kid, digest(serial_element(kid, entry.serial_number))) for entry in crl)
            crls.append(crl)
    found.issued = oldest([crl.last_update_utc for crl in crls])
    found.due = oldest([crl.next_update_utc for crl in crls])
    found.version = _number(crls[0]) if len(crls) == 1 else None
    return found


def _crl(der: bytes, name: str) -> tuple[x509.CertificateRevocationList, bytes]:
    try:
        crl = x509.load_der_x509_crl(der)
        extensions = crl.extensions
    except UNREADABLE:
        raise TrustError(f"{name} cannot be read as a list of withdrawn certificates; fetch it again") from None
    if any(isinstance(one.value, x509.DeltaCRLIndicator) for one in extensions):
        raise TrustError(f"{name} holds only the changes to another list; fetch the whole one")
    try:
        kid = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        kid = None
    if not kid or len(kid) > MAX_KID:
        raise TrustError(f"{name} does not say whose key signed it")
    return crl, kid


def _number(crl: x509.CertificateRevocationList) -> str | None:
    try:
        number = str(crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number)
    except x509.ExtensionNotFound:
        return None
    return number if len(number) <= MAX_TEXT else None
