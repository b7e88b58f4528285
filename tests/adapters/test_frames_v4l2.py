"""Webcams, on a fake of the kernel; no real one was there to be tried."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gate.adapters.frames_v4l2 import V4l2Frames, WebcamSettings, uapi
from gate.adapters.frames_v4l2.source import BUFFERS, LAYOUTS
from gate.ports import AdapterError, Luma
from tests import pictures
from tests.adapters.fake_v4l2 import FakeDevice, Webcam

DEVICE = Path("/dev/video-of-the-test")
SMALL = WebcamSettings(DEVICE, 640, 480)


class Bus:
    """Opens the webcam, and knows every descriptor that was given."""

    def __init__(self, webcam: Webcam) -> None:
        self.webcam = webcam
        self.devices: list[FakeDevice] = []

    def __call__(self, path: Path) -> FakeDevice:
        assert path == DEVICE
        if not self.webcam.there:
            raise OSError(errno.ENOENT, "No such file or directory")
        self.devices.append(FakeDevice(self.webcam))
        return self.devices[-1]


@pytest.fixture
def bus() -> Iterator[Bus]:
    made = Bus(Webcam())
    yield made
    assert all(device.closed for device in made.devices), "a descriptor was left open"


def opened(bus: Bus, settings: WebcamSettings = SMALL) -> V4l2Frames:
    return V4l2Frames(settings, bus)


def picture(name: str) -> Luma:
    return pictures.noise(480, 640, name)


@pytest.mark.parametrize("padding", [0, 32])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_frame_is_the_y_of_each_format_without_padding(bus: Bus, name: str, padding: int) -> None:
    bus.webcam.formats, bus.webcam.padding = (name,), padding
    camera = opened(bus)
    bus.webcam.shoot(picture("one"))
    frame = camera.next(1)
    camera.close()
    assert frame is not None
    assert np.array_equal(frame.main, picture("one"))
    assert frame.main.flags.c_contiguous
    assert frame.lores is None


@pytest.mark.parametrize(
    ("offered", "taken"),
    [(("MJPG", "YUYV"), "YUYV"), (("YUYV", "NV12"), "NV12"), (("UYVY", "GREY", "YUYV"), "GREY")],
)
def test_the_format_with_the_least_to_copy_is_taken(bus: Bus, offered: tuple[str, ...], taken: str) -> None:
    bus.webcam.formats = offered
    camera = opened(bus)
    assert uapi.name_of(bus.devices[0].pix.pixelformat) == taken
    camera.close()


def test_only_the_newest_is_given_and_every_buffer_goes_back(bus: Bus) -> None:
    camera = opened(bus)
    for number in range(12):
        for shot in range(BUFFERS):
            assert bus.webcam.shoot(picture(f"{number} {shot}"))
        assert not bus.webcam.shoot(picture("too many"))
        frame = camera.next(1)
        assert frame is not None
        assert np.array_equal(frame.main, picture(f"{number} {BUFFERS - 1}"))
        assert camera.next(0) is None
    camera.close()


def test_a_frame_that_was_given_does_not_change_under_its_holder(bus: Bus) -> None:
    camera = opened(bus)
    bus.webcam.shoot(picture("first"))
    frame = camera.next(1)
    for number in range(9):
        bus.webcam.shoot(picture(str(number)))
        assert camera.next(1) is not None
    camera.close()
    assert frame is not None
    assert np.array_equal(frame.main, picture("first"))


@pytest.mark.parametrize("flaw", [{"broken": True}, {"short": True}], ids=["flagged", "short"])
def test_half_a_picture_is_not_given_and_its_buffer_goes_back(bus: Bus, flaw: dict[str, bool]) -> None:
    camera = opened(bus)
    for _ in range(2 * BUFFERS):
        assert bus.webcam.shoot(picture("flawed"), **flaw)
        assert camera.next(0) is None
    bus.webcam.shoot(picture("good"))
    bus.webcam.shoot(picture("flawed"), **flaw)
    frame = camera.next(1)
    camera.close()
    assert frame is not None
    assert np.array_equal(frame.main, picture("good"))


@pytest.mark.parametrize("monotonic", [True, False])
def test_the_time_is_the_drivers_where_it_is_on_our_clock(bus: Bus, *, monotonic: bool) -> None:
    bus.webcam.monotonic = monotonic
    camera = opened(bus)
    at_ns = time.monotonic_ns() // 1000 * 1000 - 60_000_000
    bus.webcam.shoot(picture("one"), at_ns=at_ns)
    before_ns = time.monotonic_ns()
    frame = camera.next(1)
    camera.close()
    assert frame is not None
    if monotonic:
        assert frame.captured_ns == at_ns
    else:
        assert before_ns <= frame.captured_ns <= time.monotonic_ns()


def test_every_frame_is_newer_than_the_one_before_whatever_the_driver_says(bus: Bus) -> None:
    camera = opened(bus)
    now_ns = time.monotonic_ns()
    times = []
    for at_ns in (now_ns, now_ns, now_ns - 10**9, now_ns + 10**12):
        bus.webcam.shoot(picture("one"), at_ns=at_ns)
        frame = camera.next(1)
        assert frame is not None
        times.append(frame.captured_ns)
    camera.close()
    assert times == sorted(set(times))


def test_size_and_rate_are_asked_for_and_the_nearest_size_is_taken(bus: Bus) -> None:
    camera = opened(bus, WebcamSettings(DEVICE, 1000, 700, fps=15))
    assert bus.webcam.asked_rate == (1, 15)
    bus.webcam.shoot(pictures.noise(720, 1280, "one"))
    frame = camera.next(1)
    camera.close()
    assert frame is not None
    assert frame.main.shape == (720, 1280)


def test_a_webcam_with_one_rate_is_taken_as_it_is(bus: Bus) -> None:
    bus.webcam.one_rate = True
    opened(bus).close()


# What goes wrong


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"there": False}, r"No such file or directory\. Is it plugged in\?"),
        ({"formats": ("MJPG", "H264")}, "gives MJPG, H264, of which none holds grey"),
        ({"formats": ()}, "gives no format"),
        ({"device_caps": 0x00800000}, "gives no pictures"),
        ({"capabilities": uapi.CAPTURE}, "gives no pictures"),
        ({"refuse": {uapi.QUERYCAP: errno.ENOTTY}}, "It is no camera"),
        ({"refuse": {uapi.S_FMT: errno.EBUSY}}, r"resource busy\. End the other program"),
        ({"refuse": {uapi.REQBUFS: errno.ENOMEM}}, r"Cannot allocate memory\. Unplug it"),
        ({"refuse": {uapi.STREAMON: errno.ENOSPC}}, "No space left"),
        ({"refuse": {uapi.S_PARM: errno.EIO}}, "Input/output error"),
        ({"refuse": {uapi.ENUM_FMT: errno.EIO}}, "Input/output error"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_told_with_advice_and_left_closed(bus: Bus, changes: dict[str, Any], told: str) -> None:
    for name, value in changes.items():
        setattr(bus.webcam, name, value)
    with pytest.raises(AdapterError, match=told) as error:
        opened(bus)
    assert str(DEVICE) in str(error.value)
    assert all(device.closed for device in bus.devices)


def test_a_webcam_in_use_can_be_opened_once_it_is_free(bus: Bus) -> None:
    first = opened(bus)
    with pytest.raises(AdapterError, match="busy"):
        opened(bus)
    bus.webcam.shoot(picture("one"))
    assert first.next(1) is not None
    first.close()
    opened(bus).close()


def test_a_webcam_without_permission_names_the_group(bus: Bus) -> None:
    def locked(_: Path) -> FakeDevice:
        raise PermissionError(errno.EACCES, "Permission denied")

    with pytest.raises(AdapterError, match="adduser gate video"):
        V4l2Frames(SMALL, locked)
    assert bus.devices == []


def test_a_webcam_that_is_unplugged_fails_and_can_come_back(bus: Bus) -> None:
    camera = opened(bus)
    bus.webcam.shoot(picture("one"))
    assert camera.next(1) is not None
    bus.webcam.unplug()
    began_s = time.monotonic()
    with pytest.raises(AdapterError, match="It was unplugged"):
        camera.next(10)
    assert time.monotonic() - began_s < 5
    camera.close()
    bus.webcam.there = True
    again = opened(bus)
    bus.webcam.shoot(picture("two"))
    assert again.next(1) is not None
    again.close()


def test_a_driver_that_stops_giving_is_waited_for_in_bounds(bus: Bus) -> None:
    camera = opened(bus)
    began_s = time.monotonic()
    assert camera.next(0.1) is None
    assert 0.09 <= time.monotonic() - began_s < 2
    camera.close()


def test_it_can_be_closed_twice(bus: Bus) -> None:
    camera = opened(bus)
    camera.close()
    camera.close()
    assert camera.next(1) is None


def test_a_real_file_that_is_no_camera_is_told(tmp_path: Path) -> None:
    file = tmp_path / "video0"
    file.write_bytes(b"")
    with pytest.raises(AdapterError, match=r"Inappropriate ioctl for device\. It is no camera"):
        V4l2Frames(WebcamSettings(file))
    with pytest.raises(AdapterError, match="Is it plugged in"):
        V4l2Frames(WebcamSettings(tmp_path / "video1"))
