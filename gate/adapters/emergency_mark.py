"""The mark of an emergency: an empty file in ``/run``, which outlives the process and ends with the power.

``gate-secure-lines`` looks for it after the service has ended, and then frees the strike instead of securing it.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

MODE = 0o644


class FileMark:
    """Any thread may call. Setting and clearing never raise: an emergency must not fail on its mark."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_set(self) -> bool:
        """Whether an emergency was in force when the mark was last changed; a folder is no mark."""
        return os.path.lexists(self._path) and not self._path.is_dir()

    def set(self) -> None:
        """Make the mark; a mark that is there stays."""
        try:
            # Only the name counts, so a full file system that still makes an empty file is enough.
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, MODE)
            try:
                os.fchmod(descriptor, MODE)  # whatever the service's umask is
            finally:
                os.close(descriptor)
        except OSError:
            log.exception("%s cannot be made: after a crash this emergency would not free the door", self._path)

    def clear(self) -> None:
        """Take the mark away; none is fine."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            log.exception("%s cannot be taken away: after a crash the door would be freed; delete it", self._path)
