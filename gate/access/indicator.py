"""The lamp and buzzer timeline: which lines are on at a moment, and when that next changes.

A temporary indication covers the permanent one until its time ends.  Patterns differ by place, rhythm and tone, never
by colour alone.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from itertools import accumulate, pairwise

from gate.access.effects import Line
from gate.credential.model import Colour

NS_PER_MS = 1_000_000
DARK: frozenset[Line] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """These lines for so long; 0 ms means from then on."""

    lit: frozenset[Line]
    ms: int = 0


@dataclass(frozen=True, slots=True)
class Track:
    """Steps played once, or over and over; dark after the last one unless that has no end."""

    steps: tuple[Step, ...] = ()
    repeat: bool = False

    def lit(self, elapsed_ns: int) -> frozenset[Line]:
        """The lines on after this time."""
        at = self._phase(elapsed_ns)
        for step, (start, end) in zip(self.steps, self._spans(), strict=True):
            if start <= at < end or (step.ms == 0 and at >= start):
                return step.lit
        return DARK

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
    GRANTED = "granted"
    HELD_YELLOW = "held_yellow"
    HELD_RED = "held_red"
    HELD_BLACK = "held_black"
    HELD_UNREAD = "held_unread"
    TRY_AGAIN = "try_again"
    DENIED = "denied"


def _steady(*lines: Line) -> Track:
    return Track((Step(frozenset(lines)),))


def _flash(on_ms: int, off_ms: int, *lines: Line, always: frozenset[Line] = DARK) -> Track:
    return Track((Step(frozenset(lines) | always, on_ms), Step(always, off_ms)), repeat=True)


def _beeps(count: int, on_ms: int, off_ms: int = 150) -> Track:
    return Track((Step(frozenset({Line.BUZZER}), on_ms), Step(DARK, off_ms)) * count)


SHORT_MS, LOW_MS, LONG_MS = 100, 300, 600

PATTERNS: dict[Sign, Pattern] = {
    Sign.IDLE: Pattern(),
    Sign.UNLOCKED: Pattern(_steady(Line.GREEN)),
    Sign.LOCKED_DOWN: Pattern(_flash(100, 1900, Line.RED)),
    Sign.GRANTED: Pattern(_steady(Line.GREEN), _beeps(1, SHORT_MS)),
    Sign.HELD_YELLOW: Pattern(_flash(500, 500, Line.YELLOW), _beeps(2, SHORT_MS)),
    Sign.HELD_RED: Pattern(_steady(Line.RED), _beeps(1, LONG_MS)),
    Sign.HELD_BLACK: Pattern(_flash(125, 125, Line.RED, always=frozenset({Line.ATTENTION})), _beeps(3, LONG_MS)),
    Sign.HELD_UNREAD: Pattern(_flash(250, 750, Line.ATTENTION), _beeps(2, LOW_MS)),
    Sign.TRY_AGAIN: Pattern(_flash(250, 250, Line.ATTENTION), _beeps(1, LOW_MS)),
    Sign.DENIED: Pattern(_steady(Line.ATTENTION), _beeps(1, LOW_MS)),
}

SIGN_FOR_HOLD: dict[Colour | None, Sign] = {
    Colour.GREEN: Sign.HELD_YELLOW,
    Colour.YELLOW: Sign.HELD_YELLOW,
    Colour.RED: Sign.HELD_RED,
    Colour.BLACK: Sign.HELD_BLACK,
    None: Sign.HELD_UNREAD,
}


@dataclass(frozen=True, slots=True)
class Indication:
    """A sign since a moment, and until one when it is temporary (monotonic ns)."""

    sign: Sign
    since_ns: int
    until_ns: int | None = None

    def lit(self, now_ns: int) -> frozenset[Line]:
        """The lines on now."""
        pattern, elapsed = PATTERNS[self.sign], now_ns - self.since_ns
        return pattern.lamps.lit(elapsed) | pattern.buzzer.lit(elapsed)

    def next_change(self, now_ns: int) -> int | None:
        """When the lines next change, or the indication ends."""
        pattern, elapsed = PATTERNS[self.sign], now_ns - self.since_ns
        changes = [track.next_change(elapsed) for track in (pattern.lamps, pattern.buzzer)]
        moments = [self.since_ns + change for change in changes if change is not None]
        if self.until_ns is not None:
            moments.append(self.until_ns)
        return min(moments, default=None)


@dataclass(frozen=True, slots=True)
class Tower:
    """The permanent indication and the temporary one over it."""

    permanent: Indication
    temporary: Indication | None = None

    def showing(self, now_ns: int) -> Indication:
        """The indication that counts now."""
        over = self.temporary
        if over is not None and (over.until_ns is None or now_ns < over.until_ns):
            return over
        return self.permanent

    def lit(self, now_ns: int) -> frozenset[Line]:
        """The lines on now."""
        return self.showing(now_ns).lit(now_ns)

    def next_change(self, now_ns: int) -> int | None:
        """When ``lit`` may next change (monotonic ns)."""
        return self.showing(now_ns).next_change(now_ns)
