"""What a site decides for its access point, as the core wants it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from gate.access.inputs import Wiring
from gate.access.patterns import PATTERNS, Pattern, Sign
from gate.policy.pairing import WITHIN_NS
from gate.policy.schedule import Schedule
from gate.policy.site import SitePolicy

SECOND_NS = 1_000_000_000


@enum.unique
class SelfTestAtStart(enum.StrEnum):
    """What is tried when the service starts."""

    OFF = "off"
    SIGNALS = "signals"
    """Lamps and buzzer."""
    RELAY = "relay"
    """The strike as well: it is released for a moment."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a site decides for its access point. Durations are nanoseconds."""

    site: SitePolicy = field(default_factory=SitePolicy)
    wiring: frozenset[Wiring] = frozenset()
    release_ns: int = 5 * SECOND_NS
    extended_release_ns: int = 15 * SECOND_NS
    relock_on_open: bool = True
    """With a door monitor: the strike is secured again as soon as the door is open."""
    held_open_ns: int = 30 * SECOND_NS
    extended_held_open_ns: int = 60 * SECOND_NS
    pre_alarm_ns: int = 10 * SECOND_NS
    """How long before the held-open alarm the people at the door are warned."""
    monitor_grace_ns: int = SECOND_NS // 2
    """How much later than the release a monitor may report that the door was opened within it."""
    monitor_settle_ns: int = SECOND_NS // 2
    """How long two contacts, or strike and bolt, may contradict each other."""
    renew_ns: int = 2 * SECOND_NS
    hold_ns: int = 120 * SECOND_NS
    escalate_ns: int = 60 * SECOND_NS
    duress_ns: int = 3 * SECOND_NS
    """How long Admit and Refuse are pressed together for it."""
    chord_ns: int = SECOND_NS * 3 // 20
    """Within this, two buttons count as pressed together; a press waits for it before it acts."""
    stuck_ns: int = 60 * SECOND_NS
    """From this on a button that stays pressed is stuck."""
    assist_pause_ns: int = 2 * SECOND_NS
    """So soon after a visitor was answered, Admit does not mean the next one: it was pressed twice, or too late."""
    assist_by_button: bool = True
    """Whether the button alone attests that a visitor without a code is healthy and keeps the protocol."""
    discreet: bool = False
    """In public, black looks and sounds like red."""
    reread_ns: int = 3 * SECOND_NS
    retry_hint_ns: int = 2 * SECOND_NS
    second_code_ns: int = WITHIN_NS
    denied_sign_ns: int = 2 * SECOND_NS
    queued_sign_ns: int = SECOND_NS
    presented_max_age_ns: int = 2 * SECOND_NS
    """A frame older than this is of somebody who may have left; nothing is decided on it."""
    refusals_ns: int = 10 * SECOND_NS
    """Orders refused within this time of a recorded refusal are counted, not recorded one by one."""
    remote_release: bool = False
    """Whether the centre may release the strike for a visitor."""
    remote_release_pause_ns: int = 10 * SECOND_NS
    record_wait_ns: int = SECOND_NS // 4
    journal_required: bool = False
    self_test_at_start: SelfTestAtStart = SelfTestAtStart.SIGNALS
    relay_test_ns: int = SECOND_NS // 5
    schedule: Schedule = field(default_factory=Schedule)
    patterns: Mapping[Sign, Pattern] = field(default_factory=lambda: PATTERNS)
