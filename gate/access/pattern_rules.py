"""What a table of patterns must keep: outcomes that can be told apart without colours, and lamps with one meaning.

Rules: people tell rhythms apart by their shape and by lengths that differ by half or more, never by where in its
round a lamp is; tones are not counted, since an active buzzer has only one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping

from gate.access.effects import Line
from gate.access.patterns import DARK, Pattern, Sign, Track

Lit = frozenset[Line]
Look = Callable[[Lit], object]
Beats = list[tuple[object, int]]
"""What is seen or heard, and for how many milliseconds; 0 is from then on."""

OUTCOMES = (
    Sign.GRANTED,
    Sign.HELD_YELLOW,
    Sign.HELD_RED,
    Sign.HELD_BLACK,
    Sign.HELD_UNREAD,
    Sign.QUEUED,
    Sign.TRY_AGAIN,
    Sign.SHOW_SECOND,
    Sign.DENIED,
    Sign.DRILL_RED,
    Sign.DRILL_BLACK,
)
"""What a visitor and the officer must never take for one another."""
ALARMS = (Sign.ALARM, Sign.ALARM_DRILL, Sign.ALARM_ESCALATED, Sign.ESCALATED_DRILL)
"""What lies over everything else that is shown."""
REAL = {Sign.ALARM_DRILL: Sign.ALARM, Sign.ESCALATED_DRILL: Sign.ALARM_ESCALATED}
"""The alarm of which a drill is one."""
TOWER = frozenset({Line.RED, Line.YELLOW, Line.GREEN})
OFFICERS = frozenset({Line.ATTENTION, Line.ALARM})


def clashes(patterns: Mapping[Sign, Pattern]) -> tuple[tuple[Sign, Sign], ...]:
    """The outcomes that could be taken for one another by somebody who sees no colours.

    What is left is how many lamps of the tower are lit, the officer's lamp unless an alarm lights it, their rhythm,
    and the buzzer's.
    """
    pairs = itertools.combinations(OUTCOMES, 2)
    return tuple((one, other) for one, other in pairs if _clash(patterns[one], patterns[other]))


def misuses(patterns: Mapping[Sign, Pattern]) -> Iterator[tuple[Sign, str]]:
    """The signs that do not keep to the lamps they are meant for, each with what is wrong."""
    for sign, pattern in patterns.items():
        yield from ((sign, told) for told in _misuse(sign, pattern))
    for drill, real in REAL.items():
        if alike(patterns[drill].lamps, patterns[real].lamps, every_place):
            yield drill, f"cannot be told from signals.{real}"


def alike(one: Track, other: Track, look: Look) -> bool:
    """Whether people would take one for the other."""
    first, second = _beats(one, look), _beats(other, look)
    turns = range(len(second)) if one.repeat and other.repeat else range(1)
    return any(_same(first, second[turn:] + second[:turn]) for turn in turns)


def every_place(lit: Lit) -> object:
    """Which lamps are lit; each has its place."""
    return lit


def without_colours(lit: Lit) -> object:
    """How many lamps of the tower are lit, and whether the officer's is."""
    return len(lit & TOWER), Line.ATTENTION in lit


def under_an_alarm(lit: Lit) -> object:
    """The same while an alarm lights the officer's lamp."""
    return len(lit & TOWER)


def sound(lit: Lit) -> object:
    """Whether the buzzer sounds."""
    return Line.BUZZER in lit


def _clash(one: Pattern, other: Pattern) -> bool:
    seen_alike = (alike(one.lamps, other.lamps, look) for look in (without_colours, under_an_alarm))
    return alike(one.buzzer, other.buzzer, sound) and any(seen_alike)


def _misuse(sign: Sign, pattern: Pattern) -> Iterator[str]:
    used = frozenset[Line]().union(*(step.lit for step in pattern.lamps.steps))
    if sign in ALARMS and not used <= OFFICERS:
        yield "lights a lamp of the tower, which is the visitor's"
    if sign in ALARMS and pattern.buzzer.steps:
        yield "sounds the buzzer, which is the visitor's"
    if sign not in {*ALARMS, Sign.SELF_TEST} and Line.ALARM in used:
        yield "lights the second alarm light, which is for alarms alone"
    if sign in {*ALARMS, *OUTCOMES} and not _goes_on(pattern.lamps):
        yield "goes dark while it is still so"


def _goes_on(track: Track) -> bool:
    if track.repeat:
        return any(step.lit for step in track.steps)
    return bool(track.steps) and track.steps[-1].ms == 0 and bool(track.steps[-1].lit)


def _same(one: Beats, other: Beats) -> bool:
    if [seen for seen, _ in one] != [seen for seen, _ in other]:
        return False
    lengths = zip((ms for _, ms in one), (ms for _, ms in other), strict=True)
    return all(a == b or 2 * max(a, b) < 3 * min(a, b) for a, b in lengths)


def _beats(track: Track, look: Look) -> Beats:
    """What is seen one after the other, each for as long as it does not change."""
    seen = [(look(step.lit), step.ms) for step in track.steps]
    if not track.repeat:
        endless = bool(seen) and seen[-1][1] == 0
        return _joined(seen if endless else [*seen, (look(DARK), 0)])
    return _one_round(_joined(seen))


def _joined(beats: Iterable[tuple[object, int]]) -> Beats:
    groups = itertools.groupby(beats, key=lambda beat: beat[0])
    return [(seen, _length([ms for _, ms in group])) for seen, group in groups]


def _length(parts: list[int]) -> int:
    return sum(parts) if parts[-1] else 0


def _one_round(beats: Beats) -> Beats:
    """A round in its shortest form; one that never changes is steady."""
    if len(beats) == 1:
        return [(beats[0][0], 0)]
    if beats[0][0] == beats[-1][0]:
        beats = [(beats[0][0], beats[0][1] + beats[-1][1]), *beats[1:-1]]
    shorter = (beats[:size] for size in range(1, len(beats)) if len(beats) % size == 0)
    return next((part for part in shorter if part * (len(beats) // len(part)) == beats), beats)
