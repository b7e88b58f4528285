"""The open alarms: raised once, escalated when nobody comes, and closed in exactly one event.

An alarm about something that lasts is raised again only after it was cleared.  Memory is bounded: the oldest follow-up
that nobody gave makes room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gate.access.alarm import Alarm, AlarmKind
from gate.access.events import AlarmEvent, AlarmStep
from gate.access.ledger import Ledger
from gate.access.orders import FollowUpOutcome
from gate.credential.instant import Instant

MOST = 64
"""Open alarms that are kept; 50 people with a black status and no follow-up are a matter for the centre."""


@dataclass(slots=True)
class Alarms:
    """Works on ``ledger.memory.alarms``, so that a restart forgets none."""

    ledger: Ledger
    escalate_ns: int
    _since_ns: dict[int, int] = field(default_factory=dict)
    """When each was raised, or found again after a restart (monotonic)."""

    @property
    def open(self) -> tuple[Alarm, ...]:
        return self.ledger.memory.alarms

    @property
    def deadline_ns(self) -> int | None:
        """When the next one escalates."""
        return min((since_ns + self.escalate_ns for _, since_ns in self._waiting()), default=None)

    def restore(self, now: Instant) -> None:
        """After a restart: what lasted is over until it is found again; nothing else is forgotten."""
        for alarm in self.open:
            self._since_ns[alarm.number] = now.mono_ns
        lasting = self.ledger.memory.emergency
        self._over(lambda one: not (one.kind is AlarmKind.EMERGENCY and lasting), now)

    def raised(
        self,
        kind: AlarmKind,
        now: Instant,
        *,
        detail: str = "",
        visit: int | None = None,
        lasts: bool = False,
        drill: bool = False,
    ) -> None:
        """Raise an alarm, unless one about the same is open; ``lasts`` until ``over`` says otherwise.

        A silent one is always raised: nobody at the door could know that an earlier one is still open.
        """
        for alarm in self.open:
            same = (alarm.kind, alarm.detail, alarm.visit, alarm.drill) == (kind, detail, visit, drill)
            if same and not alarm.wants.silent:
                self._keep(replace(alarm, present=lasts))
                return
        self._make_room(now)
        number = self.ledger.memory.alarm_count + 1
        alarm = Alarm(number, kind, now, detail, visit, drill, present=lasts)
        self._since_ns[number] = now.mono_ns
        self.ledger.remember(alarms=(*self.open, alarm), alarm_count=number)
        self._tell(AlarmStep.RAISED, alarm, now)

    def over(self, kind: AlarmKind, now: Instant, detail: str | None = None) -> None:
        """What caused alarms of this kind does not last any more."""
        self._over(lambda one: one.kind is kind and detail in {None, one.detail}, now)

    def acknowledge(self, alarm: Alarm, by: str, now: Instant) -> None:
        """The officer has seen it."""
        if alarm.acknowledged_by is None:
            seen = self._keep(replace(alarm, acknowledged_by=by))
            self._tell(AlarmStep.ACKNOWLEDGED, seen, now, by)
            self._close_if_over(seen, now, by)

    def follow_up(self, alarm: Alarm, outcome: FollowUpOutcome, by: str, now: Instant) -> None:
        """What became of the person; closes the alarm."""
        self.acknowledge(alarm, by, now)
        followed = replace(alarm, acknowledged_by=alarm.acknowledged_by or by)
        self._tell(AlarmStep.FOLLOWED_UP, followed, now, by, outcome)
        self._clear(followed, now, by)

    def due(self, now: Instant) -> None:
        """Escalate what has waited too long."""
        for alarm, since_ns in self._waiting():
            if now.mono_ns >= since_ns + self.escalate_ns:
                self._tell(AlarmStep.ESCALATED, self._keep(replace(alarm, escalated=True)), now)

    def _waiting(self) -> list[tuple[Alarm, int]]:
        """The alarms that will escalate, and since when nobody has come; none before ``restore``."""
        return [
            (one, self._since_ns[one.number])
            for one in self.open
            if one.number in self._since_ns and one.wants.escalates and one.calls and not one.escalated
        ]

    def _over(self, is_meant: Callable[[Alarm], bool], now: Instant) -> None:
        for alarm in self.open:
            if alarm.present and is_meant(alarm):
                self._close_if_over(self._keep(replace(alarm, present=False)), now, None)

    def _close_if_over(self, alarm: Alarm, now: Instant, by: str | None) -> None:
        if alarm.over and not alarm.wants.follow_up:
            self._clear(alarm, now, by)

    def _make_room(self, now: Instant) -> None:
        """Close the oldest; first one that awaits a follow-up, and only in the end one that lasts or is silent."""
        if len(self.open) >= MOST:
            oldest = min(
                self.open,
                key=lambda one: (one.present or one.wants.silent, not awaits_follow_up(one), one.number),
            )
            if oldest.wants.follow_up:
                self._tell(AlarmStep.FOLLOWED_UP, oldest, now, None, FollowUpOutcome.NOT_RECORDED)
            self._clear(oldest, now, None)

    def _clear(self, alarm: Alarm, now: Instant, by: str | None) -> None:
        self.ledger.remember(alarms=tuple(one for one in self.open if one.number != alarm.number))
        self._since_ns.pop(alarm.number, None)
        self._tell(AlarmStep.CLEARED, alarm, now, by)

    def _keep(self, changed: Alarm) -> Alarm:
        self.ledger.remember(alarms=tuple(changed if one.number == changed.number else one for one in self.open))
        return changed

    def _tell(
        self, step: AlarmStep, alarm: Alarm, now: Instant, by: str | None = None, outcome: FollowUpOutcome | None = None
    ) -> None:
        self.ledger.persist(AlarmEvent(now, step, alarm, by, outcome), now)


def awaits_follow_up(alarm: Alarm) -> bool:
    """Whether it was seen, and nobody has said yet what became of the person."""
    return alarm.wants.follow_up and alarm.acknowledged_by is not None
