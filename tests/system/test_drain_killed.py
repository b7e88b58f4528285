"""B12: the gate is killed again and again while it drains a backlog (B11): nothing is lost, or comes again changed.

``GATE_ROUNDS=500`` for more, ``GATE_SEED`` for others.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.wire import chain, envelope
from gate.wire.envelope import Received
from tests.broker import Broker, running
from tests.contract.test_journal import entry
from tests.subscriber import Centre, subscribed

ROUNDS = int(os.environ.get("GATE_ROUNDS", "20"))
SEED = int(os.environ.get("GATE_SEED", "7"))
BACKLOG = 2_000

pytestmark = [pytest.mark.system, pytest.mark.timeout(600 + 10 * ROUNDS)]


class Arrived:
    """What the centre has, by number; a record that came again must be the same."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.bodies: dict[int, bytes] = {}
        self.again = 0

    def take(self) -> int:
        """Look at what was delivered since the last time; how many records there are."""
        for body in self.centre.records():
            found = envelope.decode(body)
            assert isinstance(found, Received)
            assert found.place is not None
            self.again += found.place.seq in self.bodies
            assert self.bodies.setdefault(found.place.seq, body) == body
        self.centre.deliveries.clear()
        return len(self.bodies)


def drained(journal: Path, broker: Broker) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.nemesis.drainer", journal, str(broker.port)])


def test_whatever_moment_of_a_drain_it_is_killed_at_nothing_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, rng, killed = tmp_path / "journal.db", random.Random(SEED), 0  # noqa: S311  (a day that can be repeated)
    with running(tmp_path) as broker, subscribed(broker, anything=True) as centre:
        arrived = Arrived(centre)
        for _ in range(ROUNDS):
            filled(path)
            target = len(arrived.bodies) + rng.randrange(1, BACKLOG)
            process = drained(path, broker)
            centre.until(lambda at=target: arrived.take() >= at)  # type: ignore[misc]  # bound now
            killed += process.poll() is None
            process.kill()
            process.wait(10)
        last = drained(path, broker)
        assert last.wait(60) == 0
        with JournalReader(path) as journal:
            recorded = {record.seq: record.body for record in journal.records()}
            assert isinstance(chain.verify(journal.ulid, recorded.values()), chain.Intact)
            assert journal.backlog() == 0
        centre.until(lambda: arrived.take() >= len(recorded))
    with capsys.disabled():
        print(f"\n{killed} of {ROUNDS} killed: {len(recorded)} records, {arrived.again} again")  # noqa: T201  (the figures)
    assert arrived.bodies == recorded
    assert killed > ROUNDS // 2


def filled(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.commit([entry() for _ in range(BACKLOG)])
    journal.close()
