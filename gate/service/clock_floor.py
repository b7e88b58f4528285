"""What has passed for certain when the service starts: no clock that is right shows a time before it.

The clock knows the version's own date. Here the newest time that the journal kept and the newest signed one are added.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from gate.credential.instant import ClockTrust
from gate.ports import Journal
from gate.wire import envelope
from gate.wire.envelope import Received

log = logging.getLogger(__name__)

LOOKED_BACK = 1000
"""Records; bounds the start of a gate whose clock has never been synced."""


def newest_synced(journal: Journal) -> datetime | None:
    """When the newest record was made whose clock was synced; any other clock may have been ahead of the time."""
    for record in journal.newest(LOOKED_BACK):
        found = envelope.decode(record.body)
        if isinstance(found, Received) and found.data.get("clock") == ClockTrust.SYNCED:
            return found.time
    return None


def raise_to(moment: datetime | None, source: str, raise_floor: Callable[[datetime], bool]) -> None:
    """Raise the floor of the clock to what ``source`` says has passed."""
    if moment is not None and not raise_floor(moment):
        log.warning("%s is of %s, too far ahead to be true; look at the clock of who made it", source, moment.date())
