"""From the configuration to the parts: which adapter stands for which port.

Every function opens one part, and raises ``AdapterError`` when that cannot be done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ulid import ULID

from gate.access.effects import Line
from gate.access.inputs import InputLine
from gate.access.memory import Memory
from gate.access.settings import SECOND_NS, Settings
from gate.access.signals import DeviceChanged
from gate.access.strike_wiring import StrikeWiring
from gate.adapters.board_linux import LinuxBoard
from gate.adapters.clock_system import SystemClock
from gate.adapters.emergency_mark import FileMark
from gate.adapters.gpio_gpiozero import Buzzer, GpioIndicator, GpioInputs, GpioRingLight, GpioStrike
from gate.adapters.head_key import HeadKey
from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.adapters.lines_file import LinesFile
from gate.adapters.local_socket.control import ControlSocket
from gate.adapters.local_socket.peer import Officers
from gate.adapters.mqtt_paho.back_off import Retry
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.adapters.trust_files.delivery import Delivery
from gate.adapters.trust_files.rule_files import RuleFileOnDisk
from gate.adapters.trust_files.source import TrustFiles, TrustPaths
from gate.credential.trust import TrustBundle
from gate.policy.site import SitePolicy
from gate.policy.trust_age import TrustAges
from gate.ports import (
    AdapterError,
    Clock,
    DiskError,
    DoorStrike,
    FrameSource,
    Indicator,
    InputLines,
    Journal,
    Message,
    RingLight,
)
from gate.service import camera_parts, clock_floor, codec, crossings_journal
from gate.service.acceptance_files import Borders
from gate.service.config_checks import NOT_WIRED
from gate.service.config_dump import lines_in_force
from gate.service.config_schema import Config, PinFactory
from gate.service.control_verbs import Reasons
from gate.service.core_settings import settings_of
from gate.service.late_journal import Found, LateJournal
from gate.service.opening import Opening
from gate.service.outbox import Sending
from gate.service.rules_in_force import RulesInForce
from gate.service.signal_log import SignalLog
from gate.service.strike_watch import StrikeWatch
from gate.service.updates import Updates
from gate.service.workbench import Wires, Workbench
from gate.wire import availability, command, pointer, site, topics
from gate.wire.availability import Presence
from gate.wire.topics import Identity

if TYPE_CHECKING:
    from gate.service.renewal import Renewal

log = logging.getLogger(__name__)

LINES_FILE = "lines.toml"
"""Beside the mark of an emergency; the unit file names it to ``gate-secure-lines``."""
MOST_FOUND = max(clock_floor.LOOKED_BACK, crossings_journal.LOOKED_BACK)
"""Records of a journal that can only be read: as many as the start looks at."""
MARGIN_S = 1.0
"""What the strike's own bounds leave above the core's leases."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """The simulated or real things at the door."""

    frames: FrameSource
    strike: DoorStrike
    indicator: Indicator
    inputs: InputLines
    ring_light: RingLight | None
    """None where none is wired."""


def memory_of(journal: Journal) -> Memory:
    """What the access point knows again; the beginning where the journal is new."""
    stored = journal.memory()
    if stored is None:
        return Memory()
    try:
        return codec.decode(stored, Memory)
    except ValueError as error:
        raise AdapterError(
            f"what the journal remembers of the access point is of another version: {error}. "
            "Move the journal aside and start again; its events can still be read from it."
        ) from error


def journal_of(config: Config) -> SqliteJournal | LateJournal:
    """The durable record of every event; one that comes later where the disk does not do what it should."""

    def opens() -> SqliteJournal:
        return SqliteJournal(config.journal.path, config.journal.disk_budget_mb * 1_000_000)

    try:
        return opens()
    except DiskError as error:
        found = _found(config.journal.path)
        log.error(  # noqa: TRY400  (the trace says nothing to an administrator)
            "%s. The gate starts without it; events wait in memory%s",
            error,
            "" if found else ", and what the journal remembers cannot be read",
        )
        return LateJournal(opens, found, str(ULID()), error)


def _found(path: Path) -> Found | None:
    """What can be read of a journal that cannot be opened."""
    try:
        with JournalReader(path) as reader, reader.still():
            return Found(reader.ulid, reader.memory(), reader.newest(MOST_FOUND), reader.figures())
    except AdapterError:
        return None


def signal_log_of(config: Config) -> SignalLog | None:
    """Where the signals are written; None where they are not, or where the disk takes nothing."""
    path = config.log.signals
    try:
        return SignalLog(path) if path else None
    except DiskError as error:
        log.warning("%s; the gate starts without it", error)
        return None


def head_key_of(config: Config) -> HeadKey | None:
    """The gate's own key; None, and a line in the log, when there can be none: no door waits for that."""
    path = config.journal.path
    try:
        return HeadKey(path.with_name(f"{path.name}.key"))
    except AdapterError as error:
        log.warning("the head of the journal's chain is not signed: %s", error)
        return None


