"""What the buttons mean: a press, two pressed together for duress, or one that is stuck.

Rules: a physical press means one thing at most; Admit and Refuse wait a moment for one another, and together mean
neither; what is found pressed at the start was not pressed now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gate.access.inputs import BUTTONS, InputLine
from gate.access.signals import InputChanged

CHORD = frozenset({InputLine.ADMIT, InputLine.REFUSE})


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed, and means it."""

    line: InputLine
    at_ns: int


@dataclass(frozen=True, slots=True)
class Duress:
    """Admit and Refuse were held together."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """A button stays pressed for longer than anybody presses it."""

    line: InputLine


@dataclass(frozen=True, slots=True)
class Unstuck:
    """It was let go after all."""

    line: InputLine


ButtonFact = Press | Duress | Stuck | Unstuck


@dataclass(frozen=True, slots=True)
class Down:
    """A button that is pressed. Times are monotonic ns."""

    line: InputLine
    since_ns: int
    can_chord: bool
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class Buttons:
    """All buttons of the door. Durations and times are nanoseconds."""

    chord_ns: int
    duress_ns: int
    stuck_ns: int
    down: tuple[Down, ...] = ()
    waiting: tuple[Press, ...] = ()
    """An Admit or Refuse that waits for the other one."""
    both_since_ns: int | None = None
    """Since when both are down, until duress was told."""

    def changed(self, change: InputChanged, now_ns: int) -> tuple[Buttons, tuple[ButtonFact, ...]]:
        """A button was pressed or let go; what that means. The time of the edge decides, however late it is told."""
        due, facts = self.due(min(change.at_ns, now_ns))
        if change.line not in BUTTONS or change.active is due.is_down(change.line):
            return due, facts
        after, more = _pressed(due, change) if change.active else _let_go(due, change.line)
        after, late = after.due(now_ns)
        return after, facts + more + late

    def due(self, now_ns: int) -> tuple[Buttons, tuple[ButtonFact, ...]]:
        """What time alone has made clear."""
        facts: list[ButtonFact] = [one for one in self.waiting if now_ns >= one.at_ns + self.chord_ns]
        after = replace(self, waiting=tuple(one for one in self.waiting if one not in facts))
        if after.both_since_ns is not None and now_ns >= after.both_since_ns + self.duress_ns:
            facts.append(Duress(after.both_since_ns + self.duress_ns))
            after = replace(after, both_since_ns=None)
        stuck = [one for one in after.down if not one.stuck and now_ns >= one.since_ns + self.stuck_ns]
        facts += [Stuck(one.line) for one in stuck]
        down = tuple(replace(one, stuck=one.stuck or one in stuck) for one in after.down)
        return replace(after, down=down), tuple(facts)

    @property
    def deadline_ns(self) -> int | None:
        """When ``due`` has something to say."""
        moments = [one.at_ns + self.chord_ns for one in self.waiting]
        moments += [one.since_ns + self.stuck_ns for one in self.down if not one.stuck]
        if self.both_since_ns is not None:
            moments.append(self.both_since_ns + self.duress_ns)
        return min(moments, default=None)

    def is_down(self, line: InputLine) -> bool:
        return any(one.line is line for one in self.down)


def _pressed(buttons: Buttons, change: InputChanged) -> tuple[Buttons, tuple[ButtonFact, ...]]:
    press = Press(change.line, change.at_ns)
    in_chord = change.line in CHORD and not change.initial
    after = replace(buttons, down=(*buttons.down, Down(change.line, change.at_ns, in_chord)))
    if change.initial:
        return after, ()
    if not in_chord:
        return after, (press,)
    if any(one.can_chord and not one.stuck for one in buttons.down):
        return replace(after, waiting=(), both_since_ns=change.at_ns), ()
    return replace(after, waiting=(*buttons.waiting, press)), ()


def _let_go(buttons: Buttons, line: InputLine) -> tuple[Buttons, tuple[ButtonFact, ...]]:
    unstuck = any(one.line is line and one.stuck for one in buttons.down)
    down = tuple(one for one in buttons.down if one.line is not line)
    both_since_ns = None if line in CHORD else buttons.both_since_ns
    return replace(buttons, down=down, both_since_ns=both_since_ns), (Unstuck(line),) if unstuck else ()
