"""A live camera on a thread of its own: opened there, read there, and opened anew there whenever it fails.

Opening a camera takes seconds and a driver may hang, so nobody waits for it: ``next`` hands over the newest frame, or
nothing.  The thread begins when this is made, so that a camera warms up while the service loads the rest.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from gate.decoding import AdapterError
from gate.frames import Frame, FrameSource
from gate.service.threads import Beat, Worker

log = logging.getLogger(__name__)

FRAME_WAIT_S = 0.2
FIRST_RETRY_S = 0.5
MOST_RETRY_S = 4.0
"""How long a camera that cannot be opened is left alone: twice as long each time, up to this."""
CLOSE_WAIT_S = 2.0


class LiveCamera:
    """``FrameSource`` of a camera that may come and go. ``opened`` makes the source; it is called on the thread."""

    def __init__(self, opened: Callable[[], FrameSource]) -> None:
        self._opened = opened
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._closed = False
        self._reopen = False
        self._told = ""
        self._worker = Worker("camera", self._run, lambda _: None)
        self._worker.start()

    def next(self, timeout_s: float) -> Frame | None:
        """The newest frame that was not given yet. Never raises: what is wrong stands in the log."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._newest is not None, timeout_s)
            frame, self._newest = self._newest, None
            return None if self._closed else frame

    def reopen(self) -> None:
        """Close the camera and open it anew, as soon as its driver lets go; from any thread."""
        with self._changed:
            self._reopen = True
            self._newest = None

    def close(self) -> None:
        """Let the camera go. A driver that hangs is left behind on its daemon thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if not self._worker.stop(CLOSE_WAIT_S):
            log.warning("the camera's driver does not let go; it ends with the process")

    # On the camera's thread.

    def _run(self, stop: threading.Event, beat: Beat) -> None:
        retry_s = FIRST_RETRY_S
        while not stop.is_set():
            gave = self._lived(stop, beat)
            if not self._take_reopen():
                retry_s = FIRST_RETRY_S if gave else min(2 * retry_s, MOST_RETRY_S)
                stop.wait(retry_s)

    def _lived(self, stop: threading.Event, beat: Beat) -> bool:
        """Open the camera and read it until it fails or shall be opened anew; whether it gave a frame."""
        gave = False
        source: FrameSource | None = None
        try:
            source = self._opened()
            while not stop.is_set() and not self._reopen:
                beat()
                frame = source.next(FRAME_WAIT_S)
                if frame is not None:
                    gave = True
                    self._give(frame)
        except AdapterError as error:
            self._tell(str(error))
        except Exception:  # a library that raises as it likes: the next try may do better
            log.exception("the camera failed")
        finally:
            if source is not None:
                self._let_go(source)
        return gave

    def _give(self, frame: Frame) -> None:
        self._told = ""
        with self._changed:
            if not self._reopen:  # what is left of the camera before is of no use
                self._newest = frame
            self._changed.notify_all()

    def _take_reopen(self) -> bool:
        with self._changed:
            asked, self._reopen = self._reopen, False
            return asked

    def _tell(self, problem: str) -> None:
        """Each problem once, until a frame comes."""
        if problem != self._told:
            log.error("no frames: %s", problem)
        self._told = problem

    def _let_go(self, source: FrameSource) -> None:
        try:
            source.close()
        except Exception:  # the next try must still be made
            log.exception("closing the camera failed")
