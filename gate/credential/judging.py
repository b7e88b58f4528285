"""Does a genuine credential count: may its signer give it, and is it in force? The checks are those of every format.

A key may be listed more than once, under two issuers or renewed with another period: the entry that passes all checks
decides, or the one that gets furthest in them. Where one entry has it withdrawn it is withdrawn in all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from gate.credential.errors import Refusal
from gate.credential.examination import ToldTrail, Trail
from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import CredentialKind, CredentialRef, RejectReason
from gate.credential.proof import Signer, moment, reference
from gate.credential.trust import Issuer, Trust


class Claims(Protocol):
    """What every format's claims say. ``usage`` is what a key must be good for that signs them."""

    @property
    def issuer(self) -> str | None: ...
    @property
    def usage(self) -> str: ...
    @property
    def not_before(self) -> datetime | None: ...
    @property
    def not_after(self) -> datetime | None: ...
    @property
    def stable_id(self) -> bytes: ...


C = TypeVar("C", bound=Claims)


@dataclass(frozen=True, slots=True)
class Terms(Generic[C]):
    """What differs between formats: what a validity is called, and how claims name their issuer.

    ``require_issuer`` raises ``Refusal`` where they name another one; ``issuer_check`` is what people call that check.
    """

    kind: CredentialKind
    validity: str
    issuer_check: str
    require_issuer: Callable[[C, Issuer], None]


def judged(
    terms: Terms[C], claims: C, signers: Sequence[Signer], trust: Trust, now: Instant, trail: Trail
) -> tuple[Signer, CredentialRef]:
    """The signer by which the credential counts, and its reference. Raises ``Refusal`` at the first that fails."""
    signer = signers[0]
    if len(signers) > 1:
        signers = _of_one_standing(signers)
        signer = max(signers, key=lambda one: _reach(terms, claims, one, now))
    trail.credential = credential = reference(terms.kind, signer, claims.stable_id, trust.epoch)
    _judge(terms, claims, signer, now, trail)
    return signer, credential


def _of_one_standing(signers: Sequence[Signer]) -> Sequence[Signer]:
    """The entries, each with the key withdrawn if one of them has it so: whoever stole it signs for all of them."""
    withdrawn = {key.kid for issuer, key in signers if key.kid in issuer.revoked_keys}
    if not withdrawn:
        return signers
    return [(replace(issuer, revoked_keys=issuer.revoked_keys | withdrawn), key) for issuer, key in signers]


def _reach(terms: Terms[C], claims: C, signer: Signer, now: Instant) -> int:
    """How many checks hold of this signer, before one does not."""
    trail = ToldTrail()
    with suppress(Refusal):
        _judge(terms, claims, signer, now, trail)
    return len(trail.checks)


def _judge(terms: Terms[C], claims: C, signer: Signer, now: Instant, trail: Trail) -> None:
    issuer, key = signer
    usage = claims.usage
    trail.checking = terms.issuer_check
    terms.require_issuer(claims, issuer)
    if trail.told:
        trail.found("{}", claims.issuer or "not stated")
    trail.checking = "key usage"
    if key.usages and usage not in key.usages:
        raise Refusal(RejectReason.WRONG_KEY_USAGE, f"the issuer's key may not sign a {usage}")
    if trail.told:
        trail.found("{}", usage if key.usages else "any")
    trail.checking = "key standing"
    if key.kid in issuer.revoked_keys:
        raise Refusal(RejectReason.ISSUER_REVOKED, f"the key {key.kid.hex()} of {issuer.id} has been withdrawn")
    if trail.told:
        trail.found("not withdrawn")
    trail.checking = "key period"
    require_within(now, key.not_before, key.not_after, "the period of the issuer's key")
    if trail.told:
        trail.found("in force")
    trail.checking = "validity"
    require_within(now, claims.not_before, claims.not_after, terms.validity)
    if trail.told:
        trail.found(_in_force, claims.not_after, now)


def require_within(now: Instant, not_before: datetime | None, not_after: datetime | None, what: str) -> None:
    """``not_before`` is the first moment of validity, ``not_after`` the first one past it (RFC 7519 4.1.4).

    While the clock is unset its time is a lower bound: enough to conclude ``expired``, not ``not_yet_valid``.
    """
    if not_after is not None and now.utc >= not_after:
        raise Refusal(RejectReason.EXPIRED, f"{what} ended at {moment(not_after)}")
    if not_before is not None and now.utc < not_before and now.clock is not ClockTrust.UNSET:
        raise Refusal(RejectReason.NOT_YET_VALID, f"{what} begins at {moment(not_before)}")


def _in_force(not_after: datetime | None, now: Instant) -> str:
    end = "no end" if not_after is None else f"until {moment(not_after)}"
    return f"{end}, clock {now.clock}"
