"""A durable outbox as the common tutorials build it: a table with a ``sent`` flag, a commit each, SQLite's defaults."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class OutboxTable:
    """Insert, publish, set the flag, and now and then delete what was sent."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path)
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS outbox"
            " (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT, payload TEXT, created_at TEXT, sent INTEGER DEFAULT 0)"
        )
        self._base.execute("CREATE INDEX IF NOT EXISTS idx_outbox_sent ON outbox (sent)")
        self._base.commit()

    def add(self, topic: str, payload: str, created_at: str) -> int:
        """Keep a message; its id."""
        row = self._base.execute(
            "INSERT INTO outbox (topic, payload, created_at) VALUES (?, ?, ?)", (topic, payload, created_at)
        )
        self._base.commit()
        return row.lastrowid or 0

    def mark_sent(self, number: int) -> None:
        """It was published."""
        self._base.execute("UPDATE outbox SET sent = 1 WHERE id = ?", (number,))
        self._base.commit()

    def clean_up(self) -> None:
        """Delete what was published."""
        self._base.execute("DELETE FROM outbox WHERE sent = 1")
        self._base.commit()

    def close(self) -> None:
        """End."""
        self._base.close()
