"""An access point, its clock, and everything it asked for: what the tests of the core tell their stories with."""

from __future__ import annotations

from gate.access.access_point import AccessPoint
from gate.access.answers import Reply, Status
from gate.access.effects import Answer, Effect, Lease, Light, Line, Persist, Release, Secure, Share
from gate.access.events import AccessEvent, AccessResult, AlarmEvent, AlarmStep, Event
from gate.access.inputs import InputLine
from gate.access.memory import Memory
from gate.access.orders import Order, Report
from gate.access.settings import Settings
from gate.access.signals import InputChanged, Ordered, Recorded, Signal, Tick
from gate.access.site_notes import SiteNote
from gate.credential.instant import ClockTrust
from gate.credential.model import Verdict
from gate.policy.passback import Crossings
from tests.access.examples import SECOND, at, shown

OFFICER = "uid-1001"


class Story:
    """Told step by step; the journal confirms at once unless ``recorded`` is False."""

    def __init__(
        self, settings: Settings | None = None, memory: Memory | None = None, crossings: Crossings | None = None
    ) -> None:
        self.point = AccessPoint(settings or Settings(), memory or Memory(), crossings or Crossings())
        self.now_ns = 0
        self.clock, self.wall_s = ClockTrust.SYNCED, 0
        self.recorded = True
        self.events: list[Event] = []
        self.lease: Lease | None = None
        self.lit: frozenset[Line] = frozenset()
        self.memory = self.point.memory
        self.shared: list[SiteNote] = []

    def tell(self, signal: Signal, after_s: float = 0.0) -> tuple[Effect, ...]:
        """One signal; what it led to, with what the journal's answer led to."""
        self.now_ns += int(after_s * SECOND)
        effects = self._handle(signal)
        told = 0
        while self.recorded and told < len(effects):
            effect = effects[told]
            if isinstance(effect, Persist):
                effects += self._handle(Recorded(effect.ticket))
            told += 1
        return effects

    def _handle(self, signal: Signal) -> tuple[Effect, ...]:
        effects = self.point.handle(signal, at(self.now_ns, self.clock, wall_s=self.wall_s))
        for effect in effects:
            match effect:
                case Persist(_, event, memory):
                    self.events.append(event)
                    self.memory = memory
                case Release(lease):
                    self.lease = lease
                case Secure():
                    self.lease = None
                case Light(lit):
                    self.lit = lit
                case Share(note):
                    self.shared.append(note)
        return effects

    def wait(self, seconds: float) -> None:
        """Let time pass; the access point is woken at each of its deadlines."""
        until_ns = self.now_ns + int(seconds * SECOND)
        while (deadline_ns := self.point.deadline_ns(self.now_ns)) is not None and deadline_ns <= until_ns:
            self.now_ns = max(self.now_ns, deadline_ns)
            self.tell(Tick())
        self.now_ns = until_ns

    def show(self, verdict: Verdict, code: bytes = b"code", after_s: float = 0.0) -> tuple[Effect, ...]:
        """A code before the camera."""
        self.now_ns += int(after_s * SECOND)
        return self.tell(shown(verdict, code, self.now_ns))

    def sense(self, line: InputLine, *, active: bool, initial: bool = False) -> tuple[Effect, ...]:
        """An input changes, or is found so at the start."""
        return self.tell(InputChanged(line, active, self.now_ns, initial))

    def press(self, line: InputLine, seconds: float = 0.4) -> None:
        """A button is pressed for so long and let go."""
        self.sense(line, active=True)
        self.wait(seconds)
        self.sense(line, active=False)

    def door(self, *, is_open: bool) -> None:
        """The door is opened or closed; a single monitor tells."""
        self.sense(InputLine.DOOR_MONITOR, active=is_open)

    def order(self, order: Order, by: str = OFFICER) -> Reply:
        """Somebody gives an order now; the answer."""
        effects = self.tell(Ordered(order, by, self.now_ns, request=1))
        (reply,) = [effect.reply for effect in effects if isinstance(effect, Answer)]
        return reply

    @property
    def released(self) -> bool:
        return self.lease is not None

    def status(self) -> Status:
        """How things stand, as they are told."""
        status = self.order(Report()).status
        assert status is not None
        return status

    def access(self) -> list[AccessEvent]:
        return [event for event in self.events if isinstance(event, AccessEvent)]

    def results(self) -> list[tuple[AccessResult, str]]:
        return [(event.result, event.reason) for event in self.access()]

    def names(self) -> list[str]:
        return [event.name for event in self.events]

    def alarm_steps(self) -> list[tuple[str, AlarmStep]]:
        """Kind and step of each alarm event."""
        return [(event.alarm.kind.value, event.step) for event in self.events if isinstance(event, AlarmEvent)]
