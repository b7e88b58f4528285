"""The table of patterns: what lamps and buzzer do for each sign, as text."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from gate.access import pattern_text
from gate.access.patterns import PATTERNS, Pattern, Sign
from gate.service.config_keys import Key, key
from gate.service.config_values import Notation, Text

_ADVICE = "The lamps stand before the bar, the buzzer after it"


def _sign(meaning: str) -> dict[str, Key]:
    return key(
        meaning,
        Notation(
            Text("text", longest=400),
            'a pattern such as "red 500, dark 500, repeat | 2 x beep 100 at 1800 pause 150"',
            lambda text: pattern_text.parse(str(text)),
        ),
        _ADVICE,
    )


def _shown(sign: Sign, meaning: str) -> str:
    shown: str = field(default=pattern_text.write(PATTERNS[sign]), metadata=_sign(meaning))
    return shown


@dataclass(frozen=True, slots=True)
class SignalsConfig:
    """What lamps and buzzer do; outcomes must differ by more than colour."""

    idle: str = _shown(Sign.IDLE, "Nobody is served, the door is locked")
    unlocked: str = _shown(Sign.UNLOCKED, "The door is unlocked for everybody")
    locked_down: str = _shown(Sign.LOCKED_DOWN, "Nobody is let in")
    locked_open: str = _shown(Sign.LOCKED_OPEN, "Emergency: the door is free")
    granted: str = _shown(Sign.GRANTED, "Please enter")
    held_yellow: str = _shown(Sign.HELD_YELLOW, "Wait for the officer")
    held_red: str = _shown(Sign.HELD_RED, "See the officer")
    held_black: str = _shown(Sign.HELD_BLACK, "See the officer; the officer's lamp says that it is black")
    held_unread: str = _shown(Sign.HELD_UNREAD, "The code could not be read; the officer was called")
    queued: str = _shown(Sign.QUEUED, "Seen; another visitor is served first")
    try_again: str = _shown(Sign.TRY_AGAIN, "The code could not be read; hold it closer")
    denied: str = _shown(Sign.DENIED, "Not let in")
    door_pre_alarm: str = _shown(Sign.DOOR_PRE_ALARM, "Close the door, or there will be an alarm")
    drill_red: str = _shown(Sign.DRILL_RED, "A drill of a red visitor")
    drill_black: str = _shown(Sign.DRILL_BLACK, "A drill of a black visitor")
    self_test: str = _shown(Sign.SELF_TEST, "Every lamp in turn, and the buzzer")
    alarm: str = _shown(Sign.ALARM, "The officer is called to an alarm")
    alarm_drill: str = _shown(Sign.ALARM_DRILL, "The same, in a drill")
    alarm_escalated: str = _shown(Sign.ALARM_ESCALATED, "The officer has not come to an alarm")
    escalated_drill: str = _shown(Sign.ESCALATED_DRILL, "The same, in a drill")


def patterns_of(config: SignalsConfig) -> dict[Sign, Pattern]:
    """The table as the core wants it."""
    return {Sign(one.name): pattern_text.parse(getattr(config, one.name)) for one in dataclasses.fields(config)}
