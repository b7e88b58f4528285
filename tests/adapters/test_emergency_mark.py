"""The mark of an emergency: made and taken away without ever failing its caller."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.adapters.emergency_mark import FileMark
from gate.ports import EmergencyMark


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict_umask")
def test_it_is_there_from_set_to_clear_for_everybody_to_read(tmp_path: Path) -> None:
    file = tmp_path / "emergency"
    mark = FileMark(file)
    port: EmergencyMark = mark
    assert not mark.is_set()
    for _ in range(2):
        port.set()
        assert mark.is_set()
        assert FileMark(file).is_set()
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        assert file.read_bytes() == b""
    for _ in range(2):
        port.clear()
        assert not mark.is_set()
        assert not file.exists()


def test_what_cannot_be_made_is_logged_and_not_raised(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mark = FileMark(tmp_path / "missing" / "emergency")
    with caplog.at_level(logging.ERROR):
        mark.set()
    assert "would not free the door" in caplog.text
    assert not mark.is_set()
    mark.clear()


def test_what_cannot_be_taken_away_is_logged_and_not_raised(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "emergency").mkdir()
    mark = FileMark(tmp_path / "emergency")
    with caplog.at_level(logging.ERROR):
        mark.clear()
    assert "the door would be freed" in caplog.text
    assert not mark.is_set()  # a folder frees no door, least of all for ever


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_file_system_is_enough_for_a_name(tmp_path: Path) -> None:
    mark = FileMark(tmp_path / "emergency")
    (tmp_path / "emergency").symlink_to("/dev/full")  # every byte written to it is refused
    mark.set()
    assert mark.is_set()
    mark.clear()
    assert Path("/dev/full").exists()
