"""The claims of an HC1 certificate: who signed, from when to when, and the statement (HCERT 1.3; WHO's variants)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gate.credential import cwt, hcert_content
from gate.credential.errors import MalformedError
from gate.credential.hcert_content import Content
from gate.credential.health import LabTest, Recovery, Vaccination

HCERT = -260
MAX_ISSUER = 255
MAX_PAYLOAD = 4 * 1024
"""Bytes of claims: the largest public certificates have 1,200, and what may be built from them stays small."""

USAGES: dict[type, str] = {Vaccination: "vaccination", LabTest: "test", Recovery: "recovery"}
"""What the usages of a key are called that may sign these."""

_SECOND = timedelta(seconds=1)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)


class HcertClaims(NamedTuple):
    """All that a certificate states. ``issuer`` is a country's code, or missing."""

    issuer: str | None
    not_before: datetime | None
    not_after: datetime | None
    content: Content

    @property
    def usage(self) -> str:
        return USAGES[type(self.content.facts)]

    @property
    def stable_id(self) -> bytes:
        return self.content.stable_id


def read(payload: bytes) -> HcertClaims:
    """The claims of a payload; unknown ones are ignored. Raises ``MalformedError`` and ``Refusal``."""
    if len(payload) > MAX_PAYLOAD:
        raise MalformedError(f"the claims take more than {MAX_PAYLOAD} bytes")
    claims = cwt.read(payload, dates=True)
    hcert = claims.get(HCERT)
    if hcert is None and ("vaccine" in claims or "test" in claims):
        return _bare(claims)
    if not isinstance(hcert, dict):
        raise MalformedError("the claims hold no health certificate")
    content = hcert_content.read(hcert)
    not_after = _after(cwt.numeric_date(claims, cwt.EXP, "exp"))
    if not_after is None and hcert_content.DCC in hcert:
        raise MalformedError("the certificate names no end of its validity")
    return HcertClaims(
        cwt.text(claims, cwt.ISS, "iss", MAX_ISSUER),
        _latest(cwt.numeric_date(claims, cwt.NBF, "nbf"), cwt.numeric_date(claims, cwt.IAT, "iat")),
        _earliest(not_after, content.valid_until),
        content,
    )


def _bare(document: cwt.Claims) -> HcertClaims:
    content = hcert_content.bare(document)
    return HcertClaims(None, None, content.valid_until, content)


def _after(exp: datetime | None) -> datetime | None:
    """The first moment at which it no longer counts: HCERT's validity includes the second that ``exp`` names."""
    return None if exp is None else min(exp, _LAST) + _SECOND


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other
