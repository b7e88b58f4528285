"""A camera that fails before a waiting reader: told within 5 s, back within 15 s, and nothing stale is decided on.

Everything is real but the webcam and its kernel: adapter, camera thread, watch, reader, decoder and clock.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from gate.access.devices import Device
from gate.access.signals import DeviceChanged, Presented
from gate.adapters.clock_system import SystemClock
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.adapters.frames_v4l2 import V4l2Frames, WebcamSettings, uapi
from gate.ports import Luma
from gate.service.camera import LiveCamera
from gate.service.camera_limits import LIVE
from gate.service.camera_watch import WatchedFrames
from gate.service.reader import Reader
from gate.service.threads import Worker
from tests import pictures
from tests.access.examples import by_rules
from tests.adapters.fake_v4l2 import FakeDevice, Webcam
from tests.credential.minting import MINT
from tests.service.test_reader import FixedTrust, ladder

SIZE = (480, 640)
PERIOD_S = 0.05
TOLD_WITHIN_S, BACK_WITHIN_S = 5.0, 15.0
LONG_S = 30.0
CODE = pictures.qr(MINT.valid().encode(), scale=3)


def scene(number: int, *, code: bool) -> Luma:
    """The office, with the noise of its moment; somebody may hold a code there."""
    picture = np.random.default_rng(number).integers(80, 120, SIZE, dtype=np.uint8)
    if code:
        picture[40 : 40 + CODE.shape[0], 60 : 60 + CODE.shape[1]] = CODE
    return picture


class World:
    """What happens before the webcam, and what the service makes of it."""

    def __init__(self, stack: ExitStack, refuse: dict[int, int] | None = None) -> None:
        self.webcam = Webcam(sizes=(SIZE[::-1],), refuse=refuse or {})
        self.picture: Callable[[int], Luma | None] = lambda number: scene(number, code=True)
        self.changed = threading.Condition()
        self.told: list[tuple[float, DeviceChanged]] = []
        self.presented: list[Presented] = []
        camera = LiveCamera(lambda: V4l2Frames(WebcamSettings(Path("/dev/webcam")), self._opened))
        stack.callback(camera.close)
        watched = WatchedFrames(camera, LIVE, SystemClock(), self._tell, camera.reopen)
        climb, clock = ladder(ZxingDecoder()), SystemClock()
        reader = Reader(watched, climb, FixedTrust(), clock, by_rules, self._offer, b"k" * 32)
        for name, body in (("world", self._shoot), ("reader", reader.run)):
            worker = Worker(name, body, lambda _: None)
            worker.start()
            stack.callback(worker.stop, LONG_S)

    def _opened(self, _: Path) -> FakeDevice:
        if not self.webcam.there:
            raise OSError(errno.ENOENT, "No such file or directory")
        return FakeDevice(self.webcam)

    def _shoot(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        number = 0
        while not stop.wait(PERIOD_S):
            beat()
            number += 1
            picture = self.picture(number)
            if picture is not None:
                self.webcam.shoot(picture)

    def _tell(self, change: DeviceChanged) -> None:
        with self.changed:
            self.told.append((time.monotonic(), change))
            self.changed.notify_all()

    def _offer(self, presented: Presented) -> None:
        with self.changed:
            self.presented.append(presented)
            self.changed.notify_all()

    def until(self, condition: Callable[[], bool]) -> float:
        """Wait for it; the moment when it was so."""
        with self.changed:
            assert self.changed.wait_for(condition, LONG_S)
            return time.monotonic()

    def until_told(self, device: Device, *, working: bool) -> float:
        return self.until(lambda: bool(self.told) and self.told[-1][1] == DeviceChanged(device, working))


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        yield World(stack)


def unplug(world: World) -> Callable[[], None]:
    world.webcam.unplug()
    return lambda: setattr(world.webcam, "there", True)


def fall_silent(world: World) -> Callable[[], None]:
    return change(world, lambda _: None)


def freeze(world: World) -> Callable[[], None]:
    same = scene(0, code=True)
    return change(world, lambda _: same)


def turn_black(world: World) -> Callable[[], None]:
    black = np.zeros(SIZE, np.uint8)
    return change(world, lambda _: black)


def cover(world: World) -> Callable[[], None]:
    return change(world, lambda number: np.random.default_rng(number).integers(20, 40, SIZE, dtype=np.uint8))


def change(world: World, picture: Callable[[int], Luma | None]) -> Callable[[], None]:
    before, world.picture = world.picture, picture
    return lambda: setattr(world, "picture", before)


@pytest.mark.parametrize(
    ("fails", "device"),
    [
        (unplug, Device.CAMERA),
        (fall_silent, Device.CAMERA),
        (freeze, Device.CAMERA),
        (turn_black, Device.CAMERA_LENS),
        (cover, Device.CAMERA_LENS),
    ],
)
def test_a_camera_that_fails_is_told_and_comes_back(
    world: World, fails: Callable[[World], Callable[[], None]], device: Device
) -> None:
    world.until(lambda: len(world.presented) >= 2)
    failed_s = time.monotonic()
    mend = fails(world)
    assert world.until_told(device, working=False) - failed_s < TOLD_WITHIN_S + 0.5
    before = len(world.presented)
    assert all(one.captured_ns / 1e9 < failed_s + 3 * PERIOD_S for one in world.presented), "of before, or the first"
    mended_s = time.monotonic()
    mend()
    assert world.until_told(device, working=True) - mended_s < BACK_WITHIN_S
    world.until(lambda: len(world.presented) > before)
    assert all(one.captured_ns / 1e9 >= mended_s for one in world.presented[before:])
    assert len({one.code for one in world.presented}) == 1


def test_a_camera_that_another_program_has_is_taken_when_it_is_free() -> None:
    with ExitStack() as stack:
        world = World(stack, {uapi.S_FMT: errno.EBUSY})
        world.until_told(Device.CAMERA, working=False)
        freed_s = time.monotonic()
        world.webcam.refuse.clear()
        assert world.until_told(Device.CAMERA, working=True) - freed_s < BACK_WITHIN_S
        world.until(lambda: bool(world.presented))
