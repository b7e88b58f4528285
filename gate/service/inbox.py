"""The controller's inbox: everybody who has something to tell the core puts a signal here, from any thread."""

from __future__ import annotations

import queue

from gate.access.command import CommandRejected
from gate.access.signals import ControlRefused, Presented, Signal, SiteHeard

PRESENTED_LIMIT = 64
"""Signals waiting at which a presentation is dropped: the next frame repeats it."""
REFUSED_LIMIT = 16
"""The same for refusals, of which one tells of many: strangers take no visitor's place."""


class Inbox:
    """Never blocks who puts something in; only presentations, refusals and what other gates tell may be dropped."""

    def __init__(self) -> None:
        self.dropped = 0
        """Offers that found the inbox full."""
        self._signals: queue.SimpleQueue[Signal] = queue.SimpleQueue()

    def post(self, signal: Signal) -> None:
        """Hand over a signal that must not be lost."""
        self._signals.put(signal)

    def offer(self, signal: Presented | ControlRefused | CommandRejected | SiteHeard) -> bool:
        """Hand over what others can cause at will, or drop and count it when the controller is behind.

        Returns whether it was handed over.
        """
        limit = REFUSED_LIMIT if isinstance(signal, (ControlRefused, CommandRejected)) else PRESENTED_LIMIT
        if self._signals.qsize() < limit:
            self._signals.put(signal)
            return True
        self.dropped += 1
        return False

    def take(self, wait_s: float) -> Signal | None:
        """The next signal, waiting for it at most so long; None when none came."""
        try:
            return self._signals.get(timeout=max(wait_s, 0))
        except queue.Empty:
            return None
