"""Whether a gate is there: the retained message on ``availability``, which is also its last will. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from gate.wire import jsontext
from gate.wire.envelope import NotAnEvent, timestamp

CONTENT_TYPE = "application/json"


@enum.unique
class Presence(enum.StrEnum):
    """What a gate, or the broker in its place, says about its presence."""

    ONLINE = "online"
    STOPPED = "stopped"
    """It went down in order."""
    OFFLINE = "offline"
    """It was lost; the broker says so."""


@dataclass(frozen=True, slots=True)
class Availability:
    """What ``availability`` says; ``state`` is kept as text, since a later version may add one."""

    state: str
    boot: str
    since: str | None


def encode(state: Presence, boot: str, since: datetime | None) -> bytes:
    """The payload. The will is fixed at connection, so ``offline`` has no ``since``."""
    fields = {"state": state.value, "boot": boot}
    return jsontext.dump(fields if since is None else fields | {"since": timestamp(since)})


def decode(body: bytes) -> Availability | NotAnEvent:
    """Read a payload. Never raises."""
    found = jsontext.load(body)
    if isinstance(found, str):
        return NotAnEvent(found)
    state, boot, since = found.get("state"), found.get("boot"), found.get("since")
    if not isinstance(state, str) or not isinstance(boot, str):
        return NotAnEvent("state or boot is missing")
    return Availability(state, boot, since if isinstance(since, str) else None)
