"""What every source of frames must do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gate.access.signals import DeviceChanged
from gate.adapters.clock_system import SystemClock
from gate.adapters.frames_files import PictureFrames, StageFrames
from gate.adapters.frames_picamera2 import CameraSettings, PicameraFrames
from gate.adapters.frames_v4l2 import V4l2Frames, WebcamSettings
from gate.adapters.frames_video import VideoFrames
from gate.ports import Frame, FrameSource, Luma
from gate.service.camera import LiveCamera
from gate.service.camera_limits import LIVE
from gate.service.camera_watch import WatchedFrames
from tests import pictures
from tests.adapters.fake_picamera2 import Picamera2, Sensor
from tests.adapters.fake_v4l2 import FakeDevice, Webcam

Maker = Callable[[Path, ExitStack], FrameSource]
LONG_S = 10.0
PERIOD_S = 0.02


def shooting(stack: ExitStack, shoot: Callable[[Luma], object]) -> None:
    """The world before a camera, which moves all the time."""

    def go() -> None:
        number = 0
        while not ended.wait(PERIOD_S):
            shoot(pictures.noise(92, 120, f"one {number}"))
            number += 1

    ended = threading.Event()
    thread = threading.Thread(target=go)  # noqa: TID251  (the world)
    thread.start()
    stack.callback(thread.join)
    stack.callback(ended.set)


def picamera2_frames(_: Path, stack: ExitStack) -> FrameSource:
    sensor = Sensor()
    Picamera2.sensors.append(sensor)
    stack.callback(Picamera2.sensors.clear)
    shooting(stack, sensor.shoot)
    return PicameraFrames(CameraSettings(width_px=120, height_px=92), lambda: SimpleNamespace(Picamera2=Picamera2))


def webcam_frames(folder: Path, stack: ExitStack) -> FrameSource:
    webcam = Webcam(sizes=((120, 92),))
    shooting(stack, webcam.shoot)
    return V4l2Frames(WebcamSettings(folder), lambda _: FakeDevice(webcam))


def live_frames(folder: Path, stack: ExitStack) -> FrameSource:
    return LiveCamera(lambda: webcam_frames(folder, stack))


def watched_frames(folder: Path, stack: ExitStack) -> FrameSource:
    told: list[DeviceChanged] = []
    return WatchedFrames(picamera2_frames(folder, stack), LIVE, SystemClock(), told.append)


def picture_frames(folder: Path, _: ExitStack) -> FrameSource:
    pictures.saved(pictures.noise(91, 121, "one"), folder / "one.png")
    return PictureFrames(folder, fps=50, picture_s=0.1, repeat=True)


def stage_frames(folder: Path, _: ExitStack) -> FrameSource:
    stage = StageFrames(fps=50)
    stage.show(pictures.saved(pictures.noise(91, 121, "one"), folder / "one.png"))
    return stage


def video_frames(folder: Path, _: ExitStack) -> FrameSource:
    frames = [pictures.noise(90, 120, str(index)) for index in range(8)]
    return VideoFrames(pictures.filmed(frames, folder / "one.mkv", fps=50), repeat=True)


SOURCES = {
    "pictures": picture_frames, "stage": stage_frames, "video": video_frames, "picamera2": picamera2_frames,
    "v4l2": webcam_frames, "live": live_frames, "watched": watched_frames,
}  # fmt: skip


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FrameSource]:
    with ExitStack() as stack:
        made = SOURCES[request.param](tmp_path, stack)
        stack.callback(made.close)
        yield made


def given(source: FrameSource, count: int) -> list[Frame]:
    frames = [source.next(LONG_S) for _ in range(count)]
    assert None not in frames
    return [frame for frame in frames if frame is not None]


def test_a_frame_is_a_luma_with_its_time_and_origin(source: FrameSource) -> None:
    before_ns = time.monotonic_ns()
    (frame,) = given(source, 1)
    assert frame.main.dtype == np.uint8
    assert frame.main.ndim == 2
    assert frame.main.flags.c_contiguous
    assert before_ns <= frame.captured_ns <= time.monotonic_ns()
    assert frame.name.startswith("one.") or frame.name == "camera"


def test_a_low_resolution_picture_is_half_the_size(source: FrameSource) -> None:
    (frame,) = given(source, 1)
    if frame.lores is not None:
        assert frame.lores.shape == (frame.main.shape[0] // 2, frame.main.shape[1] // 2)
        assert frame.lores.dtype == np.uint8
        assert frame.lores.flags.c_contiguous


def test_pictures_come_with_a_low_resolution_one() -> None:
    stage = StageFrames(fps=50)
    (frame,) = given(stage, 1)
    stage.close()
    assert frame.lores is not None


def test_every_frame_is_newer_than_the_one_before(source: FrameSource) -> None:
    times = [frame.captured_ns for frame in given(source, 12)]
    assert all(later > earlier for earlier, later in pairwise(times))


def test_frames_come_no_faster_than_they_are_made(source: FrameSource) -> None:
    frames = given(source, 9)
    assert frames[-1].captured_ns - frames[0].captured_ns >= 8 * 20_000_000 * 0.8


def test_no_time_means_no_waiting(source: FrameSource) -> None:
    given(source, 1)
    began = time.monotonic()
    assert None in [source.next(0) for _ in range(50)]
    assert time.monotonic() - began < 1


def test_after_close_there_is_no_frame_and_no_wait(source: FrameSource) -> None:
    given(source, 1)
    source.close()
    source.close()
    began = time.monotonic()
    assert [source.next(LONG_S) for _ in range(3)] == [None, None, None]
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_close_from_another_thread_ends_the_wait(make: Maker, tmp_path: Path) -> None:
    stack = ExitStack()
    source = make(tmp_path, stack)
    answers: list[Frame | None] = []

    def read_to_the_end() -> None:
        while (frame := source.next(LONG_S)) is not None:
            answers.append(frame)
            seen.set()

    seen = threading.Event()
    reader = threading.Thread(target=read_to_the_end)  # noqa: TID251  (the reader that the source is closed under)
    reader.start()
    assert seen.wait(LONG_S)
    source.close()
    reader.join(LONG_S / 2)
    stack.close()
    assert not reader.is_alive()
    assert answers
