"""The nonces of the centre's command keys: each is used once, and higher than any before, whatever the clock does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from gate.central.adapters.sql.engine import insert_missing
from gate.central.adapters.sql.tables import nonce


def take(link: Connection, kid: str, count: int, now: datetime) -> list[int]:
    """So many new ones, rising. They count as used when the transaction is kept: do so before they are sent."""
    if not count:
        return []
    link.execute(insert_missing(link, nonce), {"kid": kid, "last": 0})
    last = link.execute(select(nonce.c.last).where(nonce.c.kid == kid).with_for_update()).scalar_one()
    first = max(last + 1, int(now.timestamp() * 1_000_000))
    link.execute(update(nonce).where(nonce.c.kid == kid).values(last=first + count - 1))
    return list(range(first, first + count))
