"""What may happen at an access point: the only things the controller ever hands to the core."""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.modes import DoorMode
from gate.credential.model import TrustStamp, Verdict


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential was shown in a frame. May be dropped when the inbox is full: the next frame repeats it.

    ``code`` is a keyed digest of the symbol (never its text), equal for equal codes within one run of the service.
    """

    verdict: Verdict
    code: bytes
    trust: TrustStamp
    captured_ns: int
    decoded_ns: int


@dataclass(frozen=True, slots=True)
class OfficerAdmitted:
    """The officer lets the held visitor in; ``reason`` as the site's list has it.

    ``pressed_ns`` (monotonic) is when the officer decided, so that nobody who came later is meant by it.  ``visit``
    names the visit where the officer saw its number; a button at the door means whoever is on hold.
    """

    officer: str
    reason: str
    pressed_ns: int
    visit: int | None = None


@dataclass(frozen=True, slots=True)
class OfficerRefused:
    """The officer turns the held visitor away; the fields mean what they mean in ``OfficerAdmitted``."""

    officer: str
    reason: str
    pressed_ns: int
    visit: int | None = None


@dataclass(frozen=True, slots=True)
class ModeRequested:
    """Somebody with the right to it wants another door mode."""

    mode: DoorMode
    by: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """The journal has committed what ``Persist`` with this ticket asked for."""

    ticket: int


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


Signal = Presented | OfficerAdmitted | OfficerRefused | ModeRequested | Recorded | Started | Stopping | Tick
