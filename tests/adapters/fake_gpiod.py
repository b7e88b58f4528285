"""A kernel with one GPIO chip, as gpiod 2.x shows it: it records every request, write and release.

What a freed output does is chosen: it keeps its drive, as on Raspberry Pi kernels, or returns to its pull, as anywhere
else.  Settings and events are gpiod's own.  The real library wants a lock around it, so two threads inside at once are
an error here.

Debouncing is acted out as Linux does it in software: every edge of the wire starts the period anew; at its end the
level of the wire becomes the level of the line, and if that is another one than before, there is an event with that
moment's time.  What is read of a debounced line is the debounced level.  Time passes by itself, and faster by ``skip``;
once ``stop_clock`` is called it passes by ``skip`` alone.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import gpiod
from gpiod.line import Bias, Direction, Edge, Value
from gpiod.line_settings import _line_settings_to_ext

PATH = "/dev/gpiochip0"
PI_4B = 0xC03111
HEADER_LINES = 28
PULLED_UP_AT_BOOT = range(9)

OnChange = Callable[[int, bool, int], None]


@dataclass(frozen=True, slots=True)
class Op:
    """One call of the library: what, on which line, with which settings or level."""

    what: str
    offset: int
    settings: gpiod.LineSettings | None = None
    level: bool | None = None


@dataclass(slots=True)
class Wire:
    """One line as a meter would see it."""

    level: bool
    rest: bool
    """Where its pull brings it when nobody drives it."""
    outside: bool | None = None
    """What a button connects it to."""
    driven: bool | None = None
    owner: FakeRequest | None = None
    still: bool = False
    """The debounced level."""
    due_ns: int | None = None
    """When the debouncing ends, if the wire is still until then."""
    settings: gpiod.LineSettings = field(default_factory=gpiod.LineSettings)

    @property
    def debounce_ns(self) -> int:
        return round(self.settings.debounce_period.total_seconds() * 1e9)


class FakeKernel:
    """Chip and lines. ``on_change`` is told each change of a wire: line, level, monotonic ns."""

    def __init__(
        self, *, keeps_drive: bool = False, label: str = "pinctrl-bcm2711", on_change: OnChange | None = None
    ) -> None:
        self.keeps_drive = keeps_drive
        self.label = label
        self.ops: list[Op] = []
        self.wires = [Wire(rest := n in PULLED_UP_AT_BOOT, rest) for n in range(HEADER_LINES)]
        self.refusals: dict[int, OSError] = {}
        """Writes to these lines fail."""
        self._on_change = on_change or (lambda *_: None)
        self._wires_lock = threading.RLock()
        self._inside = threading.RLock()
        self._skipped_ns = 0
        self._stopped_ns: int | None = None

    # The side of gate.adapters.pins_gpiod.lines.Gpio

    def paths(self) -> Sequence[str]:
        return [PATH]

    def open(self, path: str) -> gpiod.Chip:
        assert path == PATH
        return cast("gpiod.Chip", FakeChip(self))

    def now_ns(self) -> int:
        return (time.monotonic_ns() if self._stopped_ns is None else self._stopped_ns) + self._skipped_ns

    # The side of the world

    def connect(self, offset: int, level: bool | None) -> None:  # noqa: FBT001  (a level)
        """A button connects the wire to this level, or to nothing."""
        self.wires[offset].outside = level
        self.settle(offset)

    def stop_clock(self, at_ns: int | None = None) -> None:
        """From now on time passes by ``skip`` alone."""
        self._stopped_ns = time.monotonic_ns() if at_ns is None else at_ns

    def skip(self, ms: float) -> None:
        """Let time pass."""
        with self._wires_lock:
            self._skipped_ns += round(ms * 1e6)
            for offset in range(HEADER_LINES):
                self.ripen(offset)

    def kill(self) -> None:
        """What the kernel does when the process that holds the lines is gone: it frees them."""
        for wire in self.wires:
            if wire.owner is not None:
                wire.owner.drop()

    def requests(self, offset: int) -> list[Op]:
        return [op for op in self.ops if op.what == "request" and op.offset == offset]

    def of(self, offset: int) -> list[Op]:
        return [op for op in self.ops if op.offset == offset]

    # What both need

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside the library; a second thread would have needed a lock outside."""
        assert self._inside.acquire(blocking=False), "two threads inside gpiod at once"
        try:
            yield
        finally:
            self._inside.release()

    def settle(self, offset: int) -> None:
        """The wire takes the level that follows from who drives and pulls it."""
        with self._wires_lock:
            wire = self.wires[offset]
            level = self._level(wire)
            if level is wire.level:
                return
            self.ripen(offset)
            wire.level = level
            now_ns = self.now_ns()
            if wire.debounce_ns and wire.owner is not None:
                wire.due_ns = now_ns + wire.debounce_ns
            else:
                self._tell(wire, offset, level, now_ns)
            self._on_change(offset, level, now_ns)

    def ripen(self, offset: int) -> None:
        """What has been still for long enough counts."""
        with self._wires_lock:
            wire = self.wires[offset]
            if wire.due_ns is None or wire.due_ns > self.now_ns():
                return
            due_ns, wire.due_ns = wire.due_ns, None
            if wire.still is not wire.level:
                wire.still = wire.level
                self._tell(wire, offset, wire.level, due_ns)

    @staticmethod
    def _tell(wire: Wire, offset: int, level: bool, at_ns: int) -> None:  # noqa: FBT001  (a level)
        if wire.owner is not None and wire.settings.edge_detection is Edge.BOTH:
            wire.owner.queue(offset, level, at_ns)

    @staticmethod
    def _level(wire: Wire) -> bool:
        if wire.driven is not None:
            return wire.driven
        if wire.outside is not None:
            return wire.outside
        return {Bias.PULL_UP: True, Bias.PULL_DOWN: False}.get(wire.settings.bias, wire.rest)


