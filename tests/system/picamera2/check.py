"""Runs in the chroot: the camera adapter on the real picamera2 and libcamera; prints what it saw as JSON."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "adapters"))

import picamera2_facts  # type: ignore[import-not-found]
import virtual_camera  # type: ignore[import-not-found]

from gate.adapters.decoder_zxing import ZxingDecoder
from gate.adapters.frames_picamera2 import CameraSettings, PicameraFrames
from gate.ports import AdapterError, Frame
from gate.service.camera import LiveCamera

FRAMES, TRIES = 60, 40
LONG_S = 10.0


def opened() -> PicameraFrames:
    return PicameraFrames(CameraSettings(), lambda: SimpleNamespace(Picamera2=virtual_camera.Picamera2))


def facts() -> dict[str, str]:
    """Each fact, and what it failed with."""
    told: dict[str, str] = {}
    for fact in picamera2_facts.FACTS:
        gc.collect()  # cameras that failed to open hold libcamera's manager, on which the next one gives no frame
        try:
            fact(virtual_camera.Picamera2, lambda: None)
            told[fact.__name__] = ""
        except Exception:  # noqa: BLE001  (whatever it is, it is told)
            told[fact.__name__] = traceback.format_exc(limit=-2)
    return told


def frames_of(source: Any, count: int) -> list[tuple[Frame, float]]:
    """Frames with their age in seconds."""
    given: list[tuple[Frame, float]] = []
    while len(given) < count:
        frame = source.next(LONG_S)
        assert frame is not None, "no frame came"
        given.append((frame, time.monotonic() - frame.captured_ns / 1e9))
    return given


def running() -> dict[str, Any]:
    """Frames as the service gets them: through the camera's thread."""
    decoder = ZxingDecoder()
    began_s = time.monotonic()
    live = LiveCamera(opened)
    given = frames_of(live, FRAMES)
    took_s = time.monotonic() - began_s
    names = sorted(thread.name for thread in threading.enumerate())
    codes = [[symbol.data.decode() for symbol in decoder.decode(frame.main)] for frame, _ in given]
    closing_s = time.monotonic()
    live.close()
    times = [frame.captured_ns for frame, _ in given]
    return {
        "codes": codes,
        "main": sorted({frame.main.shape for frame, _ in given}),
        "lores": sorted({frame.lores.shape for frame, _ in given if frame.lores is not None}),
        "contiguous": all(frame.main.flags.c_contiguous for frame, _ in given),
        "rising": times == sorted(set(times)),
        "oldest_s": max(age for _, age in given[1:]),
        "youngest_s": min(age for _, age in given),
        "took_s": took_s,
        "closed_in_s": time.monotonic() - closing_s,
        "threads": names,
        "threads_after": sorted(thread.name for thread in threading.enumerate()),
    }


def refused(work: Callable[[], object]) -> str:
    try:
        work()
    except AdapterError as error:
        return str(error)
    return ""


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  (the descriptors themselves)


def busy() -> dict[str, Any]:
    """A second user in the same process, again and again; then the camera is free."""
    first = opened()
    frames_of(first, 1)
    before = descriptors()
    told = {refused(opened) for _ in range(TRIES)}
    after = descriptors()
    first.close()
    again = opened()
    frames_of(again, 3)
    again.close()
    return {"told": sorted(told), "descriptors": [before, after]}


def silent() -> dict[str, Any]:
    """A camera that was stopped under the adapter gives nothing: bounded waits, and it can be closed."""
    camera = opened()
    frames_of(camera, 2)
    camera._camera.stop()
    began_s = time.monotonic()
    frame = camera.next(0.5)
    waited_s = time.monotonic() - began_s
    camera.close()
    return {"frame": frame is not None, "waited_s": waited_s, "closed_in_s": time.monotonic() - began_s - waited_s}


if __name__ == "__main__":
    faulthandler.dump_traceback_later(60, exit=True)  # a hang tells where
    result = {
        "version": virtual_camera.libcamera.CameraManager.singleton().version,
        "shape": picamera2_facts.shape_of(virtual_camera.real.Picamera2),
        "facts": facts(),
        "running": running(),
        "busy": busy(),
        "silent": silent(),
        "missing": refused(
            lambda: PicameraFrames(
                CameraSettings(number=7), lambda: SimpleNamespace(Picamera2=virtual_camera.Picamera2)
            )
        ),
    }
    sys.stdout.write(f"RESULT {json.dumps(result)}\n")
