"""From the configuration to the camera: which adapter, and what counts as its trouble.

It is loaded before everything else of the service, so that a live camera warms up while the rest is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gate.decoding import AdapterError
from gate.frames import FrameSource
from gate.service.camera import LiveCamera
from gate.service.camera_limits import LIVE, REPLAY, Limits
from gate.service.config_camera import LIVE_SOURCES, CameraConfig, CameraSource


def warming(camera: CameraConfig) -> LiveCamera | None:
    """The live camera, which opens on a thread of its own from now on; None where frames are a replay."""
    return LiveCamera(lambda: opened(camera)) if camera.source in LIVE_SOURCES else None


def opened(camera: CameraConfig) -> FrameSource:
    """The live camera itself, for the thread that calls. Raises ``AdapterError``."""
    if camera.source not in LIVE_SOURCES:
        raise AdapterError(f"camera.source is {camera.source.value}, which is no camera: name its pictures or its film")
    return _picamera2(camera) if camera.source is CameraSource.PICAMERA2 else _webcam(camera)


def limits_of(camera: CameraConfig) -> Limits:
    """What counts as a trouble of this source."""
    if camera.source not in LIVE_SOURCES:
        return REPLAY
    return LIVE if camera.covered_alarm else replace(LIVE, covered_ns=None)


def replay(camera: CameraConfig) -> FrameSource:
    """The stage, the pictures or the film. Raises ``AdapterError``."""
    if camera.source is CameraSource.STAGE:
        from gate.adapters.frames_files import StageFrames  # noqa: PLC0415  (at a door nobody needs it)

        return StageFrames(fps=camera.fps)
    if camera.path is None:
        raise AdapterError("camera.path is empty: name the folder of pictures or the video file")
    if camera.source is CameraSource.VIDEO:
        from gate.adapters.frames_video import VideoFrames  # noqa: PLC0415  (loads its library only when wanted)

        return VideoFrames(camera.path, repeat=camera.repeat)
    from gate.adapters.frames_files import PictureFrames  # noqa: PLC0415  (as above)

    return PictureFrames(camera.path, fps=camera.fps, picture_s=camera.picture_s, repeat=camera.repeat)


def reopening(frames: FrameSource) -> Callable[[], None]:
    """What opens this source anew; nothing for a replay, which the reader asks again by itself."""
    return frames.reopen if isinstance(frames, LiveCamera) else _nothing


def _nothing() -> None:
    """A replay has no driver."""


def _picamera2(camera: CameraConfig) -> FrameSource:
    from gate.adapters.frames_picamera2 import (  # noqa: PLC0415  (on the camera's thread)
        CameraSettings,
        Metering,
        PicameraFrames,
    )

    return PicameraFrames(
        CameraSettings(
            number=camera.number,
            width_px=camera.width_px,
            height_px=camera.height_px,
            fps=camera.fps,
            focus_cm=camera.focus_cm or None,
            metering=Metering(camera.exposure.value),
            exposure_ms=camera.exposure_ms or None,
            gain=camera.gain,
            mains_hz=camera.mains_hz,
        )
    )


def _webcam(camera: CameraConfig) -> FrameSource:
    from gate.adapters.frames_v4l2 import V4l2Frames, WebcamSettings  # noqa: PLC0415  (on the camera's thread)

    if camera.path is None:
        raise AdapterError("camera.path is empty: name the webcam's device, such as one of /dev/v4l/by-id")
    return V4l2Frames(WebcamSettings(camera.path, camera.width_px, camera.height_px, camera.fps))
