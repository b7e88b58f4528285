"""Each call that SQLite makes of the disk fails once, or from then on until somebody mends it: nothing is lost."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from gate.ports import AdapterError
from tests.adapters.journal_story import Told, check, opened, persevere
from tests.adapters.test_journal_migration import GOLDEN
from tests.adapters.test_journal_migration import check as check_golden
from tests.adapters.test_journal_space import plain
from tests.disk.disk import Call, Disk, works
from tests.disk.vfs import DiskVfs, library

pytestmark = pytest.mark.skipif(library() is None, reason="SQLite is built into this Python")

IOERR, FULL, READONLY, CANTOPEN = 10, 13, 8, 14
EIO = {
    Call.OPEN: CANTOPEN,
    Call.READ: IOERR | 1 << 8,
    Call.WRITE: IOERR | 3 << 8,
    Call.SYNC: IOERR | 4 << 8,
    Call.TRUNCATE: IOERR | 6 << 8,
    Call.SIZE: IOERR | 7 << 8,
    Call.DELETE: IOERR | 10 << 8,
    Call.ACCESS: IOERR | 13 << 8,
    Call.MAP: IOERR | 21 << 8,
}
NO_SPACE = {Call.WRITE: FULL, Call.MAP: IOERR | 19 << 8}
READ_ONLY = {Call.WRITE: READONLY, Call.TRUNCATE: READONLY, Call.DELETE: READONLY, Call.SYNC: IOERR | 4 << 8}
STEPS = 7


class Failing:
    """Fails ``times`` calls from the one with this number on, if they are of a kind that fails so."""

    def __init__(self, errors: dict[Call, int], number: int, times: int) -> None:
        self.errors = errors
        self.number = number
        self.left = times
        self.failed = 0

    def __call__(self, disk: Disk, call: Call) -> int:
        if disk.calls < self.number or not self.left or call not in self.errors:
            return 0
        self.left -= 1
        self.failed += 1
        return self.errors[call]


@pytest.mark.parametrize("times", [1, 9])
@pytest.mark.parametrize("errors", [EIO, NO_SPACE, READ_ONLY], ids=["eio", "full", "read_only"])
def test_any_call_may_fail_and_what_was_acknowledged_is_there(
    tmp_path: Path, errors: dict[Call, int], times: int
) -> None:
    """Also after a power cut at the end: a sync that failed has lost what it should have written."""
    vfs, number, path = DiskVfs(), 0, tmp_path / "journal.db"
    while True:
        number += 1 if times == 1 else 3
        failing, told = Failing(errors, number, times), Told()
        with vfs.mounted(Disk(watch=failing)) as disk:
            persevere(path, told, seed=3, steps=STEPS)
            disk.watch = works
            image = disk.after_cut(Random(number))  # noqa: S311  (not a secret)
            assert check(path, told) == "", number
        with vfs.mounted(Disk.of(image)):
            assert check(path, told) == "", number
        if not failing.failed:
            break
    assert number > 100


def test_a_full_disk_says_so_and_the_journal_goes_on_when_there_is_space(tmp_path: Path) -> None:
    vfs, path = DiskVfs(), tmp_path / "journal.db"
    with vfs.mounted(Disk()) as disk:
        journal = opened(path)
        journal.commit([plain()])
        for errors, message in (
            (NO_SPACE, "free some space on its disk"),
            (READ_ONLY, "look at its disk, its folder and their permissions"),
            (EIO, "disk I/O error; look at its disk"),
        ):
            disk.watch = Failing(errors, 0, 10**9)
            for _ in range(3):
                with pytest.raises(AdapterError, match=message):
                    journal.commit([plain()])
            disk.watch = works
        journal.commit([plain()])
        assert [record.seq for record in journal.unconfirmed(0, 9)] == [1, 2]
        journal.close()


def test_any_call_may_fail_while_the_first_format_is_brought_up_to_date(tmp_path: Path) -> None:
    vfs, number, path = DiskVfs(), 0, tmp_path / "journal.db"
    path.touch()
    while True:
        number += 1
        failing = Failing(EIO, number, 1)
        with vfs.mounted(Disk.of({str(path): GOLDEN.read_bytes()})) as disk:
            disk.watch = failing
            with suppress(AdapterError):
                opened(path).close()
            disk.watch = works
            image = disk.after_cut(Random(number))  # noqa: S311  (not a secret)
        with vfs.mounted(Disk.of(image)):
            check_golden(path)
        if not failing.failed:
            break
    assert number > 40
