"""The registry in force: read again when a file has changed or somebody asks; the last good one stays."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from gate.central.registry import Registry
from gate.central.registry_files import load
from gate.central.registry_problems import RegistryErrors

log = logging.getLogger(__name__)

LOOK_S = 2.0

Looks = tuple[tuple[int, int, int, int] | None, ...]
"""Of each file when it was written, when anything about it changed (such as who may read it), its size and number."""


class LiveRegistry:
    """May be asked on any thread. Made with files that must be right: raises ``RegistryErrors``."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._lock = threading.Lock()
        self._looked_s = time.monotonic()
        self._files = tuple(files)
        self._looks = self._look()
        self.current: Registry = load(self._files)
        self.troubled = False
        """Whether the files as they are now cannot be used."""

    def in_force(self) -> Registry:
        """The registry, after a look at the files if the last one was a while ago."""
        with self._lock:
            if time.monotonic() - self._looked_s >= LOOK_S:
                self._looked_s = time.monotonic()
                self.refresh()
            return self.current

    def refresh(self, *, asked: bool = False) -> bool:
        """Read the files if they look changed, or because somebody asked; whether another registry is in force."""
        looks = self._look()
        if looks == self._looks and not asked:
            return False
        self._looks = looks
        try:
            found = load(self._files)
        except RegistryErrors as errors:
            self.troubled = True
            log.error("the registry is not taken, the one before stays in force: %s", errors)  # noqa: TRY400  (no trace)
            return False
        self.troubled = False
        changed, self.current = found != self.current, found
        if changed:
            log.info("the registry has %d offices and %d gates", len(found.sites), len(found.gates))
        return changed

    def _look(self) -> Looks:
        return tuple(_look(file) for file in self._files)


def _look(file: Path) -> tuple[int, int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
