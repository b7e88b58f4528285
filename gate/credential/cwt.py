"""CWT claims (RFC 8392): their numbers, and reading times and text strictly. Raises ``MalformedError``."""

from __future__ import annotations

from datetime import UTC, datetime

from gate.credential import cbor
from gate.credential.errors import MalformedError

ISS = 1
SUB = 2
EXP = 4
NBF = 5
IAT = 6
CTI = 7
STATUS = 65535

_NUMBER = (int, float)
_LAST_S = 253402300799
"""The last second of the year 9999."""

Claims = dict[cbor.Key, cbor.Value]


def read(payload: bytes, *, dates: bool = False) -> Claims:
    """The claims of a payload; ``dates`` as ``cbor.decode`` says."""
    claims = cbor.decode(payload, dates=dates)
    if not isinstance(claims, dict):
        raise MalformedError("the claims are not a map")
    return claims


def numeric_date(claims: Claims, number: int, name: str) -> datetime | None:
    """A NumericDate: seconds since 1970, whole or not. The tag of RFC 8949 is not allowed in it (RFC 8392 2)."""
    value = claims.get(number)
    if value is None:
        return None
    if not isinstance(value, _NUMBER) or isinstance(value, bool) or not 0 <= value <= _LAST_S:
        raise MalformedError(f"the claim {name} is not a time")
    return datetime.fromtimestamp(value, UTC)


def text(claims: Claims, number: int, name: str, longest: int) -> str | None:
    """A text claim of bounded length."""
    value = claims.get(number)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise MalformedError(f"the claim {name} is not a text of 1 to {longest} characters")
    return value


def octets(claims: Claims, number: int, name: str, longest: int) -> bytes | None:
    """A byte string claim of bounded length."""
    value = claims.get(number)
    if value is None:
        return None
    if not isinstance(value, bytes) or not 0 < len(value) <= longest:
        raise MalformedError(f"the claim {name} is not a byte string of 1 to {longest} bytes")
    return value
