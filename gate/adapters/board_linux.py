"""What a Linux machine says of itself: its model, its temperature, why it slows down, and the room on its disk.

Every file may be missing, since each belongs to some machines only; then the answer is None. ``get_throttled`` is what
the Raspberry Pi's firmware driver offers in sysfs, a hexadecimal number whose lowest four bits speak of now, and those
from bit 16 on of the time since the start (raspberrypi.com, documentation of vcgencmd).
"""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gate.wire.health import Disk
from gate.wire.info import Hardware

_THROTTLED = ("under_voltage", "frequency_capped", "throttled", "hot")
"""By bit, from the lowest."""
_BEFORE = 16
"""The bits from here on speak of the time since the start."""
_LONGEST = 4096
_HEX = 16


@dataclass(frozen=True, slots=True)
class LinuxBoard:
    """``folder`` is on the disk that counts; ``root`` is where the system's files begin. Any thread."""

    folder: Path
    root: Path = Path("/")

    def hardware(self) -> Hardware:
        """What it runs on."""
        model = _text(self.root / "sys/firmware/devicetree/base/model")
        return Hardware(model or None, platform.machine(), self._system(), platform.python_version())

    def temperature_c(self) -> float | None:
        """Of the processor, or of whatever the machine measures first; degrees Celsius."""
        zones = sorted(self.root.glob("sys/class/thermal/thermal_zone*"))
        zones.sort(key=lambda zone: "cpu" not in _text(zone / "type"))
        for zone in zones:
            with suppress(ValueError):
                return round(int(_text(zone / "temp")) / 1000, 1)
        return None

    def throttled(self) -> tuple[str, ...] | None:
        """Why it slows itself down now; empty: it does not."""
        return self._words(0)

    def throttled_before(self) -> tuple[str, ...] | None:
        """Why it slowed itself down at any time since its start; empty: it did not."""
        return self._words(_BEFORE)

    def _words(self, first: int) -> tuple[str, ...] | None:
        for path in sorted(self.root.glob("sys/devices/platform/soc*/soc*firmware/get_throttled")):
            with suppress(ValueError):
                bits = int(_text(path), _HEX)
                return tuple(word for bit, word in enumerate(_THROTTLED, first) if bits >> bit & 1)
        return None

    def disk(self) -> Disk | None:
        """The room on the disk, as the service may use it."""
        with suppress(OSError):
            found = os.statvfs(self.folder)
            return Disk(free=found.f_bavail * found.f_frsize, total=found.f_blocks * found.f_frsize)
        return None

    def _system(self) -> str | None:
        for line in _text(self.root / "etc/os-release").splitlines():
            name, _, value = line.partition("=")
            if name == "PRETTY_NAME":
                return value.strip("\"'") or None
        return None


def _text(path: Path) -> str:
    """What stands in a small file, without the zero byte that ends a device tree's text; empty where it cannot be."""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST).decode("utf-8", "replace").strip("\0 \n")
    except OSError:
        return ""
