"""The keys of an NZ pass issuer: its DID document, ``.well-known/did.json`` under its ``did:web`` name.

A key counts if ``assertionMethod`` lists it. Its kid is what follows ``#`` in its name, as passes carry it.
"""

from __future__ import annotations

from gate.credential.errors import TrustError
from gate.credential.importers.imported import MAX_KID, Imported, Origin
from gate.credential.keys import KeySort, from_jwk, sort_of
from gate.credential.model import CredentialKind
from gate.credential.trust import IssuerKey


def read(document: object) -> Imported:
    """The keys of one issuer. Raises ``TrustError`` for another form."""
    match document:
        case {"id": str(did), "verificationMethod": list(methods), "assertionMethod": list(asserting)}:
            pass
        case _:
            raise TrustError("not a DID document with id, verificationMethod and assertionMethod")
    found = Imported(CredentialKind.NZCP)
    origin = Origin(did, did, None)
    found.add(origin)
    for number, method in enumerate(methods, start=1):
        try:
            found.add(origin, [_key(method, did, asserting)])
        except TrustError as error:
            named = method.get("id") if isinstance(method, dict) else None
            found.skipped.append(f"key {number} ({named}): {error}")
    return found


def _key(method: object, did: str, asserting: list[object]) -> IssuerKey:
    match method:
        case {"id": str(name), "publicKeyJwk": dict(jwk)} if name.startswith(f"{did}#"):
            pass
        case _:
            raise TrustError("it has no publicKeyJwk, or is not named by this document")
    kid = name.removeprefix(f"{did}#").encode("utf-8", "surrogatepass")
    if not 0 < len(kid) <= MAX_KID:
        raise TrustError(f"its name is not 1 to {MAX_KID} bytes")
    if name not in asserting:
        raise TrustError("it may not sign passes: assertionMethod does not list it")
    public = from_jwk(jwk)
    if sort_of(public) is not KeySort.P256:
        raise TrustError("it is not on P-256")
    return IssuerKey(kid, public, frozenset(), None, None)