def trust_paths(config: Config) -> TrustPaths:
    """Where trust comes from and is kept."""
    trust = config.trust
    return TrustPaths(
        bundle=trust.bundle,
        root_key=trust.root_key,
        epoch_dir=trust.epoch_dir,
        state_dir=trust.state_dir,
        lists_dir=trust.lists_dir,
        status_dir=trust.status_dir,
        badge_key=trust.badge_key,
    )


def trust_of(config: Config, clock: SystemClock) -> TrustFiles:
    """The trust in force."""
    trust = config.trust
    return TrustFiles(
        trust_paths(config), clock, TrustAges(trust.warn_age_s, trust.max_age_s), shared=trust.epoch_shared
    )


def updates_of(
    config: Config, trust: TrustFiles, clock: Clock, tell: Callable[[DeviceChanged], object]
) -> Updates | None:
    """What the centre publishes for all gates; None where the gate is not to hear it."""
    if not config.mqtt.updates:
        return None
    return Updates(Delivery(trust_paths(config)), trust, clock, trust.hurry, tell)


def rules_of(config: Config, site: SitePolicy, bundle: TrustBundle) -> RulesInForce:
    """The rules that the configuration names, as far as the bundle vouches for them."""
    files = partial(
        RuleFileOnDisk, folder=config.trust.state_dir / "rules", delivered=trust_paths(config).delivered.rules
    )
    asked = config.acceptance
    borders = Borders(asked.country, asked.region, asked.rules, asked.value_sets) if asked.rules else None
    return RulesInForce(config.policy.rules, files, bundle, site, borders)


def publisher_of(config: Config, identity: Identity, clock: Clock) -> PahoPublisher:
    """The link to the broker, with its will; not connected yet."""
    mqtt = config.mqtt
    will = availability.encode(Presence.OFFLINE, identity.boot, None)
    return PahoPublisher(
        BrokerAddress(
            host=mqtt.host,
            port=mqtt.port,
            client_id=f"{identity.site}/{identity.gate}",  # no name has a slash: another pair is another client
            will=Message(topics.availability(identity), will, True, availability.CONTENT_TYPE),  # noqa: FBT003  (retain)
            will_delay_s=mqtt.will_delay_s,
            keepalive_s=mqtt.keepalive_s,
            username=mqtt.username or None,
            password_file=mqtt.password_file,
            subscribe=_heard(config, identity),
            hand_back=True,
            tls=_tls_of(config, clock),
            retry=Retry(longest_s=mqtt.longest_retry_s),
        )
    )


def _tls_of(config: Config, clock: Clock) -> TlsFiles | None:
    mqtt = config.mqtt
    if mqtt.tls_ca is None:
        return None
    return TlsFiles(lambda: clock.now().utc, mqtt.tls_ca, mqtt.tls_certificate, mqtt.tls_key)


