"""Frames of a video file behind ``FrameSource``, at the video's own pace, through PyAV.

PyAV is imported when a video is opened, so a gate with a camera does without it.
``next`` decodes on the caller's thread: a slow reader is given the newest frame that is due and misses those between.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gate.decoding import AdapterError, Luma
from gate.frames import Frame

_NS = 1_000_000_000
_USUAL_FPS = 25


class VideoFrames:
    """The first video stream of the file; there is no low-resolution picture, for a file gives none for nothing."""

    def __init__(self, path: Path, *, repeat: bool) -> None:
        self._av = _pyav()
        self._path = path
        self._repeat = repeat
        self._changed = threading.Condition()
        self._container = self._open()
        self._stream = self._container.streams.video[0]
        self._closed = False
        self._last_ns = 0
        self._restart()

    def next(self, timeout_s: float) -> Frame | None:
        """The newest frame that is due, waiting for it if need be. None on time-out, at the end and after ``close``."""
        give_up_ns = time.monotonic_ns() + int(timeout_s * _NS)
        with self._changed:
            while not self._closed:
                if self._ahead is None and self._repeat and time.monotonic_ns() >= self._ends_ns:
                    self._restart()
                picture = self._newest_due(give_up_ns)
                if picture is not None:
                    return self._frame(picture)
                wait_ns = min(give_up_ns, self._wake_ns(give_up_ns)) - time.monotonic_ns()
                self._changed.wait_for(lambda: self._closed, max(0, wait_ns) / _NS)
                if time.monotonic_ns() >= give_up_ns:
                    return None
        return None

    def close(self) -> None:
        """Ends a wait at once, and frees the file when a decoding step under way is done."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._container.close()

    def _open(self) -> Any:
        if not self._path.is_file():
            raise AdapterError(f"There is no video {self._path}. Check the name.")
        try:
            container = self._av.open(str(self._path))
        except (self._av.error.FFmpegError, ValueError) as error:
            raise AdapterError(
                f"{self._path} cannot be read as a video ({error}). Give a file that a video player shows.",
            ) from error
        if not container.streams.video:
            container.close()
            raise AdapterError(f"{self._path} holds no video stream. Give a file that a video player shows.")
        container.streams.video[0].thread_type = "NONE"  # one frame at a time leaves no decoding thread behind
        return container

    def _restart(self) -> None:
        self._container.seek(0)
        self._frames = self._decoded()
        self._started_ns = self._ends_ns = time.monotonic_ns()
        self._ahead = next(self._frames, None)
        if self._ahead is None:
            self._container.close()
            raise AdapterError(f"{self._path} holds no frame that can be decoded. Record it again.")

    def _decoded(self) -> Iterator[tuple[int, Any]]:
        """Each picture with the monotonic time at which it is due."""
        rate = float(self._stream.average_rate or _USUAL_FPS)
        first_s: float | None = None
        try:
            for index, picture in enumerate(self._container.decode(self._stream)):
                shown_s = index / rate if picture.time is None else picture.time
                first_s = shown_s if first_s is None else first_s
                due_ns = self._started_ns + int((shown_s - first_s) * _NS)
                self._ends_ns = due_ns + int(_NS / rate)
                yield due_ns, picture
        except self._av.error.FFmpegError as error:
            raise AdapterError(f"{self._path} is damaged ({error}). Record it again.") from error

    def _newest_due(self, give_up_ns: int) -> Any:
        """The last picture whose time has come; gives up chasing a video that runs faster than it can be decoded."""
        newest = None
        while self._ahead is not None and self._ahead[0] <= time.monotonic_ns():
            newest = self._ahead[1]
            self._ahead = next(self._frames, None)
            if time.monotonic_ns() >= give_up_ns:
                break
        return newest

    def _wake_ns(self, otherwise_ns: int) -> int:
        """When there is something to do again: the next picture is due, or the video starts anew."""
        if self._ahead is not None:
            return self._ahead[0]
        return self._ends_ns if self._repeat else otherwise_ns

    def _frame(self, picture: Any) -> Frame:
        self._last_ns = max(time.monotonic_ns(), self._last_ns + 1)
        luma: Luma = np.ascontiguousarray(picture.to_ndarray(format="gray"))
        return Frame(luma, None, self._last_ns, self._path.name)


def _pyav() -> Any:
    try:
        import av  # noqa: PLC0415  (see the module's docstring)
        import av.error  # noqa: PLC0415  (likewise)
    except ImportError as error:
        raise AdapterError(
            "Playing a video needs PyAV, which is missing. Run ./install.sh demo, or: pip install 'gate[demo]'",
        ) from error
    return av
