"""Makes ``docs/strike-lines.md``: ``python -m tests.docs.strike_lines > docs/strike-lines.md``.

What line and lock do in every situation follows from the wiring, from what the service and ``gate-secure-lines``
drive, and from what a kernel does with a line that nobody has.  ``test_strike_lines.py`` compares the file with this,
and walks every situation with the real parts.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from gate.access.strike_wiring import FailMode, LockState, StrikeWiring

FILE = Path(__file__).parents[2] / "docs" / "strike-lines.md"
WIRINGS = [StrikeWiring(fail, active_high) for fail in FailMode for active_high in (True, False)]


@enum.unique
class Was(enum.Enum):
    """What the core wants of the strike."""

    SECURED = "secured"
    RELEASED = "released for a visitor, or held by a mode"
    EMERGENCY = "free in an emergency"


@enum.unique
class End(enum.Enum):
    """How the service ends."""

    RUNS = "the service runs"
    STOPPED = "stopped in order, or by an exception"
    KILLED = "killed, then `gate-secure-lines`"
    KILLED_ALONE = "killed, without `gate-secure-lines`"


@enum.unique
class Freed(enum.Enum):
    """What the kernel does with a line that is given back."""

    KEEPS = "the kernel keeps the drive"
    PULLED_DOWN = "the line returns to a pull-down"
    PULLED_UP = "the line returns to a pull-up"


@dataclass(frozen=True, slots=True)
class Situation:
    """One row of the table."""

    end: End
    was: Was
    freed: Freed | None = None


def situations() -> Iterator[Situation]:
    """All rows but the unpowered one."""
    for was in Was:
        yield Situation(End.RUNS, was)
    for end, was, freed in product((End.STOPPED, End.KILLED, End.KILLED_ALONE), Was, Freed):
        if was is not Was.SECURED:
            yield Situation(end, was, freed)


def levels(wiring: StrikeWiring, situation: Situation) -> list[bool]:
    """The levels of the line from the running service on, in order, each another one than before."""
    story = [wiring.secured_level if situation.was is Was.SECURED else wiring.released_level]
    rest = wiring.released_level if situation.was is Was.EMERGENCY else wiring.secured_level
    if situation.end is End.STOPPED:
        story += [rest, *_given_back(situation.freed)]
    if situation.end in (End.KILLED, End.KILLED_ALONE):
        story += _given_back(situation.freed)
    if situation.end is End.KILLED:
        story += [rest, *_given_back(situation.freed)]
    return [level for n, level in enumerate(story) if n == 0 or level is not story[n - 1]]


def _given_back(freed: Freed | None) -> list[bool]:
    return [] if freed in (None, Freed.KEEPS) else [freed is Freed.PULLED_UP]


def wanted(situation: Situation) -> LockState:
    """What the lock should be."""
    free = situation.was is Was.EMERGENCY or (situation.was is Was.RELEASED and situation.end is End.RUNS)
    return LockState.RELEASED if free else LockState.SECURED


HEAD = """\
# The strike's line in every situation

Made by `python -m tests.docs.strike_lines`; do not edit it. A test compares this file with what the code says, and
walks every row but the unpowered one on a simulated chip, with the real adapter, a kill and the real
`gate-secure-lines`.

Each cell says the level of the line and what the lock then is. **Bold**: the lock is not what it should be. What a
real kernel does with a line that is given back is the table's assumption; `wiring.md` says how to confirm it.

What follows from it, while the service does not run:

- On a kernel that keeps the drive, the door is as it should be after every end, once `gate-secure-lines` has run.
- On one that returns the line to its pull, the resistor decides alone, whatever was driven before. A resistor to the
  relay's rest leaves a fail-secure strike secured, also in an emergency, and a fail-safe lock released, also after a
  plain restart. A resistor to the other level does the opposite, and acts against the lock's own kind.
- The next start ends either: it claims the line secured, or released where it finds an emergency in force. systemd
  starts the service one second after its end; if it cannot start, the line stays as in the table.
- So where the line returns to its pull, only a contact of the fire alarm in the lock's circuit keeps a fail-secure door
  free in an emergency. `wiring.md` asks for it in any case.
"""


def document() -> str:
    """The whole file."""
    head = ["", "", *(f"{one.fail}, active-{'high' if one.active_high else 'low'}" for one in WIRINGS)]
    rows = [["no power", "", *(str(one.unpowered) for one in WIRINGS)], *map(_row, situations())]
    lines = [HEAD, _line(["situation", "line given back", *head[2:]]), _line(["---"] * len(head)), *map(_line, rows)]
    return "\n".join(lines) + "\n"


def _row(situation: Situation) -> list[str]:
    name = f"{situation.end.value}: {situation.was.value}"
    return [name, situation.freed.value if situation.freed else "-", *(_cell(one, situation) for one in WIRINGS)]


def _cell(wiring: StrikeWiring, situation: Situation) -> str:
    level = levels(wiring, situation)[-1]
    lock = wiring.lock_at(level)
    word = str(lock) if lock is wanted(situation) else f"**{lock}**"
    return f"{'high' if level else 'low'}, {word}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201  (the file goes to standard output)
