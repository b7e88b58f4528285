"""The system calls that the unit file of the service allows, by name."""

from __future__ import annotations

import shutil
import subprocess

from tests.test_systemd_unit import UNIT

KEY = "SystemCallFilter="


def can_tell() -> bool:
    """Whether systemd is here to say what is in its sets."""
    return shutil.which("systemd-analyze") is not None


def filters() -> list[str]:
    """The lines of the unit file."""
    return [line for line in UNIT.read_text(encoding="utf-8").splitlines() if line.startswith(KEY)]


def allowed(lines: list[str]) -> list[str]:
    """The calls by name: what systemd itself says that its sets hold, and the names as they are."""
    words = [word for line in lines for word in line.removeprefix(KEY).split()]
    assert not any(word.startswith("~") for word in words), "this test knows lists of what is allowed alone"
    sets = [word for word in words if word.startswith("@")]
    return [*(name for one in sets for name in members(one)), *(word for word in words if not word.startswith("@"))]


def members(name: str) -> list[str]:
    told = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
    words = [line.strip() for line in told.stdout.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return [inner for word in words for inner in (members(word) if word.startswith("@") else [word])]
