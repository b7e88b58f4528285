"""Patterns as text, such as ``red+attention 125, attention 125, repeat | 3 x beep 600 at 900 pause 150``.

Before the bar the lamps: steps of lines and milliseconds, played once or over and over; a step without a time stays.
After it the buzzer: a number of beeps of so many milliseconds, at so many hertz, with a pause after each.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

from gate.access.effects import Line
from gate.access.patterns import DARK, NS_PER_MS, Pattern, Sign, Step, Track

NOTHING = "dark"
MOST_STEPS, MOST_MS, MOST_BEEPS = 16, 10_000, 10
LOWEST_HZ, HIGHEST_HZ = 100, 10_000
LAMPS = [line for line in Line if line is not Line.BUZZER]

_STEP = re.compile(r"(?P<lines>[a-z+]+)(?: (?P<ms>\d{1,6}))?")
_BEEPS = re.compile(r"(?P<count>\d{1,3}) x beep (?P<on>\d{1,6})(?: at (?P<hz>\d{1,6}))?(?: pause (?P<off>\d{1,6}))?")

OUTCOMES = (
    Sign.GRANTED,
    Sign.HELD_YELLOW,
    Sign.HELD_RED,
    Sign.HELD_BLACK,
    Sign.HELD_UNREAD,
    Sign.QUEUED,
    Sign.TRY_AGAIN,
    Sign.DENIED,
    Sign.DRILL_RED,
    Sign.DRILL_BLACK,
)
"""What a visitor and the officer must never take for one another."""
LOOK_MS = 4_000


def parse(text: str) -> Pattern:
    """The pattern; ``ValueError`` says what is wrong with the text."""
    lamps, bar, buzzer = (part.strip() for part in " ".join(text.split()).partition("|"))
    return Pattern(_lamps(lamps), _buzzer(buzzer) if bar else Track())


def write(pattern: Pattern) -> str:
    """The text of a pattern that ``parse`` could have made."""
    lamps = ", ".join([_step_text(step) for step in pattern.lamps.steps] or [NOTHING])
    lamps += ", repeat" if pattern.lamps.repeat else ""
    return f"{lamps} | {_beeps_text(pattern.buzzer)}" if pattern.buzzer.steps else lamps


def clashes(patterns: Mapping[Sign, Pattern]) -> list[tuple[Sign, Sign]]:
    """The outcomes that could be taken for one another once lamps have no colour.

    What is left is on which side a lamp is, how many of the tower are lit, their rhythm, and the buzzer's; tones are
    not counted, since an active buzzer has only one.
    """
    seen = {sign: colourless(patterns[sign]) for sign in OUTCOMES}
    return [(one, other) for one, other in itertools.combinations(OUTCOMES, 2) if seen[one] == seen[other]]


def colourless(pattern: Pattern) -> tuple[tuple[int, bool, bool], ...]:
    """How many lamps of the tower, whether the officer's, and whether the buzzer, every 25 ms."""
    looks = range(0, LOOK_MS, 25)
    return tuple(_colourless(pattern, ms * NS_PER_MS) for ms in looks)


def _colourless(pattern: Pattern, elapsed_ns: int) -> tuple[int, bool, bool]:
    lit = pattern.lamps.step(elapsed_ns).lit
    tower = len(lit & {Line.RED, Line.YELLOW, Line.GREEN})
    return tower, Line.ATTENTION in lit, Line.BUZZER in pattern.buzzer.step(elapsed_ns).lit


def _lamps(text: str) -> Track:
    steps = [part.strip() for part in text.split(",")]
    repeat = steps[-1] == "repeat"
    steps = steps[:-1] if repeat else steps
    if steps == [NOTHING]:
        return Track()
    if not 1 <= len(steps) <= MOST_STEPS:
        raise ValueError(f"needs 1 to {MOST_STEPS} steps of lamps")
    track = Track(tuple(_step(step) for step in steps), repeat)
    endless = [step for step in track.steps if step.ms == 0]
    if endless and (repeat or endless != [track.steps[-1]]):
        raise ValueError("only the last step may have no time, and none when the steps repeat")
    return track


def _step(text: str) -> Step:
    found = _STEP.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text[:40]}" is no step such as "red+attention 125"')
    return Step(_lit(found["lines"]), _within(found["ms"], 1, MOST_MS, "milliseconds") if found["ms"] else 0)


def _lit(text: str) -> frozenset[Line]:
    if text == NOTHING:
        return DARK
    names = text.split("+")
    unknown = [name for name in names if name not in LAMPS]
    if unknown:
        raise ValueError(f'"{unknown[0]}" is none of: {", ".join(LAMPS)}, {NOTHING}')
    return frozenset(Line(name) for name in names)


def _buzzer(text: str) -> Track:
    found = _BEEPS.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text[:40]}" is nothing for the buzzer such as "3 x beep 600 at 900 pause 150"')
    count = _within(found["count"], 1, MOST_BEEPS, "beeps")
    tone_hz = _within(found["hz"], LOWEST_HZ, HIGHEST_HZ, "hertz") if found["hz"] else 0
    beep = Step(frozenset({Line.BUZZER}), _within(found["on"], 1, MOST_MS, "milliseconds"), tone_hz)
    pause = (Step(DARK, _within(found["off"], 1, MOST_MS, "milliseconds")),) if found["off"] else ()
    if count > 1 and not pause:
        raise ValueError("several beeps need a pause between them")
    return Track((beep, *pause) * count)


def _within(text: str, low: int, high: int, what: str) -> int:
    if not low <= int(text) <= high:
        raise ValueError(f"{text} is not within {low} and {high} {what}")
    return int(text)


def _step_text(step: Step) -> str:
    lines = "+".join(line for line in LAMPS if line in step.lit) or NOTHING
    return f"{lines} {step.ms}" if step.ms else lines


def _beeps_text(track: Track) -> str:
    beep, *rest = track.steps
    pause = rest[0] if rest else None
    count = len(track.steps) // (2 if pause else 1)
    tone = f" at {beep.tone_hz}" if beep.tone_hz else ""
    return f"{count} x beep {beep.ms}{tone}" + (f" pause {pause.ms}" if pause else "")
