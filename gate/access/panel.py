"""What the lamps and the buzzer are to show; switches them only when that changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gate.access.alarm import Alarm
from gate.access.effects import Light
from gate.access.indicator import Indication, Tower
from gate.access.modes import DoorMode
from gate.access.patterns import DARK, Sign
from gate.access.settings import Settings

SIGN_FOR_MODE: dict[DoorMode, Sign] = {
    DoorMode.LOCKED_OPEN: Sign.LOCKED_OPEN,
    DoorMode.UNLOCKED: Sign.UNLOCKED,
    DoorMode.LOCKED: Sign.IDLE,
    DoorMode.LOCKED_DOWN: Sign.LOCKED_DOWN,
}
DISCREET: dict[Sign, Sign] = {Sign.HELD_BLACK: Sign.HELD_RED, Sign.DRILL_BLACK: Sign.DRILL_RED}
"""In public, what is shown instead where the site wants it; the officer's lamp tells the difference."""
ENDED_BY_HOLD = (Sign.TRY_AGAIN, Sign.SHOW_SECOND, Sign.QUEUED, Sign.DENIED, Sign.DOOR_PRE_ALARM, Sign.SELF_TEST)
"""What gives way to a hold at once; whoever was let in just before still sees that."""


@dataclass(slots=True)
class Panel:
    """The tower as the parts of the access point set it."""

    settings: Settings
    tower: Tower = field(init=False)
    _lit: Light = field(init=False, default=Light(DARK))
    _over: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.tower = Tower(Indication(Sign.IDLE, 0), patterns=self.settings.patterns)

    def mode(self, mode: DoorMode, now_ns: int) -> None:
        """Show the mode whenever nobody is served."""
        sign = SIGN_FOR_MODE[mode]
        if self.tower.permanent.sign is not sign:
            self.tower = replace(self.tower, permanent=Indication(sign, now_ns))

    def hold(self, sign: Sign | None, now_ns: int) -> None:
        """Show that somebody is on hold, until told otherwise; None: nobody is."""
        shown = None
        if sign is not None:
            shown = Indication(DISCREET.get(sign, sign) if self.settings.discreet else sign, now_ns)
        self.tower = replace(self.tower.without(now_ns, *ENDED_BY_HOLD), hold=shown)

    def show(self, sign: Sign, now_ns: int, until_ns: int) -> None:
        """Show this over everything but an alarm, for a while; whoever is on hold is not told to close the door."""
        if sign is Sign.DOOR_PRE_ALARM and self.tower.hold is not None:
            return
        self.tower = replace(self.tower, temporary=Indication(sign, now_ns, until_ns))

    def ended(self, now_ns: int, *signs: Sign) -> None:
        """These are not so any more."""
        self.tower = self.tower.without(now_ns, *signs)

    def alarms(self, alarms: Iterable[Alarm], now_ns: int) -> None:
        """Call the officer to what has not been seen; a real alarm comes before a drill."""
        calling = [alarm for alarm in alarms if alarm.calls and not self._over]
        real = [alarm for alarm in calling if not alarm.drill]
        sign = _alarm_sign(real or calling, drill=not real)
        if sign is not (self.tower.alarm.sign if self.tower.alarm else None):
            self.tower = replace(self.tower, alarm=Indication(sign, now_ns) if sign else None)

    def dark(self, now_ns: int) -> None:
        """Nothing is shown any more."""
        self._over = True
        self.tower = Tower(Indication(Sign.IDLE, now_ns), patterns=self.settings.patterns)

    def changed(self, now_ns: int) -> tuple[Light, ...]:
        """The lines to switch now, if any."""
        light = self.tower.light(now_ns)
        if light == self._lit:
            return ()
        self._lit = light
        return (light,)


def _alarm_sign(calling: list[Alarm], *, drill: bool) -> Sign | None:
    if not calling:
        return None
    if any(alarm.escalated for alarm in calling):
        return Sign.ESCALATED_DRILL if drill else Sign.ALARM_ESCALATED
    return Sign.ALARM_DRILL if drill else Sign.ALARM
