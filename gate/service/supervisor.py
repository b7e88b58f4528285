"""The main thread: starts the workers in order, feeds the watchdog while they make progress, stops them in reverse."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from gate.ports import Notifier
from gate.service.threads import Worker

log = logging.getLogger(__name__)

STALLED_S = 5.0
"""A must-run worker that is silent for longer does not make progress: the watchdog is no longer fed."""
LOOK_S = 1.0
STOP_BUDGET_S = 4.5
"""What all workers together may take to stop; systemd and a person both see an end within 5 s."""


class Supervisor:
    """Runs the workers until a signal or until one of them ends by itself."""

    def __init__(self, notifier: Notifier, status: Callable[[], str]) -> None:
        self._notifier = notifier
        self._status = status
        self._wake = threading.Event()
        self._workers: list[Worker] = []

    def ended(self, worker: Worker) -> None:
        """Wake up: a worker has ended. Called on that worker's thread."""
        if not worker.stopping:
            log.error("the %s thread ended by itself; the service stops so that it can be restarted", worker.name)
        self._wake.set()

    def stop(self) -> None:
        """Ask the service to stop in order; from any thread or signal handler."""
        self._wake.set()

    def run(self, workers: Sequence[Worker]) -> int:
        """Run until something ends it; the exit code is 0 only when every worker ended as asked."""
        try:
            for worker in workers:
                self._workers.append(worker)
                worker.start()
            self._notifier.ready(self._status())
            self._watch()
        finally:
            self._notifier.stopping()
            stopped = self._stop_all()
        return 0 if stopped and all(worker.error is None for worker in workers) else 1

    def _watch(self) -> None:
        while not self._wake.wait(LOOK_S):
            stalled = [worker.name for worker in self._workers if worker.silent_s() > STALLED_S]
            if stalled:
                log.error("no progress on: %s", ", ".join(stalled))
            else:
                self._notifier.watchdog()
            self._notifier.status(self._status())

    def _stop_all(self) -> bool:
        unwanted = [worker for worker in self._workers if worker.ended_by_itself()]
        deadline_s = time.monotonic() + STOP_BUDGET_S
        in_time = [worker.stop(max(0.1, deadline_s - time.monotonic())) for worker in reversed(self._workers)]
        return all(in_time) and not unwanted


def stop_on_signals(supervisor: Supervisor) -> None:
    """SIGTERM and SIGINT stop the service in order."""

    def asked(number: int, _frame: FrameType | None) -> None:
        log.info("%s: stopping", signal.Signals(number).name)
        supervisor.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
