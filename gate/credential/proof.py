"""Whose signature is it? The steps that every signed format shares. Each raises ``Refusal``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from gate.credential.errors import Refusal
from gate.credential.examination import Trail
from gate.credential.keys import KeySort, PublicKey
from gate.credential.model import CredentialKind, CredentialRef, RejectReason
from gate.credential.trust import EpochKey, Issuer, IssuerKey, Trust

MAX_TRIED = 3
"""Different keys of one kid that are tried: bounds the work that one code can cause, also with the costly P-384."""
MAX_TRIED_UNNAMED = 8
"""The same for a format whose codes name no key, with the quick Ed25519."""

Signer = tuple[Issuer, IssuerKey]


def candidates(trust: Trust, kind: CredentialKind, kid: bytes, trail: Trail) -> Sequence[Signer]:
    """The trusted keys with this kid; never empty."""
    trail.checking = "issuer"
    found = trust.bundle.signers(kind, kid)
    if not found:
        raise Refusal(RejectReason.UNKNOWN_ISSUER, f"no trusted issuer has the key {kid.hex()}")
    if trail.told:
        trail.found(_key_of, kid, found)
    return found


def unnamed(trust: Trust, kind: CredentialKind, trail: Trail) -> Sequence[Signer]:
    """The trusted keys of a format whose codes name none; never empty."""
    trail.checking = "issuer"
    found = trust.bundle.signers_of(kind)
    if not found:
        raise Refusal(RejectReason.UNKNOWN_ISSUER, f"no issuer of {kind} is trusted")
    if trail.told:
        trail.found("one of {} keys", len(found))
    return found


def fitting(signers: Sequence[Signer], sorts: Collection[KeySort]) -> Sequence[Signer]:
    """Those whose sort of key goes with the algorithm that the code names; never empty."""
    if len(signers) == 1 and signers[0][1].sort in sorts:
        return signers
    found = [signer for signer in signers if signer[1].sort in sorts]
    if not found:
        raise Refusal(RejectReason.UNSUPPORTED_ALGORITHM, "the algorithm is not the one of the issuer's key")
    return found


def proven(
    signers: Sequence[Signer], signature: bytes, signed: bytes, trail: Trail, most: int = MAX_TRIED
) -> Sequence[Signer]:
    """Those whose key made the signature, several where a key is listed more than once; never empty.

    At most that many different keys are tried.
    """
    trail.checking = "signature"
    if len(signers) > 1:
        found = _makers(signers, signature, signed, most)
    else:
        found = signers if signers[0][1].verifies(signature, signed) else ()
    if not found:
        raise Refusal(RejectReason.BAD_SIGNATURE, "the signature is not the issuer's")
    if trail.told:
        trail.found(_made_by, found)
    return found


def _key_of(kid: bytes, signers: Sequence[Signer]) -> str:
    return f"key {kid.hex()} of {signers[0][0].id}"


def _made_by(signers: Sequence[Signer]) -> str:
    return f"made by {' or '.join(dict.fromkeys(issuer.id for issuer, _ in signers))}"


def _makers(signers: Sequence[Signer], signature: bytes, signed: bytes, most: int) -> Sequence[Signer]:
    """Those whose key made it. A key that is listed more than once is asked once."""
    answers: list[tuple[PublicKey, bool]] = []
    found: list[Signer] = []
    for signer in signers:
        key = signer[1]
        made = next((answer for public, answer in answers if public == key.public), None)
        if made is None and len(answers) < most:
            made = key.verifies(signature, signed)
            answers.append((key.public, made))
        if made:
            found.append(signer)
    return found


def moment(time: datetime) -> str:
    """A time as people read it."""
    return time.isoformat(sep=" ", timespec="seconds").replace("+00:00", " UTC")


def reference(kind: CredentialKind, signer: Signer, stable_id: bytes, epoch: EpochKey) -> CredentialRef:
    """What may be told about the credential; ``stable_id`` is only in it as this epoch's pseudonym."""
    issuer, key = signer
    return named(kind, issuer, key.kid, stable_id, epoch)


def named(kind: CredentialKind, issuer: Issuer, kid: bytes, stable_id: bytes, epoch: EpochKey) -> CredentialRef:
    """As ``reference``, also where no key signed it."""
    subject = f"{kind}\x00{issuer.id}\x00".encode() + stable_id
    previous = epoch.previous.pseudonym(subject) if epoch.previous else None
    return CredentialRef(kind, issuer.id, kid.hex(), epoch.pseudonym(subject), epoch.id, previous)
