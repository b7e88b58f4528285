"""The journal as files: one service at a time, for its owner alone, with a name that is durable."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import Final

from gate.ports import AdapterError, DiskError, is_of_the_disk

BUSY_S: Final = 2.0

_MODE: Final = 0o600


def lock(path: Path) -> int:
    """Hold ``<path>.lock`` for this process. It ends with the process, so a kill leaves nothing to clean up."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
    except OSError as error:
        kind = DiskError if is_of_the_disk(error) else AdapterError
        raise kind(
            f"cannot use the folder of the journal {path}: {error.strerror}; "
            "create the folder, let the service's user write in it, or change journal.path"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise AdapterError(
            f"another service uses the journal {path}: stop that one, or give this one its own journal.path"
        ) from error
    return descriptor


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, and make an empty file where there is none."""
    if not path.exists():
        # SQLite gives its side files the mode of the main file, so the first one decides.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE))
    # The thread that opens is not the thread that records, but there is only ever one at a time.
    return sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


def sync_folder(folder: Path) -> None:
    """Make the new file's name durable too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
