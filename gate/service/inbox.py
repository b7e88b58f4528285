"""The controller's inbox: everybody who has something to tell the core puts a signal here, from any thread."""

from __future__ import annotations

import queue

from gate.access.signals import ControlRefused, Presented, Signal, SiteHeard

OFFER_LIMIT = 64
"""Signals waiting at which an offer is dropped: the next frame repeats a presentation, one refusal tells of many."""


class Inbox:
    """Never blocks who puts something in; only presentations, refusals and what other gates tell may be dropped."""

    def __init__(self) -> None:
        self.dropped = 0
        """Offers that found the inbox full."""
        self._signals: queue.SimpleQueue[Signal] = queue.SimpleQueue()

    def post(self, signal: Signal) -> None:
        """Hand over a signal that must not be lost."""
        self._signals.put(signal)

    def offer(self, signal: Presented | ControlRefused | SiteHeard) -> None:
        """Hand over what others can cause at will, or drop and count it when the controller is behind."""
        if self._signals.qsize() < OFFER_LIMIT:
            self._signals.put(signal)
        else:
            self.dropped += 1

    def take(self, wait_s: float) -> Signal | None:
        """The next signal, waiting for it at most so long; None when none came."""
        try:
            return self._signals.get(timeout=max(wait_s, 0))
        except queue.Empty:
            return None
