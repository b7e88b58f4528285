"""How old the trust bundle is, in stages: nothing stops at once, and green is the first thing to go."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from gate.credential.model import TrustStamp


@enum.unique
class TrustAge(enum.StrEnum):
    """What the age of the bundle in force means."""

    FRESH = "fresh"
    WARNED = "warned"
    """Newer bundles should have come; everything still counts."""
    DEGRADED = "degraded"
    """Forged is still told from genuine, but green becomes a hold."""


@dataclass(frozen=True, slots=True)
class TrustAges:
    """From which ages on; a site may choose both."""

    warn_s: int = 24 * 3600
    degrade_s: int = 7 * 24 * 3600


def age_of(trust: TrustStamp, ages: TrustAges, utc: datetime) -> TrustAge:
    """The stage at a time that is known. A bundle from the future or past its own end is degraded at any age."""
    age = utc - trust.issued
    if not trust.issued <= utc < trust.expires or age >= timedelta(seconds=ages.degrade_s):
        return TrustAge.DEGRADED
    return TrustAge.WARNED if age >= timedelta(seconds=ages.warn_s) else TrustAge.FRESH
