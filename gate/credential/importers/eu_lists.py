"""Trust lists of the EU: of the gateway itself, and as members publish it in forms of their own.

Germany: a line with a signature in base64, then the JSON of the gateway. Sweden: a JWS. The Netherlands: ``{payload,
signature}`` with JSON in base64. Austria: CBOR, alone or as ``{trustList: {trustListContent}}``. Italy and France: a
certificate under each kid. No signature is verified: whoever signs the bundle vouches for the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gate.credential import base64url, cbor
from gate.credential.errors import MalformedError, TrustError
from gate.credential.importers import eu_at, eu_gateway, eu_kids, eu_nl, eu_se
from gate.credential.importers.imported import Imported, der_of

_MOST_VALUES = 1_000_000
_PARTS_OF_JWS = 3

Read = Callable[[Any], Imported]
BY_MEMBER: Mapping[str, Read] = {
    "certificates": eu_gateway.read,
    "dsc_trust_list": lambda document: eu_se.read(document["dsc_trust_list"]),
    "eu_keys": lambda document: eu_nl.read(document["eu_keys"]),
    "c": lambda document: eu_at.read(document["c"]),
    "certificatesDCC": lambda document: eu_kids.read(document["certificatesDCC"]),
}
"""Which list it is, by a member that it has."""


def read(raw: bytes) -> Imported:
    """The signers, by country. Raises ``TrustError`` for another form."""
    document = _unwrapped(_document(raw))
    if isinstance(document, dict):
        for member, reading in BY_MEMBER.items():
            if member in document:
                return reading(document)
        if document and all(isinstance(value, str) for value in document.values()):
            return eu_kids.read(document)
    return eu_gateway.read(document)


def _document(raw: bytes) -> object:
    """What a file holds: JSON, JSON after a line with its signature, the payload of a JWS, or CBOR."""
    for text in (raw, raw.partition(b"\n")[2], _payload(raw)):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            continue
    try:
        return cbor.decode(raw, most=_MOST_VALUES)
    except MalformedError:
        raise TrustError("neither JSON, signed JSON nor CBOR") from None


def _payload(raw: bytes) -> bytes:
    parts = raw.strip().split(b".")
    try:
        return base64url.decode(parts[1]) if len(parts) == _PARTS_OF_JWS else b""
    except MalformedError:
        return b""


def _unwrapped(document: object) -> object:
    match document:
        case {"payload": inner, "signature": _} | {"trustList": {"trustListContent": inner}}:
            text = der_of(inner)
            if text is None:
                raise TrustError("the list inside of it is not base64")
            return _document(text)
        case [{"kid": _, "raw_data": _}, *_]:
            return _by_kid(document)
        case _:
            return document


def _by_kid(entries: Sequence[Any]) -> dict[str, str]:
    return {str(one.get("kid")): str(one.get("raw_data")) for one in entries if isinstance(one, dict)}
