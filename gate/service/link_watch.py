"""What is wrong with the way to the centre, for the alarm, the status and the log; nothing here decides about a door.

Rules: a network that is away is no fault of the unit and raises nothing; what somebody has to mend does, under the name
of its cause, once, until it is over. Owned by the recorder's thread; ``state`` may be read on any.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from gate.access.devices import Device
from gate.access.signals import DeviceChanged
from gate.credential.instant import ClockTrust, Instant
from gate.ports import Disconnected, LinkFault
from gate.service.certificate_end import CertificateEnd

log = logging.getLogger(__name__)

QUIET_S = 180.0
"""A connection that nobody has contested for so long is ours alone; two that fight come back within two minutes."""
_HARMLESS = frozenset({LinkFault.UNREACHABLE, LinkFault.LOST, LinkFault.BUSY, LinkFault.TOO_MUCH})


@dataclass(frozen=True, slots=True)
class LinkState:
    """How the link is. ``fault`` is None while it is connected, and before the first attempt has ended."""

    connected: bool = False
    fault: LinkFault | None = None
    reason: str = ""
    """One line for a person."""


class LinkWatch:
    """Tells the core which of its faults have begun and ended."""

    def __init__(self, tell: Callable[[DeviceChanged], object]) -> None:
        self.state = LinkState()
        self._tell = tell
        self._failing: set[Device] = set()
        self._quiet_from_s: float | None = None
        """Since when the connection has not been contested; None while there is none."""

    def connected(self, now_s: float) -> None:
        """The broker has accepted the session."""
        self.state = LinkState(connected=True)
        self._quiet_from_s = now_s
        for fault in set(LinkFault) - _HARMLESS - {LinkFault.TAKEN_OVER}:
            self.mark(Device(fault.value), working=True)

    def ended(self, event: Disconnected) -> None:
        """There is no connection, for this reason."""
        self.state = LinkState(fault=event.fault, reason=event.reason)
        self._quiet_from_s = None
        if event.fault not in _HARMLESS:
            self.mark(Device(event.fault.value), working=False)

    def contested(self, now_s: float) -> None:
        """Somebody else was connected under the gate's name."""
        log.warning("somebody else uses this gate's name at the broker: look for a second service or a cloned card")
        self._quiet_from_s = now_s
        self.mark(Device.TAKEN_OVER, working=False)

    def look(self, now: Instant, now_s: float, end: CertificateEnd) -> None:
        """What time alone brings; ``end`` is that of the gate's own certificate."""
        if self._quiet_from_s is not None and now_s - self._quiet_from_s >= QUIET_S:
            self.mark(Device.TAKEN_OVER, working=True)
        if end.until is None or now.clock is ClockTrust.UNSET:
            return
        ends = end.is_near(now.utc)
        if ends and Device.CERTIFICATE_ENDS not in self._failing:
            log.warning("the gate's certificate ends on %s; renew it before", end.until.date())
        self.mark(Device.CERTIFICATE_ENDS, working=not ends)

    def mark(self, device: Device, *, working: bool) -> None:
        """This has failed, or works again; only a change is told."""
        if working == (device not in self._failing):
            return
        (self._failing.discard if working else self._failing.add)(device)
        self._tell(DeviceChanged(device, working))
