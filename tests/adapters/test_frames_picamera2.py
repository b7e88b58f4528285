"""The Raspberry Pi's camera, on a double of picamera2 that is held to picamera2's own behaviour."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters import frames_picamera2
from gate.adapters.frames_picamera2 import CameraSettings, Metering, PicameraFrames, wanted_controls
from gate.ports import AdapterError, Frame, Luma
from tests import pictures
from tests.adapters.fake_picamera2 import PI_CONTROLS, Picamera2, Sensor
from tests.adapters.picamera2_facts import FACTS, Shoot, shape_of

SMALL = CameraSettings(width_px=320, height_px=240)
LIBRARY = SimpleNamespace(Picamera2=Picamera2)


@pytest.fixture
def sensor(monkeypatch: pytest.MonkeyPatch) -> Sensor:
    made = Sensor()
    monkeypatch.setattr(Picamera2, "sensors", [made])
    return made


@pytest.fixture(autouse=True)
def _no_descriptor_is_left() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  (the descriptors themselves)
    yield
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  (as above)


def opened(settings: CameraSettings = SMALL) -> PicameraFrames:
    return PicameraFrames(settings, lambda: LIBRARY)


def picture(name: str, width: int = 320, height: int = 240) -> Luma:
    return pictures.noise(height, width, name)


@pytest.mark.parametrize("fact", FACTS, ids=lambda one: one.__name__)
def test_the_double_behaves_as_picamera2_does(fact: Any, sensor: Sensor) -> None:
    shoot: Shoot = lambda: sensor.shoot(picture("any"))  # noqa: E731  (typed)
    fact(Picamera2, shoot)


def test_the_double_takes_what_picamera2_takes() -> None:
    assert shape_of(Picamera2) == PICAMERA2_0_3_38


PICAMERA2_0_3_38 = {
    "__init__": ["self", "camera_num", "verbose_console", "tuning", "allocator"],
    "create_video_configuration": [
        "self", "main", "lores", "raw", "transform", "colour_space", "buffer_count", "controls", "display", "encode",
        "queue", "sensor", "use_case",
    ],
    "configure": ["self", "camera_config"],
    "start": ["self", "config", "show_preview"],
    "process_requests": ["self", "display"],
    "stop": ["self"],
    "close": ["self"],
}  # fmt: skip
"""As ``inspect`` tells of the real class; the system tier compares."""


# Frames


@pytest.mark.parametrize("padding", [0, 64])
@pytest.mark.parametrize("only", [None, "NV12", "YVU420"])
def test_a_frame_is_the_y_plane_of_both_pictures_without_padding(
    sensor: Sensor, padding: int, only: str | None
) -> None:
    sensor.padding, sensor.only_format = padding, only
    camera = opened()
    main, lores = picture("main"), picture("lores", 160, 120)
    sensor.shoot(main, lores)
    frame = camera.next(1)
    camera.close()
    assert frame is not None
    assert frame.lores is not None
    assert np.array_equal(frame.main, main)
    assert np.array_equal(frame.lores, lores)
    assert frame.main.flags.c_contiguous
    assert frame.lores.flags.c_contiguous


def test_only_the_newest_is_given_and_every_buffer_goes_back(sensor: Sensor) -> None:
    camera = opened()
    for number in range(12):
        for shot in range(frames_picamera2.BUFFERS):
            assert sensor.shoot(picture(f"{number} {shot}"))
        assert not sensor.shoot(picture("too many"))
        frame = camera.next(1)
        assert frame is not None
        assert np.array_equal(frame.main, picture(f"{number} {frames_picamera2.BUFFERS - 1}"))
        assert camera.next(0) is None
    camera.close()


def test_a_frame_that_was_given_does_not_change_under_its_holder(sensor: Sensor) -> None:
    camera = opened()
    sensor.shoot(picture("first"))
    frame = camera.next(1)
    for number in range(9):
        sensor.shoot(picture(str(number)))
        assert camera.next(1) is not None
    camera.close()
    assert frame is not None
    assert np.array_equal(frame.main, picture("first"))


def test_a_frame_has_the_time_of_the_sensor(sensor: Sensor) -> None:
    camera = opened()
    at_ns = time.monotonic_ns() - 40_000_000
    sensor.shoot(picture("one"), at_ns=at_ns)
    frame = camera.next(1)
    camera.close()
    assert frame is not None
    assert frame.captured_ns == at_ns


def one_after(camera: PicameraFrames, sensor: Sensor, at_ns: int) -> Frame:
    sensor.shoot(picture("one"), at_ns=at_ns)
    frame = camera.next(1)
    assert frame is not None
    return frame


@pytest.mark.parametrize("slept_s", [0, 7, 86400])
def test_a_clock_that_counts_sleep_too_is_brought_to_ours(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch, slept_s: int
) -> None:
    monkeypatch.setattr(time, "clock_gettime_ns", lambda _: time.monotonic_ns() + slept_s * 10**9)
    camera = opened()
    now_ns = time.monotonic_ns()
    frame = one_after(camera, sensor, now_ns + slept_s * 10**9 - 40_000_000)
    camera.close()
    assert abs(frame.captured_ns - (now_ns - 40_000_000)) < 20_000_000


def test_every_frame_is_newer_than_the_one_before_whatever_the_sensor_says(sensor: Sensor) -> None:
    camera = opened()
    now_ns = time.monotonic_ns()
    times = [
        one_after(camera, sensor, at_ns).captured_ns for at_ns in (now_ns, now_ns, now_ns - 10**9, now_ns + 10**15)
    ]
    camera.close()
    assert times == sorted(set(times))


# The configuration


def test_it_asks_for_two_pictures_few_buffers_and_no_event_loop(sensor: Sensor) -> None:
    camera = opened(CameraSettings(fps=20))
    config = camera._camera.camera_configuration()
    assert (config["main"]["size"], config["main"]["format"]) == ((1280, 720), "YUV420")
    assert (config["lores"]["size"], config["lores"]["format"]) == ((640, 360), "YUV420")
    assert (config["buffer_count"], config["queue"], config["raw"]) == (frames_picamera2.BUFFERS, False, None)
    assert sensor.started_with["FrameDurationLimits"] == (50_000, 50_000)
    camera.close()


@pytest.mark.parametrize(
    ("settings", "controls"),
    [
        (CameraSettings(), {"AfMode": 2, "AfRange": 1, "AfSpeed": 1}),
        (CameraSettings(focus_cm=20), {"AfMode": 0, "LensPosition": 5.0}),
        (CameraSettings(), {"AeConstraintMode": 1, "AeMeteringMode": 0, "AeExposureMode": 1, "ExposureValue": 0.0}),
        (CameraSettings(metering=Metering.PHONE), {"AeConstraintMode": 1, "ExposureValue": -0.7}),
        (CameraSettings(metering=Metering.PAPER), {"AeConstraintMode": 0, "ExposureValue": 0.3}),
        (CameraSettings(), {"AeFlickerMode": 1, "AeFlickerPeriod": 10_000}),
        (CameraSettings(exposure_ms=8, gain=2.0), {"ExposureTime": 8000, "AnalogueGain": 2.0}),
    ],
)
def test_the_settings_reach_the_camera(sensor: Sensor, settings: CameraSettings, controls: dict[str, Any]) -> None:
    opened(settings).close()
    assert controls.items() <= sensor.started_with.items()


ABSENT = [
    (CameraSettings(mains_hz=0), {"AeFlickerMode", "AeFlickerPeriod"}),
    (CameraSettings(focus_cm=20), {"AfRange", "AfSpeed"}),
    (CameraSettings(exposure_ms=8), {"AeConstraintMode", "AeFlickerMode", "ExposureValue"}),
]


@pytest.mark.parametrize(("settings", "absent"), ABSENT)
def test_what_is_fixed_or_off_is_not_measured(settings: CameraSettings, absent: set[str]) -> None:
    assert wanted_controls(settings).keys() & absent == set()


SETTINGS = st.builds(
    CameraSettings,
    fps=st.integers(1, 60),
    focus_cm=st.none() | st.floats(1, 500),
    metering=st.sampled_from(Metering),
    exposure_ms=st.none() | st.floats(0.1, 66),
    gain=st.floats(1, 16),
    mains_hz=st.sampled_from([0, 50, 60]),
)


@given(SETTINGS)
def test_every_setting_is_one_that_a_pi_camera_has(settings: CameraSettings) -> None:
    assert wanted_controls(settings).keys() <= PI_CONTROLS.keys()


def test_a_camera_that_lacks_a_control_goes_without(sensor: Sensor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    sensor.controls = {name: PI_CONTROLS[name] for name in ("FrameDurationLimits", "ExposureTime")}
    opened().close()
    assert sensor.started_with.keys() == {"FrameDurationLimits"}
    assert "has no AeConstraintMode" in caplog.text


# What goes wrong


def test_a_camera_in_use_is_told_with_advice_and_can_be_opened_once_it_is_free(sensor: Sensor) -> None:
    first = opened()
    for _ in range(3):
        with pytest.raises(AdapterError, match=r"resource busy\. End the other program"):
            opened()
    first.close()
    opened().close()
    assert not sensor.acquired


def test_a_camera_that_is_not_there_is_told_with_advice(sensor: Sensor) -> None:
    sensor.there = False
    with pytest.raises(AdapterError, match=r"camera 0 cannot be opened: it is not there. Look at its cable"):
        opened()
    sensor.there = True
    opened().close()


def test_requests_that_never_complete_are_waited_for_in_bounds_and_hold_up_no_close(sensor: Sensor) -> None:
    camera = opened()
    sensor.shoot(picture("one"))
    assert camera.next(1) is not None
    began_s = time.monotonic()
    assert camera.next(0.1) is None
    assert 0.09 <= time.monotonic() - began_s < 2
    camera.close()
    assert time.monotonic() - began_s < 2
    assert not sensor.acquired


def test_a_camera_that_vanishes_fails_and_is_let_go_so_that_it_can_come_back(
    sensor: Sensor, caplog: pytest.LogCaptureFixture
) -> None:
    camera = opened()
    sensor.shoot(picture("one"))
    sensor.vanish()
    with pytest.raises(AdapterError, match=r"the camera failed: Failed to queue request: No such device\."):
        camera.next(1)
    camera.close()
    assert "does not close in order" in caplog.text
    assert not sensor.acquired
    with pytest.raises(AdapterError, match="it is not there"):
        opened()
    sensor.there = True
    again = opened()
    sensor.shoot(picture("two"))
    assert again.next(1) is not None
    again.close()


@pytest.mark.parametrize("doing", ["configure", "start", "create_video_configuration"])
def test_a_camera_that_fails_while_it_is_set_is_let_go(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch, doing: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("Failed: Cannot allocate memory")

    monkeypatch.setattr(Picamera2, doing, fails)
    with pytest.raises(AdapterError, match="Cannot allocate memory"):
        opened()
    assert not sensor.acquired


def test_a_format_without_a_y_plane_is_refused(sensor: Sensor) -> None:
    sensor.only_format = "MJPEG"
    with pytest.raises(AdapterError, match="MJPEG, which have no Y plane"):
        opened()
    assert not sensor.acquired


def test_without_picamera2_the_advice_is_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(AdapterError, match=r"apt install --no-install-recommends python3-picamera2"):
        PicameraFrames(SMALL)
