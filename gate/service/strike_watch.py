"""The supervisor's own bound on a release: the last of three, after the core's deadline and the adapter's guard.

Rules: it knows when the lease that was given last ends, and trusts neither the controller nor the adapter to end it,
nor the controller to ask for no more than the settings allow.  A standing release, an emergency's, is never ended
here.  When the strike cannot be secured, the process ends at once, so that the service manager secures the lines.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gate.access.effects import Held, Lease, Momentary
from gate.ports import DoorStrike
from gate.service.threads import done_or_ended_in, end_process

log = logging.getLogger(__name__)

ALLOWANCE_NS = 400_000_000
"""How long after a lease's end the controller and the adapter's guard, which waits 0.1 s, may take to secure."""
PATIENCE_S = 0.3
"""How long the line may take to be written; then it hangs."""


@dataclass(slots=True)
class StrikeWatch:
    """The strike, with its leases noted. ``look`` is the main thread's; everything else may come from any thread."""

    strike: DoorStrike
    longest_ns: int
    """No lease that the core gives lasts longer; one that claims to ends then."""
    give_up: Callable[[], object] = end_process
    """Ends the process with a failure."""
    now_ns: Callable[[], int] = time.monotonic_ns
    _end_ns: int | None = None
    """When the release is over (monotonic); None where nothing is to end."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def released(self) -> bool:
        return self.strike.released

    def release(self, lease: Lease) -> None:
        """As the strike does."""
        with self._lock:
            self._end_ns = self._end_of(lease)
            self.strike.release(lease)

    def secure(self) -> None:
        """As the strike does."""
        with self._lock:
            self.strike.secure()
            self._end_ns = None

    def rest(self) -> None:
        """As the strike does."""
        with self._lock:
            self.strike.rest()
            self._end_ns = None

    def close(self) -> None:
        """As the strike does."""
        self.strike.close()

    def look(self) -> None:
        """Secure a strike that should long be secured; where that fails, end the process."""
        if not self._overdue():
            return
        # The lock, or the line, may be in the hands of a thread that hangs.
        with done_or_ended_in(PATIENCE_S), self._lock:
            ended = not self._overdue() or self._secured()
        if not ended:
            self.give_up()

    def _overdue(self) -> bool:
        end_ns = self._end_ns
        return end_ns is not None and self.now_ns() - end_ns >= ALLOWANCE_NS

    def _secured(self) -> bool:
        try:
            if self.strike.released:
                log.error("the strike was released for too long: secured by the supervisor")
                self.strike.secure()
            if not self.strike.released:
                self._end_ns = None
                return True
        except Exception:  # the driver raises as it likes, and nothing else is left to try
            log.exception("the strike was released for too long, and cannot be secured")
        return False

    def _end_of(self, lease: Lease) -> int | None:
        latest_ns = self.now_ns() + self.longest_ns
        match lease:
            case Momentary(deadline_ns):
                return min(deadline_ns, latest_ns)
            case Held(_, renew_by_ns):
                return min(renew_by_ns, latest_ns)
        return None
