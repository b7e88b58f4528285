"""The strike on one output line, with a bound on its on-time that does not depend on the core.

A guard ends a lease that the core forgot.  gpiozero's own ``blink`` is no such guard: its thread is stopped without a
lock, so that a ``close`` beside a release could leave the strike released.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import gpiozero

from gate.access.effects import Held, Lease, Momentary, Standing
from gate.access.strike_wiring import StrikeWiring
from gate.adapters.gpio_gpiozero.claims import claimed
from gate.ports import AdapterError

log = logging.getLogger(__name__)

NS_PER_S = 1_000_000_000
GRACE_NS = 100_000_000
"""How long after a lease's end the adapter waits for the core before it secures by itself, and between two tries."""
LONGEST_WAIT_S = 3600.0
"""A wait that any platform can do; then the guard looks again."""


class GpioStrike:
    """The strike on one output line.

    Any thread may call. The line is written under one lock, and after ``close`` never again; so once ``secure`` or
    ``close`` has returned, nothing releases the strike but a new lease.
    """

    def __init__(
        self,
        factory: Any,
        pin: int,
        wiring: StrikeWiring,
        *,
        standing: bool = False,
        longest_momentary_s: float = 60.0,
        longest_held_s: float = 10.0,
    ) -> None:
        """Claim the line secured, or released when ``standing``: an emergency is in force. Raises ``AdapterError``."""
        self._wiring = wiring
        self._now_ns: Callable[[], int] = getattr(factory, "ticks_ns", time.monotonic_ns)
        self._rest_at: Callable[[bool], object] = partial(getattr(factory, "rest_at", lambda *_: None), pin)
        self._longest_ns = {Momentary: int(longest_momentary_s * NS_PER_S), Held: int(longest_held_s * NS_PER_S)}
        self._shortened: set[type[Lease]] = set()
        self._line = self._claimed(factory, pin, standing=standing)
        self._changed = threading.Condition()
        self._lease: Lease | None = Standing() if standing else None
        self._guard_ns: int | None = None
        """When the guard ends the lease, or tries again what has failed (monotonic); None: there is nothing to do."""
        self._closed = False
        # A daemon, so that no way to end the process waits for it; ``close`` ends it in order.
        self._guard = threading.Thread(  # noqa: TID251  (the bound on a lease must not depend on who composes the parts)
            target=self._guarding, name="strike guard", daemon=True
        )
        self._guard.start()

    def _claimed(self, factory: Any, pin: int, *, standing: bool) -> Any:
        released = self._wiring.released_level
        before = self._rest_at(released) if standing else None
        claim = partial(
            gpiozero.DigitalOutputDevice, pin, active_high=released, initial_value=standing, pin_factory=factory
        )
        try:
            return claimed("the strike", pin, claim)
        except AdapterError:
            if before is not None:
                self._rest_at(bool(before))
            raise

    @property
    def released(self) -> bool:
        """Whether the line has the level that releases; after ``close``, whether it was left so."""
        with self._changed:
            return isinstance(self._lease, Standing) if self._closed else bool(self._line.value)

    def release(self, lease: Lease) -> None:
        """Release until the lease ends, at its kind's bound at the latest; a lease that has ended secures."""
        with self._changed:
            if self._closed:
                return
            if isinstance(lease, Standing):
                self._free(lease)
            elif (end_ns := self._bounded_end_ns(lease)) <= self._now_ns():
                self._secure()
            else:
                self._rest_at(self._wiring.secured_level)
                self._lease = lease
                self._guard_at(end_ns + GRACE_NS)
                self._line.on()

    def secure(self) -> None:
        """Secure at once, also in an emergency."""
        with self._changed:
            if not self._closed:
                self._secure()

    def rest(self) -> None:
        """Secure, but leave the strike free in an emergency."""
        with self._changed:
            if not self._closed:
                self._rest()

    def close(self) -> None:
        """Rest, and let the line go at that level."""
        with self._changed:
            if not self._closed:
                self._closed = True
                self._changed.notify()
                with ExitStack() as last:
                    last.callback(self._line.close)
                    self._rest()
        self._guard.join()

    def _rest(self) -> None:
        if not isinstance(self._lease, Standing):
            self._secure()
        elif self._guard_ns is not None:  # freeing has failed before
            self._free(self._lease)

    def _secure(self) -> None:
        self._lease = None
        self._rest_at(self._wiring.secured_level)
        self._write(self._line.off)

    def _free(self, lease: Standing) -> None:
        self._lease = lease
        self._rest_at(self._wiring.released_level)
        self._write(self._line.on)

    def _write(self, switch: Callable[[], None]) -> None:
        """Switch to stay; what cannot be written is tried again by the guard."""
        try:
            switch()
        except Exception:
            self._guard_at(self._now_ns() + GRACE_NS)
            raise
        self._guard_ns = None

    def _guard_at(self, at_ns: int) -> None:
        self._guard_ns = at_ns
        self._changed.notify()

    def _guarding(self) -> None:
        with self._changed:
            while not self._closed:
                if self._guard_ns is None:
                    self._changed.wait()
                elif (left_ns := self._guard_ns - self._now_ns()) > 0:
                    self._changed.wait(min(left_ns / NS_PER_S, LONGEST_WAIT_S))
                else:
                    self._act()

    def _act(self) -> None:
        """End a lease that the core forgot, or do again what could not be done."""
        if self._lease is not None and not isinstance(self._lease, Standing):
            log.error("the core did not end the strike's lease: secured without it")
        try:
            self._free(self._lease) if isinstance(self._lease, Standing) else self._secure()
        except Exception:  # the driver raises as it likes, and the line must still be driven
            log.exception("the strike's line cannot be driven; trying again")

    def _bounded_end_ns(self, lease: Momentary | Held) -> int:
        wanted_ns = lease.deadline_ns if isinstance(lease, Momentary) else lease.renew_by_ns
        kind, longest_ns = type(lease), self._longest_ns[type(lease)]
        latest_ns = self._now_ns() + longest_ns
        if wanted_ns > latest_ns and kind not in self._shortened:
            self._shortened.add(kind)
            log.error("a %s lease was longer than %s s: shortened", kind.__name__.lower(), longest_ns / NS_PER_S)
        return min(wanted_ns, latest_ns)
