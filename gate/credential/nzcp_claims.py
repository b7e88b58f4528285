"""The claims of an NZ pass: who signed, from when to when, and for whom (NZCP 1.0, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from gate.credential import cwt, lenient
from gate.credential.errors import MalformedError

VC = "vc"
SORT = "PublicCovidPass"
"""The one sort of pass that there is."""

MAX_ISSUER = 255
MAX_ID = 64


@dataclass(frozen=True, slots=True)
class NzcpClaims:
    """All that a pass states."""

    issuer: str
    not_before: datetime
    not_after: datetime
    pass_id: bytes = field(repr=False)
    name: str = field(repr=False)
    birth_date: str = field(repr=False)
    usage: ClassVar[str] = "pass"

    @property
    def stable_id(self) -> bytes:
        return self.pass_id


def read(payload: bytes) -> NzcpClaims:
    """The claims of a payload; unknown ones are ignored. Raises ``MalformedError``."""
    claims = cwt.read(payload)
    issuer = cwt.text(claims, cwt.ISS, "iss", MAX_ISSUER)
    begin, end = cwt.numeric_date(claims, cwt.NBF, "nbf"), cwt.numeric_date(claims, cwt.EXP, "exp")
    pass_id = cwt.octets(claims, cwt.CTI, "cti", MAX_ID)
    if issuer is None or begin is None or end is None or pass_id is None:
        raise MalformedError("the pass lacks its issuer, a time or its id")
    holder = _holder(claims.get(VC))
    name = f"{lenient.text(holder.get('givenName'))} {lenient.text(holder.get('familyName'))}".strip()
    return NzcpClaims(issuer, begin, end, pass_id, name, lenient.birth_date(holder.get("dob")))


def _holder(credential: object) -> Mapping[object, object]:
    match credential:
        case {"type": list(types), "credentialSubject": dict() as holder} if SORT in types:
            return holder
    raise MalformedError(f"the pass holds no {SORT}")
