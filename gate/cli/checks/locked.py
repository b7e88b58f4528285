"""Whether a service has its journal open, also one that cannot be asked; found out without touching the lock."""

from __future__ import annotations

import os
from pathlib import Path

PLACE = 5
"""The column of ``/proc/locks`` that names the file: major and minor number of the device in hex, and the inode."""


def held(journal: Path, root: Path = Path("/")) -> bool:
    """Look for the lock beside the journal among all that the kernel knows."""
    try:
        file = journal.with_name(f"{journal.name}.lock").stat()
        lines = (root / "proc/locks").read_text("ascii").splitlines()
    except OSError:
        return False
    wanted = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}:{file.st_ino}"
    return any(words[1] == "FLOCK" and words[PLACE] == wanted for line in lines if len(words := line.split()) > PLACE)
