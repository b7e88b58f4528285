"""Telling one state of a file from another without reading it."""

from __future__ import annotations

import os
from pathlib import Path

Seen = tuple[int, int, int, int]
"""Inode, size, and the times of the last change of content and of anything, in nanoseconds."""


def seen(path: Path) -> Seen | None:
    """How the file is now; None where there is none."""
    try:
        return seen_of(path.stat())
    except OSError:
        return None


def seen_of(found: os.stat_result) -> Seen:
    """As ``seen``, of what the system said."""
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
