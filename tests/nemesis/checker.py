"""What has to be true after everything that the nemesis did: no event lost, none twice, all in order, chain whole.

Pure. Every committed record must have arrived exactly once after de-duplication. What arrived and is not committed must
not exist. A release of the strike without a committed record is counted, and must not be older than the core waits for
the record when the gate was killed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gate.wire import chain

MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Release:
    """The strike was released at ``from_ns`` (monotonic) in a run that was killed at ``killed_ns``, or was not."""

    from_ns: int
    killed_ns: int | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the checker counted; ``problems`` is empty when all is well."""

    committed: int
    arrived: int
    again: int
    """Arrivals of an event that was there already."""
    unrecorded: int
    """Releases whose record was lost with a kill."""
    problems: tuple[str, ...]


def check_feed(journal: str, committed: Sequence[bytes], arrived: Mapping[int, bytes]) -> tuple[str, ...]:
    """The journal's records in order, against what the centre stored by number, in the order of first arrival."""
    problems = []
    if not isinstance(chain.verify(journal, committed), chain.Intact):
        problems.append("the journal's chain is broken")
    numbered = dict(enumerate(committed, 1))
    if lost := numbered.keys() - arrived.keys():
        problems.append(f"{len(lost)} committed records did not arrive, the first is {min(lost)}")
    if invented := arrived.keys() - numbered.keys():
        problems.append(f"{len(invented)} events arrived that the journal does not have, the first is {min(invented)}")
    if changed := [seq for seq in numbered.keys() & arrived.keys() if numbered[seq] != arrived[seq]]:
        problems.append(f"{len(changed)} events arrived changed, the first is {min(changed)}")
    order = list(arrived)
    if late := [seq for before, seq in pairwise(order) if seq < before]:
        problems.append(f"{len(late)} events arrived after a later one, the first is {late[0]}")
    return tuple(problems)


def check_releases(
    releases: Sequence[Release], recorded_ns: Sequence[int], wait_ns: int
) -> tuple[int, tuple[str, ...]]:
    """How many releases have no record, and what is wrong with them.

    ``recorded_ns``: when the releases were decided that the journal holds, on the same clock.
    """
    unrecorded, problems = 0, []
    for release in releases:
        if any(abs(at_ns - release.from_ns) <= wait_ns for at_ns in recorded_ns):
            continue
        unrecorded += 1
        if release.killed_ns is None:
            problems.append(f"a release at {release.from_ns // MS} ms has no record, and nobody killed the gate")
        elif release.killed_ns - release.from_ns > wait_ns:
            age_ms = (release.killed_ns - release.from_ns) // MS
            problems.append(f"a release had no record {age_ms} ms after it, when the gate was killed")
    return unrecorded, tuple(problems)
