"""Video files: their pace, their end, and what is wrong with them."""

from __future__ import annotations

import sys
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gate.adapters.frames_video import VideoFrames
from gate.ports import AdapterError, Frame
from tests import pictures

SHADES = (20, 60, 100, 140, 180, 220)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return pictures.filmed([np.full((90, 120), shade, np.uint8) for shade in SHADES], tmp_path / "door.mkv", fps=25)


def shade(frame: Frame | None) -> int:
    assert frame is not None
    return min(SHADES, key=lambda known: abs(known - float(frame.main.mean())))


def test_the_frames_come_in_order_at_the_video_s_pace_and_end(video: Path) -> None:
    source = VideoFrames(video, repeat=False)
    frames: list[Frame] = []
    while (frame := source.next(1)) is not None:
        frames.append(frame)
    assert source.next(0) is None
    source.close()
    seen = [shade(frame) for frame in frames]
    assert seen == sorted(set(seen))
    assert seen[-1] == SHADES[-1]
    assert frames[0].main.shape == (90, 120)
    assert frames[0].lores is None
    for frame, one in zip(frames, seen, strict=True):
        shown_after_ns = (SHADES.index(one) - SHADES.index(seen[0])) * 40_000_000
        assert frame.captured_ns - frames[0].captured_ns >= shown_after_ns - 35_000_000


def test_a_slow_reader_is_given_the_newest_frame(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = VideoFrames(video, repeat=False)
    much_later_ns = time.monotonic_ns() + 10_000_000_000
    monkeypatch.setattr("gate.adapters.frames_video.time", SimpleNamespace(monotonic_ns=lambda: much_later_ns))
    assert shade(source.next(1)) == SHADES[-1]
    assert source.next(0) is None
    source.close()


def test_a_reader_without_time_catches_up_step_by_step(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = VideoFrames(video, repeat=False)
    much_later_ns = time.monotonic_ns() + 10_000_000_000
    monkeypatch.setattr("gate.adapters.frames_video.time", SimpleNamespace(monotonic_ns=lambda: much_later_ns))
    assert [shade(source.next(0)) for _ in SHADES] == list(SHADES)
    source.close()


def test_a_repeated_video_begins_again(video: Path) -> None:
    source = VideoFrames(video, repeat=True)
    seen = [shade(source.next(5)) for _ in range(14)]
    source.close()
    assert any(later < earlier for earlier, later in pairwise(seen))


def test_a_code_in_a_video_can_be_read(tmp_path: Path) -> None:
    from gate.adapters.decoder_zbar import ZbarDecoder  # noqa: PLC0415

    frame = pictures.beside(pictures.qr("GP1:VIDEO"))
    video = pictures.filmed([frame], tmp_path / "code.mkv")
    source = VideoFrames(video, repeat=False)
    given = source.next(5)
    source.close()
    assert given is not None
    assert [symbol.data for symbol in ZbarDecoder().decode(given.main)] == [b"GP1:VIDEO"]


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "There is no video"), (b"hello", "cannot be read as a video"), (b"", "cannot be read as a video")],
)
def test_a_file_that_is_no_video_is_told(content: bytes | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "door.mkv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AdapterError, match=says) as caught:
        VideoFrames(path, repeat=False)
    assert str(path) in str(caught.value)


def test_a_file_with_sound_only_is_told(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="no video stream"):
        VideoFrames(pictures.silence(tmp_path / "sound.mkv"), repeat=False)


def test_a_video_that_breaks_off_gives_what_it_has(video: Path) -> None:
    video.write_bytes(video.read_bytes()[: video.stat().st_size * 2 // 3])
    source = VideoFrames(video, repeat=False)
    assert shade(source.next(1)) in SHADES
    source.close()


def test_without_pyav_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch, video: Path) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(AdapterError, match=r"install\.sh demo"):
        VideoFrames(video, repeat=False)
