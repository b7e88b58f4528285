"""The story of one access point: a signal comes in, and what it asks of the outside goes out.

Rules: deadlines that have passed are handled before the signal, so nothing acts on what has already ended; whatever a
signal brings about goes out in the same step, the strike and the lamps last.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gate.access import status
from gate.access.alarm import Alarm, AlarmKind
from gate.access.alarms import Alarms, awaits_follow_up
from gate.access.buttons import ButtonFact, Buttons, Duress, Press, Stuck, Unstuck
from gate.access.command import Commanded, CommandRejected
from gate.access.commanding import Commanding
from gate.access.desk import Desk
from gate.access.devices import FAULTS
from gate.access.doorway import Doorway
from gate.access.effects import Answer, Effect
from gate.access.events import JournalLate, ServiceStarted, ServiceStopped
from gate.access.inputs import BUTTONS, InputLine
from gate.access.ledger import Ledger
from gate.access.memory import Memory
from gate.access.orders import (
    Acknowledge,
    Admit,
    Attestation,
    Drill,
    FollowUp,
    Order,
    Refuse,
    RemoteRelease,
    Report,
    ResetPassback,
    SelfTest,
    SetMode,
    SetOccupancy,
)
from gate.access.panel import Panel
from gate.access.patterns import NS_PER_MS
from gate.access.refusals import Refusals
from gate.access.self_test import SelfTestRun
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import (
    ControlRefused,
    DeviceChanged,
    InputChanged,
    Ordered,
    Presented,
    Recorded,
    Signal,
    SiteHeard,
    SiteJoined,
    Started,
    Stopping,
    Tick,
)
from gate.access.site import Site
from gate.access.site_events import ClockChanged
from gate.credential.instant import ClockTrust, Instant
from gate.policy.passback import Crossings

OFFICER = "door-officer"
"""Who presses the buttons at the door: the one standby officer, not named."""
BUTTON_REASON = "officer_present"


@dataclass(slots=True)
class AccessPoint:
    """One door in one direction. Owned by one thread; deterministic: the same signals give the same effects."""

    settings: Settings
    memory: Memory = field(default_factory=Memory)
    crossings: Crossings = field(default_factory=Crossings)
    """Those of this gate that the journal knows; what comes later is not kept here."""
    ledger: Ledger = field(init=False)
    alarms: Alarms = field(init=False)
    panel: Panel = field(init=False)
    site: Site = field(init=False)
    doorway: Doorway = field(init=False)
    desk: Desk = field(init=False)
    buttons: Buttons = field(init=False)
    self_test: SelfTestRun = field(init=False)
    refusals: Refusals = field(init=False)
    commands: Commanding = field(init=False)
    _clock: ClockTrust | None = None
    """How far the wall clock could be trusted at the last signal."""

    def __post_init__(self) -> None:
        chosen = self.settings
        self.ledger = Ledger(self.memory)
        self.panel = Panel(chosen)
        self.alarms = Alarms(self.ledger, chosen.escalate_ns)
        self.site = Site(chosen.site, self.ledger, self.alarms, self.crossings)
        self.doorway = Doorway(chosen, self.ledger, self.alarms, self.panel, self.site)
        self.desk = Desk(chosen, self.ledger, self.doorway, self.alarms, self.panel, self.site)
        self.buttons = Buttons(chosen.chord_ns, chosen.duress_ns, chosen.stuck_ns)
        self.self_test = SelfTestRun(chosen, self.ledger, self.doorway, self.panel)
        self.refusals = Refusals(self.ledger, chosen.refusals_ns)
        self.commands = Commanding(chosen, self.ledger, self._ordered, self._retire)

    def deadline_ns(self, now_ns: int) -> int | None:
        """When the access point wants a ``Tick`` at the latest (monotonic ns); None: never by itself."""
        moments = (
            self.buttons.deadline_ns,
            self.alarms.deadline_ns,
            self.self_test.deadline_ns,
            self.refusals.deadline_ns,
            self.commands.deadline_ns,
            self.ledger.deadline_ns,
            self.panel.tower.next_change(now_ns),
            *self.doorway.deadlines,
            *self.desk.deadlines,
            *self.site.deadlines,
        )
        return min((moment for moment in moments if moment is not None), default=None)

    def handle(self, signal: Signal, now: Instant) -> tuple[Effect, ...]:
        """Take in one signal; return what it asks of the outside, in order."""
        if not isinstance(signal, Started):  # until then nothing is restored, so that nothing can be due
            self._due(now)
        if not isinstance(signal, InputChanged):  # whose own time decides what the buttons mean
            self._buttons_due(now)
        self._react(signal, now)
        self.site.due(now)
        self._look_at_the_clock(now)
        self.doorway.settle(now)
        self.panel.alarms(self.alarms.open, now.mono_ns)
        self.ledger.ask(*self.panel.changed(now.mono_ns))
        self.memory = self.ledger.memory
        return self.ledger.taken()

    def _react(self, signal: Signal, now: Instant) -> None:  # noqa: C901  (one line for each kind of signal)
        match signal:
            case Presented():
                self.desk.presented(signal, now)
            case InputChanged():
                self._sensed(signal, now)
            case DeviceChanged():
                self._device_changed(signal, now)
            case Ordered():
                self._ordered(signal, now)
            case ControlRefused():
                self.refusals.refused(signal, now)
            case Commanded():
                self.commands.commanded(signal, now)
            case CommandRejected():
                self.commands.rejected(signal, now)
            case Recorded():
                self._recorded(signal, now)
            case SiteJoined() | SiteHeard():
                self.site.told(signal, now)
            case Started():
                self._started(signal, now)
            case Stopping():
                self._stopping(signal, now)
            case Tick():
                pass  # nothing but the deadlines, which are handled already

    # What is due.

    def _due(self, now: Instant) -> None:
        self.doorway.due(now)
        self.desk.due(now)
        self.alarms.due(now)
        self.self_test.due(now)
        self.refusals.due(now)
        self.commands.due(now)
        self._late(now)

    def _buttons_due(self, now: Instant) -> None:
        self.buttons, facts = self.buttons.due(now.mono_ns)
        self._act(facts, now)

    def _late(self, now: Instant) -> None:
        for late in self.ledger.overdue(now.mono_ns):
            secured = self.settings.journal_required and self.doorway.revoke(late.visit)
            waited_ms = (now.mono_ns - late.asked_ns) // NS_PER_MS
            self.ledger.persist(JournalLate(now, late.visit, waited_ms, secured), now)
            self.alarms.raised(AlarmKind.JOURNAL_LATE, now, lasts=True)

    def _look_at_the_clock(self, now: Instant) -> None:
        """Tell when it can be trusted more, or less; the controller looks every 0.2 s."""
        previous, self._clock = self._clock, now.clock
        if previous not in {None, now.clock}:
            self.ledger.persist(ClockChanged(now, previous), now)

    # The life of the service.

    def _started(self, signal: Started, now: Instant) -> None:
        self.doorway.restore(now)
        self.desk.forgotten(now)
        self.doorway.forgotten(now)
        self.alarms.restore(now)
        self.ledger.persist(ServiceStarted(now, signal.version, self.doorway.mode), now)
        self.doorway.follow_schedule(now)
        wanted = self.settings.self_test_at_start
        if wanted is not SelfTestAtStart.OFF:
            self.self_test.start("start", now, relay=self._relay_at_start(wanted))

    def _relay_at_start(self, wanted: SelfTestAtStart) -> bool:
        return wanted is SelfTestAtStart.RELAY and self.doorway.relay_can_be_tested

    def _stopping(self, signal: Stopping, now: Instant) -> None:
        self.desk.stop(now)
        self.self_test.stop(now)
        self.doorway.stop(now)
        self.refusals.flush(now)
        self.commands.flush(now)
        self.panel.dark(now.mono_ns)
        self.ledger.persist(ServiceStopped(now, signal.reason), now)
        self.ledger.forget_unrecorded()

    def _recorded(self, signal: Recorded, now: Instant) -> None:
        self.ledger.recorded(signal.ticket)
        if not self.ledger.any_late:
            self.alarms.over(AlarmKind.JOURNAL_LATE, now)
        self.doorway.recorded(signal.ticket, now)
        self.self_test.recorded(signal.ticket, now)
        self.commands.recorded(signal.ticket, now)

    # The inputs.

    def _sensed(self, change: InputChanged, now: Instant) -> None:
        if change.line in BUTTONS:
            self.buttons, facts = self.buttons.changed(change, now.mono_ns)
            self._act(facts, now)
        else:
            self._buttons_due(now)
            self.doorway.sensed(change.line, change.at_ns, now, active=change.active, initial=change.initial)
            self.self_test.sensed(change.line, active=change.active)

    def _device_changed(self, change: DeviceChanged, now: Instant) -> None:
        kind, detail = FAULTS[change.device], change.device.value
        if change.working:
            self.alarms.over(kind, now, detail=detail)
        else:
            self.alarms.raised(kind, now, detail=detail, lasts=True)

    def _act(self, facts: tuple[ButtonFact, ...], now: Instant) -> None:
        for fact in facts:
            match fact:
                case Press(line, at_ns):
                    self._pressed(line, at_ns, now)
                case Duress():
                    self.alarms.raised(AlarmKind.DURESS, now)
                case Stuck(line):
                    self.alarms.raised(AlarmKind.STUCK_INPUT, now, detail=line.value, lasts=True)
                case Unstuck(line):
                    self.alarms.over(AlarmKind.STUCK_INPUT, now, detail=line.value)

    def _pressed(self, line: InputLine, at_ns: int, now: Instant) -> None:
        match line:
            case InputLine.REX:
                self.doorway.exit_requested(now)
            case InputLine.HELP:
                self.alarms.raised(AlarmKind.HELP, now)
            case InputLine.ADMIT:
                attested = Attestation(healthy=True, protocol_kept=True) if self.settings.assist_by_button else None
                self._ordered(Ordered(Admit(BUTTON_REASON, attestation=attested), OFFICER, at_ns), now)
            case InputLine.REFUSE:
                self._ordered(Ordered(Refuse(BUTTON_REASON), OFFICER, at_ns), now)
            case InputLine.ACKNOWLEDGE:
                self._ordered(Ordered(Acknowledge(), OFFICER, at_ns), now)
            case _:
                raise AssertionError(f"{line} is no button")

    # The orders.

    def _ordered(self, signal: Ordered, now: Instant) -> None:  # noqa: C901  (one line for each kind of order)
        order: Order = signal.order
        match order:
            case Admit():
                self.desk.admit(signal, order, now)
            case RemoteRelease():
                self.desk.release(signal, order, now)
            case Refuse():
                self.desk.refuse(signal, order, now)
            case Acknowledge():
                self._acknowledge(signal, order, now)
            case FollowUp():
                self._follow_up(signal, order, now)
            case SetMode():
                problem = self.doorway.set_mode(order.mode, signal.by, now)
                self.ledger.answer(signal, problem or self._mode_text(order), done=problem is None)
            case Drill():
                self.desk.drill(signal, order, now)
            case SelfTest():
                problem = self.self_test.start(signal.by, now, relay=order.relay)
                self.ledger.answer(signal, problem or "the self-test runs", done=problem is None)
            case ResetPassback() | SetOccupancy():
                self.site.ordered(signal, order, self.desk.hold.event if self.desk.hold else None, now)
            case Report():
                self._report(signal, now)

    def _retire(self, by: str, now: Instant) -> str | None:
        """End the mandate: from the record on the door stands open. Why not, where it cannot be."""
        problem = self.doorway.retire(by, now)
        if problem is None:
            self.desk.stop(now)
        return problem

    def _mode_text(self, order: SetMode) -> str:
        asked = self.doorway.asked_mode
        if asked is self.doorway.mode:
            return f"the door is {asked}" if asked is order.mode else f"ordered; the door is {asked}"
        return f"the door will be {asked} as soon as that is recorded"

    def _acknowledge(self, signal: Ordered, order: Acknowledge, now: Instant) -> None:
        meant = [one for one in self.alarms.open if _is_meant(one, order.alarm)]
        for alarm in meant:
            self.alarms.acknowledge(alarm, signal.by, now)
        numbers = ", ".join(str(alarm.number) for alarm in meant)
        self.ledger.answer(signal, f"acknowledged: {numbers}" if meant else "no such alarm waits", done=bool(meant))

    def _follow_up(self, signal: Ordered, order: FollowUp, now: Instant) -> None:
        waiting = [one for one in self.alarms.open if one.wants.follow_up and order.alarm in {None, one.number}]
        if order.alarm is None:
            waiting = [one for one in waiting if awaits_follow_up(one)]
        if not waiting:
            self.ledger.answer(signal, "no alarm awaits what became of somebody", done=False)
            return
        self.alarms.follow_up(waiting[0], order.outcome, signal.by, now)
        self.ledger.answer(signal, f"alarm {waiting[0].number}: {order.outcome}")

    def _report(self, signal: Ordered, now: Instant) -> None:
        if signal.request:
            reply = status.reply(self.doorway, self.desk, self.ledger, self.site, now)
            self.ledger.ask(Answer(signal.request, reply))


def _is_meant(alarm: Alarm, number: int | None) -> bool:
    """Whether an acknowledgement of this number means it; without a number no silent one is meant."""
    if alarm.acknowledged_by is not None:
        return False
    return not alarm.wants.silent if number is None else alarm.number == number
