"""A backlog in few messages: up to 50 events of one gate, in order, as a JSON array of the very records. Pure.

``application/cloudevents-batch+json`` is the batch format of CloudEvents 1.0; its MQTT binding has no batch mode, so
that a batch on MQTT is our own, declared extension.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gate.wire import jsontext
from gate.wire.envelope import NotAnEvent

CONTENT_TYPE = "application/cloudevents-batch+json"
MOST = 50
MAX_BYTES = MOST * jsontext.MAX_BYTES


def encode(bodies: Sequence[bytes]) -> bytes:
    """The payload; each body is a record as the journal keeps it. Raises ``ValueError`` for none or for too many."""
    if not 0 < len(bodies) <= MOST:
        raise ValueError(f"a batch is of 1 to {MOST} events, not {len(bodies)}")
    return b"[" + b",".join(bodies) + b"]"


def decode(payload: bytes) -> tuple[bytes, ...] | NotAnEvent:
    """The bodies, byte for byte as they were recorded, so that their hashes hold. Never raises."""
    found = parts(payload)
    return found if isinstance(found, NotAnEvent) else tuple(body for body, _ in found)


def parts(payload: bytes) -> Sequence[tuple[bytes, Mapping[str, Any]]] | NotAnEvent:
    """Each body as in ``decode``, and the object in it, for ``envelope.understand``. Never raises."""
    if len(payload) > MAX_BYTES:
        return NotAnEvent(f"longer than {MAX_BYTES} bytes")
    found = jsontext.load_list(payload) if payload.lstrip().startswith(b"[") else []
    if isinstance(found, str):
        return NotAnEvent(found)
    if not 0 < len(found) <= MOST:
        return NotAnEvent(f"not a list of 1 to {MOST} events")
    if not all(isinstance(one, dict) for _, one in found):
        return NotAnEvent("one of the events is not an object")
    if any(len(body) > jsontext.MAX_BYTES for body, _ in found):
        return NotAnEvent(f"one of the events is longer than {jsontext.MAX_BYTES} bytes")
    return found
