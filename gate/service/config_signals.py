"""The table of patterns: what lamps and buzzer do for each sign, as text."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from gate.access import pattern_text
from gate.access.patterns import PATTERNS, Pattern, Sign
from gate.configuration.keys import key
from gate.configuration.kinds import Notation, Text

_ALLOWED = 'a pattern such as "red 500, dark 500, repeat | 2 x beep 100 pause 150"'
_PATTERN = Notation(Text(_ALLOWED, longest=400), _ALLOWED, lambda text: pattern_text.parse(str(text)))


def _shown(sign: Sign, meaning: str) -> str:
    described = key(meaning, _PATTERN, "The lamps stand before the bar, the buzzer after it")
    shown: str = field(default=pattern_text.write(PATTERNS[sign]), metadata=described)
    return shown


@dataclass(frozen=True, slots=True)
class SignalsConfig:
    """What the lamps and the buzzer do.

    A pattern begins with steps of lamps (red, yellow, green, attention, alarm, several joined by +, or dark) and
    milliseconds. They are played once, or over and over with "repeat" at the end; a last step without a time stays.

    After a bar come the beeps: how many, how many milliseconds each and the pause after it; "at 900" is the tone in
    hertz of a passive buzzer, where an active one has only its own.

    The outcomes for a visitor must differ by the number of lamps, by rhythm or by sound, never by colour alone.
    """

    idle: str = _shown(Sign.IDLE, "The door is locked and nobody is served")
    unlocked: str = _shown(Sign.UNLOCKED, "The door is unlocked for everybody, by the schedule or an order")
    locked_down: str = _shown(Sign.LOCKED_DOWN, "Lockdown: no visitor is let in")
    locked_open: str = _shown(Sign.LOCKED_OPEN, "Emergency: the door is free for everybody until it is reset")
    granted: str = _shown(Sign.GRANTED, "Please enter; shown while the strike is released for a visitor")
    held_yellow: str = _shown(
        Sign.HELD_YELLOW,
        "Wait for the officer; shown while a yellow visitor is on hold, or a green one for some reason",
    )
    held_red: str = _shown(
        Sign.HELD_RED,
        "See the officer; shown while a red visitor is on hold, and for a black one with officer.discreet",
    )
    held_black: str = _shown(
        Sign.HELD_BLACK, "See the officer; shown while a black visitor is on hold, but not with officer.discreet"
    )
    held_unread: str = _shown(
        Sign.HELD_UNREAD, "See the officer; shown while a visitor is on hold whose code says nothing that counts"
    )
    queued: str = _shown(
        Sign.QUEUED, "Seen, please wait; shown for a second for a code that comes while another visitor is served"
    )
    try_again: str = _shown(
        Sign.TRY_AGAIN, "Hold the code closer; shown for policy.retry_hint_s while it cannot be read"
    )
    show_second: str = _shown(
        Sign.SHOW_SECOND, "Good, and now the other code; shown for 20 seconds where the rules ask for two"
    )
    denied: str = _shown(
        Sign.DENIED, "Not let in; shown for two seconds after a refusal, a hold that nobody answered, or a forged code"
    )
    door_pre_alarm: str = _shown(
        Sign.DOOR_PRE_ALARM, "Close the door; shown for door.pre_alarm_s before it has stood open for too long"
    )
    drill_red: str = _shown(Sign.DRILL_RED, "As held_red, in a drill; nobody is there")
    drill_black: str = _shown(Sign.DRILL_BLACK, "As held_black, in a drill; nobody is there")
    self_test: str = _shown(Sign.SELF_TEST, "Every lamp in turn, and the buzzer; shown in a self-test")
    alarm: str = _shown(
        Sign.ALARM, "The officer is called; shown over everything else until the alarm is acknowledged or over"
    )
    alarm_drill: str = _shown(Sign.ALARM_DRILL, "As alarm, where every open alarm is a drill")
    alarm_escalated: str = _shown(
        Sign.ALARM_ESCALATED, "The officer has not come to an alarm within officer.escalate_s; shown in place of alarm"
    )
    escalated_drill: str = _shown(Sign.ESCALATED_DRILL, "As alarm_escalated, where every open alarm is a drill")


def patterns_of(config: SignalsConfig) -> dict[Sign, Pattern]:
    """The table as the core wants it."""
    return {Sign(one.name): pattern_text.parse(getattr(config, one.name)) for one in dataclasses.fields(config)}
