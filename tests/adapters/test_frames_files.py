"""Pictures as files: every kind that people have, every way a file can be wrong, the show and the stage."""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gate.adapters.frames_files import PICTURE_ENDINGS, PictureFrames, StageFrames, read_picture
from gate.ports import AdapterError, Frame
from tests import pictures

REACTIONS: tuple[Literal["error", "ignore"], ...] = ("error", "ignore")
RAMP = np.tile(np.arange(0, 256, 2, dtype=np.uint8), (40, 1))


def names(source: PictureFrames, count: int) -> list[str]:
    frames = [source.next(10) for _ in range(count)]
    return [frame.name for frame in frames if frame is not None]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1", "I;16", "CMYK"])
def test_every_kind_of_picture_becomes_the_same_luma(mode: str, tmp_path: Path) -> None:
    grey = Image.fromarray(RAMP)
    image = Image.fromarray(RAMP.astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    path = tmp_path / ("picture.jpg" if mode == "CMYK" else "picture.png")
    image.save(path)
    luma = read_picture(path)
    assert luma.shape == RAMP.shape
    assert luma.dtype == np.uint8
    assert luma.flags.c_contiguous
    expected = np.array(grey.convert("1").convert("L")) if mode == "1" else RAMP
    assert np.abs(luma.astype(int) - expected).max() <= (8 if mode == "CMYK" else 1)


@pytest.mark.parametrize("ending", sorted(PICTURE_ENDINGS))
def test_every_ending_that_is_listed_can_be_read(ending: str, tmp_path: Path) -> None:
    Image.fromarray(RAMP).convert("RGB" if ending == ".ppm" else "L").save(tmp_path / f"picture{ending}")
    source = PictureFrames(tmp_path, fps=1000, picture_s=0.001, repeat=False)
    assert names(source, 1) == [f"picture{ending}"]
    assert np.abs(read_picture(tmp_path / f"picture{ending}").astype(int) - RAMP).max() <= 8


@pytest.mark.parametrize("mode", ["RGBA", "P", "L"])
def test_what_is_transparent_counts_as_white(mode: str, tmp_path: Path) -> None:
    if mode == "RGBA":
        Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    else:
        Image.new(mode, (30, 30), 0).save(tmp_path / "clear.png", transparency=0)
    assert read_picture(tmp_path / "clear.png").min() == 255


def test_a_picture_is_turned_as_its_camera_noted(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RAMP).save(tmp_path / "turned.jpg", exif=exif)
    luma = read_picture(tmp_path / "turned.jpg")
    assert luma.shape == (RAMP.shape[1], RAMP.shape[0])
    assert luma[0].mean() < luma[-1].mean()


def png_bytes() -> bytes:
    file = io.BytesIO()
    Image.fromarray(pictures.noise(64, 64, "png")).save(file, "PNG")
    return file.getvalue()


def jpeg_bytes() -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 8
    Image.fromarray(pictures.noise(64, 64, "jpeg")).save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "There is no picture"),
        (b"", "cannot be read as a picture"),
        (b"hello, I am a text", "cannot be read as a picture"),
        (b"GIF89a" + bytes(40), "cannot be read as a picture"),
        (png_bytes()[:500], "cannot be read as a picture"),
        (jpeg_bytes()[:900], "cannot be read as a picture"),
    ],
)
def test_a_file_that_is_no_whole_picture_is_told(content: bytes | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "visitor.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AdapterError, match=says) as caught:
        read_picture(path)
    assert str(path) in str(caught.value)


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="cannot be read as a picture"):
        read_picture(tmp_path)


@pytest.mark.parametrize("side", [8_100, 11_000, 60_000])
def test_a_picture_that_would_fill_the_memory_is_refused(side: int, tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    small = io.BytesIO()
    Image.new("1", (8, 8)).save(small, "PNG")
    header = bytearray(small.getvalue())
    header[16:24] = side.to_bytes(4, "big") * 2
    path.write_bytes(_with_checksum(header))
    for reaction in REACTIONS:
        with warnings.catch_warnings():
            warnings.simplefilter(reaction)
            with pytest.raises(AdapterError, match="million pixels"):
                read_picture(path)


@settings(max_examples=150, deadline=None)
@given(
    original=st.sampled_from([png_bytes(), jpeg_bytes()]),
    damage=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 1 << 20),
)
def test_a_damaged_file_is_a_picture_or_an_adapter_error(
    original: bytes, damage: list[tuple[int, int]], cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(original)
    for position, value in damage:
        content[position % min(len(content), 200)] = value
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content[: len(content) - cut % 64])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(AdapterError):
            assert read_picture(path).dtype == np.uint8


