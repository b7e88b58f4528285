"""Certificates of signers under their kids, both in base64, as Italy and France publish them: ``{kid: certificate}``.

Italy gives out one certificate at a time (``signercertificate/update``, its kid in a header of the response); collect
them so. France writes base64 of base64. The country is the certificate's; a bare key has none and is skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gate.credential.certificate import signer_key
from gate.credential.errors import TrustError
from gate.credential.importers.certificates import country_of
from gate.credential.importers.eu_gateway import origin_of
from gate.credential.importers.imported import Imported, base64_kid, der_of
from gate.credential.model import CredentialKind

_SEQUENCE = b"\x30"


def read(certificates: object) -> Imported:
    """The signers, by country. Raises ``TrustError`` for another form."""
    if not isinstance(certificates, Mapping):
        raise TrustError("the certificates are not an object with one under each kid")
    found = Imported(CredentialKind.HC1)
    for name, text in certificates.items():
        try:
            add(found, base64_kid(name), _der(text))
        except TrustError as error:
            found.skipped.append(f"certificate {name}: {error}")
    return found


def add(found: Imported, kid: bytes | None, der: bytes | None) -> None:
    """One signer, under its kid and the country that its certificate names. Raises ``TrustError``."""
    if kid is None or der is None:
        raise TrustError("its kid or its certificate is not base64")
    key = replace(signer_key(der), kid=kid)
    country = country_of(der)
    if country is None:
        raise TrustError("its certificate names no country")
    found.add(origin_of(country), [key])


def _der(text: object) -> bytes | None:
    once = der_of(text)
    return once if once is None or once.startswith(_SEQUENCE) else der_of(once.decode("latin-1"))
