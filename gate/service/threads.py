"""The threads of the service. ``docs/threads.md`` lists all threads of the process."""

from __future__ import annotations

import faulthandler
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

log = logging.getLogger(__name__)

Beat = Callable[[], None]
Body = Callable[[threading.Event, Beat], None]
"""What a worker runs: until the event is set, calling ``beat`` at least once a second as it makes progress."""


PATIENCE_S = 5.0
"""For a worker that waits for nothing that can be slow."""


class Worker:
    """A named thread with a heartbeat; its end, wanted or not, is told to ``on_end`` on that thread."""

    def __init__(self, name: str, body: Body, on_end: Callable[[Worker], None], patience_s: float = PATIENCE_S) -> None:
        self.name = name
        self.patience_s = patience_s
        """How long it may be silent before it counts as stalled."""
        self.error: Exception | None = None
        self.ended_unasked = False
        """Whether it has ended although nobody asked; known before ``on_end`` is called."""
        self._body = body
        self._on_end = on_end
        self._stop = threading.Event()
        self._beaten_ns = time.monotonic_ns()
        # A daemon, so that a body that hangs cannot keep the process from ending; ``stop`` ends it in order.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

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
            self.ended_unasked = not self._stop.is_set()
            self._on_end(self)


def watch_foreign_threads(told: Callable[[str], None]) -> None:
    """From now on tell the name of every thread that ends with an exception nobody caught: a library's, such as paho's.

    ``told`` is called on that thread.
    """

    def ended(failure: threading.ExceptHookArgs) -> None:
        name = failure.thread.name if failure.thread else "unnamed"
        log.error("a library's thread failed: %s", name, exc_info=failure.exc_value)
        told(name)

    threading.excepthook = ended


STDERR = 2


@dataclass(slots=True)
class _End:
    """When the process is to be ended (seconds, monotonic); there is one such moment."""

    at_s: float | None = None


_END = _End()


def end_process_in(seconds: float) -> None:
    """The last resort: end the process then with exit code 1, with every thread's place on stderr. Main thread only.

    It needs neither Python nor any thread of ours to make progress.
    """
    _END.at_s = time.monotonic() + seconds
    faulthandler.dump_traceback_later(seconds, exit=True, file=STDERR)


def let_process_live() -> None:
    """Call off ``end_process_in``."""
    _END.at_s = None
    faulthandler.cancel_dump_traceback_later()


@contextmanager
def done_or_ended_in(seconds: float) -> Iterator[None]:
    """End the process when what is within takes longer; an earlier ``end_process_in`` stays in force. Main thread."""
    before_s = _END.at_s
    end_process_in(seconds if before_s is None else min(seconds, _left(before_s)))
    try:
        yield
    finally:
        if before_s is None:
            let_process_live()
        else:
            end_process_in(_left(before_s))


def _left(until_s: float) -> float:
    return max(0.001, until_s - time.monotonic())


def end_process() -> NoReturn:
    """End the process now with exit code 1; nothing is tidied up, so that nothing can be waited for."""
    log.critical("the process ends at once")
    os._exit(1)
