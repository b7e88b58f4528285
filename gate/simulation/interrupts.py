"""Ctrl-C while programs are being started: put off until what was started is known, so that nothing is forgotten."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def as_interrupt(_number: int, _frame: FrameType | None) -> None:
    """A signal handler: what asks a program to end is the same as Ctrl-C."""
    raise KeyboardInterrupt


@contextmanager
def put_off() -> Iterator[None]:
    """What comes during the block interrupts after it. Does nothing on other threads, which no signal interrupts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []
    before = {number: signal.signal(number, lambda number, _frame: noted.append(number)) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if noted:
        raise KeyboardInterrupt
