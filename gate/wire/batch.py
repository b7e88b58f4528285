"""A backlog in few messages: up to 50 events of one gate, in order, as a JSON array of the very records. Pure.

``application/cloudevents-batch+json`` is the batch format of CloudEvents 1.0; its MQTT binding has no batch mode, so
that a batch on MQTT is our own, declared extension.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    if len(payload) > MAX_BYTES:
        return NotAnEvent(f"longer than {MAX_BYTES} bytes")
    found = jsontext.load_any(payload)
    if isinstance(found, str):
        return NotAnEvent(found)
    if not isinstance(found, list) or not 0 < len(found) <= MOST:
        return NotAnEvent(f"not a list of 1 to {MOST} events")
    if not all(isinstance(one, dict) for one in found):
        return NotAnEvent("one of the events is not an object")
    return tuple(jsontext.dump(one) for one in found)
