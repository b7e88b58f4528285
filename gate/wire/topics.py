"""Where messages go: the topics of one gate, and the filters that find them.

Pure. A site and a gate are names of lower-case letters, digits and hyphens; ``is_name`` is the check.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

VERSION = "v1"
"""The version of the whole contract: topics, event types and schemas carry it."""

AVAILABILITY = "availability"
STATE = "state"
INFO = "info"
HEALTH = "health"
LIVE = "live"
ALARM = "alarm"
"""An open alarm is below it, by its number."""
BATCH = "evt/batch"
ACK = "ack"
COMMAND = "cmd"
RESULT = "res"
"""An answer is below it, by the verb of the command."""
EVERYBODY = f"gate/{VERSION}/all"
"""Where the centre speaks to all gates at once; no site is called so."""

_REPORTED = ("evt/#", AVAILABILITY, STATE, INFO, f"{ALARM}/+", f"{RESULT}/+")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who speaks: the gate of a site, its access point, and this run of its service."""

    site: str
    gate: str
    access_point: str
    boot: str
    """New at every start of the service, so that ``mono_ms`` of two runs are never compared."""


@dataclass(frozen=True, slots=True)
class Address:
    """A topic taken apart; ``leaf`` is what follows the gate, such as ``evt/access``."""

    site: str
    gate: str
    leaf: str


def is_name(text: str) -> bool:
    """Whether a site or a gate may be called this."""
    return _NAME.match(text) is not None


def root(identity: Identity) -> str:
    """The gate's own part of the tree, which is also the source of its events."""
    return f"gate/{VERSION}/{identity.site}/{identity.gate}"


def feed(identity: Identity, name: str) -> str:
    """Where the events of this feed go."""
    return f"{root(identity)}/evt/{name}"


def availability(identity: Identity) -> str:
    """Where the gate says whether it is there."""
    return below(identity, AVAILABILITY)


def alarm(identity: Identity, number: int) -> str:
    """Where the alarm of this number stands while it is open."""
    return below(identity, f"{ALARM}/{number}")


def below(identity: Identity, leaf: str) -> str:
    """A topic of the gate by what follows its root, such as ``STATE`` or ``BATCH``."""
    return f"{root(identity)}/{leaf}"


def filters(site: str | None, gate: str | None, *, also: Iterable[str] = ()) -> tuple[str, ...]:
    """What to subscribe to for everything that these gates report for good; None means all gates.

    ``also`` names leaves beyond that, such as ``LIVE`` and ``HEALTH``, which repeat or come again and again.
    """
    base = f"gate/{VERSION}/{site or '+'}/{gate or '+'}"
    return tuple(f"{base}/{leaf}" for leaf in (*_REPORTED, *also))


def parse(topic: str) -> Address | None:
    """The address in a topic of this contract's version; None for any other topic."""
    parts = topic.split("/", 4)
    if len(parts) != 5 or parts[:2] != ["gate", VERSION]:  # noqa: PLR2004  (gate, version, site, gate, leaf)
        return None
    return Address(parts[2], parts[3], parts[4])
