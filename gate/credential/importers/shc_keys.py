"""The keys of SMART Health Cards issuers: one issuer's ``.well-known/jwks.json``, and the form of the VCI directory.

A key counts for exactly one ``iss``. It is on P-256, for signing with ES256, and its kid is its thumbprint (RFC 7638);
a certificate with it must be of the same key and for the same address.
"""

from __future__ import annotations

import hashlib
import json

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gate.credential.deny_sources import thumbprint
from gate.credential.errors import TrustError
from gate.credential.importers.certificates import certified
from gate.credential.importers.imported import Imported, Origin, der_of
from gate.credential.keys import PublicKey, from_jwk, to_jwk
from gate.credential.model import CredentialKind
from gate.credential.trust import IssuerKey

_WANTED = {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256"}


def read_jwks(document: object, iss: str, name: str) -> Imported:
    """The keys of one issuer. Raises ``TrustError`` for another form."""
    match document:
        case {"keys": list(keys)}:
            found = Imported(CredentialKind.SHC)
            _add(keys, Origin(iss, name), "", found)
            return found
    raise TrustError("not a JSON Web Key Set, which is an object with keys")


def read_vci(document: object) -> Imported:
    """The issuers of a directory snapshot: ``issuerInfo``, each with ``issuer`` and ``keys``. Raises ``TrustError``."""
    match document:
        case {"issuerInfo": list(infos)}:
            pass
        case {"participating_issuers": list()}:
            raise TrustError("this is the directory's list of names without keys; give a snapshot, with issuerInfo")
        case _:
            raise TrustError("not a snapshot of the VCI directory, which is an object with issuerInfo")
    found = Imported(CredentialKind.SHC)
    for number, info in enumerate(infos, start=1):
        match info:
            case {"issuer": {"iss": str(iss), "name": str(name)}, "keys": list(keys)} if iss:
                _add(keys, Origin(iss, name), f"issuer {number} ({iss}): ", found)
            case _:
                found.skipped.append(f"issuer {number}: it has not iss, name and keys")
    return found


def _add(keys: list[object], origin: Origin, where: str, found: Imported) -> None:
    found.add(origin)
    for number, jwk in enumerate(keys, start=1):
        try:
            found.add(origin, [_key(jwk, origin.id)])
        except TrustError as error:
            kid = jwk.get("kid") if isinstance(jwk, dict) else None
            found.skipped.append(f"{where}key {number} ({kid}): {error}")


def _key(jwk: object, iss: str) -> IssuerKey:
    if not isinstance(jwk, dict):
        raise TrustError("an object was expected")
    for member, wanted in _WANTED.items():
        if jwk.get(member) != wanted:
            raise TrustError(f"its {member} is not {wanted}")
    if "d" in jwk:
        raise TrustError("its secret half is published with it, so anybody may sign")
    public = from_jwk(jwk)
    kid = jwk.get("kid")
    if not isinstance(kid, str) or thumbprint(kid) != thumbprint_of(public):
        raise TrustError("its kid is not its thumbprint")
    if jwk.get("x5c"):
        _require_certificate(jwk["x5c"], public, iss)
    return IssuerKey(thumbprint_of(public), public, frozenset(), None, None)


def thumbprint_of(public: PublicKey) -> bytes:
    """SHA-256 over the members that make the key, in the order of their names (RFC 7638)."""
    return hashlib.sha256(json.dumps(to_jwk(public), separators=(",", ":"), sort_keys=True).encode()).digest()


def _require_certificate(chain: object, public: PublicKey, iss: str) -> None:
    """The first certificate is of this key and this address; who signed it is for whoever signs the bundle."""
    der = der_of(chain[0]) if isinstance(chain, list) else None
    if der is None:
        raise TrustError("its certificate is not base64")
    key, addresses = certified(der)
    if key != public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        raise TrustError("its certificate is of another key")
    if iss not in addresses:
        raise TrustError("its certificate is not for the address of the issuer")
