"""What a case expects, what the gate found, and whether the two agree."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from gate.credential.model import Rejected, RejectReason, Verified
from gate.credential.verify import Explanation
from tests.conformance.cases import Case

GOOD_IF_TRUE = frozenset(
    (
        *("prefix_ok", "base45_ok", "zlib_ok", "cose_ok", "cbor_ok", "numeric_ok", "jws_ok", "header_ok", "inflate_ok"),
        *("json_ok", "vc_ok", "signature_valid", "iss_trusted", "time_valid", "key_usage_ok"),
        *("structure_ok", "signer_trusted", "unpack_ok", "b64_ok", "product_known"),
    )
)
BAD_IF_TRUE = frozenset(("expired", "not_yet_valid", "revoked"))
SCHEMA = "schema_ok"
SEVERAL = "not_single_entry"

_CHECKS = {
    "prefix_ok": "format",
    "base45_ok": "text",
    "numeric_ok": "text",
    "zlib_ok": "compression",
    "inflate_ok": "compression",
    "cose_ok": "envelope",
    "jws_ok": "envelope",
    "header_ok": "algorithm",
    "structure_ok": "envelope",
    "signer_trusted": "issuer",
    "unpack_ok": "compression",
    "b64_ok": "text",
    "product_known": "key usage",
    "signature_valid": "signature",
    "cbor_ok": "claims",
    "json_ok": "claims",
    "vc_ok": "claims",
    "iss_trusted": "issuer name",
    "key_usage_ok": "key usage",
    "time_valid": "validity",
}
"""The check of the gate that answers each question."""


@enum.unique
class Wanted(enum.StrEnum):
    """What a case wants of the verdict as a whole."""

    ACCEPT = "accept"
    REJECT = "reject"
    NOT_STATED = "not stated"


@enum.unique
class Finding(enum.StrEnum):
    """How a case went."""

    AGREED = "agreed"
    FALSE_ACCEPT = "false accept"
    FALSE_REJECT = "false reject"
    REASON_DIFFERS = "reason differs"
    OPEN = "open"
    """The answers differ over something that the case leaves open: it says nothing about it, or it is disputed."""
    NOT_STATED = "not stated"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case, judged."""

    name: str
    wanted: Wanted
    finding: Finding
    said: str
    """What the gate said, or why the case was not run."""


def wanted(case: Case) -> Wanted:
    """From what is stated; a schema's verdict alone is none, since the gate reads leniently."""
    stated, declared = case.stated, case.fields.get("declared_verdict")
    if any(stated.get(name) is False for name in GOOD_IF_TRUE) or any(stated.get(name) for name in BAD_IF_TRUE):
        return Wanted.REJECT
    if declared == "reject" or SEVERAL in case.flags:
        return Wanted.REJECT
    if stated.get(SCHEMA) is False:
        return Wanted.NOT_STATED
    return Wanted.ACCEPT if declared == "accept" or stated.get("signature_valid") else Wanted.NOT_STATED


def judge(case: Case, found: Explanation) -> Outcome:
    """The finding on one case."""
    want, verdict = wanted(case), found.verdict
    said = "verified" if isinstance(verdict, Verified) else f"{verdict.reason.value}: {verdict.detail}"
    return Outcome(case.name, want, _finding(want, case.stated, found), said)


def _finding(want: Wanted, stated: dict[str, bool], found: Explanation) -> Finding:
    verdict = found.verdict
    if want is Wanted.REJECT and isinstance(verdict, Verified):
        return Finding.FALSE_ACCEPT
    unstated = isinstance(verdict, Rejected) and _about_the_unstated(verdict.reason, stated)
    if want is Wanted.ACCEPT and isinstance(verdict, Rejected) and not unstated:
        return Finding.FALSE_REJECT
    if any(_answer(name, found) not in {value, None} for name, value in stated.items()):
        return Finding.REASON_DIFFERS
    if want is Wanted.ACCEPT and unstated:
        return Finding.OPEN
    return Finding.NOT_STATED if want is Wanted.NOT_STATED else Finding.AGREED


def _about_the_unstated(reason: RejectReason, stated: dict[str, bool]) -> bool:
    """Rejected for something about which the case says nothing: the time, its issuer's name, or what the key may sign.

    So nothing is known of whether it should be.
    """
    match reason:
        case RejectReason.EXPIRED | RejectReason.NOT_YET_VALID:
            return not {"time_valid", "expired", "not_yet_valid"} & stated.keys()
        case RejectReason.ISSUER_MISMATCH:
            return "iss_trusted" not in stated
        case RejectReason.WRONG_KEY_USAGE:
            return "key_usage_ok" not in stated
    return False


def _answer(name: str, found: Explanation) -> bool | None:
    """What the gate found on one question; None where it did not get that far."""
    verdict = found.verdict
    reason = verdict.reason if isinstance(verdict, Rejected) else None
    checks = {check.name: check.ok for check in found.checks}
    match name:
        case "expired" | "not_yet_valid":
            return reason is RejectReason(name) if "validity" in checks else None
        case "revoked":
            return reason is RejectReason.REVOKED if "revocation" in checks else None
        case "cbor_ok" if reason is RejectReason.SEVERAL_ENTRIES:
            return True
        case "signature_valid" if checks.get("issuer") is False or checks.get("algorithm") is False:
            return False
    return checks.get(_CHECKS.get(name, ""))
