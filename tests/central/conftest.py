"""The two real databases that every suite on the centre's database runs on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from gate.central.adapters.sql.archive import SqlArchive
from gate.central.adapters.sql.engine import Database, open_database
from gate.central.adapters.sql.erasure import SqlEraser
from gate.central.adapters.sql.events import SqlStore
from gate.central.adapters.sql.office import SqlOffice
from gate.central.adapters.sql.tables import gate_central, metadata
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

    @cached_property
    def read_open(self) -> SqlArchive:
        """The same to read from."""
        return self.archive()

    def database(self) -> Database:
        found = open_database(self.url, self.password)
        self.opened.callback(found.close)
        return found

    def store(self) -> SqlStore:
        return SqlStore(self.database())

    def archive(self) -> SqlArchive:
        return SqlArchive(self.database())

    def office(self) -> SqlOffice:
        return SqlOffice(self.database())

    def eraser(self) -> SqlEraser:
        return SqlEraser(self.database())


@contextmanager
def at(url: str, password: str | None = None) -> Iterator[Place]:
    with ExitStack() as opened:
        yield Place(url, password, opened)


@pytest.fixture(scope="session")
def shared_url(server: Server) -> str:
    """A database that the tests have one after the other: to empty one costs much less than to make one."""
    return server.new()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        url, password = f"sqlite:///{tmp_path}/centre.db", None
    else:
        url, password = request.getfixturevalue("shared_url"), PASSWORD
        emptied(url)
    with at(url, password) as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """The same, for a test that does to it what cannot be undone."""
    new = request.getfixturevalue("server").new if request.param == "postgresql" else None
    with at(new() if new else f"sqlite:///{tmp_path}/centre.db", PASSWORD if new else None) as found:
        yield found


def emptied(url: str) -> None:
    """Every table but the one that says whose database it is."""
    with at(url, PASSWORD) as found, found.database().writing() as link:
        for table in reversed(metadata.sorted_tables):
            if table is not gate_central:
                link.execute(table.delete())
