"""Not a test: forks a child for each statement of some journal work, which SIGKILLs itself just before that statement.

Prints how many were killed and how many were made; each writes one line to its .ack file when a commit has returned.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from itertools import count
from pathlib import Path
from typing import Any

from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import Entry
from tests.contract.test_journal import entry

GROUPS = (3, 1, 2)


def group(index: int) -> list[Entry]:
    first = sum(GROUPS[:index]) + 1
    return [entry(b"%d" % number) for number in range(first, first + GROUPS[index])]


def work(path: Path) -> None:
    acknowledgements = os.open(path.with_suffix(".ack"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    journal = SqliteJournal(path)
    for index in range(len(GROUPS)):
        journal.commit(group(index))
        os.write(acknowledgements, b"%d\n" % index)
        journal.confirm([index + 1])
    journal.close()


def kill_at(statement: int) -> None:
    """SQLite tells of a statement before it executes it."""
    left = iter(range(statement - 1, -1, -1))
    real = sqlite3.connect

    def connect(*args: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*args, **more)
        connection.set_trace_callback(lambda _: None if next(left, 1) else os.kill(os.getpid(), signal.SIGKILL))
        return connection

    sqlite3.connect = connect  # type: ignore[assignment]


def main() -> None:
    folder = Path(sys.argv[1])
    killed = 0
    for statement in count(1):
        (folder / f"{statement}.ack").touch()
        child = os.fork()
        if child == 0:
            kill_at(statement)
            work(folder / f"{statement}.db")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        killed += 1
    print(killed, statement)  # noqa: T201  (its answer)


if __name__ == "__main__":
    main()
