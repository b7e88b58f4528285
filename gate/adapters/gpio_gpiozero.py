"""Strike, lamps, buzzer and buttons on gpiozero, on any of its pin factories.

The strike's on-time is bounded here as well: a guard ends a lease that the core forgot.  gpiozero's own ``blink`` is no
such guard: its thread is stopped without a lock, so that a ``close`` beside a release could leave the strike released.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

import gpiozero

from gate.access.effects import Held, Lease, Line, Momentary
from gate.ports import AdapterError, InputChange, InputLine

log = logging.getLogger(__name__)

GRACE_NS = 100_000_000
"""How long after a lease's end the adapter waits for the core before it secures by itself."""
LONGEST_WAIT_S = 3600.0
"""A wait that any platform can do; then the guard looks again."""
DEBOUNCE_S = 0.05

Name = TypeVar("Name", bound=str)


def _claimed(what: str, pin: int, claim: Callable[[], Any]) -> Any:
    try:
        return claim()
    except (gpiozero.GPIOZeroError, OSError, ValueError) as error:
        raise AdapterError(
            f"pin {pin} for {what} cannot be used: {error}. Is another program using it? Check [pins]."
        ) from error


def _all_claimed(pins: Mapping[Name, int], claim: Callable[[int], Any]) -> dict[Name, Any]:
    """All lines, or none."""
    lines: dict[Name, Any] = {}
    with ExitStack() as claimed:
        for name, pin in pins.items():
            lines[name] = _claimed(str(name), pin, partial(claim, pin))
            claimed.callback(lines[name].close)
        claimed.pop_all()
    return lines


class GpioStrike:
    """The strike on one output line. ``active_high``: the level that releases it.

    Any thread may call. The line is written under one lock, and after ``close`` never again; so once ``secure`` or
    ``close`` has returned, nothing releases the strike but a new lease.
    """

    def __init__(self, factory: Any, pin: int, *, active_high: bool) -> None:
        self._line = _claimed(
            "the strike",
            pin,
            lambda: gpiozero.DigitalOutputDevice(
                pin, active_high=active_high, initial_value=False, pin_factory=factory
            ),
        )
        self._changed = threading.Condition()
        self._guard_ns: int | None = None
        """When the guard secures (monotonic); None while the strike is secured."""
        self._closed = False
        # A daemon, so that no way to end the process waits for it; ``close`` ends it in order.
        self._guard = threading.Thread(  # noqa: TID251  (the bound on a lease must not depend on who composes the parts)
            target=self._guarding, name="strike guard", daemon=True
        )
        self._guard.start()

    def release(self, lease: Lease) -> None:
        """Release until the lease ends; a lease that has ended secures."""
        end_ns = _end_ns(lease)
        with self._changed:
            if self._closed:
                return
            if end_ns <= time.monotonic_ns():
                self._secure()
                return
            self._guard_ns = end_ns + GRACE_NS
            self._changed.notify()
            self._line.on()

    def secure(self) -> None:
        """Secure at once."""
        with self._changed:
            if not self._closed:
                self._secure()

    def close(self) -> None:
        """Secure and let the line go."""
        with self._changed:
            if not self._closed:
                self._closed = True
                self._changed.notify()
                with ExitStack() as last:
                    last.callback(self._line.close)
                    self._secure()
        self._guard.join()

    def _secure(self) -> None:
        self._line.off()
        self._guard_ns = None  # only now: a line that cannot be written is tried again by the guard

    def _guarding(self) -> None:
        with self._changed:
            while not self._closed:
                if self._guard_ns is None:
                    self._changed.wait()
                elif (left_ns := self._guard_ns - time.monotonic_ns()) > 0:
                    self._changed.wait(min(left_ns / 1e9, LONGEST_WAIT_S))
                else:
                    self._end_forgotten_lease()

    def _end_forgotten_lease(self) -> None:
        log.error("the core did not end the strike's lease: secured without it")
        try:
            self._secure()
        except Exception:  # the driver raises as it likes, and the strike must still be secured
            log.exception("the strike cannot be secured; trying again")
            self._guard_ns = time.monotonic_ns() + GRACE_NS


def _end_ns(lease: Lease) -> int:
    match lease:
        case Momentary(deadline_ns):
            return deadline_ns
        case Held(_, renew_by_ns):
            return renew_by_ns


class GpioIndicator:
    """One output for each lamp and the buzzer, active-high."""

    def __init__(self, factory: Any, pins: Mapping[Line, int]) -> None:
        self._lines = _all_claimed(pins, partial(_output, factory))

    def show(self, lit: frozenset[Line]) -> None:
        """Switch only the lines that differ."""
        for line, output in self._lines.items():
            if output.value != (line in lit):
                output.value = line in lit

    def close(self) -> None:
        """All off, and let the lines go."""
        for output in self._lines.values():
            if not output.closed:
                output.off()
                output.close()


def _output(factory: Any, pin: int) -> Any:
    return gpiozero.DigitalOutputDevice(pin, initial_value=False, pin_factory=factory)


class GpioInputs:
    """Contacts to ground, with the internal pull-up: a closed contact is active."""

    def __init__(self, factory: Any, pins: Mapping[InputLine, int]) -> None:
        self._contacts = _all_claimed(pins, partial(_contact, factory))

    def listen(self, on_change: Callable[[InputChange], None]) -> None:
        """Tell each change, on gpiozero's thread."""

        def tell(line: InputLine, active: bool) -> None:  # noqa: FBT001  (bound by position below)
            on_change(InputChange(line, active, time.monotonic_ns()))

        for line, contact in self._contacts.items():
            contact.when_activated = partial(tell, line, True)  # noqa: FBT003  (active)
            contact.when_deactivated = partial(tell, line, False)  # noqa: FBT003  (not active)

    def close(self) -> None:
        """Stop listening, and let the lines go."""
        for contact in self._contacts.values():
            if not contact.closed:
                if contact.when_activated is not None:
                    contact.when_activated = contact.when_deactivated = None
                contact.close()


def _contact(factory: Any, pin: int) -> Any:
    return gpiozero.DigitalInputDevice(pin, pull_up=True, bounce_time=DEBOUNCE_S, pin_factory=factory)
