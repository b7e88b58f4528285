"""What the centre says it has stored: ``{"journal", "seq"}``, retained on the gate's ``ack`` topic. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gate.wire import jsontext
from gate.wire.envelope import NotAnEvent

CONTENT_TYPE = "application/json"
_LONGEST_ULID = 26


@dataclass(frozen=True, slots=True)
class Ack:
    """Of this journal everything up to ``seq`` is stored at the centre."""

    journal: str
    seq: int


def encode(ack: Ack) -> bytes:
    """The payload."""
    return jsontext.dump({"journal": ack.journal, "seq": ack.seq})


def decode(payload: bytes) -> Ack | NotAnEvent:
    """Read a payload; unknown fields are ignored. Never raises."""
    found = jsontext.load(payload)
    if isinstance(found, str):
        return NotAnEvent(found)
    journal, seq = found.get("journal"), found.get("seq")
    if not isinstance(journal, str) or len(journal) != _LONGEST_ULID:
        return NotAnEvent("journal is missing or no ULID")
    if not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
        return NotAnEvent("seq is missing or no number from 0 on")
    return Ack(journal, seq)
