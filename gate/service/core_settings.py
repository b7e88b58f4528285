"""From the configuration to what the core wants to know."""

from __future__ import annotations

from gate.access.inputs import Wiring
from gate.access.patterns import NS_PER_MS
from gate.access.schedule import Schedule, parse_windows
from gate.access.settings import SECOND_NS, Settings
from gate.policy.decision import SitePolicy
from gate.service.config_officer import utc_offset_min
from gate.service.config_schema import Config, PinsConfig
from gate.service.config_signals import patterns_of


def settings_of(config: Config) -> Settings:
    """The core's settings."""
    door, officer = config.door, config.officer
    return Settings(
        site=SitePolicy(
            trust_max_age_s=config.trust.max_age_s,
            trust_warn_age_s=config.trust.warn_age_s,
            site=config.site.id,
            utc_offset_min=utc_offset_min(config.schedule.utc_offset),
        ),
        wiring=_wiring(config.pins),
        release_ns=_ns(door.release_s),
        extended_release_ns=_ns(door.extended_release_s),
        relock_on_open=door.relock_on_open,
        held_open_ns=_ns(door.held_open_s),
        extended_held_open_ns=_ns(door.extended_held_open_s),
        pre_alarm_ns=_ns(door.pre_alarm_s),
        hold_ns=_ns(officer.hold_s),
        escalate_ns=_ns(officer.escalate_s),
        duress_ns=_ns(officer.duress_s),
        stuck_ns=_ns(officer.stuck_s),
        assist_by_button=officer.assist_by_button,
        discreet=officer.discreet,
        reread_ns=_ns(config.policy.reread_s),
        retry_hint_ns=_ns(config.policy.retry_hint_s),
        record_wait_ns=config.journal.record_wait_ms * NS_PER_MS,
        journal_required=config.journal.required,
        self_test_at_start=config.self_test.at_start,
        schedule=Schedule(parse_windows(config.schedule.unlocked), utc_offset_min(config.schedule.utc_offset)),
        patterns=patterns_of(config.signals),
    )


def _ns(seconds: float) -> int:
    return int(seconds * SECOND_NS)


def _wiring(pins: PinsConfig) -> frozenset[Wiring]:
    wired = {
        Wiring.DOOR_MONITOR: pins.door_monitor,
        Wiring.DOOR_MONITOR_PAIR: pins.door_monitor_open,
        Wiring.LOCK_MONITOR: pins.lock_monitor,
    }
    return frozenset(part for part, pin in wired.items() if pin >= 0)
