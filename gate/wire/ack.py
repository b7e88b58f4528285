"""What the centre says it has stored: ``{"journal", "seq", "head"}``, retained on the gate's ``ack`` topic. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gate.wire import jsontext
from gate.wire.envelope import NotAnEvent

CONTENT_TYPE = "application/json"
_LONGEST_ULID = 26
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Ack:
    """Of this journal everything up to ``seq`` is stored at the centre."""

    journal: str
    seq: int
    head: str | None = None
    """The SHA-256 of record ``seq`` as the centre has it; None when it does not say."""


def encode(ack: Ack) -> bytes:
    """The payload."""
    head = {} if ack.head is None else {"head": ack.head}
    return jsontext.dump({"journal": ack.journal, "seq": ack.seq} | head)


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
    head = found.get("head")
    if head is not None and (not isinstance(head, str) or not _HASH.fullmatch(head)):
        return NotAnEvent("head is no SHA-256")
    return Ack(journal, seq, head)
