"""The European keys of the Dutch trust list, decoded: ``eu_keys``.

``{kid: [{subjectPk, keyUsage, ian, san}, ...]}``: the kid and the SubjectPublicKeyInfo in base64, usages of ``v``,
``t`` and ``r``, and in ``ian`` the country's two letters. These are keys without certificates, so without periods.
"""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from gate.credential.errors import TrustError
from gate.credential.importers.eu_gateway import origin_of
from gate.credential.importers.imported import Imported, base64_kid, der_of
from gate.credential.keys import PublicKey, from_jwk, to_jwk
from gate.credential.model import CredentialKind
from gate.credential.trust import IssuerKey

USAGES = {"v": "vaccination", "t": "test", "r": "recovery"}


def read(keys: object) -> Imported:
    """The signers, by country. Raises ``TrustError`` for another form."""
    if not isinstance(keys, dict):
        raise TrustError("the European keys are not an object with a list under each kid")
    found = Imported(CredentialKind.HC1)
    for name, entries in keys.items():
        for entry in entries if isinstance(entries, list) else [entries]:
            try:
                _add(found, name, entry)
            except TrustError as error:
                found.skipped.append(f"key {name}: {error}")
    return found


def _add(found: Imported, name: str, entry: Any) -> None:
    kid = base64_kid(name)
    if kid is None or not isinstance(entry, dict):
        raise TrustError("its kid is not base64, or it is no object")
    usages = entry.get("keyUsage") or []
    if not isinstance(usages, list) or not all(isinstance(one, str) and one in USAGES for one in usages):
        raise TrustError(f"its usages are not of {', '.join(USAGES)}")
    key = IssuerKey(kid, _public(entry), frozenset(USAGES[one] for one in usages), None, None)
    found.add(origin_of(entry.get("ian")), [key])


def _public(entry: dict[str, Any]) -> PublicKey:
    der = der_of(entry.get("subjectPk"))
    try:
        public = load_der_public_key(der or b"")
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise TrustError("its key is not base64 of a public key") from None
    if not isinstance(public, ec.EllipticCurvePublicKey | RSAPublicKey):
        raise TrustError("its key is neither EC nor RSA")
    return from_jwk(to_jwk(public))
