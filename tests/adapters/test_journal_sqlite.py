"""The SQLite journal as a file: reopened, read beside the service, locked, altered, full, or not a journal at all."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gate.adapters.journal_sqlite import APPLICATION_ID, JournalReader, SqliteJournal
from gate.adapters.journal_sqlite.transactions import MOST_HELD
from gate.ports import AdapterError, Entry, Slot
from gate.wire import chain
from tests.contract.test_journal import entry


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def fill(path: Path, count: int = 3) -> str:
    journal = SqliteJournal(path)
    journal.commit([entry(b"memory") for _ in range(count)])
    journal.close()
    return journal.ulid


def sql(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_everything_is_there_after_reopening(path: Path) -> None:
    ulid = fill(path)
    journal = SqliteJournal(path)
    assert (journal.ulid, journal.memory(), journal.backlog()) == (ulid, b"memory", 3)
    journal.commit([entry()])
    found = chain.verify(ulid, [record.body for record in journal.unconfirmed(0, 9)])
    journal.close()
    assert isinstance(found, chain.Intact)
    assert found.count == 4


def test_numbers_go_on_when_old_records_were_deleted(path: Path) -> None:
    fill(path)
    sql(path, "DELETE FROM record WHERE seq < 3", "UPDATE journal SET confirmed_to = 3, unconfirmed = 0")
    journal = SqliteJournal(path)
    journal.commit([entry()])
    assert [record.seq for record in journal.unconfirmed(0, 9)] == [4]
    journal.close()


def test_it_is_in_wal_mode_and_syncs_records_but_not_confirmations(path: Path) -> None:
    journal = SqliteJournal(path)
    db = journal._db()
    full = 2
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    journal.commit([entry()])
    assert db.execute("PRAGMA synchronous").fetchone() == (full,)
    log = path.with_name("journal.db-wal")
    before = log.read_bytes()
    journal.confirm([1])
    journal.set_aside(1, "refused")
    assert log.read_bytes() == before, "they wait for the next commit"
    journal.commit([entry()])
    assert log.read_bytes() != before
    with JournalReader(path) as reader:
        assert reader.backlog() == 1
    journal.close()


def test_confirmations_are_written_when_asked_when_many_wait_and_at_the_end(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.commit([entry() for _ in range(100)])
    with JournalReader(path) as reader:
        journal.confirm([1])
        assert reader.backlog() == 100
        journal.flush()
        journal.flush()
        assert reader.backlog() == 99
        for seq in range(2, 2 + MOST_HELD):
            journal.confirm([seq])
        assert reader.backlog() == 99 - MOST_HELD
        journal.confirm([60])
    journal.close()
    again = SqliteJournal(path)
    assert again.backlog() == 98 - MOST_HELD
    again.close()


def test_a_group_that_cannot_be_built_takes_no_confirmation_back(path: Path) -> None:
    def fail(_slot: Slot) -> bytes:
        raise LookupError("no bytes")

    journal = SqliteJournal(path)
    journal.commit([entry() for _ in range(3)])
    journal.confirm([1])
    with pytest.raises(LookupError):
        journal.commit([Entry("access", fail, b"")])
    assert [record.seq for record in journal.unconfirmed(0, 9)] == [2, 3]
    journal.close()


def test_only_its_owner_may_read_it(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.commit([entry()])
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    journal.close()
    assert modes == dict.fromkeys(("journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"), 0o600)


def test_a_second_service_is_refused_until_the_first_has_ended(path: Path) -> None:
    first = SqliteJournal(path)
    with pytest.raises(AdapterError, match="another service uses the journal"):
        SqliteJournal(path)
    first.close()
    SqliteJournal(path).close()


def _open_files() -> set[str]:
    return {file.name for file in Path("/proc/self/fd").iterdir()}


def test_no_file_stays_open_after_a_refusal(path: Path) -> None:
    path.write_bytes(b"no database" * 100)
    before = _open_files()
    with pytest.raises(AdapterError):
        SqliteJournal(path)
    assert _open_files() == before


def test_a_reader_sees_what_is_committed_while_the_service_runs(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.commit([entry(b"m") for _ in range(1203)])
    journal.confirm([1])
    journal.flush()
    with JournalReader(path) as reader:
        assert reader.ulid == journal.ulid
        assert reader.memory() == b"m"
        assert reader.backlog() == 1202
        assert [record.seq for record in reader.records()] == list(range(1, 1204))
        journal.commit([entry()])
        assert [record.seq for record in reader.records(1200)] == [1201, 1202, 1203, 1204]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("DELETE FROM record")
    journal.close()


def test_a_reader_reads_a_journal_nobody_uses(path: Path) -> None:
    fill(path)
    with JournalReader(path) as reader:
        assert len(list(reader.records())) == 3


def test_a_reader_of_nothing_says_so(path: Path) -> None:
    with pytest.raises(AdapterError, match="there is no journal at"):
        JournalReader(path)
    assert not path.exists()


def alter(path: Path) -> None:
    sql(path, "UPDATE record SET body = CAST('{}' AS BLOB) WHERE seq = 3")


def add(path: Path) -> None:
    sql(path, "INSERT INTO record (seq, feed, kind, body) VALUES (4, 'access', 0, x'00')")


def cut_off(path: Path) -> None:
    sql(path, "DELETE FROM record WHERE seq > 1")


def empty(path: Path) -> None:
    sql(path, "DELETE FROM record")


def make_foreign(path: Path) -> None:
    path.unlink()
    sql(path, "CREATE TABLE photos (name TEXT)")


def make_newer(path: Path) -> None:
    sql(path, "PRAGMA user_version = 3")


def make_rubbish(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def make_torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def lose_its_row(path: Path) -> None:
    sql(path, "DELETE FROM journal")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (alter, "record 3 is not the one committed last; keep the file"),
        (add, "record 4 is not the one committed last; keep the file"),
        (cut_off, "its records end with 1, but 3 was committed; keep the file for the centre and move it aside"),
        (empty, "its records end with 0, but 3 was committed; keep the file"),
        (make_foreign, "database of another program: change journal.path"),
        (make_newer, "has format 3, this gate knows 2: install"),
        (make_rubbish, "not a database; keep the file"),
        (make_torn, "malformed; keep the file"),
        (lose_its_row, "own row is missing; keep the file"),
    ],
)
def test_what_is_not_a_good_journal_is_refused_with_advice_and_left_alone(
    path: Path, damage: Any, message: str
) -> None:
    fill(path)
    damage(path)
    before = path.read_bytes()
    with pytest.raises(AdapterError, match=message):
        SqliteJournal(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("leftover", [b"", None])
def test_a_creation_that_was_cut_short_is_done_again(path: Path, leftover: bytes | None) -> None:
    if leftover is None:
        sql(path, "PRAGMA journal_mode = WAL")
    else:
        path.write_bytes(leftover)
    fill(path)
    with JournalReader(path) as reader:
        assert len(list(reader.records())) == 3


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=r"cannot use the folder .* create the folder"):
        SqliteJournal(tmp_path / "nowhere" / "journal.db")


def test_a_folder_in_its_place_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(AdapterError, match="cannot open the journal"):
        SqliteJournal(path)


def test_a_full_disk_takes_the_group_back_and_a_retry_works(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.commit([entry(b"one")])
    db = journal._db()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    group = [entry(b"two") for _ in range(50)]
    with pytest.raises(AdapterError, match="full; free some space"):
        journal.commit(group)
    assert ([record.seq for record in journal.unconfirmed(0, 99)], journal.memory()) == ([1], b"one")
    db.execute("PRAGMA max_page_count = 100000")
    journal.commit(group)
    found = chain.verify(journal.ulid, [record.body for record in journal.unconfirmed(0, 99)])
    assert (journal.memory(), found.seq if isinstance(found, chain.Broken) else found.count) == (b"two", 51)
    journal.close()


def test_the_header_names_the_program(path: Path) -> None:
    fill(path)
    assert path.read_bytes()[68:72] == APPLICATION_ID.to_bytes(4, "big") == b"gate"
