"""The checks of the camera and of the test card, with the pictures that a camera would give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageFilter

from gate.cli.checks import card_sheet
from gate.cli.checks.card import quality
from gate.cli.checks.finding import Verdict
from gate.cli.checks.unit import Unit
from gate.frames import Frame
from gate.ports import AdapterError, Luma
from tests.cli.doctor.bench import Bench, Case, cases, judged
from tests.cli.doctor.test_files import CAMERA, QUIET, decoders, says

OK, WARN, FAIL = Verdict.OK, Verdict.WARN, Verdict.FAIL
LIVE = {"camera.source": "v4l2", "camera.path": "/dev/video0", "camera.fps": 10}
MS = 1_000_000
NOISE = [np.random.default_rng(seed).integers(0, 256, (72, 128), np.uint8) for seed in range(3)]
GREY = [np.full((72, 128), 90 + level, np.uint8) for level in range(3)]


class Film:
    """``FrameSource``: these pictures, so far apart; then nothing, or the camera is gone."""

    def __init__(self, pictures: Iterable[Luma], apart_ms: int = 100, *, gone: bool = False) -> None:
        self._frames: Iterator[Frame] = iter(
            [Frame(luma, None, (place + 1) * apart_ms * MS, "film") for place, luma in enumerate(pictures)]
        )
        self._gone = gone
        self.closed = False

    def next(self, timeout_s: float) -> Frame | None:
        assert timeout_s > 0
        frame = next(self._frames, None)
        if frame is None and self._gone:
            raise AdapterError("/dev/video0: No such device. It was unplugged.")
        return frame

    def close(self) -> None:
        self.closed = True


def filmed(bench: Bench, film: Film) -> Unit:
    bench.running.callback(lambda: _closed(film))
    return bench.unit(LIVE, camera=lambda _: film, decoders=decoders(), watch_s=5.0, card_s=60.0)


def _closed(film: Film) -> None:
    assert film.closed


def a_live_camera(bench: Bench) -> Unit:
    return filmed(bench, Film(NOISE))


def pictures_in_a_folder(bench: Bench) -> Unit:
    return bench.unit()


def a_slow_camera(bench: Bench) -> Unit:
    return filmed(bench, Film(NOISE, apart_ms=130))


def a_covered_camera(bench: Bench) -> Unit:
    return filmed(bench, Film(GREY))


def a_frozen_camera(bench: Bench) -> Unit:
    return filmed(bench, Film([NOISE[0]] * 3))


def a_silent_camera(bench: Bench) -> Unit:
    return filmed(bench, Film([]))


def a_camera_that_is_unplugged(bench: Bench) -> Unit:
    return filmed(bench, Film(NOISE, gone=True))


def no_camera(bench: Bench) -> Unit:
    """The real adapter, on a device that is not there."""
    return bench.unit(LIVE | {"camera.path": str(bench.folder / "video9")}, decoders=decoders())


def a_camera_of_the_gate(bench: Bench) -> Unit:
    return bench.unit(LIVE | {"control.socket": str(bench.gate(says(QUIET)).path)})


def a_gate_that_complains_of_it(bench: Bench) -> Unit:
    gate = bench.gate(says(replace(QUIET, alarms=(CAMERA,))))
    return bench.unit(LIVE | {"control.socket": str(gate.path)})


@cache
def shown(pixels: int, *, dark: int = 0, light: int = 255, blur_px: float = 0) -> Luma:
    """The card as a camera sees it whose picture is so many pixels wide."""
    page = Image.fromarray(card_sheet.drawn())
    small = page.resize((pixels, page.height * pixels // page.width), Image.Resampling.BOX)
    seen = np.asarray(small.filter(ImageFilter.GaussianBlur(blur_px)), np.float64)
    return np.asarray(dark + seen * (light - dark) / 255, np.uint8)


def a_sharp_card(bench: Bench) -> Unit:
    return filmed(bench, Film([shown(1280)]))


def a_coarse_card(bench: Bench) -> Unit:
    return filmed(bench, Film([shown(450)]))


def a_soft_card(bench: Bench) -> Unit:
    return filmed(bench, Film([shown(1280, blur_px=2)]))


def a_card_without_contrast(bench: Bench) -> Unit:
    return filmed(bench, Film([shown(1280, dark=100, light=170)]))


def a_card_far_away(bench: Bench) -> Unit:
    return filmed(bench, Film([shown(270)]))


def no_card(bench: Bench) -> Unit:
    return filmed(bench, Film(NOISE))


CASES = (
    Case("camera", OK, a_live_camera, "128 x 72, 10.0 frames a second"),
    Case("camera", OK, a_camera_of_the_gate),
    Case("camera", WARN, pictures_in_a_folder, "pictures"),
    Case("camera", WARN, a_slow_camera, "7.7 frames a second instead of 10"),
    Case("camera", WARN, a_covered_camera, "one even grey"),
    Case("camera", FAIL, a_frozen_camera, "frozen"),
    Case("camera", FAIL, a_silent_camera, "no frame"),
    Case("camera", FAIL, a_camera_that_is_unplugged, "unplugged"),
    Case("camera", FAIL, no_camera, "video9"),
    Case("camera", FAIL, a_gate_that_complains_of_it, "camera_fault"),
    Case("card", OK, a_sharp_card),
    Case("card", WARN, a_coarse_card, "version 10 is read", "Come closer"),
    Case("card", WARN, a_soft_card, "edges of 5.", "Not sharp"),
    Case("card", WARN, a_card_without_contrast, "light 170 of 255", "Little contrast"),
    Case("card", WARN, a_camera_of_the_gate),
    Case("card", FAIL, a_card_far_away),
    Case("card", FAIL, no_card, "no code of the card"),
    Case("card", FAIL, no_camera, "video9"),
)


@pytest.mark.parametrize("case", cases(*CASES))
def test_what_the_doctor_says(case: Case, bench: Bench) -> None:
    judged(case, bench)


def test_a_frozen_picture_is_told_from_a_single_one(bench: Bench) -> None:
    judged(Case("camera", WARN, lambda bench: filmed(bench, Film(NOISE[:1])), "0.0 frames"), bench)


def test_whoever_holds_the_card_is_told_how(bench: Bench) -> None:
    judged(Case("card", FAIL, no_card), bench)
    assert "10 to 40 cm" in bench.heard.getvalue()


@pytest.mark.parametrize(
    ("text", "version"), [(b"GATE TEST CARD 5", 5), (b"GATE TEST CARD", None), (b"NID1234567", None)]
)
def test_only_the_codes_of_the_card_count(text: bytes, version: int | None) -> None:
    assert card_sheet.version_of(text) == version


def test_edges_get_wider_with_blur() -> None:
    widths = [quality(shown(1280, blur_px=blur)).edge_px for blur in (0, 2, 4)]
    assert widths == sorted(widths)
    assert widths[0] < 2 < widths[-1]
