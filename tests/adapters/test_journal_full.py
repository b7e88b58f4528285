"""A file system that is really full: the kernel says ENOSPC, and the journal goes on when there is room again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.ports import AdapterError
from gate.wire import chain
from tests.contract.test_journal import entry


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 200 KiB."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "none", tmp_path], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


def fill(journal: SqliteJournal) -> int:
    """Commit until the disk is full; how many records were taken."""
    for number in range(0, 1000, 5):
        try:
            journal.commit([entry() for _ in range(5)])
        except AdapterError:
            return number
    return 1000


def test_a_disk_that_is_full_loses_nothing_and_works_again_with_space(small_disk: Path) -> None:
    path = small_disk / "journal.db"
    journal = SqliteJournal(path)
    acknowledged = fill(journal)
    assert 20 < acknowledged < 1000
    for _ in range(3):
        with pytest.raises(AdapterError):
            journal.commit([entry() for _ in range(500)])
    assert journal.backlog() == acknowledged
    subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True)
    journal.commit([entry()])
    journal.close()
    with JournalReader(path) as reader:
        found = chain.verify(reader.ulid, [record.body for record in reader.records()])
    assert isinstance(found, chain.Intact)
    assert found.count == acknowledged + 1


def test_a_disk_that_is_full_already_is_named_as_what_it_is(small_disk: Path) -> None:
    path = small_disk / "journal.db"
    SqliteJournal(path).close()
    with (small_disk / "other").open("wb", buffering=0) as other, suppress(OSError):
        while other.write(bytes(4096)):
            pass
    with pytest.raises(AdapterError, match="free some space on its disk"):
        SqliteJournal(path)
    (small_disk / "other").unlink()
    SqliteJournal(path).close()
