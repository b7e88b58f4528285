"""Is what was shown genuine? One pure function for every format; every input leads to a verdict.

Cheap gates come first: length, prefix, text, envelope, key lookup; then the signature; the claims last.
"""

from __future__ import annotations

from dataclasses import dataclass

from gate.credential.errors import MalformedError, Refusal
from gate.credential.examination import Check, Field, ToldTrail, Trail
from gate.credential.instant import Instant
from gate.credential.model import CredentialKind, Rejected, RejectReason, Verdict
from gate.credential.registry import format_of
from gate.credential.trust import Trust

MAX_BYTES = 8192
"""More than the largest QR code holds in any mode (7089 digits)."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict with the checks that led to it and what the code states, whether proved or not."""

    verdict: Verdict
    checks: tuple[Check, ...]
    kind: CredentialKind | None
    contents: tuple[Field, ...]


def verify(code: str | bytes, trust: Trust, now: Instant) -> Verdict:
    """The verdict on one code. Never raises; bounded in time and memory for any input."""
    return _examine(code, trust, now, Trail())


def explain(code: str | bytes, trust: Trust, now: Instant) -> Explanation:
    """As ``verify``, for people: ``contents`` holds personal fields. Never raises."""
    trail = ToldTrail()
    verdict = _examine(code, trust, now, trail)
    if isinstance(verdict, Rejected):
        trail.ended(verdict.detail)
    kind, contents = _contents(code, trust)
    return Explanation(verdict, tuple(trail.checks), kind, contents)


def _examine(code: str | bytes, trust: Trust, now: Instant, trail: Trail) -> Verdict:
    try:
        trail.checking = "size"
        raw = _bounded(code)
        if trail.told:
            trail.found("{} bytes", len(raw))
        trail.checking = "format"
        known = format_of(raw, trust)
        if trail.told:
            trail.found("{}", known.kind)
        return known.examine(raw, trust, now, trail)
    except Refusal as refusal:
        return Rejected(refusal.reason, refusal.detail, trail.credential)
    except MalformedError as error:
        return Rejected(RejectReason.MALFORMED, str(error), trail.credential)


def _bounded(code: str | bytes) -> bytes:
    if not code:
        raise Refusal(RejectReason.UNREADABLE, "the code is empty")
    if len(code) <= MAX_BYTES:
        raw = code.encode("utf-8", "surrogatepass") if isinstance(code, str) else code
        if len(raw) <= MAX_BYTES:
            return raw
    raise Refusal(RejectReason.TOO_LARGE, f"the code is longer than {MAX_BYTES} bytes")


def _contents(code: str | bytes, trust: Trust) -> tuple[CredentialKind | None, tuple[Field, ...]]:
    try:
        raw = _bounded(code)
        known = format_of(raw, trust)
    except Refusal:
        return None, ()
    try:
        return known.kind, known.contents(raw)
    except (MalformedError, Refusal):
        return known.kind, ()
