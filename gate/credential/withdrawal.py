"""Has an issuer, or whoever trusts it, taken it back? The steps that every signed format shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gate.credential.errors import Refusal
from gate.credential.examination import Trail
from gate.credential.model import RejectReason
from gate.credential.proof import Signer
from gate.credential.revocation import Listed
from gate.credential.trust import Trust


def require_standing_key(signer: Signer) -> None:
    """The issuer's key has not been withdrawn. Raises ``Refusal``."""
    issuer, key = signer
    if key.kid in issuer.revoked_keys:
        raise Refusal(RejectReason.ISSUER_REVOKED, f"the key {key.kid.hex()} of {issuer.id} has been withdrawn")


def known_not_listed(
    trust: Trust, signer: Signer, elements: Sequence[bytes], valid_from: datetime | None, trail: Trail
) -> bool:
    """Whether the deny lists tell for sure that it still counts. Raises ``Refusal`` when it is on one."""
    issuer, key = signer
    if not issuer.revocation:
        return True
    with trail.check("deny lists") as step:
        listed = trust.revocation.listed(issuer.revocation, key.kid, elements, valid_from)
        if listed is Listed.YES:
            raise Refusal(RejectReason.REVOKED, "the issuer has withdrawn it")
        step.found = "not listed" if listed is Listed.NO else "a list is missing or too old, so revocation is unknown"
    return listed is Listed.NO
