"""What only one of the workers may do at a time: who holds the lease does it, until it is given back or runs out."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, or_, select

from gate.central.adapters.sql.engine import insert_of
from gate.central.adapters.sql.tables import lease


def take(link: Connection, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Take or prolong it; False while somebody else has it."""
    new = insert_of(link, lease).values(name=name, holder=holder, until=now + length)
    free = or_(lease.c.holder == holder, lease.c.until <= now)
    taken = new.on_conflict_do_update(
        index_elements=["name"], set_={"holder": holder, "until": now + length}, where=free
    ).returning(lease.c.holder)
    return link.execute(taken).first() is not None


def is_held(link: Connection, name: str, holder: str) -> bool:
    """Whether nobody has taken it since; nobody will before this transaction ends."""
    held = select(lease.c.name).where(lease.c.name == name, lease.c.holder == holder).with_for_update()
    return link.execute(held).first() is not None


def give_back(link: Connection, name: str, holder: str) -> None:
    """Leave it to the others now."""
    link.execute(delete(lease).where(and_(lease.c.name == name, lease.c.holder == holder)))
