"""The controller: the one thread that owns the access point. It waits for signals and deadlines, and performs effects.

It never touches disk or network: what must be kept goes to the recorder's queue.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from gate.access.access_point import AccessPoint
from gate.access.effects import Effect, Light, Persist, Release, Secure
from gate.access.signals import Presented, Signal, Started, Stopping, Tick
from gate.ports import Clock, DoorStrike, Indicator
from gate.service.signal_log import Handled, SignalLog
from gate.service.threads import Beat

log = logging.getLogger(__name__)

PRESENTED_LIMIT = 64
"""Signals waiting at which a presentation is dropped; the next frame repeats it."""
LONGEST_WAIT_NS = 500_000_000


class Controller:
    """Runs the access point. ``post`` and ``offer`` may be called on any thread and never block."""

    def __init__(
        self,
        point: AccessPoint,
        clock: Clock,
        strike: DoorStrike,
        indicator: Indicator,
        persist: Callable[[Persist], None],
        signal_log: SignalLog | None = None,
    ) -> None:
        self.dropped = 0
        self._point = point
        self._clock = clock
        self._strike = strike
        self._indicator = indicator
        self._persist = persist
        self._signal_log = signal_log
        self._inbox: queue.SimpleQueue[Signal] = queue.SimpleQueue()

    def post(self, signal: Signal) -> None:
        """Hand over a signal that must not be lost."""
        self._inbox.put(signal)

    def offer(self, presented: Presented) -> None:
        """Hand over a presentation, or drop and count it when the controller is behind."""
        if self._inbox.qsize() < PRESENTED_LIMIT:
            self._inbox.put(presented)
        else:
            self.dropped += 1

    def run(self, version: str, stop: threading.Event, beat: Beat) -> None:
        """Work until stopped; the first signal is ``Started``, the last one ``Stopping``."""
        self._handle(Started(version))
        while not stop.is_set():
            beat()
            self._handle(self._next())
        self._drain()
        self._handle(Stopping("stopped in order"))

    def _next(self) -> Signal:
        now_ns = self._clock.now().mono_ns
        deadline_ns = self._point.deadline_ns(now_ns)
        wait_ns = LONGEST_WAIT_NS if deadline_ns is None else min(deadline_ns - now_ns, LONGEST_WAIT_NS)
        try:
            return self._inbox.get(timeout=max(wait_ns, 0) / 1e9)
        except queue.Empty:
            return Tick()

    def _drain(self) -> None:
        while not self._inbox.empty():
            self._handle(self._inbox.get())

    def _handle(self, signal: Signal) -> None:
        now = self._clock.now()
        effects = self._point.handle(signal, now)
        for effect in effects:
            self._perform(effect)
        if self._signal_log is not None and (effects or not isinstance(signal, Tick)):
            self._signal_log.write(Handled(now, signal, effects))

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Release(lease):
                self._strike.release(lease)
            case Secure():
                self._strike.secure()
            case Light(lit):
                self._indicator.show(lit)
            case Persist():
                self._persist(effect)
