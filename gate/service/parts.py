"""From the configuration to the parts: which adapter stands for which port, and the core's settings.

Every function opens one part, and raises ``AdapterError`` when that cannot be done.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from gate.access.effects import Line
from gate.access.indicator import NS_PER_MS
from gate.access.memory import Memory
from gate.access.settings import SECOND_NS, Settings
from gate.adapters.clock_system import SystemClock
from gate.adapters.frames_files import PictureFrames, StageFrames
from gate.adapters.gpio_gpiozero import GpioIndicator, GpioInputs, GpioStrike
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.trust_files import TrustFiles
from gate.policy.decision import SitePolicy
from gate.ports import (
    AdapterError,
    DoorStrike,
    FrameSource,
    Indicator,
    InputLine,
    InputLines,
    Journal,
    Message,
    SymbolDecoder,
)
from gate.service import codec
from gate.service.config_schema import CameraSource, Config, DecoderMode, PinFactory
from gate.service.decoding import DecoderChain
from gate.service.opening import Opening
from gate.service.workbench import Workbench
from gate.wire import availability, topics
from gate.wire.availability import Presence
from gate.wire.topics import Identity

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hardware:
    """The simulated or real things at the door."""

    frames: FrameSource
    strike: DoorStrike
    indicator: Indicator
    inputs: InputLines


def settings_of(config: Config) -> Settings:
    """The core's settings."""

    def ns(seconds: float) -> int:
        return int(seconds * SECOND_NS)

    return Settings(
        site=SitePolicy(trust_max_age_s=config.trust.max_age_s),
        release_ns=ns(config.door.release_s),
        hold_ns=ns(config.policy.hold_s),
        reread_ns=ns(config.policy.reread_s),
        retry_hint_ns=ns(config.policy.retry_hint_s),
        record_wait_ns=config.journal.record_wait_ms * NS_PER_MS,
        journal_required=config.journal.required,
    )


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


def trust_of(config: Config, clock: SystemClock) -> TrustFiles:
    """The trust in force."""
    return TrustFiles(config.trust.bundle, config.trust.root_key, config.trust.epoch_dir, clock)


def publisher_of(config: Config, identity: Identity) -> PahoPublisher:
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
        )
    )


def decoder_of(mode: DecoderMode) -> SymbolDecoder:
    """zxing-cpp first, zbar as second opinion; in ``auto``, one that is missing is done without."""
    wanted = {DecoderMode.ZXING: [_zxing], DecoderMode.ZBAR: [_zbar]}.get(mode, [_zxing, _zbar])
    found: list[SymbolDecoder] = []
    problems: list[str] = []
    for make in wanted:
        try:
            found.append(make())
        except AdapterError as error:
            problems.append(str(error))
    if not found:
        raise AdapterError(" ".join(problems))
    for problem in problems:
        log.warning("going on with %s alone: %s", found[0].name, problem)
    return DecoderChain(*found)


def _zxing() -> SymbolDecoder:
    from gate.adapters.decoder_zxing import ZxingDecoder  # noqa: PLC0415  (loads its library only when wanted)

    return ZxingDecoder()


def _zbar() -> SymbolDecoder:
    from gate.adapters.decoder_zbar import ZbarDecoder  # noqa: PLC0415  (loads its library only when wanted)

    return ZbarDecoder()


def _frames(config: Config) -> FrameSource:
    camera = config.camera
    if camera.source is CameraSource.STAGE:
        return StageFrames(fps=camera.fps)
    if camera.path is None:
        raise AdapterError("camera.path is empty: name the folder of pictures or the video file")
    if camera.source is CameraSource.VIDEO:
        from gate.adapters.frames_video import VideoFrames  # noqa: PLC0415  (loads its library only when wanted)

        return VideoFrames(camera.path, repeat=camera.repeat)
    return PictureFrames(camera.path, fps=camera.fps, picture_s=camera.picture_s, repeat=camera.repeat)


def lamps_of(config: Config) -> dict[Line, int]:
    """The pins of the lamp tower, the attention lamp and the buzzer."""
    pins = config.pins
    return {
        Line.RED: pins.lamp_red,
        Line.YELLOW: pins.lamp_yellow,
        Line.GREEN: pins.lamp_green,
        Line.ATTENTION: pins.attention,
        Line.BUZZER: pins.buzzer,
    }


def outputs_of(config: Config) -> dict[int, str]:
    """The output pins and what each of them is called on the workbench."""
    return {pin: line.value for line, pin in lamps_of(config).items()} | {config.pins.strike: "strike"}


def hardware_of(config: Config, opening: Opening, bench: Workbench) -> Hardware:
    """Everything at the door; the strike last, so that it is secured before anything else is closed."""
    pins = config.pins
    factory = opening.closing(lambda: _pin_factory(config, bench))
    buttons = {InputLine.ADMIT: pins.admit, InputLine.REFUSE: pins.refuse}
    return Hardware(
        frames=opening.closing(lambda: _frames(config)),
        indicator=opening.closing(lambda: GpioIndicator(factory, lamps_of(config)), factory),
        inputs=opening.closing(lambda: GpioInputs(factory, buttons), factory),
        strike=opening.closing(lambda: GpioStrike(factory, pins.strike, active_high=config.door.active_high), factory),
    )


def secured_levels(config: Config) -> dict[int, bool]:
    """The level of each output while nothing is switched on."""
    return dict.fromkeys(lamps_of(config).values(), False) | {config.pins.strike: not config.door.active_high}


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
