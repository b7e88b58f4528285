"""The site's key of badge registries: a file of 64 hexadecimal digits, for its owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

from gate.credential.badges import KEY_BYTES
from gate.ports import AdapterError

_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_badge_key(path: Path) -> bytes:
    """The key. Raises ``AdapterError``."""
    try:
        with path.open("rb") as file:
            text, mode = file.read(KEY_BYTES * 4), path.stat().st_mode
    except OSError as error:
        raise AdapterError(f"Cannot read the badge key {path}: {error.strerror}.") from error
    if mode & _FOR_OTHERS:
        raise AdapterError(f"Others may read the badge key {path}. Run: chmod 600 {path}")
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise AdapterError(f"{path} is not a badge key. Copy the one that `gate registry build` made.")
    return key