def test_without_pillow_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(AdapterError, match=r"install\.sh demo"):
        read_picture(tmp_path / "any.png")


def test_the_show_follows_the_numbers_in_the_names(tmp_path: Path) -> None:
    for name in ("visitor10.png", "Visitor2.PNG", "visitor1.jpg", "visitor.jpeg"):
        pictures.saved(RAMP, tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    source = PictureFrames(tmp_path, fps=1000, picture_s=0, repeat=True)
    order = ["visitor1.jpg", "Visitor2.PNG", "visitor10.png", "visitor.jpeg"]
    assert names(source, 8) == order + order


def test_every_picture_is_shown_once_even_to_a_reader_that_comes_late(tmp_path: Path) -> None:
    paths = [pictures.saved(RAMP, tmp_path / f"{index}.png") for index in (3, 1, 2)]
    source = PictureFrames(paths, fps=1000, picture_s=0, repeat=False)
    assert names(source, 3) == ["3.png", "1.png", "2.png"]
    assert [source.next(0.01) for _ in range(3)] == [None, None, None]
    source.close()
    assert source.next(0.01) is None


def test_a_picture_stands_for_its_time(tmp_path: Path) -> None:
    paths = [pictures.saved(RAMP, tmp_path / f"{index}.png") for index in (1, 2)]
    source = PictureFrames(paths, fps=100, picture_s=0.2, repeat=False)
    frames: list[Frame] = []
    while (frame := source.next(5)) is not None:
        frames.append(frame)
    first = [frame.captured_ns for frame in frames if frame.name == "1.png"]
    second = [frame.captured_ns for frame in frames if frame.name == "2.png"]
    assert frames[0].main is frames[1].main
    assert second[0] - first[0] >= 200_000_000
    assert len(first) > 1


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "nothing", "There is no folder"),
        (lambda folder: folder, "holds no picture"),
        (lambda folder: [folder / "gone.png"], "There is no picture"),
        (lambda _: [], "No picture was given"),
    ],
)
def test_a_source_without_pictures_is_told_at_once(make: object, says: str, tmp_path: Path) -> None:
    assert callable(make)
    with pytest.raises(AdapterError, match=says):
        PictureFrames(make(tmp_path), fps=10, picture_s=1, repeat=False)


def test_a_bad_picture_is_told_when_its_turn_comes_and_the_show_goes_on(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"no picture")
    pictures.saved(RAMP, tmp_path / "2.png")
    source = PictureFrames(tmp_path, fps=1000, picture_s=0, repeat=False)
    with pytest.raises(AdapterError, match=r"1\.png"):
        source.next(5)
    assert names(source, 1) == ["2.png"]


def test_the_stage_shows_what_was_put_there_last(tmp_path: Path) -> None:
    stage = StageFrames(fps=1000)
    seen = []
    for path in (None, pictures.saved(RAMP, tmp_path / "visitor.png"), None):
        stage.show(path)
        frame = stage.next(5)
        assert frame is not None
        seen.append((frame.name, frame.main.shape))
    stage.close()
    assert seen == [("empty", (720, 1280)), ("visitor.png", RAMP.shape), ("empty", (720, 1280))]


def test_a_bad_picture_is_told_to_the_stage_hand_and_the_stage_stays(tmp_path: Path) -> None:
    stage = StageFrames(fps=1000)
    with pytest.raises(AdapterError, match="There is no picture"):
        stage.show(tmp_path / "gone.png")
    frame = stage.next(5)
    assert frame is not None
    assert frame.name == "empty"
    stage.close()


def _with_checksum(png: bytearray) -> bytes:
    png[29:33] = zlib.crc32(png[12:29]).to_bytes(4, "big")
    return bytes(png)
