"""What issuers have withdrawn, as the formats ask for it. The lists themselves come in from outside.

A list holds digests: the first 16 bytes of SHA-256 of what the issuer withdraws (a certificate's id, its country and
id, its signature; a card's ``rid``; a pass's id). A list that should be there and is not is ``UNKNOWN``, never ``NO``.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

DIGEST_BYTES = 16


@enum.unique
class Listed(enum.StrEnum):
    """Whether something was withdrawn."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"
    """A list that covers the issuer is missing or too old."""


class Revocation(Protocol):
    """The deny lists in force."""

    def listed(
        self, lists: Sequence[str], kid: bytes, elements: Sequence[bytes], valid_from: datetime | None
    ) -> Listed:
        """Whether any element is on any of these lists; ``NO`` where there are none to look at.

        ``elements`` are what may be withdrawn, not digested yet. An entry may count only for credentials whose
        validity began before its time, so ``valid_from`` is the credential's.
        """


class NothingListed:
    """No list is there."""

    def listed(
        self, lists: Sequence[str], kid: bytes, elements: Sequence[bytes], valid_from: datetime | None
    ) -> Listed:
        """``UNKNOWN`` as soon as a list should be there."""
        del kid, elements, valid_from
        return Listed.UNKNOWN if lists else Listed.NO


@dataclass(frozen=True, slots=True)
class StatusStamp:
    """Which issue of a status list is in force, and up to which change."""

    issuer: str
    uri: str
    issued: datetime
    expires: datetime
    changes: int
    complete: bool
    """Whether all changes up to there are known."""


class Statuses(Protocol):
    """The status lists in force."""

    @property
    def stamps(self) -> Sequence[StatusStamp]:
        """What there is."""

    def value(self, issuer: str, uri: str, index: int, utc: datetime) -> int | None:
        """The value of an entry in the issuer's list at ``uri``; None where nothing tells it."""


class NoStatuses:
    """No list is there."""

    stamps: Sequence[StatusStamp] = ()

    def value(self, issuer: str, uri: str, index: int, utc: datetime) -> int | None:
        """None: not known."""
        del issuer, uri, index, utc
        return None


def digest(element: bytes) -> bytes:
    """What a list holds of an element."""
    return hashlib.sha256(element).digest()[:DIGEST_BYTES]
