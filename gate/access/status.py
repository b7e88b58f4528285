"""How things stand at the access point, for whoever asks."""

from __future__ import annotations

from gate.access.alarm import Alarm
from gate.access.alarms import awaits_follow_up
from gate.access.answers import AlarmStatus, HoldStatus, Reply, Status
from gate.access.desk import Desk
from gate.access.doorway import Doorway
from gate.access.ledger import Ledger
from gate.access.officer import Hold
from gate.access.settings import SECOND_NS
from gate.access.site import Site
from gate.credential.instant import Instant


def reply(doorway: Doorway, desk: Desk, ledger: Ledger, site: Site, now: Instant) -> Reply:
    """The status; a silent alarm is not in it."""
    return Reply(
        done=True,
        text=f"the door is {doorway.door.mode}",
        status=Status(
            mode=doorway.door.mode,
            standing_mode=doorway.mode,
            door_open=doorway.monitor.open if doorway.monitored else None,
            hold=_hold(desk.hold, now) if desk.hold else None,
            queued=desk.queued is not None,
            alarms=tuple(_alarm(alarm) for alarm in ledger.memory.alarms if not alarm.wants.silent),
            active_inputs=tuple(sorted(doorway.active)),
            visits=ledger.memory.visits,
            assisted=ledger.memory.assisted,
            unrecorded=len(ledger.unrecorded),
            inside=site.headcount.inside,
            capacity=site.policy.occupancy.capacity,
        ),
    )


def _hold(hold: Hold, now: Instant) -> HoldStatus:
    left_s = max(0, hold.deadline_ns - now.mono_ns) // SECOND_NS
    event = hold.event
    return HoldStatus(event.visit, event.colour, event.reason, left_s, event.drill)


def _alarm(alarm: Alarm) -> AlarmStatus:
    return AlarmStatus(
        number=alarm.number,
        kind=alarm.kind,
        detail=alarm.detail,
        visit=alarm.visit,
        drill=alarm.drill,
        acknowledged=alarm.acknowledged_by is not None,
        escalated=alarm.escalated,
        awaits_follow_up=awaits_follow_up(alarm),
    )
