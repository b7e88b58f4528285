"""The trust bundle: which issuers and keys a credential may rest on, signed by the operator's root key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gate.credential.badges import Badges, NoBadges
from gate.credential.keys import KeySort, PublicKey, sort_of
from gate.credential.list_sources import ListSource
from gate.credential.model import Colour, CredentialKind, Notice, RejectReason, TrustStamp
from gate.credential.revocation import NoStatuses, NothingListed, Revocation, Statuses
from gate.credential.signatures import Verifier, verifier_of

PSEUDONYM_DIGITS = 32
_BLOCK_BYTES = 64

StatusMeaning = Colour | Notice | Literal[RejectReason.REVOKED]

STATUS_VALUES: Mapping[int, StatusMeaning] = {
    0: Colour.GREEN,
    1: RejectReason.REVOKED,
    2: Colour.RED,
    3: Colour.YELLOW,
    12: Colour.RED,
    13: Colour.BLACK,
}
"""What the values of a status list mean where the issuer's entry says nothing else: valid, invalid and suspended as in
the draft, and the colours."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One public key of an issuer, loaded once. ``kid`` is what credentials name it by."""

    kid: bytes
    public: PublicKey
    usages: frozenset[str]
    """What the key may sign; empty means anything its issuer may."""
    not_before: datetime | None
    not_after: datetime | None
    sort: KeySort | None = field(init=False, repr=False, compare=False)
    verifies: Verifier = field(init=False, repr=False, compare=False)
    """Both are found once here, since every code of the issuer asks for them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sort", sort_of(self.public))
        object.__setattr__(self, "verifies", verifier_of(self.public))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Somebody whose credentials of one kind are believed."""

    id: str
    name: str
    kind: CredentialKind
    country: str | None
    keys: tuple[IssuerKey, ...]
    revocation: tuple[str, ...] = ()
    """The deny lists on which its credentials may stand; empty where it withdraws none."""
    revoked_keys: frozenset[bytes] = frozenset()
    """The kids of those of its keys that were withdrawn: what they signed is red, not unknown."""
    status_values: Mapping[int, StatusMeaning] = field(default_factory=lambda: STATUS_VALUES, hash=False)
    """What the values of its status lists mean; a value that is not here is unknown."""
    pattern: str = ""
    """Of badges: what their codes look like."""


@dataclass(frozen=True, slots=True)
class ListRef:
    """One compiled deny list, as the bundle names it: nothing but the bytes with this digest is that list."""

    id: str
    sha256: bytes
    issued: datetime
    expires: datetime
    """The first moment at which the list no longer counts."""
    sources: tuple[ListSource, ...] = ()
    """What it was compiled from."""


@dataclass(frozen=True, slots=True)
class RuleRef:
    """One file of rules, as the bundle vouches for it: nothing but the bytes with this digest is that version."""

    id: str
    version: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """The verified content of a bundle file."""

    version: int
    issued: datetime
    expires: datetime
    issuers: tuple[Issuer, ...]
    revocation: tuple[ListRef, ...] = ()
    """The deny lists in force."""
    next_root: Ed25519PublicKey | None = None
    """The root key that will sign later bundles, announced under the present one."""
    skipped: tuple[str, ...] = ()
    """Entries that could not be read, each with the reason; the rest of the bundle stands."""
    rule_packs: tuple[RuleRef, ...] = ()
    """The files of rules that the operator vouches for."""
    _signers: Mapping[tuple[CredentialKind, bytes], tuple[tuple[Issuer, IssuerKey], ...]] = field(
        init=False, repr=False, compare=False
    )
    _issuers_of: Mapping[CredentialKind, tuple[Issuer, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_signers", _by_kid(self.issuers))
        object.__setattr__(self, "_issuers_of", _by_kind(self.issuers))

    @property
    def stamp(self) -> TrustStamp:
        """What a verdict that rests on it says of it."""
        return TrustStamp(self.version, self.issued, self.expires)

    def signers(self, kind: CredentialKind, kid: bytes) -> tuple[tuple[Issuer, IssuerKey], ...]:
        """Every trusted key of this kind and kid with its issuer; kids may collide."""
        return self._signers.get((kind, kid), ())

    def issuers_of(self, kind: CredentialKind) -> Sequence[Issuer]:
        """Every issuer of this kind."""
        return self._issuers_of.get(kind, ())

    def signers_of(self, kind: CredentialKind) -> tuple[tuple[Issuer, IssuerKey], ...]:
        """Every trusted key of this kind with its issuer."""
        return tuple((issuer, key) for issuer in self.issuers_of(kind) for key in issuer.keys)


def _by_kind(issuers: tuple[Issuer, ...]) -> dict[CredentialKind, tuple[Issuer, ...]]:
    found: dict[CredentialKind, tuple[Issuer, ...]] = {}
    for issuer in issuers:
        found[issuer.kind] = (*found.get(issuer.kind, ()), issuer)
    return found


def _by_kid(
    issuers: tuple[Issuer, ...],
) -> dict[tuple[CredentialKind, bytes], tuple[tuple[Issuer, IssuerKey], ...]]:
    found: dict[tuple[CredentialKind, bytes], tuple[tuple[Issuer, IssuerKey], ...]] = {}
    for issuer in issuers:
        for key in issuer.keys:
            place = (issuer.kind, key.kid)
            found[place] = (*found.get(place, ()), (issuer, key))
    return found


@dataclass(frozen=True, slots=True)
class EpochKey:
    """The secret that turns subjects into pseudonyms for one week; ``id`` is the ISO week, such as 2026-W47."""

    id: str
    key: bytes = field(repr=False)
    previous: EpochKey | None = field(default=None, repr=False)
    """Of the epoch before, while it is kept: whoever entered in it is known again."""
    _begun: tuple[hashlib._Hash, hashlib._Hash] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_begun", _hmac_begun(self.key))

    def pseudonym(self, subject: bytes) -> str:
        """The first half of the HMAC-SHA-256 of a subject, in hex."""
        begun_inner, begun_outer = self._begun
        inner, outer = begun_inner.copy(), begun_outer.copy()
        inner.update(subject)
        outer.update(inner.digest())
        return outer.hexdigest()[:PSEUDONYM_DIGITS]


def _hmac_begun(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """HMAC (RFC 2104) as far as it is the same for every text: the inner and the outer hash after the key."""
    block = (key if len(key) <= _BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(_BLOCK_BYTES, b"\x00")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)


@dataclass(frozen=True, slots=True)
class Trust:
    """Everything ``verify`` rests on: a snapshot, replaced as a whole."""

    bundle: TrustBundle
    epoch: EpochKey
    revocation: Revocation = field(default_factory=NothingListed)
    statuses: Statuses = field(default_factory=NoStatuses)
    badges: Badges = field(default_factory=NoBadges)

    @property
    def stamp(self) -> TrustStamp:
        return self.bundle.stamp
