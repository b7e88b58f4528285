"""The machine's clocks as one ``Instant``, with the kernel's word on how far the wall clock can be trusted.

Rules: the only place that reads the wall clock; ``now`` costs microseconds and may be called from any thread; the
kernel is asked at most once in ``_ASK_EVERY_NS``.  It says how wrong the clock may be at most (``timex.maxerror``): a
time source keeps that small, without one it grows by 500 us each second up to 16 s.  The flag ``STA_UNSYNC`` is not
used: chrony leaves it set unless told to drive the RTC, and ``timedatectl`` ignores it for the same reason.
Holdover is a time from the floor on that nothing disciplines now.  Who keeps it while the power is off cannot be asked,
so the machine's owner says: where nobody does, a clock that this process has never seen disciplined stands where the
last run stopped, perhaps days behind, and counts as unset.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gate import RELEASED
from gate.credential.instant import ClockTrust, Instant

_ASK_EVERY_NS = 1_000_000_000
_MAX_ERROR_OF_UNSYNCED_US = 16_000_000

HIGHEST_FLOOR = RELEASED + timedelta(days=3653)
"""Ten years: no version serves longer, so a later moment comes from a clock that was wrong, and is no floor.

An error within the ten years is taken for a floor: what would be a grant is then held with the reason ``clock``, until
the bundle or the journal that it came from is replaced and the service starts again. The floor is stored nowhere.
"""


class Timex(ctypes.Structure):
    """``struct timex`` of <sys/timex.h>: its first fields, then room for all that the kernel writes after them."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time_s", ctypes.c_long),
        ("time_fraction", ctypes.c_long),
        ("tick", ctypes.c_long),
        ("rest", ctypes.c_char * 512),
    )


def ask_kernel() -> Timex | None:
    """The kernel's clock state; None where there is no ``adjtimex`` or it is forbidden."""
    timex = Timex(modes=0)  # only reads, which needs no privilege
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return None
    return timex if state >= 0 else None


def says_synced(timex: Timex | None) -> bool:
    """Whether a time source disciplines the wall clock; False when the kernel did not answer."""
    return timex is not None and int(timex.maxerror) < _MAX_ERROR_OF_UNSYNCED_US


class SystemClock:
    """``ports.Clock`` on the real clocks; tests step the readers instead."""

    def __init__(
        self,
        floor: datetime = RELEASED,
        *,
        kept: bool = True,
        read_utc: Callable[[], datetime] = lambda: datetime.now(UTC),
        read_mono_ns: Callable[[], int] = time.monotonic_ns,
        ask: Callable[[], Timex | None] = ask_kernel,
    ) -> None:
        """``floor`` is the newest time known to have passed, such as that of the last record; aware.

        ``kept``: something keeps the time while the machine is off.
        """
        self._floor = max(floor, RELEASED).astimezone(UTC)
        self._raising = threading.Lock()
        self._read_utc = read_utc
        self._read_mono_ns = read_mono_ns
        self._ask = ask
        self._answer: tuple[ClockTrust, int] | None = None
        self._undisciplined = ClockTrust.HOLDOVER if kept else ClockTrust.UNSET

    def raise_floor(self, moment: datetime) -> bool:
        """No clock that is right shows a time before this; lowers nothing. False: refused, see ``HIGHEST_FLOOR``."""
        if moment > HIGHEST_FLOOR:
            return False
        with self._raising:
            self._floor = max(self._floor, moment.astimezone(UTC))
        return True

    def now(self) -> Instant:
        mono_ns = self._read_mono_ns()
        utc = self._read_utc()
        floor = self._floor
        if utc < floor:
            return Instant(floor, mono_ns, ClockTrust.UNSET)
        return Instant(utc, mono_ns, self._trust(mono_ns))

    def _trust(self, mono_ns: int) -> ClockTrust:
        """The kernel's answer, at most a second old; threads that ask at once each get a true one."""
        if self._answer is not None and mono_ns - self._answer[1] < _ASK_EVERY_NS:
            return self._answer[0]
        trust = self._undisciplined
        if says_synced(self._ask()):
            trust, self._undisciplined = ClockTrust.SYNCED, ClockTrust.HOLDOVER
        self._answer = (trust, mono_ns)
        return trust
