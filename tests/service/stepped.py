"""A controller on a clock that only moves when somebody waits, between memory adapters; no time really passes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from gate.access.access_point import AccessPoint
from gate.access.effects import Answer, Lease, Light, Persist, Share
from gate.access.memory import Memory
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import Recorded, Signal
from gate.credential.model import Verdict
from gate.ports import DoorStrike, EmergencyMark, Indicator
from gate.service.controller import Controller, Hands
from gate.service.inbox import Inbox
from gate.service.signal_log import SignalLog
from tests.access.examples import SECOND, shown
from tests.service.stepped_clock import SteppedClock

__all__ = ["QUIET", "Bench", "SteppedClock"]


@dataclass(slots=True)
class Calls:
    """Everything that was asked of the outside, in order, each with its time."""

    clock: SteppedClock
    made: list[tuple[int, str, object]] = field(default_factory=list)

    def note(self, name: str, what: object = None) -> None:
        self.made.append((self.clock.now_ns, name, what))

    def names(self) -> list[str]:
        return [name for _, name, _ in self.made]

    def of(self, name: str) -> list[tuple[int, object]]:
        return [(now_ns, what) for now_ns, called, what in self.made if called == name]


@dataclass(slots=True)
class MemoryStrike:
    """``ports.DoorStrike``."""

    calls: Calls
    released: bool = False

    def release(self, lease: Lease) -> None:
        self.calls.note("release", lease)

    def secure(self) -> None:
        self.calls.note("secure")

    def rest(self) -> None:
        self.calls.note("rest")

    def close(self) -> None:
        self.calls.note("close")


@dataclass(slots=True)
class MemoryIndicator:
    """``ports.Indicator``."""

    calls: Calls

    def show(self, light: Light) -> None:
        self.calls.note("show", light)

    def close(self) -> None:
        self.calls.note("dark")


@dataclass(slots=True)
class MemoryMark:
    """``ports.EmergencyMark``."""

    calls: Calls

    def set(self) -> None:
        self.calls.note("mark")

    def clear(self) -> None:
        self.calls.note("unmark")


class SteppedInbox(Inbox):
    """Waiting moves the clock: to the next signal of the script, or by as long as was to be waited."""

    def __init__(self, clock: SteppedClock, script: Sequence[tuple[float, Signal | Verdict]], end_s: float) -> None:
        super().__init__()
        self.stop = threading.Event()
        self.waits: list[float] = []
        self._clock = clock
        self._begun_ns = clock.now_ns
        self._script = [(self._begun_ns + int(after_s * SECOND), signal) for after_s, signal in script]
        self._end_ns = self._begun_ns + int(end_s * SECOND)

    def take(self, wait_s: float) -> Signal | None:
        posted = super().take(0)
        if posted is not None or wait_s == 0:
            return posted
        self.waits.append(wait_s)
        until_ns = min(self._clock.now_ns + round(wait_s * 1e9), self._end_ns)
        if self._script and self._script[0][0] <= until_ns:
            self._clock.now_ns, signal = self._script.pop(0)
            return self._shown(signal)
        self._clock.now_ns = until_ns
        if until_ns >= self._end_ns:
            self.stop.set()
        return None

    def _shown(self, signal: Signal | Verdict) -> Signal:
        if isinstance(signal, Signal):
            return signal
        return shown(signal, repr(signal).encode(), self._clock.now_ns)


QUIET = Settings(self_test_at_start=SelfTestAtStart.OFF)


class Bench:
    """A controller with its script; ``run`` plays it to the end on the calling thread."""

    def __init__(
        self,
        script: Sequence[tuple[float, Signal | Verdict]],
        end_s: float,
        *,
        settings: Settings | None = None,
        memory: Memory | None = None,
        signal_log: SignalLog | None = None,
        start_ns: int = SECOND,
    ) -> None:
        self.clock = SteppedClock(start_ns)
        self.calls = Calls(self.clock)
        self.inbox = SteppedInbox(self.clock, script, end_s)
        self.strike: DoorStrike = MemoryStrike(self.calls)
        self.indicator: Indicator = MemoryIndicator(self.calls)
        self.mark: EmergencyMark = MemoryMark(self.calls)
        self.settings = settings or QUIET
        self.memory = memory or Memory()
        self.signal_log = signal_log
        self.recorded = True

    def persist(self, persist: Persist) -> None:
        self.calls.note("persist", persist)
        if self.recorded:
            self.inbox.post(Recorded(persist.ticket))

    def answer(self, answer: Answer) -> None:
        self.calls.note("answer", answer)

    def share(self, share: Share) -> None:
        self.calls.note("share", share)

    def controller(self) -> Controller:
        point = AccessPoint(self.settings, self.memory)
        hands = Hands(self.strike, self.indicator, self.mark, self.persist, self.answer, self.share)
        return Controller(point, self.inbox, self.clock, hands, self.signal_log)

    def run(self) -> None:
        self.controller().run("1.0", self.inbox.stop, lambda: None)

    def events(self) -> list[str]:
        return [what.event.name for _, what in self.calls.of("persist") if isinstance(what, Persist)]
