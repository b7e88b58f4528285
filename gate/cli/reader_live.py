"""``gate reader bench`` on what moves: a line a second, and the frame in characters with the region that is tried."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from gate.cli.inert import say
from gate.ports import FrameSource, Luma
from gate.service.vision.ladder import Ladder
from gate.service.vision.look import Look
from gate.service.vision.regions import Region

LINE_NS = 1_000_000_000
MS = 1e6
COLUMNS, ROWS = 72, 20
SHADES = " .:-=+*#%@"


@dataclass(slots=True)
class _Second:
    """What is counted from line to line."""

    frames: int = 0
    open: int = 0
    read: int = 0
    unreadable: int = 0
    tried: Counter[str] = field(default_factory=Counter)
    spent_ns: Counter[str] = field(default_factory=Counter)

    def add(self, look: Look) -> None:
        self.frames += 1
        self.open += bool(look.attempts)
        self.read += look.read
        self.unreadable += look.unreadable
        for attempt in look.attempts:
            name = f"{attempt.rung}/{attempt.decoder}"
            self.tried[name] += 1
            self.spent_ns[name] += attempt.took_ns

    def line(self, seconds: float) -> str:
        """Frames a second, how often the gate was open, what was read, and each attempt with its mean CPU time."""
        attempts = ", ".join(
            f"{name} {count} x {self.spent_ns[name] / count / MS:.1f} ms" for name, count in self.tried.most_common()
        )
        state = "unreadable" if self.unreadable else f"read {self.read}"
        rate = f"{self.frames / seconds:5.1f} fps, gate open {self.open}/{self.frames}"
        return f"{rate}, {state}; {attempts or 'nothing tried'}"


def show(frames: FrameSource, ladder: Ladder, wait_s: float, *, seconds: int | None, with_picture: bool) -> int:
    """Until the source gives nothing for so long, or the time is over; always 0."""
    end_ns = None if seconds is None else time.monotonic_ns() + seconds * LINE_NS
    second, line_ns = _Second(), time.monotonic_ns()
    while (end_ns is None or time.monotonic_ns() < end_ns) and (frame := frames.next(wait_s)) is not None:
        look = ladder.look(frame)
        second.add(look)
        now_ns = time.monotonic_ns()
        if now_ns - line_ns >= LINE_NS:
            for line in drawn(frame.main, look.attempts[-1].region if look.attempts else None) if with_picture else ():
                say(line)
            say(second.line((now_ns - line_ns) / LINE_NS))
            second, line_ns = _Second(), now_ns
    if second.frames:
        say(second.line((time.monotonic_ns() - line_ns) / LINE_NS))
    return 0


def drawn(luma: Luma, region: Region | None) -> list[str]:
    """The picture in characters, dark to bright, with corners where the region is that was tried last."""
    height, width = luma.shape
    ys = np.arange(ROWS) * height // ROWS
    xs = np.arange(COLUMNS) * width // COLUMNS
    levels = luma[np.ix_(ys, xs)].astype(int) * len(SHADES) // 256
    canvas = [[SHADES[level] for level in row] for row in levels]
    if region is not None:
        left, right = region.left * COLUMNS // width, (region.right - 1) * COLUMNS // width
        top, bottom = region.top * ROWS // height, (region.bottom - 1) * ROWS // height
        canvas[top][left], canvas[top][right], canvas[bottom][left], canvas[bottom][right] = "┌", "┐", "└", "┘"
    return ["".join(row) for row in canvas]
