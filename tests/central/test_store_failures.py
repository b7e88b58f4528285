"""The database fails or vanishes, or a worker is killed, at any statement: a batch is kept whole or not at all."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.events import SqlStore
from gate.central.adapters.sql.tables import finding
from gate.central.arrivals import Arrived, Wrong
from gate.central.store import BusyError, Saved, StoreError
from tests.broker import HOST, free_port
from tests.central.conftest import Place, at
from tests.central.dumps import dump
from tests.central.examples import NOON, TOPIC
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
    assert not isinstance(told.value, BusyError), "another message may do"


def test_a_file_that_another_program_holds_and_a_full_disk_are_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.central.adapters.sql.engine._BUSY_S", 0)
    with at(f"sqlite:///{tmp_path}/centre.db") as place:
        place.kept_open.save(BEFORE, [], NOON)
        with place.kept_database.writing(), pytest.raises(BusyError, match="locked"):
            place.second.save(AFTER, [], NOON)
        full = place.database()
        with full.reading() as link:
            link.exec_driver_sql("PRAGMA max_page_count = 1")
        big = Wrong(TOPIC, bytes(1_000_000), "long")
        with pytest.raises(BusyError, match="full"):
            SqlStore(full).save([], [big], NOON)


def test_a_server_that_is_away_is_busy() -> None:
    with pytest.raises(BusyError):
        open_database(f"postgresql://gate@{HOST}:{free_port()}/centre")


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


class Telling(SqlStore):
    """Notes on the link that it is asked."""

    def __init__(self, place: Place, link: MemoryLink) -> None:
        super().__init__(place.database())
        self._link = link

    def save(self, arrived: Sequence[Arrived], wrong: Sequence[Wrong], now: datetime) -> Saved:
        if arrived or wrong:
            self._link.deliver_note("asked")
        return super().save(arrived, wrong, now)


def test_a_table_that_others_hold_costs_time_and_sets_nothing_apart(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `gate central erase` does while PostgreSQL writes a table anew: the database answers, and takes no event."""
    monkeypatch.setattr("gate.central.ingest.RETRY_S", (0.0,))
    monkeypatch.setattr("gate.central.adapters.sql.engine._SESSION", ("SET lock_timeout = '5ms'",))
    link = MemoryLink()
    with at(server.new(), PASSWORD) as place, at_work(Telling(place, link), link) as ingest:
        link.until(lambda: bool(link.of("start")))
        with place.kept_database.writing() as other:
            other.execute(text("LOCK TABLE event IN ACCESS EXCLUSIVE MODE"))
            link.deliver(*deliveries(2))
            link.until(lambda: len(link.of("log")) > 20)
            assert link.of("acknowledge") == []
        link.until(lambda: link.of("acknowledge") == [1, 2])
        assert (ingest.counts.kept, ingest.counts.wrong) == (2, 0)


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
