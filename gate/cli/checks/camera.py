"""Whether the camera is seen, gives its frames, and shows something."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

from gate.access.alarm import AlarmKind
from gate.cli.checks.finding import Finding, fail, ok, unasked, warn
from gate.cli.checks.unit import Unit
from gate.frames import Frame, FrameSource
from gate.ports import AdapterError
from gate.service.camera_health import look, spread
from gate.service.camera_limits import LIVE
from gate.service.config_camera import LIVE_SOURCES

FIRST_FRAME_S = 10.0
"""A sensor needs a while for its first frame."""
FEW = 0.8
"""Of the frames a second that are asked for."""
ADVICE = "docs/camera.md: the cable at both ends, rpicam-hello --list-cameras, no other program that uses it"


def check(unit: Unit) -> Finding:
    """Open it as the service does; where the gate runs, it has the camera, and says how that fares."""
    source = unit.config.camera.source
    if source not in LIVE_SOURCES:
        return warn(f"camera.source is {source.value}, which is no camera", 'Set it to "picamera2" or "v4l2" at a door')
    if unit.runs:
        return _told_by_the_gate(unit)
    try:
        with closing(unit.ways.camera(unit.config)) as frames:
            seen = list(watched(frames, unit.ways.watch_s))
    except AdapterError as error:
        return fail(str(error), ADVICE)
    return _judged(unit, seen)


def watched(frames: FrameSource, seconds: float) -> Iterator[Frame]:
    """Its frames for so long after the first one. Raises ``AdapterError``."""
    frame = frames.next(FIRST_FRAME_S)
    end_s = time.monotonic() + seconds
    while frame is not None:
        yield frame
        left_s = end_s - time.monotonic()
        frame = frames.next(left_s) if left_s > 0 else None


def _told_by_the_gate(unit: Unit) -> Finding:
    if not unit.told:
        return unasked()
    troubles = [one for one in unit.alarms if one.startswith(AlarmKind.CAMERA_FAULT)]
    if troubles:
        return fail(f"the gate that runs here says: {', '.join(troubles)}", ADVICE)
    return ok("the gate that runs here uses it, and has no complaint")


def _judged(unit: Unit, seen: list[Frame]) -> Finding:
    if not seen:
        return fail(f"no frame within {FIRST_FRAME_S:g} s", ADVICE)
    height, width = seen[-1].main.shape
    apart_s = (seen[-1].captured_ns - seen[0].captured_ns) / 1e9
    rate = (len(seen) - 1) / apart_s if apart_s > 0 else 0.0
    said = f"{width} x {height}, {rate:.1f} frames a second"
    if len(seen) > 1 and len({look(frame).fingerprint for frame in seen}) == 1:
        return fail(f"{said}, all the same to the last bit: it is frozen", ADVICE)
    if max(spread(frame.main) for frame in seen) < LIVE.covered_spread:
        return warn(f"{said}, of one even grey", "Take the cap off, clean the window, switch the light on")
    if rate < FEW * unit.config.camera.fps:
        return warn(f"{said} instead of {unit.config.camera.fps}", "More light, a smaller picture, or a cooler board")
    return ok(said)
