"""The end of a gate's mandate: what it kept is wiped, and a mark says that it is an open door from now on.

Rules: the mark comes first, so that a power cut in the middle of wiping is made good at the next start; only files that
this gate writes, or that are brought to it as lists, are deleted, each by its name or ending.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gate.ports import AdapterError
from gate.service.config_schema import Config
from gate.service.retired_mark import mark_of

log = logging.getLogger(__name__)

_MODE = 0o600
_OF_THE_JOURNAL = (
    "{}",
    "{}-wal",
    "{}-shm",
    "{}-journal",
    "{}.lock",
    "{}.key",
    "{}.key.pub",
    ".{}.key.new",
    ".{}.key.pub.new",
)
"""What the gate makes where the journal is. An export that somebody has put beside it is not the gate's."""


@dataclass(frozen=True, slots=True)
class Count:
    """Since when the door stands open, and how often it was opened since."""

    since: str
    openings: int = 0


def retire(config: Config, utc: datetime) -> None:
    """From the next start on this is an open door. Raises ``AdapterError``."""
    if not mark_of(config).exists():
        store(config, Count(utc.isoformat(timespec="seconds")))


def count_of(config: Config) -> Count:
    """What is counted so far; a mark that is damaged still is one."""
    try:
        found = json.loads(mark_of(config).read_bytes())
        return Count(str(found["since"]), int(found["openings"]))
    except (OSError, ValueError, TypeError, KeyError):
        return Count("unknown")


def store(config: Config, count: Count) -> None:
    """Keep it, whole or not at all. Raises ``AdapterError``."""
    path = mark_of(config)
    draft = path.with_name(f".{path.name}.new")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "w") as file:
            json.dump({"since": count.since, "openings": count.openings}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise AdapterError(f"cannot write {path}: {error.strerror}; look at its folder") from error


def wipe(config: Config) -> list[Path]:
    """Delete what the gate kept; those that could not be deleted, each told."""
    left: list[Path] = []
    for path in kept(config):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s is still there: %s; delete it by hand", path, error.strerror)
            left.append(path)
    return left


def kept(config: Config) -> Iterator[Path]:
    """What is there of all that a gate keeps. The configuration, its keys and the trust bundle are others' to take."""
    journal, trust = config.journal.path, config.trust
    made = (journal.with_name(form.format(journal.name)) for form in _OF_THE_JOURNAL)
    yield from (path for path in made if path.is_file())
    if config.log.signals is not None:
        yield config.log.signals
    for folder, pattern in (
        (trust.epoch_dir, "[0-9][0-9][0-9][0-9]-W[0-9][0-9]"),
        (trust.state_dir, "last-good.bundle"),
        (trust.state_dir, "standing.json"),
        (trust.state_dir / "status", "*"),
        (trust.state_dir / "delivered", "**/*"),
        (trust.lists_dir, "*.deny"),
        (trust.status_dir, "*.statuslist"),
        (trust.status_dir, "*.delta"),
    ):
        yield from (path for path in sorted(folder.glob(pattern)) if path.is_file())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
