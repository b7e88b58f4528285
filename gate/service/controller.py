"""The controller: the one thread that owns the access point. It waits for signals and deadlines, and performs effects.

It never touches disk or network: what must be kept goes to the recorder's queue.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from gate.access.access_point import AccessPoint
from gate.access.effects import Answer, Effect, Errand, Lease, Light, Persist, Release, Secure, Share, Standing
from gate.access.signals import Signal, Started, Stopping, Tick
from gate.ports import Clock, DoorStrike, EmergencyMark, Indicator
from gate.service.inbox import Inbox
from gate.service.signal_log import Handled, SignalLog
from gate.service.threads import Beat

LONGEST_WAIT_NS = 200_000_000


@dataclass(slots=True)
class Hands:
    """What the effects are performed with; ``persist``, ``answer``, ``share`` and ``errand`` never block."""

    strike: DoorStrike
    indicator: Indicator
    mark: EmergencyMark
    persist: Callable[[Persist], None]
    answer: Callable[[Answer], None]
    share: Callable[[Share], None]
    errand: Callable[[Errand], None] = lambda _: None


@dataclass(slots=True)
class Controller:
    """Runs the access point on one thread."""

    point: AccessPoint
    inbox: Inbox
    clock: Clock
    hands: Hands
    signal_log: SignalLog | None = None
    _marked: bool = False

    def run(self, version: str, stop: threading.Event, beat: Beat) -> None:
        """Work until stopped; the first signal is ``Started``, the last one ``Stopping``.

        A stop lets nobody in any more, so what waits in the inbox is left there.  However it ends, the strike is
        secured, but in an emergency.
        """
        try:
            self._handle(Started(version))
            while not stop.is_set():
                beat()
                self._handle(self.inbox.take(self._wait_s()) or Tick())
            self._handle(Stopping("stopped in order"))
        finally:
            self.hands.strike.rest()

    def _wait_s(self) -> float:
        now_ns = self.clock.now().mono_ns
        deadline_ns = self.point.deadline_ns(now_ns)
        wait_ns = LONGEST_WAIT_NS if deadline_ns is None else min(deadline_ns - now_ns, LONGEST_WAIT_NS)
        return wait_ns / 1e9

    def _handle(self, signal: Signal) -> None:
        now = self.clock.now()
        effects = self.point.handle(signal, now)
        for effect in effects:
            self._perform(effect)
        if self.signal_log is not None and (effects or not isinstance(signal, Tick)):
            self.signal_log.write(Handled(now, signal, effects))

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Release(lease):
                try:
                    self.hands.strike.release(lease)
                finally:  # a line that cannot be driven is tried again, by the strike or after a crash by the mark
                    self._mark(lease)
            case Secure():
                self.hands.strike.secure()
                self._mark(None)
            case Light():
                self.hands.indicator.show(effect)
            case Persist():
                self.hands.persist(effect)
            case Answer():
                self.hands.answer(effect)
            case Share():
                self.hands.share(effect)
            case Errand():
                self.hands.errand(effect)

    def _mark(self, lease: Lease | None) -> None:
        """Let the mark say whether an emergency is in force; after the strike, which comes first."""
        standing = isinstance(lease, Standing)
        if standing is not self._marked:
            self._marked = standing
            (self.hands.mark.set if standing else self.hands.mark.clear)()
