"""The controller's inbox: everybody who has something to tell the core puts a signal here, from any thread."""

from __future__ import annotations

import queue

from gate.access.signals import Presented, Signal

PRESENTED_LIMIT = 64
"""Signals waiting at which a presentation is dropped; the next frame repeats it."""


class Inbox:
    """Never blocks who puts something in; only presentations may be dropped."""

    def __init__(self) -> None:
        self.dropped = 0
        """Presentations that found the inbox full."""
        self._signals: queue.SimpleQueue[Signal] = queue.SimpleQueue()

    def post(self, signal: Signal) -> None:
        """Hand over a signal that must not be lost."""
        self._signals.put(signal)

    def offer(self, presented: Presented) -> None:
        """Hand over a presentation, or drop and count it when the controller is behind."""
        if self._signals.qsize() < PRESENTED_LIMIT:
            self._signals.put(presented)
        else:
            self.dropped += 1

    def take(self, wait_s: float) -> Signal | None:
        """The next signal, waiting for it at most so long; None when none came."""
        try:
            return self._signals.get(timeout=max(wait_s, 0))
        except queue.Empty:
            return None
