"""Writes ``docs/door.md`` from the door's tables: ``python -m tests.docs.door > docs/door.md``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TypeVar

from gate.access.door import AT_REST, ENDED_BY_LOCKDOWN, LASTING, PRECEDENCE, Bound, Claim, Row, row_for
from gate.access.doorway import CLAIM_FOR_MODE
from gate.access.modes import DoorMode

Claims = frozenset[Claim]
T = TypeVar("T")

HEAD = """\
# Who has a say over the door

Made from the tables in `gate/access/door.py` and `doorway.py`: `python -m tests.docs.door > docs/door.md`.

Several things may be claimed of a door at once. The first claim in this table that is made decides, and nothing else
does.

| | claim | door mode | strike | made by | ends by |
|---|---|---|---|---|---|
"""
BOUNDS = {
    Bound.NEVER_RELEASED: "secured",
    Bound.MOMENTARY: "released until a deadline",
    Bound.HELD: "released, and renewed for as long as the core lives",
    Bound.STANDING: "released, whatever dies",
}
BETWEEN = """
A lockdown ends a visitor's grant and a relay test for good: when it ends itself, nothing is released. A request to exit
is above it, because nobody is locked in. A mode that frees somebody waits until it is recorded; one that secures acts
beside its record; an emergency waits for nothing. An order takes the place of the one before; the schedule stays
beneath.

Every way from one mode to another, with what leads there:

```mermaid
stateDiagram-v2
    [*] --> locked
"""
ORDERS = {DoorMode.LOCKED: "normal", DoorMode.UNLOCKED: "unlock", DoorMode.LOCKED_DOWN: "lockdown"}


def document() -> str:
    """The whole file."""
    rows = "".join(_line(number, row) for number, row in enumerate((*PRECEDENCE, AT_REST), 1))
    return HEAD + rows + BETWEEN + "".join(f"    {edge}\n" for edge in edges()) + "```\n"


def _line(number: int, row: Row) -> str:
    name = row.claim.value if row.claim else "none"
    return f"| {number} | {name} | {row.mode} | {BOUNDS[row.bound]} | {row.made_by} | {row.ends_by} |\n"


def edges() -> list[str]:
    """What leads from one mode to another, in any combination of claims that can be."""
    found: dict[tuple[DoorMode, DoorMode], list[str]] = {}
    for claims in _combinations():
        for what, after in _changes(claims):
            modes = (row_for(claims).mode, row_for(after).mode)
            names = found.setdefault(modes, []) if modes[0] is not modes[1] else [what]
            if what not in names:
                names.append(what)
    order = list(DoorMode)
    return [
        f"{one} --> {other}: {', '.join(sorted(names))}"
        for (one, other), names in sorted(found.items(), key=lambda edge: [order.index(mode) for mode in edge[0]])
    ]


def _combinations() -> Iterator[Claims]:
    """What may be claimed at once: one order at most, and nothing that a lockdown has ended."""
    for ordered in CLAIM_FOR_MODE.values():
        for others in _subsets(sorted(set(Claim) - {Claim.UNLOCK, Claim.LOCKDOWN})):
            claims = ordered | frozenset(others)
            if Claim.LOCKDOWN not in claims or not claims & ENDED_BY_LOCKDOWN:
                yield claims


def _subsets(items: list[T]) -> Iterator[tuple[T, ...]]:
    return (some for count in range(len(items) + 1) for some in combinations(items, count))


def _changes(claims: Claims) -> Iterator[tuple[str, Claims]]:
    """What may happen, and what is claimed then."""
    for mode, ordered in CLAIM_FOR_MODE.items():
        if mode is DoorMode.LOCKED or Claim.EMERGENCY not in claims:
            after = ordered | (claims - {Claim.UNLOCK, Claim.LOCKDOWN, Claim.EMERGENCY})
            yield ORDERS[mode], after - (ENDED_BY_LOCKDOWN if mode is DoorMode.LOCKED_DOWN else frozenset())
    yield "emergency", claims | {Claim.EMERGENCY}
    yield ("schedule ends" if Claim.SCHEDULE in claims else "schedule"), claims ^ {Claim.SCHEDULE}
    for passing in set(Claim) - LASTING:
        if passing in claims:
            yield f"{passing.value} ends", claims - {passing}
        elif _may_be_made(passing, claims):
            yield passing.value, claims | {passing}


def _may_be_made(passing: Claim, claims: Claims) -> bool:
    if passing is Claim.RELAY_TEST:
        return not claims
    return passing is Claim.EXIT or Claim.LOCKDOWN not in claims


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201  (the file goes to standard output)
