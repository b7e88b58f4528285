"""Whose signature is it, and does it count now? The steps that every signed format shares. Each raises ``Refusal``."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime

from gate.credential.errors import Refusal
from gate.credential.examination import Trail
from gate.credential.instant import ClockTrust, Instant
from gate.credential.keys import PublicKey
from gate.credential.model import CredentialKind, CredentialRef, RejectReason
from gate.credential.trust import EpochKey, Issuer, IssuerKey, Trust

MAX_TRIED = 8
"""Keys of one kid that are tried; bounds the work that one code can cause."""

_FP_BYTES = 16

Signer = tuple[Issuer, IssuerKey]


def candidates(trust: Trust, kind: CredentialKind, kid: bytes) -> Sequence[Signer]:
    """The trusted keys with this kid; never empty."""
    found = trust.bundle.signers(kind, kid)
    if not found:
        raise Refusal(RejectReason.UNKNOWN_ISSUER, f"no trusted issuer has the key {kid.hex()}")
    return found[:MAX_TRIED]


def fitting(signers: Sequence[Signer], fits: Callable[[PublicKey], bool]) -> Sequence[Signer]:
    """Those whose key type goes with the algorithm that the code names; never empty."""
    found = [signer for signer in signers if fits(signer[1].public)]
    if not found:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "the algorithm is not the one of the issuer's key")
    return found


def proven(signers: Sequence[Signer], verifies: Callable[[PublicKey], bool]) -> Sequence[Signer]:
    """Those whose key made the signature, several where a key is listed more than once; never empty."""
    found = [signer for signer in signers if verifies(signer[1].public)]
    if not found:
        raise Refusal(RejectReason.BAD_SIGNATURE, "the signature is not the issuer's")
    return found


def best(signers: Sequence[Signer], checks: Sequence[Callable[[Signer], None]]) -> Signer:
    """The one that passes all checks, or else gets furthest; the first of equals."""
    if len(signers) == 1:
        return signers[0]
    return max(signers, key=lambda signer: _passed(signer, checks))


def _passed(signer: Signer, checks: Sequence[Callable[[Signer], None]]) -> int:
    for number, check in enumerate(checks):
        try:
            check(signer)
        except Refusal:
            return number
    return len(checks)


def require_usage(key: IssuerKey, usage: str) -> None:
    """The key has no usages, or has this one."""
    if key.usages and usage not in key.usages:
        raise Refusal(RejectReason.WRONG_KEY_USAGE, f"the issuer's key may not sign a {usage}")


def require_within(now: Instant, not_before: datetime | None, not_after: datetime | None, what: str) -> None:
    """``not_before`` is the first moment of validity, ``not_after`` the first one past it (RFC 7519 4.1.4).

    While the clock is unset its time is a lower bound: enough to conclude ``expired``, not ``not_yet_valid``.
    """
    if not_after is not None and now.utc >= not_after:
        raise Refusal(RejectReason.EXPIRED, f"{what} ended at {moment(not_after)}")
    if not_before is not None and now.utc < not_before and now.clock is not ClockTrust.UNSET:
        raise Refusal(RejectReason.NOT_YET_VALID, f"{what} begins at {moment(not_before)}")


def require_key_period(key: IssuerKey, now: Instant) -> None:
    """The issuer uses the key now."""
    require_within(now, key.not_before, key.not_after, "the period of the issuer's key")


def require_standing_key(signer: Signer) -> None:
    """The issuer's key has not been withdrawn."""
    issuer, key = signer
    if key.kid in issuer.revoked_keys:
        raise Refusal(RejectReason.ISSUER_REVOKED, f"the key {key.kid.hex()} of {issuer.id} has been withdrawn")


def key_checks(usage: str, now: Instant) -> tuple[Callable[[Signer], None], ...]:
    """What ``judge_key`` asks of a signer, for ``best``."""
    return (
        lambda signer: require_usage(signer[1], usage),
        require_standing_key,
        lambda signer: require_key_period(signer[1], now),
    )


def judge_key(signer: Signer, usage: str, now: Instant, trail: Trail) -> None:
    """Whether the key may sign this, and counts now."""
    _, key = signer
    with trail.check("key usage") as step:
        require_usage(key, usage)
        step.found = usage if key.usages else "any"
    with trail.check("key standing") as step:
        require_standing_key(signer)
        step.found = "not withdrawn"
    with trail.check("key period") as step:
        require_key_period(key, now)
        step.found = "in force"


class Until:
    """When a validity ends; its text is what people read."""

    __slots__ = ("_end",)

    def __init__(self, end: datetime | None) -> None:
        self._end = end

    def __str__(self) -> str:
        return "no end" if self._end is None else f"until {moment(self._end)}"


def moment(time: datetime) -> str:
    """A time as people read it."""
    return time.isoformat(sep=" ", timespec="seconds").replace("+00:00", " UTC")


def reference(kind: CredentialKind, signer: Signer, stable_id: bytes, epoch: EpochKey) -> CredentialRef:
    """What may be told about the credential; ``stable_id`` is only in it as this epoch's pseudonym."""
    issuer, key = signer
    subject = f"{kind}\x00{issuer.id}\x00".encode() + stable_id
    previous = _pseudonym(epoch.previous, subject) if epoch.previous else None
    return CredentialRef(kind, issuer.id, key.kid.hex(), _pseudonym(epoch, subject), epoch.id, previous)


def _pseudonym(epoch: EpochKey, subject: bytes) -> str:
    return hmac.digest(epoch.key, subject, "sha256")[:_FP_BYTES].hex()
