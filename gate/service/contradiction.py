"""Whether the centre's word shows that this journal is an older copy of one that has gone on elsewhere.

Rules: only what is impossible otherwise counts, since a new journal is begun for it: the centre has stored a record
that this card never sent, or another one than the card has under that number. Reads a record, and changes nothing.
"""

from __future__ import annotations

from gate.access.journal_events import Beginning
from gate.ports import Journal
from gate.wire import chain
from gate.wire.ack import Ack


def contradiction(ack: Ack, journal: Journal, sent_up_to: int) -> Beginning | None:
    """Why the journal cannot be continued; None when it can. Raises ``AdapterError`` of the journal.

    ``sent_up_to`` is the newest record that ever went out, in this run or before. A record that is gone from the card
    says nothing.
    """
    if ack.journal != journal.ulid:
        return None
    if ack.seq > sent_up_to:
        return Beginning.AHEAD
    records = journal.range(ack.seq, ack.seq, 1) if ack.head is not None else ()
    differs = any(chain.digest(record.body) != ack.head for record in records)
    return Beginning.DIFFERS if differs else None
