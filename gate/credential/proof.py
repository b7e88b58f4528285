"""Whose signature is it? The steps that every signed format shares. Each raises ``Refusal``."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from datetime import datetime

from gate.credential.errors import Refusal
from gate.credential.examination import Trail
from gate.credential.keys import KeySort, PublicKey
from gate.credential.model import CredentialKind, CredentialRef, RejectReason
from gate.credential.trust import EpochKey, Issuer, IssuerKey, Trust

MAX_TRIED = 3
"""Different keys of one kid that are tried: bounds the work that one code can cause, also with the costly P-384."""

_FP_BYTES = 16

Signer = tuple[Issuer, IssuerKey]


def candidates(trust: Trust, kind: CredentialKind, kid: bytes, trail: Trail) -> Sequence[Signer]:
    """The trusted keys with this kid; never empty."""
    trail.checking = "issuer"
    found = trust.bundle.signers(kind, kid)
    if not found:
        raise Refusal(RejectReason.UNKNOWN_ISSUER, f"no trusted issuer has the key {kid.hex()}")
    trail.found("key {} of {}", kid.hex(), found[0][0].id)
    return found


def fitting(signers: Sequence[Signer], sorts: Collection[KeySort]) -> Sequence[Signer]:
    """Those whose sort of key goes with the algorithm that the code names; never empty."""
    found = [signer for signer in signers if signer[1].sort in sorts]
    if not found:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "the algorithm is not the one of the issuer's key")
    return found


def proven(signers: Sequence[Signer], signature: bytes, signed: bytes, trail: Trail) -> Sequence[Signer]:
    """Those whose key made the signature, several where a key is listed more than once; never empty."""
    trail.checking = "signature"
    found = _makers(signers, signature, signed)
    if not found:
        raise Refusal(RejectReason.BAD_SIGNATURE, "the signature is not the issuer's")
    trail.found("made by {}", Makers(found))
    return found


def _makers(signers: Sequence[Signer], signature: bytes, signed: bytes) -> Sequence[Signer]:
    """Those whose key made it. A key that is listed more than once is asked once."""
    answers: list[tuple[PublicKey, bool]] = []
    found: list[Signer] = []
    for signer in signers:
        key = signer[1]
        made = next((answer for public, answer in answers if public == key.public), None)
        if made is None and len(answers) < MAX_TRIED:
            made = key.verifies(signature, signed)
            answers.append((key.public, made))
        if made:
            found.append(signer)
    return found


class Makers:
    """Who made a signature; its text is what people read."""

    __slots__ = ("_signers",)

    def __init__(self, signers: Sequence[Signer]) -> None:
        self._signers = signers

    def __str__(self) -> str:
        return " or ".join(dict.fromkeys(issuer.id for issuer, _ in self._signers))


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
