"""A thousand power cuts below SQLite: nothing acknowledged is lost, the file is sound and the chain whole.

The disk is simulated (``tests.disk``): at a cut, what was not synced is there in part, in any order and torn. That this
finds what it should find is shown by the same cuts with the commits not synced.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from gate.adapters.journal_sqlite import schema
from tests.adapters.journal_story import Told, check, story
from tests.disk.disk import Call, Disk, Image
from tests.disk.vfs import DiskVfs, library

pytestmark = pytest.mark.skipif(library() is None, reason="SQLite is built into this Python")

STEPS = 25
CUTS_A_STORY = 50
STORIES = 20


class Cuts:
    """Takes the image of a cut now and then, before the call that would be next."""

    def __init__(self, chance: Random, every: int) -> None:
        self.told = Told()
        self.images: list[tuple[Image, Told]] = []
        self._chance = chance
        self._every = every

    def __call__(self, disk: Disk, call: Call) -> int:
        if call not in {Call.READ, Call.SIZE, Call.ACCESS} and self._chance.random() * self._every < 1:
            self.images.append((disk.after_cut(self._chance), self.told.copy()))
        return 0


def lost_after_cuts(folder: Path, seed: int) -> tuple[int, list[str]]:
    """Tell a story with cuts in it; how many there were, and what was lacking after them."""
    vfs, chance = DiskVfs(), Random(seed)  # noqa: S311  (a story, not a secret)
    cuts = Cuts(chance, every=3)
    folder.mkdir()
    with vfs.mounted(Disk(watch=cuts)):
        for _ in story(folder / "journal.db", cuts.told, Random(seed), STEPS):  # noqa: S311
            pass
    images = cuts.images[:1] + chance.sample(cuts.images[1:], min(CUTS_A_STORY, len(cuts.images)) - 1)
    losses = []
    for image, told in images:
        with vfs.mounted(Disk.of(image)):
            losses.append(check(folder / "journal.db", told))
    return len(images), [loss for loss in losses if loss]


def test_a_thousand_power_cuts_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    cuts = 0
    for seed in range(STORIES):
        count, losses = lost_after_cuts(tmp_path / str(seed), seed)
        assert losses == [], f"seed {seed}"
        cuts += count
    assert cuts == STORIES * CUTS_A_STORY


def test_without_the_sync_of_each_commit_records_are_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the test above would find. Nothing is torn even so, but what was acknowledged is gone."""
    monkeypatch.setattr(schema, "SYNCHRONOUS", "NORMAL")
    losses = [loss for seed in range(4) for loss in lost_after_cuts(tmp_path / str(seed), seed)[1]]
    assert len(losses) > 4 * CUTS_A_STORY / 20
