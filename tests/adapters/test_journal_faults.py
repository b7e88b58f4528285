"""The SQLite journal under fire: any statement fails, the process is killed at any statement, crashes at random.

Three promises hold each time: what was acknowledged is there, numbers have no gap, the chain is intact and no group is
there in part.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.ports import AckVerdict, AdapterError
from gate.wire import chain
from tests.adapters import journal_child
from tests.contract.test_journal import entry


class FailingConnection(sqlite3.Connection):
    """Fails the statement whose turn it is, before it is executed."""

    left = -1

    def execute(self, *args: Any) -> sqlite3.Cursor:
        self._count()
        return super().execute(*args)

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        self._count()
        return super().executemany(*args)

    def _count(self) -> None:
        kind = type(self)
        kind.left -= 1
        if kind.left == 0:
            raise sqlite3.OperationalError("disk I/O error")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> type[FailingConnection]:
    class Failing(FailingConnection):
        pass

    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: real(*args, factory=Failing, **more))
    return Failing


def check(path: Path, acknowledged: int) -> int:
    """The promises; how many records there are."""
    with JournalReader(path) as reader:
        bodies = [record.body for record in reader.records()]
        found = chain.verify(reader.ulid, bodies)
        assert found == chain.Intact(len(bodies), chain.digest(bodies[-1]) if bodies else chain.first_prev(reader.ulid))
        assert reader.memory() == (b"%d" % len(bodies) if bodies else None)
    assert len(bodies) >= acknowledged
    return len(bodies)


def test_any_statement_may_fail_and_the_next_try_works(tmp_path: Path, failing: type[FailingConnection]) -> None:
    statement, failures = 0, 0
    while failures == statement:
        statement += 1
        path = tmp_path / f"{statement}.db"
        failing.left = statement
        failures += _work_in_spite_of_failures(path)
        failing.left = -1
        assert check(path, 6) == 6
    assert failures > 25


def _work_in_spite_of_failures(path: Path) -> int:
    failures = 0
    journal: SqliteJournal | None = None
    done = 0
    while done < len(journal_child.GROUPS):
        try:
            journal = journal or SqliteJournal(path)
            journal.commit(journal_child.group(done))
            done += 1
            journal.confirm([done])
        except AdapterError:
            failures += 1
            if journal is not None:
                with JournalReader(path) as reader:
                    present = len(list(reader.records()))
                assert present == sum(journal_child.GROUPS[:done]), "a group that failed is there in part"
    assert journal is not None
    journal.close()
    return failures


def test_a_kill_at_any_statement_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """One process forks a child for each statement; the child kills itself there with SIGKILL."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.adapters.journal_child", tmp_path],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    killed, survived = map(int, done.stdout.split())
    assert killed > 25
    assert survived == killed + 1, "the last child is never killed and ends the series"
    totals = set()
    for statement in range(1, survived + 1):
        path = tmp_path / f"{statement}.db"
        acknowledged = len((tmp_path / f"{statement}.ack").read_text().split())
        SqliteJournal(path).close()
        present = check(path, sum(journal_child.GROUPS[:acknowledged]))
        assert present in {sum(journal_child.GROUPS[:n]) for n in (acknowledged, acknowledged + 1)}
        totals.add(present)
        go_on = SqliteJournal(path)
        go_on.commit([entry(b"%d" % (present + 1))])
        go_on.close()
        assert check(path, present + 1) == present + 1
    assert totals == {0, 3, 4, 6}, "the kills did not fall into every part of the work"


class JournalMachine(RuleBasedStateMachine):
    """Commits, confirmations, reopenings and crashes in any order, against a plain list."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="gate-journal-"))
        self.lives = 0
        self.journal = SqliteJournal(self.path)
        self.ulid = self.journal.ulid
        self.total = 0
        self.confirmed: set[int] = set()
        self.aside: set[int] = set()
        self.back: set[int] = set()
        self.again: set[int] = set()
        self.saved: tuple[set[int], ...] = (set(), set(), set(), set())
        """What a crash leaves of them: they are written with the next commit."""

    @property
    def path(self) -> Path:
        return self.folder / f"life-{self.lives}" / "journal.db" if self.lives else self.folder / "journal.db"

    @rule(count=st.integers(1, 5))
    def commit(self, count: int) -> None:
        self.journal.commit([entry(b"%d" % (self.total + n + 1)) for n in range(count)])
        self.total += count
        self.save()

    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        seqs = data.draw(st.lists(st.integers(1, max(1, self.total)), max_size=4))
        self.journal.confirm(seqs)
        self.confirmed.update(seq for seq in seqs if seq <= self.total)
        self.aside -= self.confirmed
        self.back -= self.confirmed
        self.again -= self.confirmed

    @rule(seq=st.integers(1, 30))
    def confirm_up_to(self, seq: int) -> None:
        verdict = self.journal.confirm_up_to(self.ulid, seq)
        assert verdict is (AckVerdict.TAKEN if seq <= self.total else AckVerdict.BEYOND)
        if seq <= self.total:
            special = self.aside | self.back | self.again
            ordinary = set(range(1, self.total + 1)) - self.confirmed - special
            reached = min(ordinary, default=self.total + 1) - 1
            self.confirmed.update(set(range(1, seq + 1)) - special)
            if seq > reached:
                self.confirmed |= {one for one in self.again if one <= seq}
                self.again -= self.confirmed

    @rule(first=st.integers(1, 30), length=st.integers(0, 5))
    def unconfirm(self, first: int, length: int) -> None:
        again = self.confirmed & set(range(first, first + length + 1))
        assert self.journal.unconfirm(first, first + length) == len(again)
        self.confirmed -= again
        self.again |= again
        self.save()

    @rule(seq=st.integers(1, 30))
    def set_aside(self, seq: int) -> None:
        self.journal.set_aside(seq, "refused")
        if seq <= self.total and seq not in self.confirmed:
            self.aside.add(seq)
            self.back.discard(seq)
            self.again.discard(seq)

    @rule(seq=st.integers(1, 30))
    def restore(self, seq: int) -> None:
        self.journal.restore(seq)
        if seq in self.aside:
            self.aside.remove(seq)
            self.back.add(seq)

    def save(self) -> None:
        self.saved = (set(self.confirmed), set(self.aside), set(self.back), set(self.again))

    @rule()
    def flush(self) -> None:
        self.journal.flush()
        self.save()

    @rule()
    def reopen(self) -> None:
        self.journal.close()
        self.save()
        self.journal = SqliteJournal(self.path)

    @rule()
    def crash(self) -> None:
        """The files as they stand at this moment are all that a kill leaves; go on from a copy of them."""
        old, left = self.path.parent, self.journal
        self.lives += 1
        self.path.parent.mkdir()
        for file in old.glob("journal.db*"):
            shutil.copy(file, self.path.parent)
        left.close()
        self.journal = SqliteJournal(self.path)
        self.confirmed, self.aside, self.back, self.again = self.saved
        self.save()

    @invariant()
    def nothing_is_lost(self) -> None:
        records = self.journal.unconfirmed(0, 10_000)
        open_ones = set(range(1, self.total + 1)) - self.confirmed
        assert [record.seq for record in records] == sorted(open_ones - self.aside)
        assert self.journal.backlog() == self.journal.figures().depth == len(open_ones)
        assert [one.seq for one in self.journal.asides()] == sorted(self.aside)
        assert self.journal.ulid == self.ulid
        assert check(self.path, self.total) == self.total

    def teardown(self) -> None:
        self.journal.close()
        shutil.rmtree(self.folder)


JournalMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestJournalMachine = JournalMachine.TestCase
