"""The live camera on its thread: newest frame, coming and going, hanging drivers, and the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from gate.ports import AdapterError, Frame
from gate.service import camera as camera_module
from gate.service.camera import LiveCamera

LONG_S = 10.0
BUSY = AdapterError("the camera is in use: end the other program")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "FIRST_RETRY_S", 0.001)
    monkeypatch.setattr(camera_module, "MOST_RETRY_S", 0.004)


def frame(number: int) -> Frame:
    return Frame(np.full((2, 2), number % 256, np.uint8), None, time.monotonic_ns(), str(number))


@dataclass
class Source:
    """A camera whose frames the test makes; ``fail`` breaks it, ``hang`` holds its driver until the test lets go."""

    errors: list[BaseException] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    hang: threading.Event = field(default_factory=threading.Event)
    hanging: threading.Event = field(default_factory=threading.Event)
    closing: BaseException | None = None
    closed: int = 0

    def __post_init__(self) -> None:
        self.hang.set()
        self.changed = threading.Condition()

    def next(self, timeout_s: float) -> Frame | None:
        if not self.hang.is_set():
            self.hanging.set()
        assert self.hang.wait(LONG_S)
        with self.changed:
            self.changed.wait_for(lambda: self.frames or self.errors, min(timeout_s, 0.005))
            self.changed.notify_all()
            if self.errors:
                raise self.errors.pop(0)
            return self.frames.pop(0) if self.frames else None

    def give(self, *numbers: int) -> None:
        with self.changed:
            self.frames += [frame(number) for number in numbers]
            self.changed.notify_all()

    def fail(self, error: BaseException) -> None:
        with self.changed:
            self.errors.append(error)
            self.changed.notify_all()

    def close(self) -> None:
        self.closed += 1
        if self.closing is not None:
            raise self.closing


class Plug:
    """What ``opened`` does each time: give a source, or raise."""

    def __init__(self, *turns: Source | BaseException) -> None:
        self.turns = list(turns)
        self.times: list[float] = []
        self.threads: set[str] = set()
        self.changed = threading.Condition()

    def __call__(self) -> Source:
        with self.changed:
            self.times.append(time.monotonic())
            self.threads.add(threading.current_thread().name)
            self.changed.notify_all()
            turn = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        if isinstance(turn, BaseException):
            raise turn
        return turn

    def wait_for(self, times: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.times) >= times, LONG_S)


@contextmanager
def live(plug: Callable[[], Source]) -> Iterator[LiveCamera]:
    camera = LiveCamera(plug)
    try:
        yield camera
    finally:
        camera.close()


def until(camera: LiveCamera, name: str) -> None:
    """Take frames until this one comes."""
    give_up_s = time.monotonic() + LONG_S
    while (one := camera.next(0.05)) is None or one.name != name:
        assert time.monotonic() < give_up_s, f"frame {name} never came"


def test_the_camera_is_opened_at_once_on_its_own_thread() -> None:
    source = Source()
    plug = Plug(source)
    with live(plug):
        plug.wait_for(1)
    assert plug.threads == {"camera"}
    assert source.closed == 1


def test_a_camera_that_takes_long_to_open_holds_up_nobody() -> None:
    source, opening = Source(), threading.Event()

    def slowly() -> Source:
        assert opening.wait(LONG_S)
        return source

    began_s = time.monotonic()
    with live(slowly) as camera:
        assert camera.next(0.01) is None
        assert time.monotonic() - began_s < 1
        source.give(1)
        opening.set()
        until(camera, "1")


def test_the_newest_frame_is_given_once() -> None:
    source = Source()
    with live(Plug(source)) as camera:
        source.give(1, 2, 3)
        until(camera, "3")
        assert camera.next(0) is None


def test_a_slow_reader_misses_the_frames_between() -> None:
    source = Source()
    with live(Plug(source)) as camera:
        source.give(*range(100))
        with source.changed:
            assert source.changed.wait_for(lambda: not source.frames, LONG_S)
        until(camera, "99")


@pytest.mark.parametrize("error", [BUSY, RuntimeError("as it likes")], ids=["told", "unknown"])
def test_a_camera_that_cannot_be_opened_is_tried_until_it_can(error: Exception) -> None:
    source = Source()
    plug = Plug(error, error, error, source)
    with live(plug) as camera:
        source.give(1)
        until(camera, "1")
    assert len(plug.times) == 4


def test_the_tries_become_rarer_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "FIRST_RETRY_S", 0.01)
    monkeypatch.setattr(camera_module, "MOST_RETRY_S", 0.04)
    plug = Plug(BUSY)
    with live(plug):
        plug.wait_for(6)
    waits = [later - earlier for earlier, later in zip(plug.times, plug.times[1:], strict=False)]
    assert waits[0] >= 0.02
    assert all(wait >= 0.04 for wait in waits[1:])


@pytest.mark.parametrize("error", [AdapterError("unplugged"), OSError(19, "No such device")], ids=["told", "unknown"])
def test_a_camera_that_fails_is_closed_and_opened_anew(error: Exception) -> None:
    first, second = Source(), Source()
    with live(Plug(first, second)) as camera:
        first.give(1)
        until(camera, "1")
        first.fail(error)
        second.give(2)
        until(camera, "2")
        assert first.closed == 1


def test_one_that_cannot_be_closed_does_not_keep_the_next_from_being_opened() -> None:
    first, second = Source(closing=RuntimeError("stuck")), Source()
    with live(Plug(first, second)) as camera:
        first.fail(AdapterError("unplugged"))
        second.give(2)
        until(camera, "2")


def test_it_can_be_asked_to_open_the_camera_anew_and_gives_nothing_of_before() -> None:
    first, second = Source(), Source()
    plug = Plug(first, second)
    with live(plug) as camera:
        first.give(1)
        until(camera, "1")
        first.give(7)
        camera.reopen()
        plug.wait_for(2)
        assert first.closed == 1
        second.give(2)
        one = camera.next(LONG_S)
        assert one is not None
        assert one.name == "2"


def test_a_driver_that_hangs_holds_up_nobody() -> None:
    first, second = Source(), Source()
    plug = Plug(first, second)
    with live(plug) as camera:
        first.give(1)
        until(camera, "1")
        first.hang.clear()
        assert first.hanging.wait(LONG_S)
        camera.reopen()
        assert camera.next(0.01) is None
        assert len(plug.times) == 1
        first.hang.set()
        second.give(2)
        until(camera, "2")


def test_a_driver_that_hangs_for_ever_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(camera_module, "CLOSE_WAIT_S", 0.05)
    source = Source()
    source.hang.clear()
    plug = Plug(source)
    camera = LiveCamera(plug)
    assert source.hanging.wait(LONG_S)
    began_s = time.monotonic()
    camera.close()
    assert time.monotonic() - began_s < 1
    assert "does not let go" in caplog.text
    source.hang.set()  # so that this test leaves no thread
    camera.close()


def test_each_problem_is_told_once_until_a_frame_comes(caplog: pytest.LogCaptureFixture) -> None:
    first, second = Source(), Source()
    other = AdapterError("there is no camera")
    plug = Plug(BUSY, BUSY, other, first, BUSY, BUSY, second)
    with live(plug) as camera:
        first.give(1)
        until(camera, "1")
        first.fail(BUSY)
        second.give(2)
        until(camera, "2")
    told = [record.getMessage() for record in caplog.records]
    assert told == [f"no frames: {BUSY}", f"no frames: {other}", f"no frames: {BUSY}"]


def test_after_close_there_is_no_frame_no_wait_and_no_try() -> None:
    plug = Plug(BUSY)
    camera = LiveCamera(plug)
    plug.wait_for(1)
    camera.close()
    camera.close()
    tries = len(plug.times)
    began_s = time.monotonic()
    assert camera.next(LONG_S) is None
    assert time.monotonic() - began_s < 1
    assert len(plug.times) == tries
