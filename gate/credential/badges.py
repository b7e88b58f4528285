"""What the formats ask of a registry of badges. The registries themselves come in from outside."""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from gate.credential.model import Colour
from gate.credential.revocation import DIGEST_BYTES

SECTION = b"badges"
"""The section of a compiled list that a registry is; what a list holds as a time is here colour and validity."""

KEY_BYTES = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_MINUTE_BITS = 28
_MOST_MINUTES = (1 << _MINUTE_BITS) - 1
_COLOURS = tuple(Colour)


@enum.unique
class Lacking(enum.StrEnum):
    """Why there is no badge."""

    STRANGER = "stranger"
    """It is in none of the registries."""
    UNKNOWN = "unknown"
    """A registry that should tell is missing or too old."""


@dataclass(frozen=True, slots=True)
class Badge:
    """What a registry says of one. ``not_after`` is the first moment past its validity; both are whole minutes."""

    colour: Colour
    not_before: datetime | None = None
    not_after: datetime | None = None


class Badges(Protocol):
    """The registries in force."""

    def find(self, lists: Sequence[str], issuer: str, code: bytes) -> Badge | Lacking:
        """The badge with this code, in any of these registries."""


class NoBadges:
    """No registry is there."""

    def find(self, lists: Sequence[str], issuer: str, code: bytes) -> Badge | Lacking:
        """None."""
        del lists, issuer, code
        return Lacking.UNKNOWN


def keyed(key: bytes, issuer: str, code: bytes) -> bytes:
    """What a registry holds instead of a badge's code: without the key nobody can try which codes are in it."""
    return hmac.digest(key, issuer.encode() + b"\x00" + code, hashlib.sha256)[:DIGEST_BYTES]


def packed(badge: Badge) -> int:
    """A badge in 60 bits: colour, begin and end in minutes since 1970, 0 for none. Raises ``ValueError`` past 2480."""
    begin, end = (_minutes(moment) for moment in (badge.not_before, badge.not_after))
    return (_COLOURS.index(badge.colour) << _MINUTE_BITS | begin) << _MINUTE_BITS | end


def unpacked(value: int) -> Badge | None:
    """The badge of 60 bits; none where they are not one."""
    colour = value >> 2 * _MINUTE_BITS
    if colour >= len(_COLOURS):
        return None
    begin, end = value >> _MINUTE_BITS & _MOST_MINUTES, value & _MOST_MINUTES
    return Badge(_COLOURS[colour], _moment(begin), _moment(end))


def _minutes(moment: datetime | None) -> int:
    minutes = 0 if moment is None else (moment - _EPOCH) // _MINUTE
    if not 0 <= minutes <= _MOST_MINUTES:
        raise ValueError("a badge's time is before 1970 or after 2480")
    return minutes


def _moment(minutes: int) -> datetime | None:
    return _EPOCH + minutes * _MINUTE if minutes else None
