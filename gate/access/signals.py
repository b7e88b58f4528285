"""What may happen at an access point: the only things the controller ever hands to the core."""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.command import Commanded, CommandRejected
from gate.access.devices import Device
from gate.access.inputs import InputLine
from gate.access.orders import Order
from gate.access.site_notes import SiteNote
from gate.credential.model import CredentialRef, TrustStamp, Verdict
from gate.policy.status import Judged


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential was shown in a frame. May be dropped when the inbox is full: the next frame repeats it.

    ``judged`` is what the rules said of the facts, which nobody looks at after that.  ``code`` is a keyed digest of the
    symbol (never its text), equal for equal codes within one run of the service.
    """

    verdict: Verdict
    code: bytes
    trust: TrustStamp
    captured_ns: int
    decoded_ns: int
    judged: Judged

    @property
    def credentials(self) -> tuple[CredentialRef, ...]:
        """Those that are known, the one in the frame first: two where the visitor showed another one before."""
        other = self.judged.other
        both = (self.verdict.credential, other.credential if other else None)
        return tuple(one for one in both if one is not None)


@dataclass(frozen=True, slots=True)
class InputChanged:
    """An input became active or inactive at this monotonic time (ns).

    ``initial``: found so at the start rather than seen to change; a button that is found pressed was not pressed now.
    """

    line: InputLine
    active: bool
    at_ns: int
    initial: bool = False


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """A part of the unit has failed, or works again."""

    device: Device
    working: bool


@dataclass(frozen=True, slots=True)
class Ordered:
    """Somebody who may do so gives an order.

    ``by`` names the account or the place, never a person.  ``at_ns`` (monotonic) is when it was given, so that nobody
    who came later is meant by it.  ``request`` is answered by ``Answer`` with the same number; 0 wants no answer.
    """

    order: Order
    by: str
    at_ns: int
    request: int = 0


@dataclass(frozen=True, slots=True)
class ControlRefused:
    """Somebody who may not do so tried to give an order; kept for the audit."""

    by: str
    verb: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """The journal has committed what ``Persist`` with this ticket asked for."""

    ticket: int


@dataclass(frozen=True, slots=True)
class SiteJoined:
    """The broker is there (again), so the gates of the site hear one another."""


@dataclass(frozen=True, slots=True)
class SiteHeard:
    """Another gate of the site tells something. May be dropped when the inbox is full: it is told again."""

    gate: str
    note: SiteNote


@dataclass(frozen=True, slots=True)
class Started:
    """The service is up; the first signal of every run."""

    version: str


@dataclass(frozen=True, slots=True)
class Stopping:
    """The service goes down in order; the last signal of a run."""

    reason: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened, but a deadline of the core was reached."""


Signal = (
    Presented
    | InputChanged
    | DeviceChanged
    | Ordered
    | ControlRefused
    | Commanded
    | CommandRejected
    | Recorded
    | SiteJoined
    | SiteHeard
    | Started
    | Stopping
    | Tick
)
