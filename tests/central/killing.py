"""A worker that dies at one statement of a batch after the other: ``python -m tests.central.killing URL PASSWORD``.

It prints how many have died; it fails where one has left half a batch, or where the next attempt is not the whole.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event

from gate.central.adapters.sql.engine import Database, open_database
from gate.central.adapters.sql.events import SqlStore
from tests.central.conftest import Place, at
from tests.central.dumps import dump
from tests.central.examples import NOON
from tests.central.test_store_workers import ALL, WRONG, emptied

MOST, STEP = 100, 3
"""Statements of a batch at most; every third, as each death is three processes and four connections."""
BEFORE = [*ALL[:2], ALL[11]]
"""Kept before, so that there are journals, and a gap in one."""
AFTER, ODD = [*ALL, *ALL[:1]], WRONG[:2]
"""The batch that fails."""


class Nth:
    """Does something before the Nth statement of an engine, counting from ``begin``; to commit is a statement too."""

    def __init__(self, database: Database, what: Callable[[Connection], None]) -> None:
        self.count = 0
        self._at, self._what = 0, what
        event.listen(database.engine, "before_cursor_execute", self._statement)
        event.listen(database.engine, "commit", self._statement)

    def begin(self, at_: int) -> None:
        self.count, self._at = 0, at_

    def _statement(self, link: Connection, *_: Any) -> None:
        self.count += 1
        if self.count == self._at:
            self._what(link)


def prepared(place: Place) -> None:
    emptied(place)
    place.kept_open.save(BEFORE, [], NOON)


def main(url: str, password: str | None) -> int:
    """How many have died."""
    with at(url, password) as place:
        prepared(place)
        before = dump(place)
        place.kept_open.save(AFTER, ODD, NOON)
        after = dump(place)
    for died, at_ in enumerate(range(2, MOST, STEP)):
        with at(url, password) as place:
            prepared(place)
        if not dies(url, password, at_):
            return died
        with at(url, password) as place:
            assert dump(place) == before, at_
            place.kept_open.save(AFTER, ODD, NOON)
            assert dump(place) == after, at_
    raise AssertionError("it has no end")


def dies(url: str, password: str | None, at_: int) -> bool:
    """Save the batch in a child that kills itself at this statement; False when it had none so late."""
    child = os.fork()
    if child == 0:
        database = open_database(url, password)
        Nth(database, lambda _: os.kill(os.getpid(), signal.SIGKILL)).begin(at_)
        SqlStore(database).save(AFTER, ODD, NOON)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2] or None))  # noqa: T201  (what it is for)
