"""The inputs: contacts to ground with the internal pull-up, debounced by the factory.

Buttons and the like are normally open, and active when closed.  ``CLOSED_LOOPS`` are normally closed, and active when
open or cut.  What was told of an input and its level never stay apart: a change is told in the order of its edges, the
initial report takes the place of everything before it, and our factory reads every level again at least once a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import gpiozero

from gate.access.inputs import CLOSED_LOOPS, InputLine
from gate.access.signals import InputChanged
from gate.adapters.gpio_gpiozero.claims import all_claimed

DEBOUNCE_S = 0.05
"""So long a contact must be still to count; the factory's business, and gpiozero's mock does not do it."""

OnChange = Callable[[InputChanged], None]


class GpioInputs:
    """Any thread may call. Changes are told on the factory's thread, one at a time, with the time of their edge.

    A factory that gives no exact time of an edge (the mock) tells on the thread that changed the pin, with the time of
    telling; there the level is read again instead of believing the edge.
    """

    def __init__(self, factory: Any, pins: Mapping[InputLine, int]) -> None:
        """Claim the lines. Raises ``AdapterError``."""
        self._lock = threading.RLock()
        self._on_change: OnChange | None = None
        self._closed = False
        self._now_ns: Callable[[], int] = getattr(factory, "ticks_ns", time.monotonic_ns)
        self._contacts: dict[InputLine, _Contact] = all_claimed(pins, partial(_Contact, factory, self._changed))

    def listen(self, on_change: OnChange) -> None:
        """Tell how each input is now, on the caller's thread, and from then on each change."""
        with self._lock:
            self._on_change = None if self._closed else on_change
            for contact in self._contacts.values() if not self._closed else ():
                contact.told, contact.since_ns = None, self._now_ns()
                self._tell(contact, contact.read(), contact.since_ns, initial=True)

    def close(self) -> None:
        """Stop listening, and let the lines go; once it has returned, nobody is told."""
        with self._lock:
            self._closed, self._on_change = True, None
        with ExitStack() as every:
            for contact in self._contacts.values():
                every.callback(contact.close)

    def _changed(self, contact: _Contact, edge_ns: int | None, level: int) -> None:
        with self._lock:
            if self._on_change is None:
                return
            if edge_ns is None:
                self._tell_if_new(contact, contact.read(), self._now_ns())
            elif edge_ns > contact.since_ns:
                self._tell_if_new(contact, contact.active_at(level), edge_ns)

    def _tell_if_new(self, contact: _Contact, active: bool, at_ns: int) -> None:  # noqa: FBT001  (as InputChanged)
        if active is not contact.told:
            self._tell(contact, active, at_ns, initial=False)

    def _tell(self, contact: _Contact, active: bool, at_ns: int, *, initial: bool) -> None:  # noqa: FBT001  (as above)
        if self._on_change is not None:
            self._on_change(InputChanged(contact.line, active, at_ns, initial))
            contact.told = active  # only now: what the listener failed to take is told again


class _Contact:
    """One contact to ground with the internal pull-up, and what was told of it last."""

    def __init__(
        self, factory: Any, changed: Callable[[_Contact, int | None, int], None], line: InputLine, pin: int
    ) -> None:
        self.line = line
        self.told: bool | None = None
        self.since_ns = 0
        """What happened until then was in the initial report."""
        self._changed = changed
        self._device = gpiozero.InputDevice(pin, pull_up=True, pin_factory=factory)
        with ExitStack() as claimed:
            claimed.callback(self._device.close)
            self._device.pin.bounce = DEBOUNCE_S
            self._device.pin.edges = "both"
            self._device.pin.when_changed = self._when_changed
            claimed.pop_all()
        self.close = self._device.close

    def read(self) -> bool:
        """Whether it is active now."""
        return self.active_at(self._device.pin.state)

    def active_at(self, level: int) -> bool:
        """A closed loop is active when it is open, and high; any other contact when it is closed, and low."""
        return bool(level) is (self.line in CLOSED_LOOPS)

    def _when_changed(self, ticks: Any, level: int) -> None:
        self._changed(self, getattr(ticks, "mono_ns", None), level)
