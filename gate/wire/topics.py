"""Where messages go: the topics of one gate, and the filters that find them.

Pure. A site and a gate are names of lower-case letters, digits and hyphens; ``is_name`` is the check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VERSION = "v1"
"""The version of the whole contract: topics, event types and schemas carry it."""

AVAILABILITY = "availability"

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
    return f"{root(identity)}/{AVAILABILITY}"


def filters(site: str | None, gate: str | None) -> tuple[str, ...]:
    """What to subscribe to for everything that is published of these gates; None means all."""
    base = f"gate/{VERSION}/{site or '+'}/{gate or '+'}"
    return (f"{base}/evt/#", f"{base}/{AVAILABILITY}")


def parse(topic: str) -> Address | None:
    """The address in a topic of this contract's version; None for any other topic."""
    parts = topic.split("/", 4)
    if len(parts) != 5 or parts[:2] != ["gate", VERSION]:  # noqa: PLR2004  (gate, version, site, gate, leaf)
        return None
    return Address(parts[2], parts[3], parts[4])
