"""The table of patterns: what lamps and buzzer do for each sign.

They differ by place, rhythm and tone, never by colour alone.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from itertools import accumulate, pairwise

from gate.access.effects import Line

NS_PER_MS = 1_000_000
DARK: frozenset[Line] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """These lines for so long; 0 ms means from then on. ``tone_hz`` is what the buzzer sounds, 0 without it."""

    lit: frozenset[Line]
    ms: int = 0
    tone_hz: int = 0


@dataclass(frozen=True, slots=True)
class Track:
    """Steps played once, or over and over; dark after the last one unless that has no end."""

    steps: tuple[Step, ...] = ()
    repeat: bool = False

    def step(self, elapsed_ns: int) -> Step:
        """The step that is played after this time."""
        at = self._phase(elapsed_ns)
        for step, (start, end) in zip(self.steps, self._spans(), strict=True):
            if start <= at < end or (step.ms == 0 and at >= start):
                return step
        return Step(DARK)

    def next_change(self, elapsed_ns: int) -> int | None:
        """When, counted like ``elapsed_ns``, another step begins or the last one ends."""
        at = self._phase(elapsed_ns)
        ends = [end for (_, end), step in zip(self._spans(), self.steps, strict=True) if step.ms and end > at]
        return elapsed_ns - at + ends[0] if ends else None

    def _phase(self, elapsed_ns: int) -> int:
        total = sum(step.ms for step in self.steps) * NS_PER_MS
        return elapsed_ns % total if self.repeat and total else elapsed_ns

    def _spans(self) -> list[tuple[int, int]]:
        marks = accumulate((step.ms * NS_PER_MS for step in self.steps), initial=0)
        return list(pairwise(marks))


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the lamps and the buzzer do together."""

    lamps: Track = Track()
    buzzer: Track = Track()


@enum.unique
class Sign(enum.StrEnum):
    """What is being told to the visitor and the officer."""

    IDLE = "idle"
    UNLOCKED = "unlocked"
    LOCKED_DOWN = "locked_down"
    LOCKED_OPEN = "locked_open"
    GRANTED = "granted"
    HELD_YELLOW = "held_yellow"
    HELD_RED = "held_red"
    HELD_BLACK = "held_black"
    HELD_UNREAD = "held_unread"
    QUEUED = "queued"
    """Seen, while another visitor is served: wait."""
    TRY_AGAIN = "try_again"
    SHOW_SECOND = "show_second"
    """One code was good, and the rules ask for another one."""
    DENIED = "denied"
    DOOR_PRE_ALARM = "door_pre_alarm"
    """Close the door, or there will be an alarm."""
    DRILL_RED = "drill_red"
    DRILL_BLACK = "drill_black"
    SELF_TEST = "self_test"
    ALARM = "alarm"
    """The officer is called: on the officer's lamp alone, over whatever else is shown."""
    ALARM_DRILL = "alarm_drill"
    ALARM_ESCALATED = "alarm_escalated"
    """The officer has not come: on the second alarm light as well."""
    ESCALATED_DRILL = "escalated_drill"


def _steady(*lines: Line) -> Track:
    return Track((Step(frozenset(lines)),))


def _flash(on_ms: int, off_ms: int, *lines: Line, always: frozenset[Line] = DARK) -> Track:
    return Track((Step(frozenset(lines) | always, on_ms), Step(always, off_ms)), repeat=True)


def _beeps(count: int, on_ms: int, tone_hz: int, off_ms: int = 150) -> Track:
    return Track((Step(frozenset({Line.BUZZER}), on_ms, tone_hz), Step(DARK, off_ms)) * count)


def _double(*lines: Line) -> Track:
    lit = frozenset(lines)
    return Track((Step(lit, 100), Step(DARK, 150), Step(lit, 100), Step(DARK, 1150)), repeat=True)


SHORT_MS, LOW_MS, LONG_MS, VERY_LONG_MS = 100, 300, 600, 1000
HIGH_HZ, MIDDLE_HZ, LOW_HZ = 2700, 1800, 900
_ATTENTION = frozenset({Line.ATTENTION})
_YELLOW = frozenset({Line.YELLOW})
_EVERY_LAMP = tuple(Step(frozenset({line}), 400) for line in Line if line is not Line.BUZZER)

PATTERNS: dict[Sign, Pattern] = {
    Sign.IDLE: Pattern(),
    Sign.UNLOCKED: Pattern(_steady(Line.GREEN)),
    Sign.LOCKED_DOWN: Pattern(_flash(100, 1900, Line.RED)),
    Sign.LOCKED_OPEN: Pattern(_flash(250, 250, Line.GREEN), _beeps(5, SHORT_MS, HIGH_HZ)),
    Sign.GRANTED: Pattern(_steady(Line.GREEN), _beeps(1, SHORT_MS, HIGH_HZ)),
    Sign.HELD_YELLOW: Pattern(_flash(500, 500, Line.YELLOW), _beeps(2, SHORT_MS, MIDDLE_HZ)),
    Sign.HELD_RED: Pattern(_steady(Line.RED), _beeps(1, LONG_MS, MIDDLE_HZ)),
    Sign.HELD_BLACK: Pattern(_flash(125, 125, Line.RED, always=_ATTENTION), _beeps(3, LONG_MS, LOW_HZ)),
    Sign.HELD_UNREAD: Pattern(_flash(250, 750, Line.ATTENTION), _beeps(2, LOW_MS, LOW_HZ)),
    Sign.QUEUED: Pattern(_flash(250, 250, Line.YELLOW), _beeps(1, SHORT_MS, LOW_HZ)),
    Sign.TRY_AGAIN: Pattern(_flash(250, 250, Line.ATTENTION), _beeps(1, LOW_MS, LOW_HZ)),
    Sign.SHOW_SECOND: Pattern(_flash(1000, 1000, Line.YELLOW), _beeps(3, SHORT_MS, MIDDLE_HZ)),
    Sign.DENIED: Pattern(_flash(1000, 250, Line.ATTENTION), _beeps(1, VERY_LONG_MS, LOW_HZ)),
    Sign.DOOR_PRE_ALARM: Pattern(_flash(125, 375, Line.YELLOW), _beeps(4, SHORT_MS, HIGH_HZ, 400)),
    Sign.DRILL_RED: Pattern(_double(Line.RED, Line.YELLOW), _beeps(1, LONG_MS, MIDDLE_HZ)),
    Sign.DRILL_BLACK: Pattern(_flash(125, 125, Line.RED, always=_ATTENTION | _YELLOW), _beeps(3, LONG_MS, LOW_HZ)),
    Sign.SELF_TEST: Pattern(Track(_EVERY_LAMP), _beeps(1, SHORT_MS, MIDDLE_HZ)),
    Sign.ALARM: Pattern(_steady(Line.ATTENTION)),
    Sign.ALARM_DRILL: Pattern(_double(Line.ATTENTION)),
    Sign.ALARM_ESCALATED: Pattern(_steady(Line.ATTENTION, Line.ALARM)),
    Sign.ESCALATED_DRILL: Pattern(_double(Line.ATTENTION, Line.ALARM)),
}
