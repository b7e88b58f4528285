"""The benchmarks run, their inputs follow from the seed and are what they say, and their plot tells the truth."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks import attempts, core, decoding, latency, plot, scenes, storage, visit
from benchmarks.__main__ import PARTS
from benchmarks.hostile import SIZE, hostile
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.adapters.frames_video import VideoFrames
from gate.adapters.journal_sqlite import JournalReader
from tests.house import ROOT


@pytest.mark.parametrize("page", ["benchmarks.md", "benchmarks-decoding.md"])
def test_the_docs_name_parts_that_there_are(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = set(
        re.findall(r"[a-z_]+", " ".join(re.findall(r"^`?python -m benchmarks ([a-z_|\[\] ]+)", text, re.MULTILINE)))
    )
    assert named
    assert named <= PARTS.keys()
    assert page != "benchmarks.md" or named == PARTS.keys()


def test_a_seed_gives_the_same_pictures_with_their_texts() -> None:
    one, again, other = (scenes.picture(seed, 0) for seed in (1, 1, 2))
    assert np.array_equal(one.luma, again.luma)
    assert one.text == again.text
    assert one.text != other.text
    assert one.text in {symbol.data for symbol in ZxingDecoder().decode(one.luma)}


def test_every_difficulty_and_an_empty_scene_have_their_turn() -> None:
    names = {scenes.picture(3, index).group for index in range(len(scenes.DIFFICULTIES) + 1)}
    assert names == {*scenes.DIFFICULTIES, scenes.EMPTY}
    assert scenes.picture(3, len(scenes.DIFFICULTIES)).text is None


def test_decoding_is_measured_on_a_few_pictures() -> None:
    result = decoding.run(7, 4, 1)
    assert result["ways"]["gate"]["with_code"] == 4
    assert result["ways"]["gate"]["wrong"] == 0
    assert result["ways"]["gate"]["decoded"] >= result["ways"]["tuned pyzbar"]["decoded"]
    assert result["ratios"]["B3 CPU, naive pyzbar of gate"] > 1


def test_a_slow_clock_multiplies_the_time_of_the_process() -> None:
    fast, slow = latency.SlowClock(1), latency.SlowClock(1000)
    for clock in (fast, slow):
        assert clock.run(lambda: sum(range(200_000)) > 0)
    assert slow.at_ns > 20 * fast.at_ns > 0


def test_costly_pictures_are_frames_of_the_camera() -> None:
    made = attempts.pictures(1)
    assert {luma.shape for luma in made.values()} == {attempts.SIZE}
    assert {luma.dtype for luma in made.values()} == {np.dtype(np.uint8)}


def test_the_plot_shows_every_ratio_with_a_target_and_whether_it_is_met() -> None:
    targets = {"fast": (">=", 10.0), "slow": ("<=", 0.5)}
    drawn = plot.svg({"fast": 20.0, "slow": 0.7, "other": 1.0}, targets)
    picture = ET.fromstring(drawn)  # noqa: S314  (our own)
    bars = [bar.get("fill") for bar in picture.iter("{http://www.w3.org/2000/svg}rect")]
    assert len(bars) == 2
    assert len(set(bars)) == 2
    assert plot.met(10, ">=", 10)
    assert not plot.met(0.51, "<=", 0.5)


def test_a_visit_leaves_nothing_behind_in_the_core() -> None:
    """Once the first visitors of each colour have passed."""
    measured = core.run(seed=1, visits=200)
    half, whole = measured["parts"][1:]
    assert (half["visits"], whole["visits"]) == (100, 200)
    assert abs(whole["objects"] - half["objects"]) < 50
    assert measured["decisions_per_s"] > 0


def test_hostile_pictures_differ_and_can_be_made_again() -> None:
    first, again = hostile(3, 4), hostile(3, 4)
    assert all((one == other).all() for one, other in zip(first, again, strict=True))
    assert len({picture.tobytes() for picture in first}) == 4
    assert {picture.shape for picture in first} == {SIZE}


def test_a_film_plays_exactly_what_was_written(tmp_path: Path) -> None:
    written = [np.random.default_rng(number).integers(0, 256, (72, 128), np.uint8) for number in range(3)]
    visit.write(tmp_path / "film.nut", iter(written))
    frames = VideoFrames(tmp_path / "film.nut", repeat=False)
    try:
        first = frames.next(5)
    finally:
        frames.close()
    assert first is not None
    assert any(np.array_equal(first.main, frame) for frame in written)


def test_both_ways_of_keeping_an_event_keep_and_delete_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "CLEANED_EVERY", 120)
    events = storage._events(1, 120)
    for name, way in storage.WAYS.items():
        (tmp_path / name).mkdir()
        way(tmp_path / name, events)
    with JournalReader(tmp_path / "gate" / "journal.db") as journal:
        assert [record.seq for record in journal.records()][:1] == [101], "up to the signed head"
        assert journal.backlog() == 0
    base = sqlite3.connect(tmp_path / "tutorial outbox" / "outbox.db")
    assert base.execute("SELECT count(*), (SELECT seq FROM sqlite_sequence) FROM outbox").fetchone() == (0, 120)
    base.close()
