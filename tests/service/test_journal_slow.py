"""A disk that takes its time, below SQLite: nobody waits but the recorder, and everything is recorded in the end."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gate.adapters.journal_sqlite import SqliteJournal
from gate.service.recorder import Recorder
from gate.service.threads import Worker
from tests.disk.disk import Call, Disk
from tests.disk.vfs import DiskVfs, library
from tests.service.test_outbox import ScriptedBroker
from tests.service.test_recorder import outside_of, persist, visits_in
from tests.wire.examples import IDENTITY

pytestmark = pytest.mark.skipif(library() is None, reason="SQLite is built into this Python")


class SlowSync:
    """Each sync waits until the test lets it go."""

    def __init__(self) -> None:
        self.slow = False
        self.began, self.go_on = threading.Event(), threading.Event()

    def __call__(self, _: Disk, call: Call) -> int:
        if self.slow and call is Call.SYNC:
            self.began.set()
            assert self.go_on.wait(30)
        return 0


def test_a_sync_that_hangs_keeps_nobody_waiting_who_hands_events_over(tmp_path: Path) -> None:
    disk, path, recorded = SlowSync(), tmp_path / "journal.db", list[int]()
    with DiskVfs().mounted(Disk(watch=disk)):
        journal = SqliteJournal(path)
        recorder = Recorder(outside_of(journal, ScriptedBroker(), recorded), IDENTITY)
        worker = Worker("recorder", recorder.run, lambda _worker: None)
        disk.slow = True
        worker.start()
        try:
            recorder.submit(persist(1))
            assert disk.began.wait(30)
            for ticket in range(2, 300):
                recorder.submit(persist(ticket))
            assert recorded == [], "it is not on the disk, and nobody says that it is"
        finally:
            disk.go_on.set()
            assert worker.stop(30)
        assert worker.error is None
        assert recorded == list(range(1, 300)) == visits_in(path)
