"""What a site decides for its access point, as the core wants it."""

from __future__ import annotations

from dataclasses import dataclass, field

from gate.policy.decision import SitePolicy

SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What a site decides for its access point. Durations are nanoseconds."""

    site: SitePolicy = field(default_factory=SitePolicy)
    release_ns: int = 5 * SECOND_NS
    renew_ns: int = 2 * SECOND_NS
    hold_ns: int = 120 * SECOND_NS
    reread_ns: int = 3 * SECOND_NS
    retry_hint_ns: int = 2 * SECOND_NS
    denied_sign_ns: int = 2 * SECOND_NS
    presented_max_age_ns: int = 2 * SECOND_NS
    """A frame older than this is of somebody who may have left; nothing is decided on it."""
    record_wait_ns: int = SECOND_NS // 4
    journal_required: bool = False
