"""What must hold between keys, once each is right by itself.

Rules: one function for each idea, yielding a ``Fault`` for each thing to mend; a fault names every key that it
looked at, so that it is not told while one of them is wrong in itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path
from typing import TypeVar

from gate.access.pattern_rules import ALARMS, REAL, clashes, misuses
from gate.access.patterns import Sign
from gate.configuration.form import Fault
from gate.configuration.keys import keys_of
from gate.policy.passback import PassbackMode
from gate.policy.schedule import parse_days, parse_special_days
from gate.policy.site import Direction
from gate.service.config_schema import (
    TABLES,
    CameraSource,
    Config,
    PinFactory,
)
from gate.service.config_signals import SignalsConfig, patterns_of

_T = TypeVar("_T")
NOT_WIRED = -1


def faults(config: Config, wrong: AbstractSet[str]) -> Iterator[Fault]:
    """What does not go together among the keys that are not ``wrong``; each check blames a key once."""
    for check in (
        _camera,
        _bench,
        _pins,
        _monitor,
        _door,
        _officer,
        _calendar,
        _direction,
        _clashes,
        _lamps,
        _journal,
        _login,
        _tls,
        _renewal,
        _paths,
    ):
        told = {fault.keys[0]: fault for fault in check(config) if wrong.isdisjoint(fault.keys)}
        yield from told.values()


def _camera(config: Config) -> Iterator[Fault]:
    source = config.camera.source
    if source is CameraSource.STAGE and config.bench.socket is None:
        yield Fault(
            ("camera.source", "bench.socket"),
            'is "stage", which nobody can fill without the workbench',
            'Set bench.socket, or use "pictures" or "video"',
        )
    if source not in {CameraSource.STAGE, CameraSource.PICAMERA2} and config.camera.path is None:
        yield Fault(("camera.path", "camera.source"), f'is empty, but camera.source = "{source}" needs it')


def _bench(config: Config) -> Iterator[Fault]:
    if config.bench.socket is not None and config.pins.factory is not PinFactory.MOCK:
        yield Fault(
            ("bench.socket", "pins.factory"),
            f'is set, but pins.factory = "{config.pins.factory}" moves a real door',
            'Empty it at a door, or set pins.factory = "mock"',
        )


def _pins(config: Config) -> Iterator[Fault]:
    unused = {"pins.buzzer"} if config.pins.buzzer_pwm else set()
    wired = [(name, line) for name, line in _values(config, "pins", int) if line != NOT_WIRED and name not in unused]
    for (one, line), (other, same) in itertools.combinations(wired, 2):
        if line == same:
            yield Fault((other, one), f"is GPIO {same}, which {one} has already", "Give each line one purpose")


def _monitor(config: Config) -> Iterator[Fault]:
    if config.pins.door_monitor_open != NOT_WIRED and config.pins.door_monitor == NOT_WIRED:
        yield Fault(
            ("pins.door_monitor", "pins.door_monitor_open"),
            "is not wired, but pins.door_monitor_open is",
            "A change-over monitor needs both of its contacts; a single one is pins.door_monitor",
        )


def _door(config: Config) -> Iterator[Fault]:
    door = config.door
    if door.extended_release_s < door.release_s:
        yield Fault(("door.extended_release_s", "door.release_s"), "is shorter than door.release_s")
    if door.extended_held_open_s < door.held_open_s:
        yield Fault(("door.extended_held_open_s", "door.held_open_s"), "is shorter than door.held_open_s")
    if door.pre_alarm_s >= door.held_open_s:
        yield Fault(("door.pre_alarm_s", "door.held_open_s"), "is not shorter than door.held_open_s")


def _officer(config: Config) -> Iterator[Fault]:
    if config.officer.duress_s >= config.officer.stuck_s:
        yield Fault(("officer.stuck_s", "officer.duress_s"), "is not longer than officer.duress_s")


def _calendar(config: Config) -> Iterator[Fault]:
    hours = config.schedule
    both = parse_days(hours.closed_days) & {one.day for one in parse_special_days(hours.special_days)}
    if both:
        yield Fault(
            ("schedule.special_days", "schedule.closed_days"),
            f"names {min(both)}, which schedule.closed_days names too",
            "Keep it in one of the two",
        )


def _direction(config: Config) -> Iterator[Fault]:
    if config.gate.direction is not Direction.BOTH:
        return
    advice = 'Set gate.direction to "entry" or "exit": at a door for both nobody can tell who is inside'
    if config.passback.mode is not PassbackMode.OFF:
        reason = f'is "{config.passback.mode}", but gate.direction = "both"'
        yield Fault(("passback.mode", "gate.direction"), reason, advice)
    if config.occupancy.capacity:
        reason = f'is {config.occupancy.capacity}, but gate.direction = "both"'
        yield Fault(("occupancy.capacity", "gate.direction"), reason, advice)


def _clashes(config: Config) -> Iterator[Fault]:
    for pair in clashes(patterns_of(config.signals)):
        mended, kept = sorted(pair, key=partial(_is_changed, config.signals), reverse=True)
        yield Fault(
            (f"signals.{mended}", f"signals.{kept}"),
            f"cannot be told from signals.{kept} without colours, or while an alarm lights the officer's lamp",
            "Let them differ by half or more in a rhythm, by how many lamps are lit, or by the number of beeps",
        )


def _is_changed(signals: SignalsConfig, sign: Sign) -> bool:
    return bool(getattr(signals, sign) != getattr(SignalsConfig(), sign))


def _lamps(config: Config) -> Iterator[Fault]:
    for sign, reason in misuses(patterns_of(config.signals)):
        real = (f"signals.{REAL[sign]}",) if sign in REAL else ()
        lamps = "attention and alarm" if sign in ALARMS else "red, yellow, green and attention"
        yield Fault((f"signals.{sign}", *real), reason, f"Use {lamps}, and steps that repeat or a last one without end")


def _journal(config: Config) -> Iterator[Fault]:
    release_ms = config.door.release_s * 1000
    if config.journal.record_wait_ms > release_ms:
        yield Fault(
            ("journal.record_wait_ms", "door.release_s"),
            f"is longer than the release itself ({release_ms:.15g} milliseconds, from door.release_s)",
            "Shorten it: a late record must be noticed before the release ends",
        )


def _login(config: Config) -> Iterator[Fault]:
    if config.mqtt.password_file is not None and not config.mqtt.username:
        yield Fault(
            ("mqtt.username", "mqtt.password_file"), "is empty, but mqtt.password_file is set", "Set both, or none"
        )


def _tls(config: Config) -> Iterator[Fault]:
    """Half a setting would be a link without what somebody asked for."""
    mqtt = config.mqtt
    if mqtt.tls_ca is None and (mqtt.tls_certificate or mqtt.tls_key):
        yield Fault(
            ("mqtt.tls_ca", "mqtt.tls_certificate", "mqtt.tls_key"), "is empty, but the gate has a certificate for TLS"
        )
    if (mqtt.tls_certificate is None) != (mqtt.tls_key is None):
        lacks = "certificate" if mqtt.tls_certificate is None else "key"
        has = "key" if lacks == "certificate" else "certificate"
        yield Fault(
            (f"mqtt.tls_{lacks}", f"mqtt.tls_{has}"), f"is empty, but mqtt.tls_{has} is set", "Set both, or none"
        )


def _renewal(config: Config) -> Iterator[Fault]:
    if config.mqtt.renew_at and config.mqtt.tls_certificate is None:
        yield Fault(("mqtt.tls_certificate", "mqtt.renew_at"), "is empty, but mqtt.renew_at is set")


def _paths(config: Config) -> Iterator[Fault]:
    named = [value for table in TABLES for value in _values(config, table, Path)]
    for (one, path), (other, same) in itertools.combinations(named, 2):
        if path == same:
            yield Fault((other, one), f"is the same path as {one}", "Give each its own")


def _values(config: Config, table: str, kind: type[_T]) -> list[tuple[str, _T]]:
    values = ((f"{table}.{one.name}", getattr(getattr(config, table), one.name)) for one, _ in keys_of(TABLES[table]))
    return [(name, value) for name, value in values if isinstance(value, kind)]
