"""From the configuration to what the core wants to know."""

from __future__ import annotations

from gate.access.inputs import Wiring
from gate.access.patterns import NS_PER_MS
from gate.access.settings import SECOND_NS, Settings
from gate.credential.model import Colour
from gate.policy.occupancy import Occupancy
from gate.policy.passback import Passback
from gate.policy.schedule import WHOLE_WEEK, Calendar, Schedule, parse_days, parse_special_days, parse_windows
from gate.policy.site import SitePolicy
from gate.service.config_policy import ByItself
from gate.service.config_schema import Config, PinsConfig
from gate.service.config_signals import patterns_of
from gate.service.config_site import ScheduleConfig, minute_of_day, utc_offset_min


def settings_of(config: Config) -> Settings:
    """The core's settings."""
    door, officer = config.door, config.officer
    return Settings(
        site=_site(config),
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
        remote_release=config.remote.release,
        remote_release_pause_ns=_ns(config.remote.release_pause_s),
        record_wait_ns=config.journal.record_wait_ms * NS_PER_MS,
        journal_required=config.journal.required,
        self_test_at_start=config.self_test.at_start,
        schedule=_unlocked(config.schedule),
        patterns=patterns_of(config.signals),
    )


def _site(config: Config) -> SitePolicy:
    hours, occupancy = config.schedule, config.occupancy
    by_itself = {Colour.GREEN: config.policy.green, Colour.YELLOW: config.policy.yellow}
    return SitePolicy(
        gate=config.gate.id,
        direction=config.gate.direction,
        trust_max_age_s=config.trust.max_age_s,
        trust_warn_age_s=config.trust.warn_age_s,
        site=config.site.id,
        utc_offset_min=utc_offset_min(hours.utc_offset),
        granted=frozenset(colour for colour, does in by_itself.items() if does is ByItself.GRANT),
        unsigned_may_enter=config.policy.unsigned is ByItself.GRANT,
        green_hours=_hours(hours.green_hours, hours),
        yellow_hours=_hours(hours.yellow_hours, hours),
        passback=Passback(config.passback.mode, config.passback.minutes),
        occupancy=Occupancy(occupancy.capacity, minute_of_day(occupancy.checkout), utc_offset_min(hours.utc_offset)),
    )


def _calendar(config: ScheduleConfig) -> Calendar:
    return Calendar(parse_days(config.closed_days), parse_special_days(config.special_days))


def _unlocked(config: ScheduleConfig) -> Schedule:
    """When the door stands unlocked: never on a day of the calendar."""
    windows = parse_windows(config.unlocked)
    return Schedule(windows, utc_offset_min(config.utc_offset), _calendar(config).without_hours())


def _hours(texts: tuple[str, ...], config: ScheduleConfig) -> Schedule:
    """The hours of a colour."""
    windows = parse_windows(texts) if texts else WHOLE_WEEK
    return Schedule(windows, utc_offset_min(config.utc_offset), _calendar(config))


def _ns(seconds: float) -> int:
    return int(seconds * SECOND_NS)


def _wiring(pins: PinsConfig) -> frozenset[Wiring]:
    wired = {
        Wiring.DOOR_MONITOR: pins.door_monitor,
        Wiring.DOOR_MONITOR_PAIR: pins.door_monitor_open,
        Wiring.LOCK_MONITOR: pins.lock_monitor,
    }
    return frozenset(part for part, pin in wired.items() if pin >= 0)
