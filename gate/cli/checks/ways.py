"""How the parts of the unit are reached: each as the service does it. A test gives others."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gate.adapters.clock_system import SystemClock
from gate.cli.checks.person import Person
from gate.frames import FrameSource
from gate.service import camera_parts
from gate.service.config_schema import Config, DecoderConfig
from gate.service.decoder_parts import Decoders

if TYPE_CHECKING:
    from gate.adapters.pins_gpiod.lines import Gpio


def camera(config: Config) -> FrameSource:
    """The live camera. Raises ``AdapterError``."""
    return camera_parts.opened(config.camera)


def kernel_gpio() -> Gpio:
    """The chips of this machine. Raises ``ImportError``."""
    from gate.adapters.pins_gpiod.lines import KernelGpio  # noqa: PLC0415  (its library is an extra)

    return KernelGpio()


def clock(kept: bool) -> SystemClock:  # noqa: FBT001  (trust.clock_kept)
    """The machine's clocks, judged as the service judges them."""
    return SystemClock(kept=kept)


def located(name: str) -> Path | None:
    """Where Python finds this module; None where it does not."""
    found = importlib.util.find_spec(name)
    return Path(found.origin) if found is not None and found.origin is not None else None


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways, and how long things may take."""

    root: Path = Path("/")
    """Where the system's files begin."""
    statvfs: Callable[[Path], os.statvfs_result] = os.statvfs
    clock: Callable[[bool], SystemClock] = clock
    gpio: Callable[[], Gpio] = kernel_gpio
    revision: Callable[[], int] | None = None
    """Which board it is; None: ask this machine."""
    camera: Callable[[Config], FrameSource] = camera
    decoders: Callable[[DecoderConfig], Decoders] = Decoders
    located: Callable[[str], Path | None] = located
    person: Person = field(default_factory=Person)
    watch_s: float = 3.0
    """How long the camera is looked at."""
    card_s: float = 20.0
    """How long the test card may take."""
    release_s: float = 2.0
