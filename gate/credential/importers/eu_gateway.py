"""The trust list of the EU gateway (``GET /trustList``): signers' certificates (DSC) of all countries, as JSON.

A list of ``{kid, timestamp, country, certificateType, thumbprint, signature, rawData}``; national backends give the
same entries as ``{"certificates": [...]}``. The kid is the publisher's word and the certificate is ``rawData``.
"""

from __future__ import annotations

from dataclasses import replace

from gate.credential.certificate import signer_key
from gate.credential.errors import TrustError
from gate.credential.importers.imported import Imported, Origin, base64_kid, der_of
from gate.credential.model import CredentialKind
from gate.credential.trust import IssuerKey

SIGNER = "DSC"
_COUNTRY_LETTERS = 2


def read(document: object) -> Imported:
    """The signers, by country. Raises ``TrustError`` for another form."""
    match document:
        case {"certificates": list(entries)} | list(entries):
            pass
        case _:
            raise TrustError("not a trust list of the EU gateway, which is a list of certificates")
    found = Imported(CredentialKind.HC1)
    for number, entry in enumerate(entries, start=1):
        try:
            _add(entry, found)
        except TrustError as error:
            kid = entry.get("kid") if isinstance(entry, dict) else None
            found.skipped.append(f"certificate {number} ({kid}): {error}")
    return found


def _add(entry: object, found: Imported) -> None:
    if not isinstance(entry, dict):
        raise TrustError("an object was expected")
    if entry.get("certificateType") == SIGNER:
        found.add(origin_of(entry.get("country")), [_key(entry)])


def origin_of(country: object) -> Origin:
    """The issuer of a country's signers, whichever list names them. Raises ``TrustError``."""
    if not isinstance(country, str) or len(country) != _COUNTRY_LETTERS or not country.isalpha():
        raise TrustError("its country is not two letters")
    return Origin(f"eu-{country.upper()}", f"{country.upper()} (EU gateway)", country.upper())


def _key(entry: dict[str, object]) -> IssuerKey:
    der, kid = der_of(entry.get("rawData")), base64_kid(entry.get("kid"))
    if der is None or kid is None:
        raise TrustError("its kid or its certificate is not base64")
    return replace(signer_key(der), kid=kid)
