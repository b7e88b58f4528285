"""A passive buzzer on a PWM channel of the kernel, through its files in ``/sys/class/pwm``.

A channel is a folder ``pwmchipN/pwmM`` with the files ``period``, ``duty_cycle`` (ns) and ``enable``; the chip makes it
when M is written to ``export``.  The kernel goes on sounding when a process dies, so the channel is silenced first; it
stays exported, so that the next process finds it ready.
"""

from __future__ import annotations

import errno
import os
import re
import threading
import time
from pathlib import Path

from gate.ports import AdapterError

NS_PER_S = 1_000_000_000
READY_S = 2.0
"""So long udev may take to let us write to a channel that was just made."""
LOOK_S = 0.02


class PwmBuzzer:
    """Any thread may call, one at a time; every method raises ``AdapterError`` where the channel cannot be used."""

    def __init__(self, channel: Path) -> None:
        self._channel = channel
        self._period_ns: int | None = None
        """What sounds now, 0 for silence; None when that is not known."""
        self._closed = False
        try:
            self._made_ready(time.monotonic() + READY_S)
        except OSError as error:
            raise self._problem(error) from error

    def sound(self, tone_hz: int) -> None:
        """Sound this tone from now on; 0 is silence."""
        period_ns = NS_PER_S // tone_hz if tone_hz > 0 else 0
        if self._closed or period_ns == self._period_ns:
            return
        self._period_ns = None
        try:
            self._start(period_ns) if period_ns else self._silence()
        except OSError as error:
            raise self._problem(error) from error
        self._period_ns = period_ns

    def close(self) -> None:
        """Silence."""
        try:
            self.sound(0)
        finally:
            self._closed = True

    def _start(self, period_ns: int) -> None:
        self._write("duty_cycle", 0)  # it may never be longer than the period, be it the old one or the new one
        self._write("period", period_ns)
        self._write("duty_cycle", period_ns // 2)
        self._write("enable", 1)

    def _silence(self) -> None:
        self._write("enable", 0)

    def _made_ready(self, until_s: float) -> None:
        """Silence the channel, after making it where it is missing."""
        made = not self._channel.exists()
        if made:
            self._export()
        while True:
            try:
                self._silence()
            except (FileNotFoundError, PermissionError):
                if not made or time.monotonic() > until_s:
                    raise
                threading.Event().wait(LOOK_S)
            else:
                self._period_ns = 0
                return

    def _export(self) -> None:
        named = re.fullmatch(r"pwm(\d+)", self._channel.name)
        if named is None:
            raise FileNotFoundError(errno.ENOENT, "a channel is named like /sys/class/pwm/pwmchip0/pwm0")
        try:
            _write(self._channel.parent / "export", named[1])
        except OSError as error:
            if error.errno != errno.EBUSY:  # somebody else has just made it
                raise

    def _write(self, file: str, number: int) -> None:
        _write(self._channel / file, str(number))

    def _problem(self, error: OSError) -> AdapterError:
        return AdapterError(
            f"the buzzer's PWM channel {self._channel} cannot be used: {error}. Is dtoverlay=pwm in config.txt, may "
            "this user write there, and is pins.buzzer_pwm the right channel? An active buzzer has none: leave it out."
        )


def _write(file: Path, text: str) -> None:
    """To a file that must be there: the kernel makes them, not we."""
    descriptor = os.open(file, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
