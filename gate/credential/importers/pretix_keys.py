"""The keys of a pretix event: its API resource (``GET /api/v1/organizers/O/events/E/``), with ``valid_keys`` in it.

Each key is a PEM file in base64. The products that may enter are the site's choice: give the keys ``usages`` such as
``item-7`` in the file that this makes, or leave them out for all.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gate.credential.errors import TrustError
from gate.credential.importers.imported import Imported, Origin
from gate.credential.keys import kid_of
from gate.credential.model import CredentialKind
from gate.credential.trust import IssuerKey

SCHEME = "pretix_sig1"


def read(document: object, issuer_id: str, name: str) -> Imported:
    """The keys of one event, under the issuer's id that is given. Raises ``TrustError`` for another form."""
    match document:
        case {"valid_keys": {"pretix_sig1": list(keys)}}:
            pass
        case _:
            raise TrustError(f"not a pretix event whose valid_keys has {SCHEME}")
    found = Imported(CredentialKind.PRETIX)
    origin = Origin(issuer_id, name)
    found.add(origin)
    for number, text in enumerate(keys, start=1):
        try:
            found.add(origin, [_key(text)])
        except TrustError as error:
            found.skipped.append(f"key {number}: {error}")
    return found


def _key(text: object) -> IssuerKey:
    try:
        pem = base64.b64decode(text if isinstance(text, str) else "", validate=True)
        public = serialization.load_pem_public_key(pem)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise TrustError("it is not base64 of a public key in PEM") from None
    if not isinstance(public, Ed25519PublicKey):
        raise TrustError("it is not Ed25519")
    return IssuerKey(kid_of(public), public, frozenset(), None, None)
