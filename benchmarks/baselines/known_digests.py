"""Is this digest on the list? As most people would do it: a Python set, or an SQLite table with the digest as key."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path


def python_set(blob: bytes, size: int) -> set[bytes]:
    """All digests of ``size`` bytes that lie end to end."""
    return {blob[at : at + size] for at in range(0, len(blob), size)}


def sqlite_build(path: Path, digests: Iterator[bytes]) -> None:
    """A table of digests, without a second index beside the key."""
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("PRAGMA synchronous = OFF")
        base.execute("CREATE TABLE revoked (digest BLOB PRIMARY KEY) WITHOUT ROWID")
        base.executemany("INSERT INTO revoked VALUES (?)", ((digest,) for digest in digests))
    base.close()


def sqlite_open(path: Path) -> sqlite3.Connection:
    """The table, as it is usually opened."""
    return sqlite3.connect(path)


def sqlite_open_tuned(path: Path) -> sqlite3.Connection:
    """The table by somebody who knows that nobody writes to it: no locks are taken."""
    return sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)


def sqlite_has(base: sqlite3.Connection, digest: bytes) -> bool:
    """Whether the digest is in the table; the statement is prepared once by ``sqlite3`` itself."""
    return base.execute("SELECT 1 FROM revoked WHERE digest = ?", (digest,)).fetchone() is not None
