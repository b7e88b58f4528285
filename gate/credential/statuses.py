"""The status lists in force: a snapshot with its changes over it, looked at where it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gate.credential.denylist import Bytes
from gate.credential.statuslist import Delta, value_at


def _always_whole() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Changes:
    """What is known to have changed since a snapshot."""

    values: Mapping[int, int] = field(default_factory=dict)
    complete: bool = True
    """False when a number is missing, or stands for two changes: the rest is then unknown."""


def changes_of(deltas: Iterable[Delta], known_of: int = 0) -> Changes:
    """The changes together, in the order of their numbers, whatever the order in which they came.

    ``known_of`` is how many there are at least: one that was here and is gone is missed too.
    """
    ordered: list[Delta] = []
    values: dict[int, int] = {}
    for delta in sorted(deltas, key=lambda delta: delta.seq):
        if delta not in ordered[-1:]:
            ordered.append(delta)
            values.update(delta.values)
    contiguous = [delta.seq for delta in ordered] == list(range(1, len(ordered) + 1))
    return Changes(values, contiguous and len(ordered) >= known_of)


@dataclass(frozen=True, slots=True)
class StatusList:
    """One list in force. ``whole`` tells whether what it lies in is still all there."""

    array: Bytes
    bits: int
    issued: datetime
    expires: datetime
    changes: Changes = field(default_factory=Changes)
    whole: Callable[[], bool] = _always_whole

    def value(self, index: int, utc: datetime) -> int | None:
        """The newest value known of an entry; None where there is none that counts."""
        if utc >= self.expires or not self.whole():
            return None
        known = self.changes.values.get(index)
        if known is not None or not self.changes.complete:
            return known
        return value_at(self.array, self.bits, index)


@dataclass(frozen=True, slots=True)
class StatusLists:
    """``Statuses`` by issuer and address."""

    lists: Mapping[tuple[str, str], StatusList]

    def value(self, issuer: str, uri: str, index: int, utc: datetime) -> int | None:
        """The value of the entry; None where the list is missing, too old or shorter."""
        found = self.lists.get((issuer, uri))
        return None if found is None else found.value(index, utc)
