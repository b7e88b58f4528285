"""The trust list of WHO's Global Digital Health Certification Network: a DID document, version 1 or 2, as JSON.

Each ``verificationMethod`` has the address of its list as id, such as ``did:web:...:DCC:XXA:DSC#kid``: domain,
participant (ISO 3166 alpha-3), usage of the key, kid in base64. Signers are those of usage DSC. The certificate
comes first in ``x5c``; coordinates in the field have a zero byte too many, so the bare key is the second choice.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace

from gate.credential.certificate import signer_key
from gate.credential.errors import TrustError
from gate.credential.importers.certificates import country_of
from gate.credential.importers.imported import Imported, Origin, base64_kid, der_of
from gate.credential.keys import from_jwk
from gate.credential.model import CredentialKind
from gate.credential.trust import IssuerKey

SIGNER = "DSC"
_ADDRESS = re.compile(r"did:[^#]*:(?P<participant>[A-Za-z]{3}):(?P<usage>[A-Za-z]+)#(?P<kid>.+)")
_SIZES = {"P-256": 32, "P-384": 48}


def read(document: object) -> Imported:
    """The signers, by participant. Raises ``TrustError`` for another form."""
    match document:
        case {"id": str(), "verificationMethod": list(methods)}:
            pass
        case _:
            raise TrustError("not a DID document with verificationMethod")
    found = Imported(CredentialKind.HC1)
    for number, method in enumerate(methods, start=1):
        try:
            _add(method, found)
        except TrustError as error:
            found.skipped.append(f"key {number} ({_named(method)}): {error}")
    return found


def _named(method: object) -> object:
    return method.get("id") if isinstance(method, dict) else method if isinstance(method, str) else None


def _add(method: object, found: Imported) -> None:
    if isinstance(method, str):
        raise TrustError("it is a reference, not a key; import the document that it names")
    match method:
        case {"id": str(address), "publicKeyJwk": dict(jwk)} if (place := _ADDRESS.fullmatch(address)) is not None:
            if place["usage"].upper() == SIGNER:
                key, country = _key(jwk, place["kid"])
                participant = place["participant"].upper()
                found.add(Origin(f"who-{participant}", f"{participant} (WHO GDHCN)", country), [key])
        case _:
            raise TrustError("it has no publicKeyJwk, or its id does not end in participant, usage and kid")


def _key(jwk: Mapping[str, object], fragment: str) -> tuple[IssuerKey, str | None]:
    """The key, and the country of its certificate where it has one."""
    kid = base64_kid(jwk.get("kid", _plain(fragment)))
    if kid is None:
        raise TrustError("its kid is not base64")
    chain = jwk.get("x5c")
    if not isinstance(chain, list) or not chain:
        return IssuerKey(kid, from_jwk(_slender(jwk)), frozenset(), None, None), None
    der = der_of(chain[0])
    if der is None:
        raise TrustError("its certificate is not base64")
    return replace(signer_key(der), kid=kid), country_of(der)


def _plain(fragment: str) -> str:
    """Base64 as it was before it became part of an address."""
    for code, character in (("%2B", "+"), ("%2F", "/"), ("%3D", "=")):
        fragment = fragment.replace(code, character).replace(code.lower(), character)
    return fragment


def _slender(jwk: Mapping[str, object]) -> Mapping[str, object]:
    """The key with coordinates as long as they should be."""
    size = _SIZES.get(str(jwk.get("crv")))
    if size is None:
        return jwk
    return {**jwk, **{name: _fitted(jwk[name], size) for name in ("x", "y") if name in jwk}}


def _fitted(value: object, size: int) -> object:
    try:
        raw = base64.urlsafe_b64decode(f"{value}{'=' * (-len(str(value)) % 4)}")
    except (binascii.Error, ValueError):
        return value
    exact = raw.lstrip(b"\x00").rjust(size, b"\x00")
    return base64.urlsafe_b64encode(exact).rstrip(b"=").decode("ascii")
