"""The only place where threads are made. ``docs/threads.md`` lists them all."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

Beat = Callable[[], None]
Body = Callable[[threading.Event, Beat], None]
"""What a worker runs: until the event is set, calling ``beat`` at least once a second as it makes progress."""


class Worker:
    """A named thread with a heartbeat; its end, wanted or not, is told to ``on_end`` on that thread."""

    def __init__(self, name: str, body: Body, on_end: Callable[[Worker], None]) -> None:
        self.name = name
        self.error: Exception | None = None
        self._body = body
        self._on_end = on_end
        self._stop = threading.Event()
        self._beaten_ns = time.monotonic_ns()
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Start the thread; once."""
        self._beat()
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Ask the body to return and wait for it; False when it did not in time."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether its end is wanted."""
        return self._stop.is_set()

    def ended_by_itself(self) -> bool:
        """Whether it was started, and has ended although nobody asked."""
        return self._thread.ident is not None and not self._thread.is_alive() and not self.stopping

    def silent_s(self) -> float:
        """Seconds since the last heartbeat."""
        return (time.monotonic_ns() - self._beaten_ns) / 1e9

    def _beat(self) -> None:
        self._beaten_ns = time.monotonic_ns()

    def _run(self) -> None:
        try:
            self._body(self._stop, self._beat)
        except Exception as error:  # the top of a thread
            self.error = error
            log.exception("the %s thread failed", self.name)
        finally:
            self._on_end(self)
