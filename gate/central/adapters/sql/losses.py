"""Records that are lost for good: nobody has them any more, and the gate has signed what comes after them.

A gate keeps its records for some days and forgets them up to a signed head. A centre that begins later, or that was
restored from an old backup, asks for what is not there any more. It may go on behind the hole where the first record
after it signs the chain up to there: then nothing can be hidden in it but what was in it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from gate.central.adapters.sql import journals, notes
from gate.central.adapters.sql.journals import Held
from gate.central.adapters.sql.tables import event, head_key, lost
from gate.central.advance import HEAD
from gate.central.arrivals import Journal
from gate.central.findings import Finding, FindingKind
from gate.wire import chain_marks, envelope
from gate.wire.envelope import NotAnEvent


def give_up(link: Connection, name: Journal, now: datetime) -> bool:
    """Give up the first hole of this journal, if a head of the gate's own key follows it; whether it was."""
    held = journals.hold(link, [name], now)[name]
    standing = held.standing
    after = select(event.c.seq, event.c.type, event.c.prev, event.c.body)
    behind = link.execute(
        after.where(event.c.journal == held.id, event.c.seq > standing.whole_to).order_by(event.c.seq).limit(1)
    ).first()
    if behind is None or behind.seq == standing.whole_to + 1 or behind.type != HEAD or behind.body is None:
        return False
    if not _is_signed_by_its_own(link, held, bytes(behind.body)):
        return False
    first, last = standing.whole_to + 1, behind.seq - 1
    hole = {"journal": held.id, "first": first, "last": last, "prev": standing.head, "head": behind.prev}
    link.execute(insert(lost), hole | {"since": now})
    moved, findings = journals.move(link, held, [])
    journals.put_down(link, [moved], now)
    detail = f"records {first} to {last} are lost: the gate has them no more, and its own key signs what follows"
    notes.note(link, [Finding(FindingKind.RECORDS_LOST, name.source, f"{name.ulid} {first}", detail), *findings], now)
    return True


def _is_signed_by_its_own(link: Connection, held: Held, body: bytes) -> bool:
    found = envelope.decode(body)
    if isinstance(found, NotAnEvent) or found.place is None:
        return False
    key = chain_marks.key_of(found.place, found.data)
    rows = link.execute(select(head_key.c.key, head_key.c.revoked).where(head_key.c.source == held.name.source)).all()
    vouched = {row.key for row in rows if row.revoked is None} or {held.standing.key or key}
    return key is not None and key in vouched and key not in {row.key for row in rows if row.revoked is not None}
