"""Patterns as text, such as ``red+attention 125, attention 125, repeat | 3 x beep 600 at 900 pause 150``.

Before the bar the lamps: steps of lines and milliseconds, played once or over and over; a step without a time stays.
After it the buzzer: a number of beeps of so many milliseconds, at so many hertz, with a pause after each.
"""

from __future__ import annotations

import re

from gate.access.effects import Line
from gate.access.patterns import DARK, Pattern, Step, Track

NOTHING = "dark"
MOST_STEPS, MOST_BEEPS = 16, 10
LEAST_MS, MOST_LAMP_MS, MOST_BEEP_MS = 50, 10_000, 3_000
"""Anything shorter is seen and heard by nobody."""
LOWEST_HZ, HIGHEST_HZ = 100, 10_000
LAMPS = [line for line in Line if line is not Line.BUZZER]

_STEP = re.compile(r"(?P<lines>[a-z+]+)(?: (?P<ms>[0-9]{1,6}))?")
_BEEPS = re.compile(
    r"(?P<count>[0-9]{1,3}) x beep (?P<on>[0-9]{1,6})(?: at (?P<hz>[0-9]{1,6}))?(?: pause (?P<off>[0-9]{1,6}))?"
)


def parse(text: str) -> Pattern:
    """The pattern; ``ValueError`` says what is wrong with the text."""
    lamps, bar, buzzer = (part.strip() for part in " ".join(text.split()).partition("|"))
    return Pattern(_lamps(lamps), _buzzer(buzzer) if bar else Track())


def write(pattern: Pattern) -> str:
    """The text of a pattern; ``ValueError`` where there is none that ``parse`` would read as this pattern."""
    text = _text(pattern)
    if parse(text) != pattern:
        raise ValueError(f'no text says this pattern; "{text}" is the nearest')
    return text


def _text(pattern: Pattern) -> str:
    lamps = ", ".join([_step_text(step) for step in pattern.lamps.steps] or [NOTHING])
    lamps += ", repeat" if pattern.lamps.repeat else ""
    return f"{lamps} | {_beeps_text(pattern.buzzer)}" if pattern.buzzer.steps else lamps


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
    return Step(
        _lit(found["lines"]), _within(found["ms"], LEAST_MS, MOST_LAMP_MS, "milliseconds") if found["ms"] else 0
    )


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
    beep = Step(frozenset({Line.BUZZER}), _within(found["on"], LEAST_MS, MOST_BEEP_MS, "milliseconds"), tone_hz)
    pause = (Step(DARK, _within(found["off"], LEAST_MS, MOST_BEEP_MS, "milliseconds")),) if found["off"] else ()
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
