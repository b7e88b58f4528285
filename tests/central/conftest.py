"""The two real databases that every suite on the centre's database runs on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from gate.central.adapters.sql.engine import Database, open_database
from gate.central.adapters.sql.events import SqlStore
from tests import postgres
from tests.postgres import PASSWORD, Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for all tests of this process."""
    with postgres.running() as started:
        yield started


@dataclass(frozen=True)
class Place:
    """Where a database is; it is opened as often as it is asked, and what was opened is closed after the test."""

    url: str
    password: str | None
    opened: ExitStack

    @cached_property
    def kept_open(self) -> SqlStore:
        """One store for a whole test."""
        return self.store()

    @cached_property
    def second(self) -> SqlStore:
        """Another worker's."""
        return self.store()

    @cached_property
    def kept_database(self) -> Database:
        """One for looking at it, for a whole test."""
        return self.database()

    def database(self) -> Database:
        found = open_database(self.url, self.password)
        self.opened.callback(found.close)
        return found

    def store(self) -> SqlStore:
        return SqlStore(self.database())


@contextmanager
def at(url: str, password: str | None = None) -> Iterator[Place]:
    with ExitStack() as opened:
        yield Place(url, password, opened)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A new, empty database of each kind."""
    if request.param == "sqlite":
        url, password = f"sqlite:///{tmp_path}/centre.db", None
    else:
        url, password = request.getfixturevalue("server").new(), PASSWORD
    with at(url, password) as found:
        yield found
