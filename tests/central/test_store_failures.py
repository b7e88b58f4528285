"""The database fails or vanishes, or a worker is killed, at any statement: a batch is kept whole or not at all."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from gate.central.adapters.sql.events import SqlStore
from gate.central.adapters.sql.tables import finding
from gate.central.store import StoreError
from tests.central.conftest import Place, at
from tests.central.dumps import dump
from tests.central.examples import NOON
from tests.central.killing import AFTER, BEFORE, ODD, Nth, prepared
from tests.central.test_ingest import MemoryLink, at_work, deliveries
from tests.nemesis.link import Link
from tests.postgres import PASSWORD, Server
from tests.untraced import untraced


def fail(_: Connection) -> None:
    raise OperationalError("", {}, OSError("the disk is full"))


def test_a_failure_of_any_statement_keeps_nothing_and_the_next_attempt_all(place: Place) -> None:
    prepared(place)
    before = dump(place)
    place.kept_open.save(AFTER, ODD, NOON)
    after = dump(place)
    database = place.database()
    store, nth = SqlStore(database), Nth(database, fail)
    prepared(place)
    nth.begin(0)
    store.save(AFTER, ODD, NOON)
    statements = nth.count
    assert statements > 8
    for at_ in range(1, statements + 1):
        prepared(place)
        nth.begin(at_)
        with pytest.raises(StoreError):
            store.save(AFTER, ODD, NOON)
        assert dump(place) == before, at_
        store.save(AFTER, ODD, NOON)
        assert dump(place) == after, at_


@pytest.mark.parametrize(("source", "count"), [("secret \ud800", 1), ("secret", 2**70)], ids=["surrogate", "huge"])
def test_a_value_that_it_does_not_take_is_told_and_not_quoted(place: Place, source: str, count: int) -> None:
    row = {"kind": "", "source": source, "subject": "", "detail": "", "first": NOON, "last": NOON, "count": count}
    with pytest.raises(StoreError, match="does not take a value") as told, place.kept_database.writing() as link:
        link.execute(finding.insert(), row)
    assert "secret" not in str(told.value)


def test_a_server_that_cuts_the_connection_at_any_statement_loses_nothing(server: Server) -> None:
    def cut(link: Connection) -> None:
        server.run(f"SELECT pg_terminate_backend({link.connection.dbapi_connection.info.backend_pid}, 5000)")  # type: ignore[union-attr]  # psycopg's

    with at(server.new(), PASSWORD) as place:
        place.kept_open.save(BEFORE, [], NOON)
        place.kept_open.save(AFTER, ODD, NOON)
        after = dump(place)
        database = place.database()
        store, nth = SqlStore(database), Nth(database, cut)
        for at_ in (1, 4, 8):
            prepared(place)
            nth.begin(at_)
            with pytest.raises(StoreError, match="check that the server runs"):
                store.save(AFTER, ODD, NOON)
            store.save(AFTER, ODD, NOON)
            assert dump(place) == after, at_


def test_a_worker_that_is_killed_at_any_statement_loses_nothing(place: Place) -> None:
    """Real kills, of processes that a small program makes: this one has threads, and may not fork."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.central.killing", place.url, place.password or ""],
        capture_output=True,
        text=True,
        check=False,
        env=untraced(),
    )
    assert told.returncode == 0, told.stderr
    assert int(told.stdout) > 3


class Noting(logging.Handler):
    """What is logged, on the link."""

    def __init__(self, link: MemoryLink) -> None:
        super().__init__(logging.ERROR)
        self._link = link

    def emit(self, record: logging.LogRecord) -> None:
        self._link.deliver_note(record.getMessage())


def test_a_network_that_is_cut_costs_time_and_no_event(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gate.central.ingest.RETRY_S", (0.05,))
    link, all_ = MemoryLink(), deliveries(9)
    logging.getLogger("gate.central.ingest").addHandler(noting := Noting(link))
    with Link(server.port) as network, at(server.new(network.port), PASSWORD) as place:
        with at_work(place.store(), link):
            link.until(lambda: bool(link.of("start")))
            link.deliver(*all_[:3])
            link.until(lambda: link.of("acknowledge") == [1, 2, 3])
            network.cut()
            link.deliver(*all_[3:6])
            link.until(lambda: any("cannot be kept" in str(told) for told in link.of("log")))
            assert link.of("acknowledge") == [1, 2, 3]
            network.mend()
            link.until(lambda: link.of("acknowledge") == [1, 2, 3, 4, 5, 6])
            link.deliver(*all_[6:])
            link.until(lambda: link.of("acknowledge") == list(range(1, 10)))
        assert [one.whole_to for one in place.kept_open.journals().values()] == [9]
    logging.getLogger("gate.central.ingest").removeHandler(noting)
