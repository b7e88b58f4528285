"""The Swedish trust list, decoded: ``dsc_trust_list`` of the payload of its JWS.

``{country: {keys: [JWK with kid, and mostly x5c], eku: {kid: [OID, ...]}}}``: the kid in base64, the certificate in
standard base64. A key without its certificate counts with the usages of ``eku``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gate.credential.certificate import signer_key
from gate.credential.errors import TrustError
from gate.credential.importers.eu_gateway import origin_of
from gate.credential.importers.imported import Imported, base64_kid, der_of
from gate.credential.keys import from_jwk
from gate.credential.model import CredentialKind
from gate.credential.trust import IssuerKey

_USAGES = {"1": "test", "2": "vaccination", "3": "recovery"}
_OID = re.compile(r"1\.3\.6\.1\.4\.1\.(?:0\.)?1847\.2021\.1\.([123])")


def read(countries: object) -> Imported:
    """The signers, by country. Raises ``TrustError`` for another form."""
    if not isinstance(countries, dict):
        raise TrustError("the list of Sweden is not an object with the keys of each country")
    found = Imported(CredentialKind.HC1)
    for country, entry in countries.items():
        keys, usages = (entry.get("keys"), entry.get("eku")) if isinstance(entry, dict) else (None, None)
        for number, key in enumerate(keys if isinstance(keys, list) else [None], start=1):
            try:
                found.add(origin_of(country), [_key(key, usages if isinstance(usages, dict) else {})])
            except TrustError as error:
                found.skipped.append(f"{country}: key {number}: {error}")
    return found


def _key(entry: Any, usages: Mapping[str, object]) -> IssuerKey:
    kid = base64_kid(entry.get("kid")) if isinstance(entry, dict) else None
    if kid is None:
        raise TrustError("its kid is not base64")
    if "x5c" not in entry:
        return IssuerKey(kid, from_jwk(entry), _named(usages.get(entry["kid"])), None, None)
    chain = entry["x5c"]
    der = der_of(chain[0]) if isinstance(chain, list) and chain else None
    if der is None:
        raise TrustError("its certificate is not base64")
    return replace(signer_key(der), kid=kid)


def _named(oids: object) -> frozenset[str]:
    """The usages that these mean; none of them means any, as in a certificate."""
    texts = [oid for oid in oids if isinstance(oid, str)] if isinstance(oids, list) else []
    return frozenset(_USAGES[match[1]] for match in map(_OID.fullmatch, texts) if match)
