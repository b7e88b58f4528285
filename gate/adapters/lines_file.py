"""The lines in force, as a file in ``/run``: what ``gate-secure-lines`` goes by after a crash.

The configuration may be half edited at that moment, or say already what is not wired yet; this file says what the
service drove.  ``gate-secure-lines`` takes it away once every line is at rest.
"""

from __future__ import annotations

import logging
from pathlib import Path

log = logging.getLogger(__name__)

MODE = 0o644


class LinesFile:
    """Writing never raises: without the file, ``gate-secure-lines`` goes by the configuration."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, text: str) -> None:
        """Replace the file as a whole; ``text`` is TOML."""
        new = self._path.with_name(self._path.name + ".new")
        try:
            new.write_text(text, encoding="utf-8")
            new.chmod(MODE)  # whatever the service's umask is
            new.replace(self._path)
        except OSError as error:
            log.warning("%s cannot be written, so a crash is followed by what the configuration says: %s", new, error)