def renewal_of(config: Config, clock: Clock) -> Renewal | None:
    """What renews the gate's own certificate, where the centre does that."""
    mqtt = config.mqtt
    if not (mqtt.renew_at and mqtt.tls_ca and mqtt.tls_certificate and mqtt.tls_key):
        return None
    from gate.adapters.own_certificate import CertificateFiles  # noqa: PLC0415  (only where there is one)
    from gate.adapters.registrar_https import HttpsRegistrar  # noqa: PLC0415  (as above)
    from gate.service.renewal import Renewal  # noqa: PLC0415  (as above)

    own = CertificateFiles(mqtt.tls_ca, mqtt.tls_certificate, mqtt.tls_key)
    registrar = HttpsRegistrar(mqtt.renew_at, mqtt.tls_ca, mqtt.tls_certificate, mqtt.tls_key)
    return Renewal(config.gate.id, own, registrar, clock)


def sending_of(config: Config) -> Sending:
    """How records are sent."""
    mqtt = config.mqtt
    return Sending(window=mqtt.window, backlog_per_s=mqtt.backlog_rate, confirm=mqtt.confirm)


def board_of(config: Config) -> LinuxBoard:
    """The machine, with the disk that the journal is on."""
    return LinuxBoard(config.journal.path.parent)


def _heard(config: Config, identity: Identity) -> tuple[str, ...]:
    """What the link is to hear."""
    return (
        *((site.subscription(identity),) if settings_of(config).site.shares else ()),
        topics.below(identity, topics.ACK),  # whoever confirms: it shows that an older copy of the card was put back
        *((command.subscription(identity),) if config.remote.commands else ()),
        *(pointer.subscriptions() if config.mqtt.updates else ()),
    )


def lamps_of(config: Config) -> dict[Line, int]:
    """The pins of the lamps, the second alarm light and an active buzzer, as far as they are wired."""
    pins = config.pins
    lamps = {
        Line.RED: pins.lamp_red,
        Line.YELLOW: pins.lamp_yellow,
        Line.GREEN: pins.lamp_green,
        Line.ATTENTION: pins.attention,
        Line.ALARM: pins.alarm,
        Line.BUZZER: NOT_WIRED if pins.buzzer_pwm else pins.buzzer,
    }
    return {line: pin for line, pin in lamps.items() if pin != NOT_WIRED}


def inputs_of(config: Config) -> dict[InputLine, int]:
    """The pins of the inputs that are wired."""
    pins = {line: getattr(config.pins, line.value) for line in InputLine}
    return {line: pin for line, pin in pins.items() if pin != NOT_WIRED}


def strike_wiring_of(config: Config) -> StrikeWiring:
    """How the strike hangs on its line."""
    return StrikeWiring(config.door.lock, config.door.active_high)


def wires_of(config: Config) -> Wires:
    """The lines of the simulated door."""
    outputs = {pin: line.value for line, pin in lamps_of(config).items()} | {config.pins.strike: "strike"}
    if config.pins.ring_light != NOT_WIRED:
        outputs[config.pins.ring_light] = "ring_light"
    return Wires(outputs, inputs_of(config), config.pins.strike, strike_wiring_of(config).released_level)


def bench_of(config: Config, clock: Clock) -> Workbench:
    """The simulated door, which is there only with the mock pins."""
    return Workbench(wires_of(config), clock, reasons_of(config))


