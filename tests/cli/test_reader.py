"""``gate reader``: rate and cost of a folder of pictures, what moves line by line, and frames kept only when asked."""

from __future__ import annotations

import io
import json
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gate.adapters import frames_picamera2
from gate.adapters.frames_files import read_picture
from gate.cli.main import main
from gate.cli.reader_live import COLUMNS, ROWS, drawn
from gate.cli.reader_stills import same_text
from gate.service.threads import Worker
from gate.service.vision.png import png
from gate.service.vision.regions import Region
from tests import pictures
from tests.adapters.fake_picamera2 import Picamera2, Sensor
from tests.service.config_files import changed_toml

Captured = pytest.CaptureFixture[str]
ROW = {"with_code", "decoded", "wrong", "cpu_ms_median"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two codes, one damaged beyond reading, and a wall."""
    made = tmp_path / "pictures"
    made.mkdir()
    pictures.saved(pictures.beside(pictures.qr("GP1:ONE")), made / "one.png")
    pictures.saved(pictures.beside(pictures.qr("GP1:TWO")), made / "two.png")
    broken = pictures.qr("GP1:THREE" * 20)
    broken[60:-60, 60:-60] = 0
    pictures.saved(pictures.beside(broken), made / "broken.png")
    pictures.saved(np.full((300, 400), 120, np.uint8), made / "wall.png")
    return made


def expectations(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def expect(tmp_path: Path) -> Path:
    return expectations(
        tmp_path / "expect.jsonl",
        {"file": "one.png", "text": "GP1:ONE", "group": "sharp"},
        {"file": "two.png", "text": "GP1:TWO", "group": "sharp"},
        {"file": "broken.png", "text": "GP1:THREE" * 20, "group": "damaged"},
        {"file": "wall.png", "text": None, "group": "empty"},
    )


def test_a_folder_is_measured_as_json(folder: Path, expect: Path, capsys: Captured) -> None:
    assert main(["reader", "bench", "--source", str(folder), "--expect", str(expect), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == ROW | {"frames", "cpu_ms_worst", "groups"}
    assert (found["frames"], found["with_code"], found["decoded"], found["wrong"]) == (4, 3, 2, 0)
    assert 0 < found["cpu_ms_median"] <= found["cpu_ms_worst"]
    assert set(found["groups"]) == {"sharp", "damaged", "empty"}
    assert all(set(row) == ROW for row in found["groups"].values())
    assert found["groups"]["sharp"] | {"cpu_ms_median": 0} == {
        "with_code": 2, "decoded": 2, "wrong": 0, "cpu_ms_median": 0
    }  # fmt: skip


@pytest.mark.parametrize("decoder", ["auto", "zbar", "zxing"])
def test_a_folder_is_measured_for_people_with_every_decoder(
    folder: Path, expect: Path, capsys: Captured, decoder: str
) -> None:
    options = ["--source", str(folder), "--expect", str(expect), "--decoder", decoder]
    assert main(["reader", "bench", *options]) == 0
    shown = capsys.readouterr().out
    assert "2/2 100.0%" in shown
    assert "0/1   0.0%" in shown
    assert "GP1" not in shown


def test_what_is_read_but_not_there_is_wrong(folder: Path, tmp_path: Path, capsys: Captured) -> None:
    expect = expectations(
        tmp_path / "wrong.jsonl",
        {"file": "one.png", "text": "GP1:OTHER"},
        {"file": "two.png", "text": None},
    )
    assert main(["reader", "bench", "--source", str(folder), "--expect", str(expect), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["wrong"], found["decoded"]) == (2, 0)


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        '{"text": "A"}',
        '{"file": "one.png"}',
        '{"file": "one.png", "texts": 5, "text": 1}',
        '{"file": "one.png", "text": ["GP1:ONE"]}',
        '{"file": "one.png", "texts": {"GP1:ONE": 1}}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_a_line_that_is_not_understood_is_named(folder: Path, tmp_path: Path, capsys: Captured, line: str) -> None:
    path = tmp_path / "expect.jsonl"
    path.write_text(f'{{"file": "one.png", "text": "GP1:ONE"}}\n{line}\n', "latin-1")
    assert main(["reader", "bench", "--source", str(folder), "--expect", str(path)]) == 2
    assert "line 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--expect", "missing.jsonl"], "missing.jsonl"),
        (["--json"], "--expect"),
    ],
)
def test_wrong_options_are_told(folder: Path, capsys: Captured, options: list[str], problem: str) -> None:
    assert main(["reader", "bench", "--source", str(folder), *options]) == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("source", ["one.png", "film.mkv", "nowhere"])
def test_expectations_are_of_a_folder(folder: Path, expect: Path, capsys: Captured, source: str) -> None:
    assert main(["reader", "bench", "--source", str(folder / source), "--expect", str(expect)]) == 2
    assert "is no folder" in capsys.readouterr().err


def test_a_file_of_another_system_is_read_and_no_group_is_all_of_them(
    folder: Path, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "expect.jsonl"
    line = '{"file": "one.png", "text": "GP1:ONE", "group": null}'
    path.write_text(f'{line}\r\n{line}\r\n{{"file": "wall.png", "text": "", "texts": []}}\r\n', "utf-8-sig")
    assert main(["reader", "bench", "--source", str(folder), "--expect", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["frames"], found["with_code"], found["decoded"], set(found["groups"])) == (3, 2, 2, {"all"})


def test_an_empty_file_and_one_of_another_folder_are_told(folder: Path, tmp_path: Path, capsys: Captured) -> None:
    for text in ["", '{"file": "gone.png", "text": null}\n{"file": "\\u0000", "text": "A"}']:
        path = tmp_path / "expect.jsonl"
        path.write_text(text)
        assert main(["reader", "bench", "--source", str(folder), "--expect", str(path)]) == 2
        assert f"names no picture that is in {folder}" in capsys.readouterr().err


def test_a_picture_that_cannot_be_opened_is_told_and_counts_as_not_decoded(
    folder: Path, tmp_path: Path, capsys: Captured
) -> None:
    (folder / "torn.png").write_bytes((folder / "two.png").read_bytes()[:200])
    (folder / "empty.png").touch()
    (folder / "folder.png").mkdir()
    unopened = ["torn.png", "empty.png", "folder.png", "gone\x1b.png", "nul\0.png", "half\ud800.png"]
    rows = [{"file": name, "text": "GP1:TWO", "group": "damaged"} for name in unopened]
    expect = expectations(tmp_path / "expect.jsonl", *rows, {"file": "one.png", "text": "GP1:ONE"})
    assert main(["reader", "bench", "--source", str(folder), "--expect", str(expect), "--json"]) == 0
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert (found["frames"], found["with_code"], found["decoded"], found["wrong"]) == (7, 7, 1, 0)
    assert found["groups"]["damaged"] == {"with_code": 6, "decoded": 0, "wrong": 0, "cpu_ms_median": 0.0}
    assert found["cpu_ms_median"] == found["groups"]["all"]["cpu_ms_median"] > 0
    told = shown.err.splitlines()
    assert len(told) == len(unopened)
    assert all("warning: not decoded" in line and name[:3] in line for line, name in zip(told, unopened, strict=True))
    assert "\x1b" not in shown.err


def test_every_kind_of_picture_is_read_whatever_its_size_and_name(
    folder: Path, tmp_path: Path, capsys: Captured
) -> None:
    code = pictures.beside(pictures.qr("GP1:ONE"))
    grey = Image.fromarray(code)
    seen_through = grey.convert("RGBA")
    seen_through.putalpha(Image.fromarray(255 - code))
    kinds = {
        "ein Blank.png": grey, "ünï 点.png": grey.convert("RGB"), "palette.png": grey.convert("P"),
        "bits.png": grey.convert("1"), "clear.png": seen_through, "grey.JPG": grey, "print.jpeg": grey.convert("CMYK"),
        "deep.png": Image.fromarray(code.astype(np.uint16) * 257), "plain.pgm": grey, "web.webp": grey, "map.bmp": grey,
        "wide.png": Image.fromarray(np.pad(code, 1500, constant_values=200)),
    }  # fmt: skip
    for name, picture in kinds.items():
        picture.save(folder / name)
    rows = [{"file": str(folder / name), "text": "GP1:ONE", "group": name} for name in kinds]
    for height, width in [(1, 1), (1, 7), (7, 1), (3, 3), (16, 17), (3, 900)]:
        pictures.saved(np.full((height, width), 90, np.uint8), folder / f"{height}x{width}.png")
        rows.append({"file": f"{height}x{width}.png", "text": "", "group": "tiny"})
    expect = expectations(tmp_path / "expect.jsonl", *rows)
    assert main(["reader", "bench", "--source", str(folder), "--expect", str(expect), "--json"]) == 0
    shown = capsys.readouterr()
    groups = json.loads(shown.out)["groups"]
    assert {name: groups[name]["decoded"] for name in kinds} == dict.fromkeys(kinds, 1)
    assert (groups["tiny"]["with_code"], shown.err) == (0, "")


def test_a_film_is_shown_line_by_line_with_its_attempts(tmp_path: Path, capsys: Captured) -> None:
    wall = np.full((600, 800), 140, np.uint8)
    shown = wall.copy()
    code = pictures.qr("GP1:FILM")
    shown[100 : 100 + code.shape[0], 100 : 100 + code.shape[1]] = code
    film = pictures.filmed([wall] * 10 + [shown] * 25, tmp_path / "film.mkv")
    assert main(["reader", "bench", "--source", str(film), "--picture"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("fps, gate open" in line and "half/zxing" in line for line in lines)
    assert "read 0" not in lines[-1]
    assert not any("GP1" in line for line in lines)


def test_bench_ends_when_its_time_is_over(folder: Path, capsys: Captured) -> None:
    assert main(["reader", "bench", "--source", str(folder), "--seconds", "1"]) == 0
    assert "fps" in capsys.readouterr().out


def test_a_frame_is_drawn_with_the_region_that_was_tried() -> None:
    luma = np.zeros((720, 1280), np.uint8)
    luma[:, 640:] = 255
    lines = drawn(luma, Region(320, 180, 960, 540))
    assert [len(line) for line in lines] == [COLUMNS] * ROWS
    assert lines[0] == " " * (COLUMNS // 2) + "@" * (COLUMNS // 2)
    assert sum("┌" in line for line in lines) == sum("┘" in line for line in lines) == 1


def test_frames_are_kept_when_everybody_agreed_with_a_loud_warning(
    folder: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    kept = tmp_path / "kept"
    options = ["--source", str(folder / "one.png"), "--to", str(kept), "--everybody-agreed"]
    assert main(["reader", "record", *options, "--frames", "2"]) == 0
    assert "KEEPS PICTURES OF PEOPLE" in capsys.readouterr().err
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    files = sorted(kept.iterdir())
    assert [path.name for path in files] == ["00000.png", "00001.png"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert np.array_equal(read_picture(files[0]), read_picture(folder / "one.png"))
    assert main(["reader", "record", *options]) == 2
    assert "never overwritten" in capsys.readouterr().err


def test_frames_are_not_kept_unasked_nor_by_a_service(
    folder: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    options = ["reader", "record", "--source", str(folder), "--to", str(kept)]
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    assert main(options) == 2
    assert "--everybody-agreed" in capsys.readouterr().err
    monkeypatch.setenv("INVOCATION_ID", "1" * 32)
    assert main([*options, "--everybody-agreed"]) == 2
    assert "service" in capsys.readouterr().err
    assert not kept.exists()


def test_a_source_that_ends_early_is_told(
    folder: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    options = ["--source", str(folder / "one.png"), "--to", str(tmp_path / "kept"), "--everybody-agreed"]
    assert main(["reader", "record", *options, "--frames", "90", "--fps", "4"]) == 0
    kept = len(list((tmp_path / "kept").iterdir()))
    assert 0 < kept < 90
    assert f"ended after {kept} frames" in capsys.readouterr().err


def test_nothing_is_made_where_the_source_gives_nothing(
    folder: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    (folder / "torn.png").write_bytes(b"no picture")
    options = ["--source", str(folder / "torn.png"), "--to", str(tmp_path / "kept"), "--everybody-agreed"]
    assert main(["reader", "record", *options]) == 2
    told = capsys.readouterr().err
    assert "torn.png" in told
    assert "KEEPS" not in told
    assert not (tmp_path / "kept").exists()


# The gate's own camera


@pytest.fixture
def camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The configuration of a gate whose camera sees a code; the service does not run."""
    sensor, number = Sensor(), iter(range(10_000))
    monkeypatch.setattr(Picamera2, "sensors", [sensor])
    monkeypatch.setattr(frames_picamera2, "_picamera2", lambda: SimpleNamespace(Picamera2=Picamera2))
    monkeypatch.delenv("INVOCATION_ID", raising=False)

    def shoot(stop: threading.Event, beat: Callable[[], None]) -> None:
        while not stop.wait(0.02):
            beat()
            sensor.shoot(np.pad(pictures.qr(f"GP1:{next(number)}"), 100, constant_values=200))

    file = tmp_path / "gate.toml"
    file.write_text(changed_toml({"camera.source": "picamera2", "camera.width_px": 320, "camera.height_px": 240}))
    worker = Worker("sensor", shoot, lambda _: None)
    worker.start()
    yield file
    assert worker.stop(5)


def test_the_camera_of_a_gate_is_shown_line_by_line(camera: Path, capsys: Captured) -> None:
    assert main(["reader", "bench", "--source", str(camera), "--seconds", "1"]) == 0
    shown = capsys.readouterr().out
    assert "plain/zxing" in shown
    assert "read 0" not in shown


def test_frames_of_the_gates_camera_are_kept_for_tuning(camera: Path, tmp_path: Path, capsys: Captured) -> None:
    options = ["--source", str(camera), "--to", str(tmp_path / "kept"), "--everybody-agreed", "--frames", "3"]
    assert main(["reader", "record", *options]) == 0
    assert "KEEPS PICTURES OF PEOPLE" in capsys.readouterr().err
    kept = [read_picture(path) for path in sorted((tmp_path / "kept").iterdir())]
    assert [luma.shape for luma in kept] == [(240, 320)] * 3


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"camera.source": "v4l2", "camera.path": "no-webcam"}, "Is it plugged in?"),
        ({"camera.source": "stage", "bench.socket": "gate.sock"}, "no camera"),
        ({}, "no camera"),
        ({"camera.source": "eye"}, "camera.source"),
    ],
)
def test_a_gate_without_a_camera_to_open_is_told(
    tmp_path: Path, capsys: Captured, changes: dict[str, object], problem: str
) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(changed_toml(changes))
    assert main(["reader", "bench", "--source", str(file)]) == 2
    assert problem in capsys.readouterr().err


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32))
def test_a_png_holds_every_pixel(height: int, width: int, seed: int) -> None:
    luma = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(luma)))), luma)


@pytest.mark.parametrize(
    ("data", "text", "same"),
    [
        (b"A\r\nB\r\n", "A\nB", True),
        ("é".encode(), "é", True),
        ("é".encode("latin-1"), "é", True),
        ("点".encode("shift_jis"), "点", True),
        ("阿".encode("gb18030"), "阿", True),
        ("門".encode("big5"), "門", True),
        ("문".encode("euc_kr"), "문", True),
        (b"A", "a", False),
        (b"A", "AA", False),
    ],
)
def test_texts_are_compared_whatever_their_character_set(data: bytes, text: str, same: bool) -> None:  # noqa: FBT001  (a column of the table)
    assert same_text(data, text) is same
