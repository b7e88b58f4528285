"""A journal of the first format becomes one of today's in one step, whatever happens meanwhile.

``tests/golden/journal-v1.db`` was made by the code of format 1: twelve records; 1, 2, 3, 6 and 8 are confirmed.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from gate.adapters.journal_sqlite import SCHEMA_VERSION, JournalReader, SqliteJournal
from gate.ports import AckVerdict, AdapterError
from gate.wire import chain
from tests.adapters.test_journal_faults import FailingConnection, failing
from tests.contract.test_journal import entry
from tests.wire.examples import NOON, ULID_A

__all__ = ["failing"]  # a fixture

GOLDEN = Path(__file__).parents[1] / "golden" / "journal-v1.db"
OPEN = [4, 5, 7, 9, 10, 11, 12]


def _old_bodies() -> list[bytes]:
    db = sqlite3.connect(f"file:{GOLDEN}?immutable=1", uri=True)
    found = [body for (body,) in db.execute("SELECT body FROM record ORDER BY seq")]
    db.close()
    return found


OLD_BODIES = _old_bodies()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(shutil.copy(GOLDEN, tmp_path / "journal.db"))


def check(path: Path) -> None:
    """All that the old one held, and how."""
    journal = SqliteJournal(path)
    assert (journal.ulid, journal.memory(), journal.backlog()) == (ULID_A, b'{"memory":12}', len(OPEN))
    assert [record.seq for record in journal.unconfirmed(0, 99)] == OPEN
    bodies = [record.body for record in journal.range(1, 99, 99)]
    journal.close()
    assert isinstance(chain.verify(ULID_A, bodies), chain.Intact)
    assert bodies == OLD_BODIES


def schema(path: Path) -> list[tuple[str, str]]:
    db = sqlite3.connect(path)
    found = db.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()
    found.append(("version", str(db.execute("PRAGMA user_version").fetchone()[0])))
    db.close()
    return found


def test_everything_is_kept(path: Path) -> None:
    check(path)
    check(path)


def test_it_is_then_like_one_that_was_made_today(path: Path, tmp_path: Path) -> None:
    check(path)
    SqliteJournal(tmp_path / "new.db").close()
    assert schema(path) == schema(tmp_path / "new.db")
    assert schema(path)[-1] == ("version", str(SCHEMA_VERSION))


def test_alarms_and_times_are_known_of_the_old_records_too(path: Path) -> None:
    journal = SqliteJournal(path)
    rows = journal._db().execute("SELECT seq, kind, at_ms FROM record").fetchall()
    journal.close()
    assert [seq for seq, kind, _ in rows if kind == 1] == [10, 11, 12]
    assert {at_ms // 1000 for _, _, at_ms in rows} == {int(NOON.utc.timestamp())}


def test_it_goes_on_where_the_old_one_ended(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.commit([entry(b"new")])
    assert journal.confirm_up_to(ULID_A, 12) is AckVerdict.TAKEN
    assert [record.seq for record in journal.unconfirmed(0, 99)] == [13]
    journal.close()


def test_staff_who_read_the_old_one_are_told_what_to_do(path: Path) -> None:
    with pytest.raises(AdapterError, match="older format 1: start the service once"):
        JournalReader(path)


def test_any_statement_may_fail_and_the_old_one_is_still_there_whole(
    path: Path, tmp_path: Path, failing: type[FailingConnection]
) -> None:
    """As a crash there: what is not committed is not there for whoever opens it next."""
    statement, failed = 0, True
    while failed:
        statement += 1
        copy = Path(shutil.copy(path, tmp_path / f"{statement}.db"))
        failing.left = statement
        try:
            SqliteJournal(copy).close()
            failed = False
        except AdapterError:
            failing.left = -1
            assert schema(copy)[-1] in {("version", "1"), ("version", "2")}
        failing.left = -1
        check(copy)
    assert statement > 20


def test_records_that_are_no_json_do_not_stop_it(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("UPDATE record SET body = x'ff00' WHERE seq = 2")
    db.commit()
    db.close()
    SqliteJournal(path).close()
