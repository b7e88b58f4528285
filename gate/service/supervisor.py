"""The main thread: starts the workers in order, feeds the watchdog while they make progress, stops them in reverse.

Meanwhile it looks again and again whether what must be bounded is; also while it waits for a worker that hangs.
"""

from __future__ import annotations

import logging
import queue
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

from gate.ports import Notifier
from gate.service.threads import Worker, end_process_in

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the supervisor waits for what, in seconds."""

    look_s: float = 1.0
    """How often it looks after the workers."""
    check_s: float = 0.2
    """How often it checks what must be bounded."""
    one_s: float = 0.5
    """How long one worker may hold up the stopping of the next one."""
    all_s: float = 4.5
    """What all workers together may take to stop."""
    end_s: float = 4.9
    """When the process is ended, whatever hangs; systemd and a person both see an end within 5 s."""


class Supervisor:
    """Runs the workers until a signal or until one of them ends by itself."""

    def __init__(
        self,
        notifier: Notifier,
        status: Callable[[], str],
        pace: Pace | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """``check`` is called on the main thread, and returns soon."""
        self._notifier = notifier
        self._status = status
        self._pace = pace or Pace()
        self._check = check
        # Not an Event: a signal handler may run between any two steps of the main thread, and an Event's lock, held by
        # the thread that the handler interrupts, would never be free. SimpleQueue.put is reentrant.
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._workers: list[Worker] = []
        self._lost: list[str] = []

    def ended(self, worker: Worker) -> None:
        """Wake up: a worker has ended. Called on that worker's thread."""
        if worker.ended_unasked:
            log.error("the %s thread ended by itself; the service stops so that it can be restarted", worker.name)
        self._wake.put(None)

    def stop(self) -> None:
        """Ask the service to stop in order; from any thread or signal handler."""
        self._wake.put(None)

    def foreign_thread_ended(self, name: str) -> None:
        """Stop with exit code 1: a library's thread has failed, and only a restart brings it back. Any thread."""
        self._lost.append(name)
        self._wake.put(None)

    def run(self, workers: Sequence[Worker]) -> int:
        """Run until something ends it; the exit code is 0 only when every worker ended as asked.

        From the moment of stopping the process has ``Pace.end_s`` to end, unless the caller lets it live.
        """
        try:
            for worker in workers:
                self._workers.append(worker)
                worker.start()
            self._notifier.ready(self._status())
            self._watch()
        except BaseException:
            self._lost.append("main")
            raise
        finally:
            end_process_in(self._pace.end_s)
            self._notifier.stopping()
            stopped = self._stop_all()
        return 0 if stopped and not self.failing else 1

    @property
    def failing(self) -> bool:
        """Whether something has ended by itself, so that the service does not stop because it was asked to."""
        return bool(self._lost) or any(worker.error or worker.ended_unasked for worker in self._workers)

    def _watch(self) -> None:
        look_at_s = time.monotonic() + self._pace.look_s
        while not self._woken(look_at_s):
            self._check()
            if time.monotonic() >= look_at_s:
                look_at_s = time.monotonic() + self._pace.look_s
                self._look()

    def _look(self) -> None:
        stalled = [worker.name for worker in self._workers if worker.silent_s() > worker.patience_s]
        if stalled:
            log.error("no progress on: %s", ", ".join(stalled))
        else:
            self._notifier.watchdog()
        self._notifier.status(self._status())

    def _woken(self, look_at_s: float) -> bool:
        try:
            self._wake.get(timeout=max(0.0, min(self._pace.check_s, look_at_s - time.monotonic())))
        except queue.Empty:
            return False
        return True

    def _stop_all(self) -> bool:
        """Ask one after the other, in reverse; one that hangs does not take the time that the others need."""
        deadline_s = time.monotonic() + self._pace.all_s
        for worker in reversed(self._workers):
            self._stopped(worker, time.monotonic() + self._pace.one_s)
        hanging = [worker.name for worker in self._workers if not self._stopped(worker, deadline_s)]
        if hanging:
            log.error("did not stop in time: %s", ", ".join(hanging))
        return not hanging

    def _stopped(self, worker: Worker, until_s: float) -> bool:
        while not worker.stop(max(0.0, min(self._pace.check_s, until_s - time.monotonic()))):
            self._check()
            if time.monotonic() >= until_s:
                return False
        return True


def stop_on_signals(supervisor: Supervisor) -> None:
    """SIGTERM, SIGINT and SIGHUP (the terminal was closed) stop the service in order."""

    def asked(number: int, _frame: FrameType | None) -> None:
        supervisor.stop()
        log.info("%s: stopping", signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, asked)
