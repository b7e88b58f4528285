"""Frames of a webcam behind ``FrameSource``: Video4Linux by the kernel's own calls, without any library.

``uapi`` is what the kernel's header says, ``device`` the open device, ``source`` the camera.
"""

from gate.adapters.frames_v4l2.source import V4l2Frames, WebcamSettings

__all__ = ["V4l2Frames", "WebcamSettings"]
