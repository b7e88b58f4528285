"""What is wrong with what the centre publishes, each thing told once, and an alarm for as long as something is refused.

Rules: a broker that says this and that in turn fills neither the log nor the journal: lines are bounded, and an alarm
lasts a while after the last refusal. Owned by the thread of the updates.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from gate.access.devices import Device
from gate.access.signals import DeviceChanged
from gate.ports import AdapterError, Heard, UnknownSigner

log = logging.getLogger(__name__)

MOST = 64
"""Things that are remembered; what a broker says on more topics is only counted."""
MOST_LINES = 200
"""In the log of one run."""
LARGEST_LATER = 64 * 1024
"""Bytes of a message that is looked at again."""
QUIET_S = 60.0
"""How long nothing may have been refused before the alarm ends."""


@dataclass(slots=True)
class Problems:
    """By a name for each thing: its topic, or that of its file."""

    tell: Callable[[DeviceChanged], object]
    count: int = 0
    _lines: int = 0
    _refused_s: float = 0.0
    _told: dict[str, str] = field(default_factory=dict)
    _alarming: set[str] = field(default_factory=set)
    _later: dict[str, Heard] = field(default_factory=dict)
    _failing: bool = False

    def refuse(self, name: str, error: AdapterError, now_s: float, heard: Heard | None = None) -> None:
        """This is left out; ``heard`` is what to look at again, once it may be good."""
        self.count += 1
        self._refused_s = now_s
        if name not in self._told and len(self._told) >= MOST:
            return
        if self._told.get(name) != str(error) and self._lines < MOST_LINES:
            self._lines += 1
            log.warning("what is published on %s is left out: %s", name, error)
        self._told[name] = str(error)
        if heard is not None and len(heard.payload) <= LARGEST_LATER:
            self._later[name] = heard
        if not isinstance(error, UnknownSigner):
            self._alarming.add(name)

    def mended(self, name: str) -> None:
        """Nothing is wrong with it any more."""
        self._told.pop(name, None)
        self._later.pop(name, None)
        self._alarming.discard(name)

    def again(self) -> list[Heard]:
        """What was refused, to be looked at again."""
        return list(self._later.values())

    def report(self, now_s: float) -> None:
        """Raise the alarm, or end it once it has been quiet for a while."""
        failing = bool(self._alarming)
        if failing != self._failing and (failing or now_s - self._refused_s >= QUIET_S):
            self._failing = failing
            self.tell(DeviceChanged(Device.UPDATE_REFUSED, not failing))
