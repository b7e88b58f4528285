"""The claims of a SMART Health Card 1.4: issuer, times, revocation id, and a FHIR bundle about one person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from gate.credential import json_text, shc_bundle
from gate.credential.errors import MalformedError
from gate.credential.health import HealthCard

MAX_ISSUER = 255
MAX_RID = 64
_LAST_S = 253402300799
"""The last second of the year 9999."""


@dataclass(frozen=True, slots=True)
class ShcClaims:
    """All that a card states. ``rid`` and ``name`` serve revocation and the pseudonym and are never told."""

    issuer: str
    not_before: datetime
    not_after: datetime | None
    rid: str | None = field(repr=False)
    name: str = field(repr=False)
    card: HealthCard
    usage: ClassVar[str] = "health-card"

    @property
    def stable_id(self) -> bytes:
        """The revocation id, or else a hash of name and birth date."""
        if self.rid is not None:
            return b"rid\x00" + self.rid.encode("utf-8", "surrogatepass")
        holder = f"{self.name}\x00{self.card.birth_date}"
        return b"holder\x00" + hashlib.sha256(holder.encode("utf-8", "surrogatepass")).digest()


def read(payload: bytes) -> ShcClaims:
    """The claims of a payload; unknown ones are ignored. Raises ``MalformedError``.

    Cards from before version 1.0 say when they were issued instead of from when on they count.
    """
    claims = json_text.decode_object(payload)
    not_before = _time(claims, "nbf") or _time(claims, "iat")
    if not_before is None:
        raise MalformedError("the card names no begin of its validity")
    match claims.get("vc"):
        case {"credentialSubject": {"fhirBundle": dict() as bundle}, **vc}:
            card, name = shc_bundle.read(bundle)
        case _:
            raise MalformedError("the card holds no FHIR bundle")
    return ShcClaims(_issuer(claims), not_before, _time(claims, "exp"), _rid(vc.get("rid")), name, card)


def _issuer(claims: dict[str, object]) -> str:
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not 0 < len(issuer) <= MAX_ISSUER:
        raise MalformedError("the card names no issuer")
    return issuer


def _time(claims: dict[str, object], name: str) -> datetime | None:
    """A NumericDate: seconds since 1970, whole or not."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST_S:
        raise MalformedError(f"the claim {name} is not a time")
    return datetime.fromtimestamp(value, UTC)


def _rid(rid: object) -> str | None:
    if rid is None:
        return None
    if not isinstance(rid, str) or not 0 < len(rid) <= MAX_RID:
        raise MalformedError(f"the revocation id is not a text of 1 to {MAX_RID} characters")
    return rid
