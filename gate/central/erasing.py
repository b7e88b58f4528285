"""What the centre forgets when its time is over, and when it is. Pure, with the protocol of the database that does it.

Of a record the content goes; its number, type, times and hashes stay, so that the chain can still be checked and the
same record cannot come in again. The two kinds of record that are about the chain itself name nobody and stay whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from gate.central.receipt import Erased
from gate.wire import chain_marks

STAY: Final = (chain_marks.HEAD, chain_marks.DROPPED)
"""Types of record that are kept whole."""
SETTLED: Final = timedelta(days=7)
"""A record that is old by its own time has been here this long before it goes: a gate's clock may have been wrong."""
LEAST: Final = timedelta(days=14)
"""No retention is shorter: gates keep the keys of this week and of the one before, and so may still tie pseudonyms."""

Sign = Callable[[Erased], bytes]


@dataclass(frozen=True, slots=True)
class Due:
    """What is old: what arrived before ``before``, and what was made before it and arrived before ``settled``."""

    before: datetime
    settled: datetime


def due(before: datetime, now: datetime) -> Due:
    """What has to go now of what is older than ``before``."""
    return Due(before, max(before, now - SETTLED))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an erasure came to. ``receipt`` is that of the last one where nothing was left to erase."""

    erased: bool
    receipt: bytes | None


class Eraser(Protocol):
    """The database's side of it."""

    def erase(self, what: Due, by: str, now: Callable[[], datetime], sign: Sign, *, rewrite: bool) -> Outcome:
        """Erase, in many short transactions, and keep the receipt; one that was interrupted goes on where it was.

        Raises ``StoreError``.
        """
