"""A double of picamera2 0.3.38 and the libcamera below it: what the adapter uses, and how that behaves when it fails.

Each behaviour is taken from picamera2's own source (``picamera2.py``, ``request.py``, ``controls.py``, ``job.py``) and
listed in ``picamera2_facts.py``, which runs against this double in the tests and against the real module in the system
tier.  The test acts as the world: it makes the sensor give pictures, stop, or vanish.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from gate.ports import Luma

STREAM_KEYS = ("format", "size", "stride", "preserve_ar")
PI_CONTROLS = {
    "AeConstraintMode": (0, 3, 0), "AeExposureMode": (0, 3, 0), "AeFlickerMode": (0, 1, 0),
    "AeFlickerPeriod": (100, 1000000, None), "AeMeteringMode": (0, 3, 0), "AfMode": (0, 2, 0), "AfRange": (0, 2, 0),
    "AfSpeed": (0, 1, 0), "AnalogueGain": (1.0, 16.0, 1.0), "ExposureTime": (1, 66666, 20000),
    "ExposureValue": (-8.0, 8.0, 0.0), "FrameDurationLimits": (33333, 120000, 33333), "LensPosition": (0.0, 32.0, 1.0),
    "NoiseReductionMode": (0, 4, 0),
}  # fmt: skip


@dataclass
class Sensor:
    """One camera as libcamera sees it, and what the test does to it."""

    model: str = "imx708"
    controls: dict[str, tuple[Any, Any, Any]] = field(default_factory=lambda: dict(PI_CONTROLS))
    padding: int = 0
    """Bytes at the end of each row."""
    only_format: str | None = None
    """The one format that it gives, whatever is asked for."""
    there: bool = True
    acquired: bool = False
    user: Picamera2 | None = None
    queued: list[dict[str, Any]] = field(default_factory=list)
    started_with: dict[str, Any] = field(default_factory=dict)

    def shoot(self, main: Luma, lores: Luma | None = None, at_ns: int | None = None) -> bool:
        """Complete the oldest queued request with this picture; False when there is none, as in a starved pipeline."""
        if self.user is None or not self.queued:
            return False
        small = main[::2, ::2] if lores is None else lores
        request = self.queued.pop(0)
        request["pictures"] = {"main": main, "lores": small}
        request["metadata"] = {"SensorTimestamp": time.monotonic_ns() if at_ns is None else at_ns}
        self.user._complete(request)
        return True

    def vanish(self) -> None:
        """Pull it out while it runs: nothing can be queued any more, and it cannot be stopped in order."""
        self.there = False

    def acquire(self) -> None:
        if self.acquired:
            raise RuntimeError("Failed to acquire camera: Device or resource busy")
        self.acquired = True

    def _must_be_there(self, doing: str) -> None:
        if not self.there:
            raise RuntimeError(f"Failed to {doing}: No such device")


class CompletedRequest:
    """A request with its pictures, shared by counting; the last release gives its buffer back to the camera."""

    def __init__(self, request: dict[str, Any], picam2: Picamera2) -> None:
        self.request: dict[str, Any] | None = request
        self.picam2 = picam2
        self.ref_count = 1
        self.stop_count = picam2.stop_count
        self.lock = picam2.request_lock
        self.config = picam2.camera_config.copy()

    def acquire(self) -> None:
        with self.lock:
            if self.ref_count == 0:
                raise RuntimeError("CompletedRequest: acquiring lock with ref_count 0")
            self.ref_count += 1

    def release(self) -> None:
        with self.lock:
            self.ref_count -= 1
            if self.ref_count < 0:
                raise RuntimeError("CompletedRequest: lock now has negative ref_count")
            if self.ref_count == 0:
                camera = self.picam2.camera
                if camera is not None and self.stop_count == self.picam2.stop_count and self.picam2.started:
                    assert self.request is not None
                    camera._must_be_there("queue request")
                    camera.queued.append(self.request)
                self.request = None
                self.config = {}

    def make_array(self, name: str) -> Luma:
        """A copy of the buffer: YUV420 with its padding, NV12 without, rows of colour below."""
        config = self.config.get(name)
        if config is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        assert self.request is not None
        (width, height), stride = config["size"], config["stride"]
        buffer = np.full((height * 3 // 2, stride), 0x80, np.uint8)
        buffer[:, width:] = 0xEE
        picture = self.request["pictures"][name]
        buffer[:height, :width] = picture[:height, :width]
        return buffer if config["format"] in {"YUV420", "YVU420"} else np.ascontiguousarray(buffer[:, :width])

    def get_metadata(self) -> dict[str, Any]:
        assert self.request is not None
        return dict(self.request["metadata"])


class Picamera2:
    """The camera. ``sensors`` is what is plugged in; a test puts its own there."""

    sensors: ClassVar[list[Sensor]] = []

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [
            {"Model": one.model, "Num": number, "Id": f"/base/{number}"}
            for number, one in enumerate(Picamera2.sensors)
            if one.there
        ]

    def __init__(
        self, camera_num: int = 0, verbose_console: Any = None, tuning: Any = None, allocator: Any = None
    ) -> None:
        del verbose_console, tuning, allocator
        self.notifyme_r, self.notifyme_w = os.pipe2(os.O_NONBLOCK)
        self.notifymeread = os.fdopen(self.notifyme_r, "rb")
        self._preview = None
        self.is_open = False
        if camera_num >= len(self.global_camera_info()):
            raise RuntimeError(f"No camera number {camera_num} found")
        self.request_lock = threading.Lock()
        self._requestslock = threading.Lock()
        self._requests: list[CompletedRequest] = []
        self.camera: Sensor | None = None
        self.camera_config: dict[str, Any] = {}
        self.started = False
        self.stop_count = 0
        self.completed_requests: list[CompletedRequest] = []
        sensor = self.sensors[self.global_camera_info()[camera_num]["Num"]]
        try:
            self.camera = sensor
            sensor.acquire()
            self.is_open = True
        except RuntimeError as error:
            raise RuntimeError("Camera __init__ sequence did not complete.") from error
        sensor.user = self

    @property
    def camera_controls(self) -> dict[str, tuple[Any, Any, Any]]:
        return {} if self.camera is None else dict(self.camera.controls)

    def create_video_configuration(  # noqa: PLR0913, PLR0917  (as the real one)
        self,
        main: Any = {},  # noqa: B006  (as the real one)
        lores: Any = None,
        raw: Any = {},  # noqa: B006  (as the real one)
        transform: Any = None,
        colour_space: Any = None,
        buffer_count: int = 6,
        controls: Any = {},  # noqa: B006  (as the real one)
        display: str | None = "main",
        encode: str | None = "main",
        queue: bool = True,  # noqa: FBT001, FBT002  (as the real one)
        sensor: Any = {},  # noqa: B006  (as the real one)
        use_case: str = "video",
    ) -> dict[str, Any]:
        del transform, colour_space, sensor, use_case
        if self.camera is None:
            raise RuntimeError("Camera not opened")
        wide = _stream({"format": "XBGR8888", "size": (1280, 720), "preserve_ar": True}, main)
        small = _stream({"format": "YUV420", "size": wide["size"], "preserve_ar": False}, lores)
        if {"NoiseReductionMode", "FrameDurationLimits"} <= self.camera_controls.keys():
            controls = {"NoiseReductionMode": 1, "FrameDurationLimits": (33333, 33333)} | controls
        return {
            "main": wide, "lores": small, "raw": raw, "buffer_count": buffer_count, "controls": controls,
            "display": display, "encode": encode, "queue": queue,
        }  # fmt: skip

    def configure(self, camera_config: dict[str, Any]) -> None:
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")
        assert self.camera is not None
        self.camera._must_be_there("configure camera")
        config = {**camera_config}
        for name in ("main", "lores"):
            if config[name] is not None:
                config[name] = self._adjusted(config[name])
        main, lores = config["main"], config["lores"]
        if lores is not None and (lores["size"][0] > main["size"][0] or lores["size"][1] > main["size"][1]):
            raise RuntimeError("lores stream dimensions may not exceed main stream")
        for name in config["controls"]:
            if name not in self.camera_controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        self.camera_config = config

    def _adjusted(self, stream: dict[str, Any]) -> dict[str, Any]:
        """What libcamera makes of it."""
        assert self.camera is not None
        width = stream["size"][0]
        return {
            **stream,
            "format": self.camera.only_format or stream["format"],
            "stride": width + self.camera.padding,
        }

    def camera_configuration(self) -> dict[str, Any]:
        return self.camera_config

    def start(self, config: Any = None, show_preview: Any = False) -> None:  # noqa: FBT002  (as the real one)
        assert config is None, "this double is configured first"
        assert show_preview is None, "this double has no event loop of its own"
        if not self.camera_config:
            raise RuntimeError("Camera has not been configured")
        assert self.camera is not None
        self.camera._must_be_there("start camera")
        self.camera.started_with = dict(self.camera_config["controls"])
        self.camera.queued = [{} for _ in range(self.camera_config["buffer_count"])]
        self.started = True

    def _complete(self, request: dict[str, Any]) -> None:
        """On libcamera's side: a request is ready, and a byte in the pipe says so."""
        with self._requestslock:
            self._requests.append(CompletedRequest(request, self))
        os.write(self.notifyme_w, b"\x00")

    def process_requests(self, display: Any) -> None:
        """Called by whoever drives the camera; the newest request goes to ``display``, the others back at once."""
        with self._requestslock:
            requests, self._requests = self._requests, []
        for request in requests:
            request.acquire()
        self.completed_requests += requests
        shown = requests[-1] if requests else None
        if shown is not None:
            shown.acquire()
        for request in requests:
            request.release()
        keep = 1 if self.camera_config["queue"] and self.camera_config["buffer_count"] > 1 else 0
        while len(self.completed_requests) > keep:
            self.completed_requests.pop(0).release()
        if shown is not None:
            if shown.config["display"] is not None:
                display.render_request(shown)
            shown.release()

    def stop(self) -> None:
        if not self.started:
            return
        assert self.camera is not None
        self.stop_count += 1
        self.camera._must_be_there("stop camera")
        self.started = False
        with self._requestslock:
            unseen, self._requests = self._requests, []
        for request in [*unseen, *self.completed_requests]:
            request.release()
        self.completed_requests = []

    def close(self) -> None:
        if not self.is_open:
            return
        self.stop()
        assert self.camera is not None
        self.camera.acquired = False
        self.camera.user = None
        self.camera.queued = []
        self.is_open = False
        self.camera = None
        self.camera_config = {}
        self.notifymeread.close()
        os.close(self.notifyme_w)

    def __del__(self) -> None:
        self.close()


def _stream(usual: dict[str, Any], updates: dict[str, Any] | None) -> Any:
    if updates is None:
        return None
    for key, value in updates.items():
        if key not in STREAM_KEYS:
            raise ValueError(f"Bad key {key!r}: valid stream configuration keys are {STREAM_KEYS}")
        usual[key] = value
    width, height = usual["size"]
    usual["size"] = (width - width % 2, height - height % 2)
    return usual
