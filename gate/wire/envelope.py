"""Events as the centre reads them: CloudEvents 1.0 in structured JSON. Pure.

``encode`` gives the bytes that are hashed, stored and published; they are never built a second time.
``decode`` is for readers: unknown fields are ignored, unknown types kept, and garbage is a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gate.access.events import Event
from gate.wire import details, jsontext, topics
from gate.wire.topics import LIVE, VERSION, Identity

CONTENT_TYPE = "application/cloudevents+json"

_SPEC_VERSION = "1.0"
_NS_PER_MS = 1_000_000
_SHARED = {
    "access": ("access.granted", "access.held", "access.denied"),
    "access.passage": ("access.taken", "access.not_taken", "access.passage_unknown"),
    "alarm": ("alarm.raised", "alarm.escalated", "alarm.acknowledged", "alarm.followed_up", "alarm.cleared"),
    "door.condition": ("door.normal", "door.forced_open", "door.open_too_long"),
}
_SCHEMAS = {name: schema for schema, names in _SHARED.items() for name in names}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in its journal: the journal's ULID, the number, the hash of the record before."""

    journal: str
    seq: int
    prev: str


@dataclass(frozen=True, slots=True)
class Received:
    """A well-formed event. ``place`` is None when the sender gave no complete one."""

    type: str
    id: str
    source: str
    time: datetime
    subject: str | None
    place: Place | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NotAnEvent:
    """Bytes that are no event of ours, and why."""

    problem: str


def type_of(name: str) -> str:
    """The CloudEvents type of an event's name: ``access.granted`` gives ``gate.access.granted.v1``."""
    return f"gate.{name}.{VERSION}"


def schema_of(name: str) -> str:
    """The name of the schema that an event of this name follows; the steps of one thing share one."""
    return _SCHEMAS.get(name, name)


def encode(event: Event, place: Place, identity: Identity, event_id: str, *, offline: bool) -> bytes:
    """The record of an event. ``event_id`` is a ULID; ``offline`` says that the broker was away."""
    where = {"journal": place.journal, "seq": place.seq, "prev": place.prev}
    return _dump(event, identity, event_id, schema_of(event.name), where | _common(event, identity, offline=offline))


def placed(body: bytes, place: Place) -> bytes:
    """The same event, with the same ``id`` and time, at another place; what is no event stays as it is."""
    found = jsontext.load(body)
    if isinstance(found, str) or not isinstance(found.get("data"), dict):
        return body
    where = {"journal": place.journal, "seq": place.seq, "prev": place.prev}
    return jsontext.dump(found | {"data": found["data"] | where})


def provisional(event: Event, identity: Identity, event_id: str, *, offline: bool) -> bytes:
    """What is told of an event on ``live`` before it has its place in the journal; ``event_id`` stays the same."""
    return _dump(event, identity, event_id, LIVE, {"provisional": True} | _common(event, identity, offline=offline))


def decode(body: bytes) -> Received | NotAnEvent:
    """Read an event of any type. Never raises."""
    found = jsontext.load(body)
    return NotAnEvent(found) if isinstance(found, str) else understand(found)


def understand(found: Mapping[str, Any]) -> Received | NotAnEvent:
    """Read an event from its object. Never raises."""
    if found.get("specversion") != _SPEC_VERSION:
        return NotAnEvent("not a CloudEvents 1.0 message")
    texts = [found.get(name) for name in ("type", "id", "source", "time")]
    type_, id_, source, time = (text if isinstance(text, str) else "" for text in texts)
    if not (type_ and id_ and source):
        return NotAnEvent("type, id or source is missing")
    at = _moment(time)
    if at is None:
        return NotAnEvent("time is missing or not RFC 3339 with an offset")
    data, subject = found.get("data"), found.get("subject")
    if not isinstance(data, dict):
        return NotAnEvent("data is not an object")
    return Received(type_, id_, source, at, subject if isinstance(subject, str) else None, _place(data), data)


def timestamp(utc: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return utc.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _place(data: Mapping[str, Any]) -> Place | None:
    journal, seq, prev = data.get("journal"), data.get("seq"), data.get("prev")
    if isinstance(journal, str) and isinstance(prev, str) and isinstance(seq, int) and not isinstance(seq, bool):
        return Place(journal, seq, prev)
    return None


def _dump(event: Event, identity: Identity, event_id: str, schema: str, shared: dict[str, Any]) -> bytes:
    return jsontext.dump(
        {
            "specversion": _SPEC_VERSION,
            "id": event_id,
            "source": topics.root(identity),
            "type": type_of(event.name),
            "time": timestamp(event.at.utc),
            "subject": identity.access_point,
            "datacontenttype": "application/json",
            "dataschema": f"urn:gate:{VERSION}:{schema}",
            "data": shared | details.of(event),
        }
    )


def _common(event: Event, identity: Identity, *, offline: bool) -> dict[str, Any]:
    return {
        "boot": identity.boot,
        "mono_ms": event.at.mono_ns // _NS_PER_MS,
        "clock": event.at.clock.value,
        "offline": offline,
        "drill": details.is_drill(event),
    }
