"""The trust list of Austria, decoded: ``c`` of its CBOR, ``[{i: kid, c: certificate}, ...]``, both byte strings."""

from __future__ import annotations

from gate.credential.errors import TrustError
from gate.credential.importers import eu_kids
from gate.credential.importers.imported import MAX_KID, Imported
from gate.credential.model import CredentialKind


def read(entries: object) -> Imported:
    """The signers, by country. Raises ``TrustError`` for another form."""
    if not isinstance(entries, list):
        raise TrustError("the list of Austria is not a list of certificates")
    found = Imported(CredentialKind.HC1)
    for number, entry in enumerate(entries, start=1):
        try:
            _add(found, entry)
        except TrustError as error:
            found.skipped.append(f"certificate {number}: {error}")
    return found


def _add(found: Imported, entry: object) -> None:
    match entry:
        case {"i": bytes() as kid, "c": bytes() as der} if 0 < len(kid) <= MAX_KID:
            eu_kids.add(found, kid, der)
        case _:
            raise TrustError("it has no kid, or no certificate")
