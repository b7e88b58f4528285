"""What a gate pass states, as CWT claims (docs/credentials.md): reading them strictly, and writing them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gate.credential import cbor, cwt
from gate.credential.errors import MalformedError
from gate.credential.model import Colour

MAX_ISSUER = 255
MAX_ID = 64
MAX_URI = 1024
CLAIM_PURPOSE = -65537
CLAIM_COLOUR = -65538
DEFAULT_PURPOSE = "visit"
USAGE = "pass"
"""What the usages of a key are called that may sign passes."""

_PURPOSE = re.compile("[a-z0-9-]{1,32}")
"""A word of the site's, never text: it is the one claim that could carry a name out of the gate."""


@dataclass(frozen=True, slots=True)
class StatusRef:
    """Where the issuer keeps the pass's status: entry ``index`` of the status list at ``uri``."""

    uri: str
    index: int


@dataclass(frozen=True, slots=True)
class PassClaims:
    """All that a pass states. ``pass_id`` or ``subject`` is there; both are opaque and dropped with the decision."""

    issuer: str
    not_after: datetime
    not_before: datetime | None = None
    issued_at: datetime | None = None
    pass_id: bytes | None = None
    subject: str | bytes | None = None
    purpose: str = DEFAULT_PURPOSE
    colour: Colour | None = None
    status: StatusRef | None = None
    usage: ClassVar[str] = USAGE

    @property
    def stable_id(self) -> bytes:
        """What stays the same each time the pass is shown, after the number of the claim that it comes from."""
        return self.elements[0]

    @property
    def elements(self) -> tuple[bytes, ...]:
        """What an issuer may withdraw: this pass by its id, and every pass of its subject."""
        found = []
        if self.pass_id is not None:
            found.append(pass_element(self.pass_id))
        if self.subject is not None:
            found.append(subject_element(self.subject))
        return tuple(found)


def pass_element(pass_id: bytes) -> bytes:
    """The pass with this id, as deny lists digest it."""
    return b"%d\x00%b" % (cwt.CTI, pass_id)


def subject_element(subject: str | bytes) -> bytes:
    """Every pass of this subject, as deny lists digest it."""
    return b"%d\x00%b" % (cwt.SUB, subject.encode() if isinstance(subject, str) else subject)


def write(claims: PassClaims) -> bytes:
    """The payload that states these claims. Raises ``MalformedError`` for claims that ``read`` would refuse."""
    status = claims.status
    every: dict[int, object] = {
        cwt.ISS: claims.issuer,
        cwt.SUB: claims.subject,
        cwt.EXP: _seconds(claims.not_after),
        cwt.NBF: _seconds(claims.not_before),
        cwt.IAT: _seconds(claims.issued_at),
        cwt.CTI: claims.pass_id,
        CLAIM_PURPOSE: None if claims.purpose == DEFAULT_PURPOSE else claims.purpose,
        CLAIM_COLOUR: claims.colour and claims.colour.value,
        cwt.STATUS: status and {"status_list": {"idx": status.index, "uri": status.uri}},
    }
    try:
        payload = cbor.encode({number: value for number, value in every.items() if value is not None})
    except UnicodeError:
        raise MalformedError("a claim is not text that can be written") from None
    read(payload)
    return payload


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())


def read(payload: bytes) -> PassClaims:
    """The claims of a payload; unknown ones are ignored. Raises ``MalformedError``."""
    claims = cwt.read(payload)
    issuer = cwt.text(claims, cwt.ISS, "iss", MAX_ISSUER)
    not_after = cwt.numeric_date(claims, cwt.EXP, "exp")
    not_before = cwt.numeric_date(claims, cwt.NBF, "nbf")
    pass_id, subject = cwt.octets(claims, cwt.CTI, "cti", MAX_ID), _subject(claims)
    if issuer is None or not_after is None:
        raise MalformedError("the pass names no issuer or no end of its validity")
    if pass_id is None and subject is None:
        raise MalformedError("the pass has neither an id nor a subject")
    if not_before is not None and not_before >= not_after:
        raise MalformedError("the validity of the pass ends before it begins")
    return PassClaims(
        issuer=issuer,
        not_after=not_after,
        not_before=not_before,
        issued_at=cwt.numeric_date(claims, cwt.IAT, "iat"),
        pass_id=pass_id,
        subject=subject,
        purpose=_purpose(claims),
        colour=_colour(claims),
        status=_status(claims),
    )


def _subject(claims: cwt.Claims) -> str | bytes | None:
    if isinstance(claims.get(cwt.SUB), bytes):
        return cwt.octets(claims, cwt.SUB, "sub", MAX_ID)
    return cwt.text(claims, cwt.SUB, "sub", MAX_ID)


def _purpose(claims: cwt.Claims) -> str:
    purpose = cwt.text(claims, CLAIM_PURPOSE, "purpose", MAX_ID)
    if purpose is None:
        return DEFAULT_PURPOSE
    if not _PURPOSE.fullmatch(purpose):
        raise MalformedError("the purpose is not one word of 1 to 32 lower-case letters, digits and hyphens")
    return purpose


def _colour(claims: cwt.Claims) -> Colour | None:
    name = cwt.text(claims, CLAIM_COLOUR, "colour", MAX_ID)
    if name is None:
        return None
    if name not in list(Colour):
        raise MalformedError("the colour of the pass is not one of the four")
    return Colour(name)


def _status(claims: cwt.Claims) -> StatusRef | None:
    match claims.get(cwt.STATUS):
        case None:
            return None
        case {"status_list": {"idx": int() as index, "uri": str() as uri}} if (
            not isinstance(index, bool) and index >= 0 and 0 < len(uri) <= MAX_URI
        ):
            return StatusRef(uri, index)
    raise MalformedError("the status reference of the pass cannot be read")
