"""The status lists in force: a snapshot with its changes over it, looked at where it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from gate.credential.deny_filters import Bytes
from gate.credential.revocation import StatusStamp
from gate.credential.statuslist import Delta, value_at


def _always_whole() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Changes:
    """What is known to have changed since a snapshot."""

    values: Mapping[int, int] = field(default_factory=dict)
    complete: bool = True
    """False when a number is missing, or stands for two changes: the rest is then unknown."""
    upto: int = 0
    """The highest number."""


def changes_of(deltas: Iterable[Delta], known_of: int = 0, later: Iterable[Delta] = ()) -> Changes:
    """The changes together, in the order of their numbers, whatever the order in which they came.

    ``known_of`` is how many there are at least: one that was here and is gone is missed too. ``later`` are changes to
    newer issues that are not here yet: what they set is newer than anything else that is known of it.
    """
    ordered = sorted(deltas, key=lambda delta: (delta.seq, delta.covers))
    values: dict[int, int] = {}
    for delta in ordered:
        values.update(delta.values)
    upto = max((delta.seq for delta in ordered), default=0)
    complete = _reach(ordered) >= max(known_of, upto) and not _clash(ordered)
    for delta in sorted(later, key=lambda delta: (delta.base, delta.seq, delta.covers)):
        values.update(delta.values)
    return Changes(values, complete, upto)


def _reach(deltas: Iterable[Delta]) -> int:
    """Up to which number all changes are here."""
    reach = 0
    for delta in sorted(deltas, key=lambda delta: delta.first):
        if delta.first > reach + 1:
            break
        reach = max(reach, delta.seq)
    return reach


def _clash(ordered: Sequence[Delta]) -> bool:
    """Whether two that end with one number say different things of an entry, or are one change with two contents."""
    return any(
        one.seq == other.seq
        and (
            any(other.values.get(index, value) != value for index, value in one.values.items())
            or (one.covers == other.covers and one.values != other.values)
        )
        for one, other in pairwise(ordered)
    )


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

    @property
    def stamps(self) -> Sequence[StatusStamp]:
        """What there is, by name."""
        return [
            StatusStamp(*name, one.issued, one.expires, one.changes.upto, one.changes.complete)
            for name, one in sorted(self.lists.items())
        ]

    def value(self, issuer: str, uri: str, index: int, utc: datetime) -> int | None:
        """The value of the entry; None where the list is missing, too old or shorter."""
        found = self.lists.get((issuer, uri))
        return None if found is None else found.value(index, utc)