class FakeChip:
    """``gpiod.Chip``."""

    def __init__(self, kernel: FakeKernel) -> None:
        self._kernel = kernel

    def get_info(self) -> Any:
        return type("Info", (), {"label": self._kernel.label, "num_lines": HEADER_LINES})

    def get_line_info(self, offset: int) -> Any:
        wire = self._kernel.wires[offset]
        return type("LineInfo", (), {"consumer": wire.owner.consumer if wire.owner else ""})

    def request_lines(
        self, config: dict[int, gpiod.LineSettings], consumer: str, event_buffer_size: int
    ) -> FakeRequest:
        with self._kernel.alone():
            for offset in config:
                if self._kernel.wires[offset].owner is not None:
                    raise OSError(errno.EBUSY, "Device or resource busy")
            return FakeRequest(self._kernel, config, consumer, event_buffer_size)

    def close(self) -> None:
        """Requests outlive their chip."""


class FakeRequest:
    """``gpiod.LineRequest``."""

    def __init__(
        self, kernel: FakeKernel, config: dict[int, gpiod.LineSettings], consumer: str, event_buffer_size: int
    ) -> None:
        self._kernel = kernel
        self._events: deque[gpiod.EdgeEvent] = deque(maxlen=event_buffer_size)
        self._ready = os.eventfd(0, os.EFD_NONBLOCK)
        self._lock = threading.Lock()
        self.offsets = list(config)
        self.consumer = consumer
        self.event_buffer_size = event_buffer_size
        for offset, settings in config.items():
            kernel.wires[offset].owner = self
            self._apply("request", offset, settings)

    @property
    def fd(self) -> int:
        return self._ready

    def reconfigure_lines(self, config: dict[int, gpiod.LineSettings]) -> None:
        self._check()
        with self._kernel.alone():
            for offset, settings in config.items():
                self._apply("reconfigure", offset, settings)

    def set_value(self, offset: int, value: Value) -> None:
        self._check()
        with self._kernel.alone():
            wire = self._kernel.wires[offset]
            if offset in self._kernel.refusals:
                raise self._kernel.refusals[offset]
            if wire.settings.direction is not Direction.OUTPUT:
                raise PermissionError(errno.EPERM, "Operation not permitted")
            self._kernel.ops.append(Op("write", offset, level=bool(value)))
            wire.driven = bool(value)
            self._kernel.settle(offset)

    def get_value(self, offset: int) -> Value:
        self._check()
        with self._kernel.alone():
            self._kernel.ripen(offset)
            wire = self._kernel.wires[offset]
            return Value.ACTIVE if (wire.still if wire.debounce_ns else wire.level) else Value.INACTIVE

    def wait_edge_events(self, timeout: float) -> bool:
        assert timeout == 0, "a wait under the lock"
        self._check()
        return bool(self._events)

    def read_edge_events(self, max_events: int) -> list[gpiod.EdgeEvent]:
        self._check()
        with self._kernel.alone(), self._lock:
            events = [self._events.popleft() for _ in range(min(max_events, len(self._events)))]
            if not self._events:
                os.eventfd_read(self._ready)
            return events

    def release(self) -> None:
        if not self.offsets:
            return
        for offset in self.offsets:
            self._kernel.ops.append(Op("release", offset))
        self.drop()

    def drop(self) -> None:
        """The kernel's part of a release, or of the end of the process."""
        for offset in self.offsets:
            wire = self._kernel.wires[offset]
            wire.owner = None
            wire.due_ns = None
            if not self._kernel.keeps_drive:
                wire.driven = None
                wire.settings = gpiod.LineSettings()
            self._kernel.settle(offset)
        self.offsets = []
        os.close(self._ready)

    def queue(self, offset: int, level: bool, now_ns: int) -> None:  # noqa: FBT001  (a level)
        """An edge; the oldest is lost when the buffer is full."""
        kind = gpiod.EdgeEvent.Type.RISING_EDGE if level else gpiod.EdgeEvent.Type.FALLING_EDGE
        with self._lock:
            self._events.append(gpiod.EdgeEvent(kind.value, now_ns, offset, 0, 0))
            os.eventfd_write(self._ready, 1)

    def lose_edges(self) -> None:
        """As a full buffer does, but of all that are waiting."""
        with self._lock:
            self._events.clear()
            with suppress(BlockingIOError):
                os.eventfd_read(self._ready)

    def _apply(self, what: str, offset: int, settings: gpiod.LineSettings) -> None:
        _line_settings_to_ext(settings)  # the real library must be able to pass them on
        self._kernel.ops.append(Op(what, offset, settings))
        wire = self._kernel.wires[offset]
        wire.settings = gpiod.LineSettings(bias=settings.bias)  # an edge that this makes is not told
        wire.driven = bool(settings.output_value) if settings.direction is Direction.OUTPUT else None
        self._kernel.settle(offset)
        wire.settings, wire.still, wire.due_ns = settings, wire.level, None

    def _check(self) -> None:
        if not self.offsets:
            raise gpiod.RequestReleasedError
