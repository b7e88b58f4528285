"""The lamp and buzzer timeline: which lines are on at a moment, and when that next changes.

A temporary indication covers the permanent one until its time ends.  The officer's alarm lies over both, on the
officer's lamps alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gate.access.effects import Light
from gate.access.patterns import DARK, PATTERNS, Pattern, Sign
from gate.credential.model import Colour

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

    def counts(self, now_ns: int) -> bool:
        return self.until_ns is None or now_ns < self.until_ns


@dataclass(frozen=True, slots=True)
class Tower:
    """What is shown: the permanent indication, the hold over it, a temporary one over both, and the officer's alarm."""

    permanent: Indication
    hold: Indication | None = None
    temporary: Indication | None = None
    alarm: Indication | None = None
    patterns: Mapping[Sign, Pattern] = field(default_factory=lambda: PATTERNS)

    def showing(self, now_ns: int) -> Indication:
        """The indication that the visitor sees now; nothing covers that the door is free in an emergency."""
        if self.permanent.sign is Sign.LOCKED_OPEN:
            return self.permanent
        if self.temporary is not None and self.temporary.counts(now_ns):
            return self.temporary
        return self._uncovered(self.hold) if self.hold else self.permanent

    def _uncovered(self, hold: Indication) -> Indication:
        """The hold from the moment at which it could be seen and heard."""
        covered_ns = self.temporary.until_ns if self.temporary is not None else None
        return hold if covered_ns is None else replace(hold, since_ns=max(hold.since_ns, covered_ns))

    def light(self, now_ns: int) -> Light:
        """The lines on now, and the tone of the buzzer."""
        lit, tone_hz = DARK, 0
        for one in self._shown(now_ns):
            pattern, elapsed = self.patterns[one.sign], now_ns - one.since_ns
            buzzer = pattern.buzzer.step(elapsed)
            lit |= pattern.lamps.step(elapsed).lit | buzzer.lit
            tone_hz = tone_hz or buzzer.tone_hz
        return Light(lit, tone_hz)

    def next_change(self, now_ns: int) -> int | None:
        """When ``light`` may next change (monotonic ns)."""
        moments: list[int] = []
        for one in self._shown(now_ns):
            pattern, elapsed = self.patterns[one.sign], now_ns - one.since_ns
            changes = (track.next_change(elapsed) for track in (pattern.lamps, pattern.buzzer))
            moments += [one.since_ns + change for change in changes if change is not None]
            moments += [one.until_ns] if one.until_ns is not None else []
        return min(moments, default=None)

    def without(self, now_ns: int, *signs: Sign) -> Tower:
        """The same without a temporary indication of one of these signs, as if it had ended now."""
        over = self.temporary
        if over is None or over.sign not in signs or not over.counts(now_ns):
            return self
        return replace(self, temporary=replace(over, until_ns=now_ns))

    def _shown(self, now_ns: int) -> tuple[Indication, ...]:
        showing = self.showing(now_ns)
        return (showing,) if self.alarm is None else (showing, self.alarm)