def hardware_of(
    config: Config,
    settings: Settings,
    opening: Opening,
    bench: Workbench,
    *,
    standing: bool,
    camera: FrameSource | None = None,
) -> Hardware:
    """Everything at the door; the strike last, so that it is secured before anything else is closed.

    ``standing``: an emergency is in force, so that the strike is released from the beginning.  ``camera`` is the live
    one, which its owner closes.
    """
    leave_lines(config)
    factory = opening.closing(lambda: _pin_factory(config, bench))
    light = config.pins.ring_light
    return Hardware(
        frames=camera or opening.closing(lambda: camera_parts.replay(config.camera)),
        ring_light=opening.closing(lambda: GpioRingLight(factory, light), factory) if light != NOT_WIRED else None,
        indicator=_indicator(config, opening, factory),
        inputs=opening.closing(lambda: GpioInputs(factory, inputs_of(config)), factory),
        strike=opening.closing(lambda: _strike(config, settings, factory, standing=standing), factory),
    )


def _indicator(config: Config, opening: Opening, factory: Any) -> Indicator:
    channel = config.pins.buzzer_pwm
    buzzer = opening.part(lambda: _passive_buzzer(channel)) if channel else None
    return opening.closing(lambda: GpioIndicator(factory, lamps_of(config), buzzer), factory)


def _passive_buzzer(channel: Path) -> Buzzer:
    from gate.adapters.buzzer_pwm import PwmBuzzer  # noqa: PLC0415  (only where there is one)

    return PwmBuzzer(channel)


def _strike(config: Config, settings: Settings, factory: Any, *, standing: bool) -> GpioStrike:
    """The strike, with bounds a little above the longest lease that the core gives."""
    return GpioStrike(
        factory,
        config.pins.strike,
        strike_wiring_of(config),
        standing=standing,
        longest_momentary_s=_momentary_ns(settings) / SECOND_NS + MARGIN_S,
        longest_held_s=settings.renew_ns / SECOND_NS + MARGIN_S,
    )


def watched(strike: DoorStrike, settings: Settings) -> StrikeWatch:
    """The strike behind the main thread's bound, which is a little above the longest lease of any kind."""
    return StrikeWatch(strike, max(_momentary_ns(settings), settings.renew_ns) + int(MARGIN_S * SECOND_NS))


def _momentary_ns(settings: Settings) -> int:
    return max(settings.release_ns, settings.extended_release_ns, settings.relay_test_ns)


def mark_of(config: Config) -> FileMark:
    """What tells whoever secures the lines after a crash that an emergency is in force."""
    return FileMark(config.door.emergency_mark)


def leave_lines(config: Config) -> None:
    """Leave word of the lines in force, before any is claimed."""
    if config.pins.factory is PinFactory.GPIOD:
        LinesFile(config.door.emergency_mark.with_name(LINES_FILE)).write(lines_in_force(config))


def in_emergency(memory: Memory | None, mark: FileMark) -> bool:
    """Whether one was in force when the last run ended: by the journal, or by the mark if its record was lost."""
    return mark.is_set() or (memory is not None and memory.emergency)


def control_of(config: Config, socket: Path) -> ControlSocket:
    """The socket of the local control."""
    return ControlSocket(socket, Officers.of_group(config.control.group))


def reasons_of(config: Config) -> Reasons:
    """What an officer may give as the reason."""
    return Reasons(config.officer.admit_reasons, config.officer.refuse_reasons)


def secured_levels(config: Config) -> dict[int, bool]:
    """The level of each output while nothing is switched on."""
    lights = [*lamps_of(config).values(), config.pins.ring_light]
    lamps = dict.fromkeys((pin for pin in lights if pin != NOT_WIRED), False)
    return lamps | {config.pins.strike: strike_wiring_of(config).secured_level}


def _pin_factory(config: Config, bench: Workbench) -> Any:
    """What the configuration names, and nothing else: a door that is not there must not seem to work."""
    if config.pins.factory is PinFactory.MOCK:
        return bench.pin_factory()
    try:
        from gate.adapters.pins_gpiod.factory import gpiod_factory  # noqa: PLC0415  (its library is an extra)
    except ImportError as error:
        raise AdapterError(
            f'pins.factory = "gpiod" does not work here: {error}. Install the extra: pip install "gate[pi]".'
        ) from error
    return gpiod_factory(secured_levels(config))
