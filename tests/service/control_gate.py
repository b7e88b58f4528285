"""A local control on a real socket, with a core behind it that says what a test wants."""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gate.access.answers import Reply
from gate.access.effects import Answer
from gate.access.signals import ControlRefused, Ordered
from gate.adapters.clock_system import SystemClock
from gate.adapters.local_socket.control import ControlSocket
from gate.adapters.local_socket.peer import Officers
from gate.service.control import Control, Posts
from gate.service.control_verbs import Reasons
from gate.service.threads import Worker
from tests.line_client import LONG_S

OFFICERS_GID = 43_210
REASONS = Reasons(("officer_present", "known"), ("officer_present", "ill"))


class ControlledGate:
    """Serves until closed. ``reply`` is asked for each order, on a thread like the controller's; None: no answer."""

    def __init__(self, path: Path, reply: Callable[[Ordered], Reply | None]) -> None:
        self.path = path
        self.reply = reply
        self.ordered: list[Ordered] = []
        self.refused: list[ControlRefused] = []
        self._heard = threading.Condition()
        self._inbox: queue.SimpleQueue[Ordered | None] = queue.SimpleQueue()
        self.core = Worker("core", self._answer_all, lambda _: None)
        self.core.start()
        self.socket = ControlSocket(path, Officers("gate-officers", OFFICERS_GID, os.geteuid()))
        self.control = Control(self.socket, REASONS, Posts(self._order, self._refusal), SystemClock())
        self.worker = Worker("local control", self.control.run, lambda _: None)
        self.worker.start()

    def _order(self, ordered: Ordered) -> None:
        with self._heard:
            self.ordered.append(ordered)
            self._heard.notify_all()
        self._inbox.put(ordered)

    def _answer_all(self, _stop: threading.Event, _beat: object) -> None:
        while (ordered := self._inbox.get()) is not None:
            reply = self.reply(ordered)
            if reply is not None:
                self.control.answer(Answer(ordered.request, reply))

    def _refusal(self, refused: ControlRefused) -> None:
        with self._heard:
            self.refused.append(refused)
            self._heard.notify_all()

    def wait(self, condition: Callable[[], bool]) -> None:
        with self._heard:
            assert self._heard.wait_for(condition, LONG_S), (self.ordered, self.refused)

    def stop(self) -> None:
        self.worker.stop(0)
        self.socket.wake()
        assert self.worker.stop(LONG_S)

    def close(self) -> None:
        self.stop()
        self._inbox.put(None)
        assert self.core.stop(LONG_S)
        assert self.worker.error is self.core.error is None


def done(_: Ordered) -> Reply:
    return Reply(done=True, text="done so")


@contextmanager
def controlled_gate(reply: Callable[[Ordered], Reply | None] = done) -> Iterator[ControlledGate]:
    """In a folder that every account can enter."""
    with open_folder() as folder:
        gate = ControlledGate(folder / "control.sock", reply)
        try:
            yield gate
        finally:
            gate.close()


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every account can enter."""
    folder = Path(tempfile.mkdtemp(prefix="gate-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
