"""Frames of a Raspberry Pi's camera through picamera2, which is imported when the camera is opened.

Written against picamera2 0.3.38 and libcamera 0.4.  There is one configuration for the camera's whole life, of a main
picture and a smaller one that the ISP makes beside it; of both only the Y plane is taken.

picamera2 is driven without an event loop of its own: ``next`` waits for its pipe, with a bound, and runs
``process_requests``.  Its usual loop is a thread on which every call waits for a job, without end where frames have
stopped, and which ends with an exception that nobody catches when the camera is pulled out.
"""

from __future__ import annotations

import enum
import logging
import os
import select
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gate.decoding import AdapterError, Luma
from gate.frames import Frame

log = logging.getLogger(__name__)

PLANAR = frozenset({"YUV420", "YVU420", "NV12", "NV21"})
"""The formats whose buffer begins with the Y plane, one byte a pixel."""
BUFFERS = 4
SLICE_S = 0.05
"""How long the camera is waited for at a time, so that it can be closed by another thread."""
US_PER_S = 1_000_000


@enum.unique
class Metering(enum.StrEnum):
    """What the exposure is measured for."""

    MIXED = "mixed"
    PHONE = "phone"
    PAPER = "paper"


AUTO_FAST = {"AeMeteringMode": 0, "AeExposureMode": 1}
"""Centre-weighted, and short exposures with more gain: a code that moves is blurred less."""
HIGHLIGHTS = {"AeConstraintMode": 1}
"""The brightest part of the picture keeps its detail: a bright screen in a dim room is else a white patch."""
PRESETS: Mapping[Metering, Mapping[str, float]] = {
    Metering.MIXED: {**AUTO_FAST, **HIGHLIGHTS, "ExposureValue": 0.0},
    Metering.PHONE: {**AUTO_FAST, **HIGHLIGHTS, "ExposureValue": -0.7},
    Metering.PAPER: {**AUTO_FAST, "AeConstraintMode": 0, "ExposureValue": 0.3},
}
"""libcamera's controls by name; the numbers are its enumerations' (control_ids_core.yaml)."""
MANUAL_FOCUS, CONTINUOUS_FOCUS = 0, 2
NEAR, FAST = 1, 1


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """How the camera is set, for good."""

    number: int = 0
    width_px: int = 1280
    height_px: int = 720
    fps: int = 10
    focus_cm: float | None = None
    """The distance of the codes; None: focus follows what is near, all the time."""
    metering: Metering = Metering.MIXED
    exposure_ms: float | None = None
    """A fixed exposure with the fixed ``gain``; None: it is measured."""
    gain: float = 1.0
    mains_hz: int = 50
    """The mains frequency, whose lamps flicker twice as fast; 0: no care is taken."""


