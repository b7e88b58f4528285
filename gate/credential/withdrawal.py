"""Has an issuer, or whoever trusts it, taken it back? The steps that every signed format shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gate.credential.errors import Refusal
from gate.credential.examination import Trail
from gate.credential.model import Colour, Notice, RejectReason
from gate.credential.pass_claims import StatusRef
from gate.credential.proof import Signer
from gate.credential.revocation import Listed
from gate.credential.trust import Issuer, Trust


def status_of(trust: Trust, issuer: Issuer, entry: StatusRef, utc: datetime, trail: Trail) -> Colour | Notice | None:
    """What its status list says of it; None where nothing tells. Raises ``Refusal`` when it is revoked."""
    trail.checking = "status list"
    value = trust.statuses.value(issuer.id, entry.uri, entry.index, utc)
    meaning = None if value is None else issuer.status_values.get(value)
    if meaning is RejectReason.REVOKED:
        raise Refusal(RejectReason.REVOKED, "its status list says that it is revoked")
    if value is None:
        trail.found("the list is missing, too old or incomplete, so revocation is unknown")
    elif meaning is None:
        trail.found("its value {} means nothing here, so revocation is unknown", value)
    else:
        trail.found("its value {} means {}", value, meaning)
    return meaning


def lists_of(signers: Sequence[Signer]) -> Sequence[str]:
    """The deny lists by which these entries withdraw, each once."""
    if len(signers) == 1:
        return signers[0][0].revocation
    return tuple(dict.fromkeys(name for issuer, _ in signers for name in issuer.revocation))


def known_not_listed(
    trust: Trust, signers: Sequence[Signer], elements: Sequence[bytes], valid_from: datetime | None, trail: Trail
) -> bool:
    """Whether the deny lists tell for sure that it still counts. Raises ``Refusal`` when it is on one.

    ``signers`` are all entries of the key that made it: the lists of each are asked, whichever of them it counts by.
    """
    names = lists_of(signers)
    if not names:
        return True
    trail.checking = "deny lists"
    listed = trust.revocation.listed(names, signers[0][1].kid, elements, valid_from)
    if listed is Listed.YES:
        raise Refusal(RejectReason.REVOKED, "the issuer has withdrawn it")
    trail.found("not listed" if listed is Listed.NO else "a list is missing or too old, so revocation is unknown")
    return listed is Listed.NO
