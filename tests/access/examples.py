"""Verdicts, presentations and moments for tests of the core."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gate.access.signals import Presented
from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import (
    Colour,
    CredentialKind,
    CredentialRef,
    PassFacts,
    Rejected,
    RejectReason,
    TrustStamp,
    Verdict,
    Verified,
)
from gate.policy import packs
from gate.policy.decision import judged
from gate.policy.site import SitePolicy
from gate.policy.status import Judged

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECOND = 1_000_000_000
TRUST = TrustStamp(7, START - timedelta(days=1), START + timedelta(days=30))
REF = CredentialRef(CredentialKind.PASS, "office", "00" * 8, "ab" * 16, "2026-W10")


def at(mono_ns: int, clock: ClockTrust = ClockTrust.SYNCED, *, wall_s: int = 0) -> Instant:
    """A moment so long after the start; ``wall_s`` steps the wall clock alone."""
    return Instant(START + timedelta(microseconds=mono_ns // 1000, seconds=wall_s), mono_ns, clock)


def valid(colour: Colour | None = Colour.GREEN, fp: str = REF.fp, previous: str | None = None) -> Verified:
    ref = replace(REF, fp=fp, previous_fp=previous)
    return Verified(ref, PassFacts("visit", colour), START - timedelta(days=1), START + timedelta(days=30))


def rejected(reason: RejectReason) -> Rejected:
    return Rejected(reason, "for the officer")


def by_rules(verdict: Verdict, now: Instant) -> Judged:
    """What the usual rules say."""
    return judged(verdict, now, SitePolicy(), packs.usual())


def shown(verdict: Verdict, code: bytes, now_ns: int, trust: TrustStamp = TRUST) -> Presented:
    """A presentation whose frame was captured 50 ms ago and decoded 20 ms ago."""
    said = by_rules(verdict, at(now_ns))
    return Presented(verdict, code, trust, now_ns - 50_000_000, now_ns - 20_000_000, said)
