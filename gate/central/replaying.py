"""Which missing records to ask a gate for, when, and when to tell people that they stay away. Pure.

Not at once: workers overtake each other, and what one has not kept yet is no gap. Then ever more seldom, a few at a
time, and only a gate that is there and still has that journal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from gate.central.arrivals import Journal
from gate.central.findings import Finding, FindingKind

STANDS = timedelta(seconds=5)
"""How long a gap has to be there before it is asked for."""
BACK_OFF = tuple(timedelta(seconds=s) for s in (15, 60, 300, 1800, 7200))
"""How long to wait after each request; the last one from then on."""
TOLD_AFTER = timedelta(minutes=10)
"""A gap that is open for so long is a finding."""
NEAR = 50
"""Gaps with at most so many records between them are asked for as one: every command leaves two records at the gate."""
MOST_OF_ONE = 10_000
"""What a gate sends again for one command (docs/commands.md)."""
MOST_OF_JOURNAL = 50
"""Requests for one journal that are remembered; what is behind them comes after them. A gate may claim any number."""
MOST_REQUESTS = 20
MOST_RECORDS = 50_000
"""What is asked for at once, of all gates together."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Records of a journal that are missing, both ends included, and what was done about them."""

    journal: Journal
    first: int
    last: int
    seen: datetime
    due: datetime
    asked: int = 0
    told: bool = False


def joined(gaps: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Gaps in order, near ones as one, none longer than a gate sends again at once."""
    first = last = 0
    for begin, end in gaps:
        if not first:
            first, last = begin, end
        elif begin - last - 1 <= NEAR:
            last = end
        else:
            yield from _cut(first, last)
            first, last = begin, end
    if first:
        yield from _cut(first, last)


def current(journal: Journal, there: Iterable[tuple[int, int]], known: Sequence[Gap], now: datetime) -> list[Gap]:
    """The first gaps of a journal that are there now; what is known of one that begins at the same record is kept."""
    by_first = {one.first: one for one in known}
    new = Gap(journal, 0, 0, now, now + STANDS)
    first_ones = islice(joined(there), MOST_OF_JOURNAL)
    return [replace(by_first.get(first, new), first=first, last=last) for first, last in first_ones]


def choose(gaps: Iterable[Gap], now: datetime) -> list[Gap]:
    """Those to ask for now, which have waited longest."""
    chosen: list[Gap] = []
    records = 0
    for gap in sorted((one for one in gaps if one.due <= now), key=lambda one: (one.due, one.first)):
        records += gap.last - gap.first + 1
        if len(chosen) >= MOST_REQUESTS or (chosen and records > MOST_RECORDS):
            break
        chosen.append(gap)
    return chosen


def asked(gap: Gap, now: datetime) -> Gap:
    """The gap after a request."""
    return replace(gap, asked=gap.asked + 1, due=now + BACK_OFF[min(gap.asked, len(BACK_OFF) - 1)])


def overdue(gaps: Iterable[Gap], over: Collection[Journal], now: datetime) -> list[tuple[Gap, Finding]]:
    """What people have to be told. ``over``: journals that their gates do not have any more."""
    found = []
    for gap in gaps:
        gone = gap.journal in over
        if not gap.told and now - gap.seen >= (STANDS if gone else TOLD_AFTER):
            what = "the gate has another journal now" if gone else f"asked for {gap.asked} times"
            found.append((gap, open_gap(gap, f"{what}: compare its own, gate journal stats")))
    return found


def open_gap(gap: Gap, why: str) -> Finding:
    """The finding about a gap."""
    detail = f"records {gap.first} to {gap.last} are missing, {why}"
    return Finding(FindingKind.GAP_OPEN, gap.journal.source, gap.journal.ulid, detail)


def _cut(first: int, last: int) -> Iterator[tuple[int, int]]:
    for begin in range(first, last + 1, MOST_OF_ONE):
        yield begin, min(begin + MOST_OF_ONE - 1, last)
