"""The configuration as a whole: one frozen dataclass for each table, in the order of the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, get_type_hints

from gate.service.config_acceptance import AcceptanceConfig
from gate.service.config_camera import CameraConfig, CameraSource
from gate.service.config_hardware import (
    BenchConfig,
    DecoderConfig,
    DecoderMode,
    DoorConfig,
    PinFactory,
    PinsConfig,
)
from gate.service.config_journal import JournalConfig
from gate.service.config_log import LogConfig, LogLevel
from gate.service.config_mqtt import MqttConfig
from gate.service.config_names import GateConfig, SiteConfig
from gate.service.config_officer import ControlConfig, OfficerConfig, SelfTestConfig
from gate.service.config_policy import PolicyConfig
from gate.service.config_remote import RemoteConfig
from gate.service.config_signals import SignalsConfig
from gate.service.config_site import OccupancyConfig, PassbackConfig, ScheduleConfig
from gate.service.config_trust import TrustConfig

__all__ = [
    "TABLES",
    "AcceptanceConfig",
    "BenchConfig",
    "CameraConfig",
    "CameraSource",
    "Config",
    "ControlConfig",
    "DecoderConfig",
    "DecoderMode",
    "DoorConfig",
    "GateConfig",
    "JournalConfig",
    "LogConfig",
    "LogLevel",
    "MqttConfig",
    "OccupancyConfig",
    "OfficerConfig",
    "PassbackConfig",
    "PinFactory",
    "PinsConfig",
    "PolicyConfig",
    "RemoteConfig",
    "ScheduleConfig",
    "SelfTestConfig",
    "SignalsConfig",
    "SiteConfig",
    "TrustConfig",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration, every value checked."""

    site: SiteConfig
    gate: GateConfig
    camera: CameraConfig = field(default_factory=CameraConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    trust: TrustConfig
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    acceptance: AcceptanceConfig = field(default_factory=AcceptanceConfig)
    officer: OfficerConfig = field(default_factory=OfficerConfig)
    door: DoorConfig = field(default_factory=DoorConfig)
    pins: PinsConfig = field(default_factory=PinsConfig)
    signals: SignalsConfig = field(default_factory=SignalsConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    passback: PassbackConfig = field(default_factory=PassbackConfig)
    occupancy: OccupancyConfig = field(default_factory=OccupancyConfig)
    self_test: SelfTestConfig = field(default_factory=SelfTestConfig)
    control: ControlConfig = field(default_factory=ControlConfig)
    remote: RemoteConfig = field(default_factory=RemoteConfig)
    journal: JournalConfig = field(default_factory=JournalConfig)
    mqtt: MqttConfig = field(default_factory=MqttConfig)
    log: LogConfig = field(default_factory=LogConfig)
    bench: BenchConfig = field(default_factory=BenchConfig)


TABLES: dict[str, type[Any]] = get_type_hints(Config)
"""The tables by name, in the order of the file."""
