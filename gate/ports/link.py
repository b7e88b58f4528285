"""The link to the broker: messages, and what is heard of the connection."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """Something to publish."""

    topic: str
    payload: bytes
    retain: bool
    content_type: str
    qos: int = 1
    """1: sent until the broker answers. 0: sent once, if there is a connection now, and never answered."""
    expiry_s: int | None = None
    """How long the broker may keep it for somebody, whole seconds; None: for ever."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted the session; it takes at most ``receive_maximum`` unacknowledged messages."""

    receive_maximum: int
    packet_bytes: int = 268_435_455
    """The largest packet that it takes; as much as MQTT can say when it announces none."""


@enum.unique
class LinkFault(enum.StrEnum):
    """Why there is no connection to the broker, as far as one can tell from this end."""

    UNREACHABLE = "unreachable"
    LOST = "lost"
    """It was there; a cut, a restart, a silence."""
    BUSY = "busy"
    REFUSED = "refused"
    """It knows the gate not, or does not let it in."""
    TAKEN_OVER = "taken_over"
    """Somebody else has connected under this gate's name: a cloned card, or a second service."""
    TOO_MUCH = "too_much"
    """It was sent more at once than it takes."""
    NO_TLS = "no_tls"
    """TLS is configured, and the broker speaks none. The gate never goes on without."""
    TLS_TOO_OLD = "tls_too_old"
    BROKER_UNTRUSTED = "broker_untrusted"
    """Its certificate is of an authority that is not ours."""
    BROKER_OTHER_HOST = "broker_other_host"
    """Its certificate is for another name."""
    BROKER_EXPIRED = "broker_expired"
    BROKER_NOT_YET_VALID = "broker_not_yet_valid"
    """Its certificate, or this machine's clock, is wrong."""
    OWN_CERTIFICATE = "own_certificate"
    """The gate's own certificate or key is missing, does not fit, or is refused."""
    OWN_EXPIRED = "own_expired"
    OWN_NOT_YET_VALID = "own_not_yet_valid"
    TLS = "tls"
    """Something else about TLS."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The broker is gone, or refused; the publisher keeps trying by itself. ``reason`` is one line for a person."""

    reason: str
    fault: LinkFault = LinkFault.LOST


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker answered for the message with this handle; ``taken`` is true only for plain success."""

    handle: int
    taken: bool
    reason: str
    blameless: bool = False
    """It was not taken, but not because of what it is: nobody has subscribed, or the broker has no room now."""
    returned: bool = False
    """Nobody answered for it before the connection ended; the link does not send it again by itself."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of what the link subscribes to, from whoever sent it."""

    topic: str
    payload: bytes
    retained: bool = False
    """It was published to be kept, so it may be of any age."""
    queued: bool = False
    """The broker kept it while this link was away: it came before what was subscribed to in this connection."""


@dataclass(frozen=True, slots=True)
class Deaf:
    """The broker will not deliver what the link subscribes to."""

    reason: str


@dataclass(frozen=True, slots=True)
class Contested:
    """Somebody else has been connected under this gate's name since it was: a cloned card, or a second service."""


LinkEvent = Connected | Disconnected | Acknowledged | Heard | Deaf | Contested


class Publisher(Protocol):
    """The link to the broker. Never blocks; link events come on the driver's thread."""

    @property
    def certificate_until(self) -> datetime | None:
        """When the gate's own certificate ends (UTC); None without one. May be asked at any time, and reads no file."""

    def start(self, on_event: Callable[[LinkEvent], None]) -> None: ...

    def publish(self, message: Message) -> int:
        """Hand over a message; the handle comes back in ``Acknowledged``, also across a reconnection.

        The handle of a message at QoS 0 is 0, and nothing comes back for it.
        """

    def close(self, farewell: Message | None, timeout_s: float) -> None:
        """Say goodbye in order if the broker is there, and end; without a farewell, leave the will to speak."""


class Ears(Protocol):
    """What a link hears besides what it always hears, until it is told otherwise or the connection ends. Any thread."""

    def subscribe(self, names: Sequence[str]) -> None: ...

    def unsubscribe(self, names: Sequence[str]) -> None: ...
