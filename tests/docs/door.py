"""Writes ``docs/door.md`` from the door's table: ``python -m tests.docs.door > docs/door.md``."""

from __future__ import annotations

from gate.access.door import AT_REST, PRECEDENCE, Bound, Claim, Row, row_for
from gate.access.modes import DoorMode

HEAD = """\
# Who has a say over the door

Made from the table in `gate/access/door.py`: `python -m tests.docs.door > docs/door.md`.

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
beside its record; an emergency waits for nothing.

An arrow is a claim that is made while the door stands in that mode, or the end of the claim that made it.

```mermaid
stateDiagram-v2
    [*] --> locked
"""


def document() -> str:
    """The whole file."""
    rows = "".join(_line(number, row) for number, row in enumerate((*PRECEDENCE, AT_REST), 1))
    return HEAD + rows + BETWEEN + "".join(f"    {edge}\n" for edge in edges()) + "```\n"


def _line(number: int, row: Row) -> str:
    name = row.claim.value if row.claim else "none"
    return f"| {number} | {name} | {row.mode} | {BOUNDS[row.bound]} | {row.made_by} | {row.ends_by} |\n"


def edges() -> list[str]:
    """What leads from one mode to another: each claim made in it, and the end of its own."""
    found: dict[tuple[DoorMode, DoorMode], list[str]] = {}
    for row in (*PRECEDENCE, AT_REST):
        held = frozenset({row.claim} if row.claim else ())
        for claim in Claim:
            after = row_for(held | {claim}).mode
            _add(found, row.mode, after, claim.value)
        if row.claim is not None:
            _add(found, row.mode, DoorMode.LOCKED, f"{row.claim.value} ends")
    return [f"{one} --> {other}: {', '.join(names)}" for (one, other), names in found.items()]


def _add(found: dict[tuple[DoorMode, DoorMode], list[str]], one: DoorMode, other: DoorMode, name: str) -> None:
    names = found.setdefault((one, other), []) if one is not other else []
    if name not in names:
        names.append(name)


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201  (the file goes to standard output)
