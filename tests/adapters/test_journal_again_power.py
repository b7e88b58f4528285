"""A power cut at any moment while a journal begins again and carries over: each record is in one place, whole.

The disk is simulated (``tests.disk``), as for every other step of the journal.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from ulid import ULID

from gate.adapters.journal_sqlite import SqliteJournal
from gate.wire import chain
from tests.contract.test_journal_again import carry_all, first, ids, named, over
from tests.disk.disk import Call, Disk, Image
from tests.disk.vfs import DiskVfs, library

pytestmark = pytest.mark.skipif(library() is None, reason="SQLite is built into this Python")

RECORDS = 9
PIECE = 2


class Cuts:
    """Takes an image before each call that changes something."""

    def __init__(self) -> None:
        self.images: list[Image] = []
        self._chance = Random(7)  # noqa: S311  (a story, not a secret)

    def __call__(self, disk: Disk, call: Call) -> int:
        if call in {Call.WRITE, Call.SYNC, Call.TRUNCATE, Call.DELETE}:
            self.images.append(disk.after_cut(self._chance))
        return 0


def begun_again(path: Path, vfs: DiskVfs) -> list[Image]:
    """Cut at each write and sync of it."""
    cuts = Cuts()
    with vfs.mounted(Disk(watch=cuts)):
        journal = SqliteJournal(path)
        journal.commit([named(number) for number in range(1, RECORDS + 1)])
        journal.confirm([1, 2])
        journal.flush()
        cuts.images.clear()
        journal.begin_again(str(ULID()), first())
        left = True
        while left:
            found = journal.open_records(PIECE)
            left = journal.carry([over(one) for one in found], found[-1].seq if found else 0)
        journal.close()
    return cuts.images


def test_wherever_it_is_cut_every_record_is_told_once(tmp_path: Path) -> None:
    vfs, states = DiskVfs(), set[bool]()
    images = begun_again(tmp_path / "journal.db", vfs)
    assert len(images) > 20
    for image in images:
        with vfs.mounted(Disk.of(image)):
            journal = SqliteJournal(tmp_path / "journal.db")
            begun = journal.former is not None
            if begun:
                carry_all(journal, PIECE)
            bodies = [record.body for record in journal.range(1, 99, 99)]
            assert isinstance(chain.verify(journal.ulid, bodies), chain.Intact)
            assert ids(journal) == list(range(1 if begun else 3, RECORDS + 1))
            states.add(begun)
            journal.close()
    assert states == {False, True}
