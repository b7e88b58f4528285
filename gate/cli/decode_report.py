"""How ``gate decode`` shows what it found: lines for people, or one JSON document. Whatever a code says is inert."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gate.cli.inert import inert
from gate.credential.examination import Field
from gate.credential.model import Rejected, RejectReason, Verified
from gate.credential.verify import Explanation
from gate.policy.status import Decision

VERIFIED = 0
REJECTED = 1
NO_CODE = 3
HIDDEN = "(hidden; --show-holder shows it)"
ONE_AT_A_TIME = "A gate decides on none of several codes: it asks for one at a time."
NO_TRUST = "Nothing was verified: give --trust and --root-key."


@dataclass(frozen=True, slots=True)
class Reading:
    """One code, explained."""

    code: bytes
    explanation: Explanation
    decision: Decision


def exit_code(readings: Sequence[Reading]) -> int:
    """Verified only where there is exactly one whole code, and that one is."""
    whole = [reading for reading in readings if reading.code]
    verified = len(whole) == 1 and isinstance(whole[0].explanation.verdict, Verified)
    return VERIFIED if verified else REJECTED


def as_text(readings: Sequence[Reading], *, with_holder: bool, with_trust: bool) -> Iterator[str]:
    """Lines for people."""
    for number, reading in enumerate(readings, start=1):
        yield f"code {number} of {len(readings)}, {len(reading.code)} bytes"
        yield from _contents(reading, with_holder=with_holder)
        for check in reading.explanation.checks:
            yield f"  {'ok' if check.ok else 'failed':<8} {check.name:<13} {inert(check.detail)}"
        yield from _outcome(reading)
        if not with_trust and _reason(reading) == RejectReason.UNKNOWN_ISSUER:
            yield NO_TRUST
    if len(readings) > 1:
        yield ONE_AT_A_TIME


def _contents(reading: Reading, *, with_holder: bool) -> Iterator[str]:
    kind = reading.explanation.kind
    yield f"  kind: {kind.value if kind else 'unknown'}"
    for field in reading.explanation.contents:
        yield f"  {field.name}: {_shown(field, with_holder=with_holder) or HIDDEN}"
    if kind is None and reading.code and with_holder:
        yield f"  text: {inert(_text(reading.code))}"


def _outcome(reading: Reading) -> Iterator[str]:
    verdict, decision = reading.explanation.verdict, reading.decision
    if isinstance(verdict, Rejected):
        yield f"  rejected: {verdict.reason.value}: {inert(verdict.detail)}"
    else:
        yield "  verified"
    colour = decision.colour.value if decision.colour else "none"
    rule = f"rule {decision.rule.id} {decision.rule.version}"
    yield f"  colour: {colour}, outcome: {decision.outcome.value}, reason: {decision.reason}, {rule}"


def as_json(readings: Sequence[Reading], *, with_holder: bool, with_trust: bool) -> Iterator[str]:
    """One JSON document, in ASCII."""
    document = {
        "trusted_bundle": with_trust,
        "codes": [_document(reading, with_holder=with_holder) for reading in readings],
    }
    yield json.dumps(document, indent=2)


def _document(reading: Reading, *, with_holder: bool) -> dict[str, object]:
    explanation, decision = reading.explanation, reading.decision
    return {
        "bytes": len(reading.code),
        "kind": explanation.kind.value if explanation.kind else None,
        "contents": {field.name: _shown(field, with_holder=with_holder) for field in explanation.contents},
        "checks": [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in explanation.checks],
        "verified": isinstance(explanation.verdict, Verified),
        "reason": _reason(reading),
        "colour": decision.colour.value if decision.colour else None,
        "outcome": decision.outcome.value,
        "decided_by": {"reason": decision.reason, "rule": decision.rule.id, "version": decision.rule.version},
    }


def _shown(field: Field, *, with_holder: bool) -> str | None:
    """A field's value; None where it is hidden."""
    return inert(field.value) if with_holder or not field.personal else None


def _reason(reading: Reading) -> str | None:
    verdict = reading.explanation.verdict
    return verdict.reason.value if isinstance(verdict, Rejected) else None


def _text(code: bytes) -> str:
    return code.decode("utf-8", "backslashreplace")
