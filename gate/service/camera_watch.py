"""Watches a source of frames: tells when it sees nothing and when it sees again, and asks for it to be opened anew.

It stands between the source and the reader, on the reader's thread, so that a camera thread that hangs is noticed too.
What it lets through is fit to decide on: no frame that is stale, and from a camera none that repeats the one before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from gate.access.devices import Device
from gate.access.signals import DeviceChanged
from gate.ports import AdapterError, Clock, Frame, FrameSource
from gate.service.camera_health import Health, Retry, Trouble, look
from gate.service.camera_limits import Limits
from gate.service.vitals import Seen

log = logging.getLogger(__name__)

DEVICES = {Trouble.SILENT: Device.CAMERA, Trouble.FROZEN: Device.CAMERA, Trouble.COVERED: Device.CAMERA_LENS}
WORDS = {
    Trouble.SILENT: "the camera gives no frames; look at its cable and at what else uses it",
    Trouble.FROZEN: "the camera repeats one picture; it is opened anew",
    Trouble.COVERED: "the camera sees one even grey; look for what covers its lens",
}


def _nothing() -> None:
    """A source that cannot be opened anew."""


def no_light(_on: bool) -> None:  # noqa: FBT001  (a level)
    """There is no ring light."""


@dataclass(slots=True)
class WatchedFrames:
    """A ``FrameSource`` around another one. ``tell`` and ``light`` are called on the thread that reads."""

    source: FrameSource
    limits: Limits
    clock: Clock
    tell: Callable[[DeviceChanged], None]
    reopen: Callable[[], None] = _nothing
    light: Callable[[bool], None] = no_light
    """Switches the ring light, which is lit while the camera runs."""
    stale: int = 0
    """Frames that came too late to decide on."""
    _frames: int = 0
    """Frames that came at all, fit or not."""
    _newest_ns: int | None = None
    """When the newest of them came (monotonic)."""
    health: Health = field(init=False)
    _retry: Retry | None = None
    _lit: bool = False

    def __post_init__(self) -> None:
        self.health = Health(self._now_ns())

    def next(self, timeout_s: float) -> Frame | None:
        """As ``FrameSource`` says, also of ``AdapterError``; None as well for a frame that is not fit to decide on."""
        try:
            frame = self.source.next(timeout_s)
        except AdapterError:
            self._become(self.health.failed())
            raise
        now_ns = self._now_ns()
        if frame is not None:
            self._frames, self._newest_ns = self._frames + 1, now_ns
        if frame is None or self._is_stale(frame, now_ns):
            self._become(self.health.waited(now_ns, self.limits))
            return None
        self._become(self.health.seen(look(frame), now_ns, self.limits))
        return None if self.health.repeats and self.limits.frozen_ns is not None else frame

    def close(self) -> None:
        self.source.close()

    def figures(self) -> Seen:
        """What came so far. Any thread; each figure is right, though perhaps not all of the same frame."""
        trouble = self.health.trouble
        return Seen(self._frames, self._newest_ns, None if trouble is None else trouble.value)

    def _is_stale(self, frame: Frame, now_ns: int) -> bool:
        late = self.limits.stale_ns is not None and now_ns - frame.captured_ns > self.limits.stale_ns
        self.stale += late
        return late

    def _become(self, health: Health) -> None:
        before, self.health = self.health.trouble, health
        if health.trouble is not before:
            self._changed(before, health.trouble)
        self._open_anew(health.trouble)
        self._shine(on=health.trouble is not Trouble.SILENT)

    def _changed(self, before: Trouble | None, after: Trouble | None) -> None:
        """Tell the core what has ended and what has begun, and the log what to do."""
        ended, begun = DEVICES.get(before) if before else None, DEVICES.get(after) if after else None
        if ended is not None and ended is not begun:
            self.tell(DeviceChanged(ended, working=True))
        if begun is not None and begun is not ended:
            self.tell(DeviceChanged(begun, working=False))
        if after is None:
            log.info("the camera sees again")
            self._retry = None
        else:
            log.error("%s", WORDS[after])
            self._retry = Retry.after(after, self._now_ns())

    def _open_anew(self, trouble: Trouble | None) -> None:
        now_ns = self._now_ns()
        if trouble is not None and self._retry is not None and now_ns >= self._retry.due_ns:
            self._retry = self._retry.done(trouble, now_ns)
            self.health = self.health.reopened(now_ns)
            self.reopen()

    def _shine(self, *, on: bool) -> None:
        if on is not self._lit:
            self._lit = on
            self.light(on)

    def _now_ns(self) -> int:
        return self.clock.now().mono_ns