class PicameraFrames:
    """``FrameSource``; ``next`` is called on the thread that made it, ``close`` on any."""

    def __init__(self, settings: CameraSettings, library: Callable[[], Any] | None = None) -> None:
        """Open the camera, configure it and let it run. Raises ``AdapterError``."""
        picamera2 = (library or _picamera2)()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._newest: Frame | None = None
        self._last_ns = 0
        self._camera: Any = None
        try:
            self._camera = _opened(picamera2.Picamera2, settings.number)
            self._start(settings)
        except Exception as error:
            self.close()
            raise _unusable(f"camera {settings.number} cannot be opened", error) from error

    def next(self, timeout_s: float) -> Frame | None:
        """The newest frame that the camera has given since the last one. Raises ``AdapterError``."""
        give_up_s = time.monotonic() + timeout_s
        while not self._closed.is_set():
            left_s = max(0.0, give_up_s - time.monotonic())
            with self._lock:
                frame = None if self._closed.is_set() else self._processed(min(left_s, SLICE_S))
            if frame is not None or not left_s:
                return frame
        return None

    def close(self) -> None:
        """Stop the camera and let it go; a wait ends within ``SLICE_S``."""
        self._closed.set()
        with self._lock:
            camera, self._camera = self._camera, None
            if camera is not None:
                _let_go(camera)

    def render_request(self, request: Any) -> None:
        """picamera2 gives what it would show: the newest request, which is its own again when this returns."""
        config = self._camera.camera_configuration()
        main, lores = (_y_plane(request.make_array(name), config[name]["size"]) for name in ("main", "lores"))
        captured_ns = max(self._last_ns + 1, _on_our_clock(request.get_metadata().get("SensorTimestamp")))
        self._last_ns = captured_ns
        self._newest = Frame(main, lores, captured_ns, "camera")

    def _processed(self, wait_s: float) -> Frame | None:
        """Wait for requests, let picamera2 handle them, and give the newest frame of them."""
        try:
            if select.select([self._camera.notifyme_r], [], [], wait_s)[0]:
                self._camera.notifymeread.read()
                self._camera.process_requests(self)
        except Exception as error:  # libcamera's bindings raise what they like
            raise _unusable("the camera failed", error) from error
        frame, self._newest = self._newest, None
        return frame

    def _start(self, settings: CameraSettings) -> None:
        config = self._camera.create_video_configuration(
            main={"size": (settings.width_px, settings.height_px), "format": "YUV420"},
            lores={"size": (settings.width_px // 2, settings.height_px // 2), "format": "YUV420"},
            raw=None,
            buffer_count=BUFFERS,
            queue=False,  # the newest is taken as it comes; none is kept back
            controls=self._controls(settings),
        )
        self._camera.configure(config)
        given = self._camera.camera_configuration()
        formats = {given[name]["format"] for name in ("main", "lores")}
        if not formats <= PLANAR:
            raise AdapterError(f"its pictures are {', '.join(sorted(formats))}, which have no Y plane")
        self._camera.start(show_preview=None)

    def _controls(self, settings: CameraSettings) -> dict[str, Any]:
        """The settings as this camera knows them; picamera2 refuses a control that it does not have."""
        wanted = wanted_controls(settings)
        known = self._camera.camera_controls
        missing = sorted(wanted.keys() - known.keys())
        if missing:
            log.info("the camera has no %s; it goes without", ", ".join(missing))
        return {name: value for name, value in wanted.items() if name in known}


def wanted_controls(settings: CameraSettings) -> dict[str, Any]:
    """The controls of libcamera for these settings."""
    frame_us = US_PER_S // settings.fps
    controls: dict[str, Any] = {"FrameDurationLimits": (frame_us, frame_us)}
    if settings.focus_cm is None:
        controls |= {"AfMode": CONTINUOUS_FOCUS, "AfRange": NEAR, "AfSpeed": FAST}
    else:
        controls |= {"AfMode": MANUAL_FOCUS, "LensPosition": 100.0 / settings.focus_cm}
    if settings.exposure_ms is not None:
        return controls | {"ExposureTime": round(settings.exposure_ms * 1000), "AnalogueGain": settings.gain}
    if settings.mains_hz:
        controls |= {"AeFlickerMode": 1, "AeFlickerPeriod": US_PER_S // (2 * settings.mains_hz)}
    return controls | dict(PRESETS[settings.metering])


def _picamera2() -> Any:
    try:
        import picamera2  # noqa: PLC0415  (a second of loading, and only on a Pi)
    except Exception as error:  # also what a numpy of another build makes of it
        raise AdapterError(
            f"picamera2 cannot be used: {error}. On Raspberry Pi OS: apt install --no-install-recommends "
            "python3-picamera2, and make the venv with --system-site-packages and no numpy of its own."
        ) from error
    return picamera2


def _opened(kind: Any, number: int) -> Any:
    """The open camera. Raises whatever picamera2 raises, and leaves nothing open then.

    The object is made before it is initialised, because a constructor that fails would leave a pipe open at each try.
    """
    if number >= len(kind.global_camera_info()):
        raise AdapterError("it is not there. Look at its cable, and whether rpicam-hello --list-cameras shows it")
    camera = kind.__new__(kind)
    try:
        camera.__init__(number)
    except Exception:
        _let_go(camera)
        raise
    return camera


def _let_go(camera: Any) -> None:
    """Close it, whatever state it is in; the second time without stopping it, for one that is gone may not stop.

    Unless it is released, nobody in this process can open it again.
    """
    for _ in range(2):
        try:
            camera.close()
        except Exception as error:  # noqa: BLE001  (libcamera's bindings raise what they like)
            log.warning("the camera does not close in order: %s", _reason(error))
            camera.started = False
    camera.is_open = False  # so that its destructor tries nothing more
    # What is held of libcamera keeps its manager alive, on which a camera may be opened anew and never give a frame.
    camera.camera, camera.camera_ctrl_info = None, {}
    if not camera.notifymeread.closed:  # the pipe stays open when the camera was never acquired
        camera.notifymeread.close()
        os.close(camera.notifyme_w)


def _y_plane(picture: Any, size: tuple[int, int]) -> Luma:
    """The Y plane without the rows of colour below it and the padding at the right."""
    width, height = size
    return np.ascontiguousarray(picture[:height, :width])


def _on_our_clock(sensor_ns: int | None) -> int:
    """The sensor's time counts since boot; ours stands still while the machine sleeps."""
    now_ns = time.monotonic_ns()
    if sensor_ns is None:
        return now_ns
    if sensor_ns > now_ns:
        sensor_ns -= time.clock_gettime_ns(time.CLOCK_BOOTTIME) - now_ns
    return min(sensor_ns, now_ns)


def _unusable(what: str, error: BaseException) -> AdapterError:
    return AdapterError(f"{what}: {_reason(error)}.")


def _reason(error: BaseException | None) -> str:
    """What went wrong at the bottom of it, with advice where there is some."""
    while error is not None and error.__cause__ is not None:
        error = error.__cause__
    text = str(error).rstrip(".") or type(error).__name__
    return f"{text}. End the other program that uses it, or restart this one" if "busy" in text.lower() else text
