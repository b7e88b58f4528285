"""Which versions work together here, and whether the camera's libraries are the system's own."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from pathlib import Path

from gate import __version__
from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit
from gate.service.config_schema import CameraSource, PinFactory

LIBRARIES = ("zxing-cpp", "pyzbar", "numpy", "cryptography", "paho-mqtt", "gpiozero", "gpiod")
KNOWN = ("Debian GNU/Linux 12", "Debian GNU/Linux 13", "Raspbian GNU/Linux 12", "Raspbian GNU/Linux 13")
SYSTEM_ONLY = ("picamera2", "libcamera", "numpy")
"""What must be the system's where the camera module is used: another numpy than the one that picamera2 was built for
breaks it, and picamera2 in a venv finds no libcamera."""


def check(unit: Unit) -> Finding:
    """The program, Python, the system and the libraries."""
    config, system = unit.config, unit.board.hardware().system
    said = f"gate {__version__}, Python {platform.python_version()}, {system or 'an unknown system'}, {_libraries()}"
    if config.pins.factory is PinFactory.GPIOD and unit.ways.located("gpiod") is None:
        return fail(f"{said}; gpiod is missing", 'pip install "gate[pi]"')
    if config.camera.source is CameraSource.PICAMERA2:
        places = {name: unit.ways.located(name) for name in SYSTEM_ONLY}
        missing = [name for name, place in places.items() if place is None]
        inside = [
            name for name, place in places.items() if place is not None and place.is_relative_to(Path(sys.prefix))
        ]
        if missing:
            return fail(
                f"{said}; missing: {', '.join(missing)}", "apt install python3-picamera2, and a venv that sees it"
            )
        if inside and sys.prefix != sys.base_prefix:
            return fail(f"{said}; in the venv: {', '.join(inside)}", "pip uninstall it: the system's own must be found")
    if system is None or not system.startswith(KNOWN):
        return warn(said, "Only Debian 12 and 13, and Raspberry Pi OS on them, are tried")
    return ok(said)


def _libraries() -> str:
    found = {name: _version(name) for name in LIBRARIES}
    return ", ".join(f"{name} {version}" for name, version in found.items() if version)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
