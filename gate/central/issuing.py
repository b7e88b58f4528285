"""What the centre keeps of the certificates it gives out: tickets (what it knows of a token) and certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the centre knows of a token: enough to check it, and too little to use it."""

    id: str
    public: bytes
    """Ed25519, 32 bytes: the public half of the token's key."""
    site: str
    gate: str
    made: datetime
    expires: datetime
    by: str
    """Who made it."""
    used: datetime | None = None
    withdrawn: datetime | None = None


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate that the centre gave out, or has seen."""

    serial: str
    """Hex, in small letters."""
    site: str
    gate: str
    key: str
    """SHA-256 of its key, hex."""
    begins: datetime
    ends: datetime
    issued: datetime
    pem: bytes
    ticket: str | None = None
    """The token that it was given for; None for a renewal."""
    revoked: datetime | None = None
    revoked_by: str | None = None
    """The account, such as ``uid-1001``."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Revoked:
    """What a revocation has done, this time."""

    certificates: tuple[Certified, ...]
    """All certificates of the gate that count no more, those of earlier revocations too."""
    tickets: int
    """Tokens that can no longer be used."""
    head_keys: int
    """Keys of journals whose signatures count no more."""


class IssueStore(Protocol):
    """The database of whoever gives out certificates. Each call is one transaction, and raises ``StoreError``."""

    def add_ticket(self, ticket: Ticket) -> None: ...

    def ticket(self, id_: str) -> Ticket | None: ...

    def spend(self, ticket: str, made: Certified, now: datetime, head: str | None = None) -> Certified | None:
        """Use a ticket up for this certificate. A second time with the same key gives what the first time gave.

        ``head``: the key by which the gate's journal is known from now on. None when the ticket was used for another
        key, or is withdrawn.
        """

    def record(self, made: Certified) -> None:
        """Keep a certificate; one that is there already stays as it is."""

    def admit(self, made: Certified) -> bool:
        """The same for one that shows itself and that nobody here gave out; False where its gate was ever revoked."""

    def renew(self, held: str, made: Certified) -> bool:
        """Keep the certificate that follows the one with this serial number; False when that one counts no more."""

    def certificate(self, serial: str) -> Certified | None: ...

    def certificates(self, gate: str | None = None) -> Sequence[Certified]:
        """Of one gate, or all, the oldest first."""

    def revoke(self, gate: str, reason: str, by: str, now: datetime) -> Revoked:
        """Nothing that this gate holds counts from now on. Again it changes nothing more."""
