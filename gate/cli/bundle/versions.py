"""Which versions of everything there are."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

from gate import __version__
from gate.adapters.board_linux import LinuxBoard


def part(board: LinuxBoard) -> dict[str, Any]:
    """Of gate, Python, the kernel, the system, the board, and every Python package."""
    hardware = board.hardware()
    packages = {one.metadata["Name"]: one.version for one in metadata.distributions()}
    return {
        "gate": __version__,
        "python": hardware.python,
        "machine": hardware.machine,
        "kernel": platform.release(),
        "system": hardware.system,
        "model": hardware.model,
        "packages": dict(sorted(packages.items())),
    }
