"""The list of certificates that count no more (a CRL, RFC 5280), as a broker reads it.

A list that has run out makes a broker refuse everybody, so it runs as long as its authority; a newer one replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from gate.pki.errors import PkiError
from gate.pki.making import Authority

_EARLIER = timedelta(hours=1)
"""For a broker whose clock is behind: a list that is not valid yet would shut out everybody."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A certificate by its serial number, and since when it does not count."""

    serial: int
    since: datetime


def after(before: bytes | None, now: datetime) -> datetime:
    """When to date a list that replaces the one in this PEM: a broker that has read both goes by the later one.

    Raises ``PkiError``.
    """
    if before is None:
        return now
    try:
        old = x509.load_pem_x509_crl(before).last_update_utc
    except ValueError as error:
        raise PkiError("The list that is to be replaced is none; name another file.") from error
    return max(now, old + _EARLIER + timedelta(seconds=1))


def listed(authority: Authority, withdrawn: Iterable[Withdrawn], now: datetime) -> bytes:
    """The list in PEM."""
    begin = now.replace(microsecond=0)
    builder = x509.CertificateRevocationListBuilder(authority.certificate.subject)
    builder = builder.last_update(begin - _EARLIER).next_update(authority.certificate.not_valid_after_utc)
    builder = builder.add_extension(x509.CRLNumber(int(begin.timestamp())), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(issuer, critical=False)
    for one in sorted(withdrawn, key=lambda each: each.serial):
        entry = x509.RevokedCertificateBuilder(one.serial, one.since.replace(microsecond=0))
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
