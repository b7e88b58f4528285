"""Files that are there whole or not at all, also after a power cut. Every function may raise ``OSError``."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file over an older one if there is one; on return it is on the disk."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)  # what a power cut left of an earlier attempt
    draft.touch(mode=mode, exist_ok=False)
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
