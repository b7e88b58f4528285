"""What staff leave in the centre's database, as a protocol. Each call is one transaction, on the disk on return."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

from gate.central.audit import Act, Entry
from gate.central.tracing import Contact, Crossing, Pseudonym, Span, contacts


class Office(Protocol):
    """Every method raises ``StoreError``."""

    def note(self, act: Act) -> Entry:
        """Write down what somebody is going to do."""

    def audit(self) -> Iterator[tuple[Entry, str]]:
        """All entries, the oldest first, each with the digest that was kept beside it."""

    def follow_up(self, source: str, journal: str, visit: int, outcome: str, act: Act) -> None:
        """Keep what became of a visitor, and who said so."""


class Crossings(Protocol):
    """Where crossings come from. Raises ``StoreError``."""

    def crossings(self, site: str, since: datetime, until: datetime) -> Iterable[Crossing]:
        """Everybody who was let in or out at this office, both moments included, in order; no drills."""


def trace(  # noqa: PLR0913  (what is asked, of whom)
    office: Office, crossings: Crossings, site: str, who: Pseudonym, window: Span, *, longest: timedelta, act: Act
) -> tuple[Contact, ...]:
    """Who was at the office together with ``who``. That it is asked is on the disk before anything is looked at."""
    office.note(act)
    found = crossings.crossings(site, window.begin - longest, window.end + longest)
    return contacts(found, who, window, longest)
