"""How the journal stands: figures and counts, and no record."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from gate.adapters.journal_sqlite import JournalReader
from gate.ports import AdapterError
from gate.wire import contract, envelope

NEWEST = 1000
FEEDS = ("access", "door", "officer", "system")
OTHER = "other"
NAMES = frozenset(name for channel in contract.CHANNELS for name in channel.schemas)


def part(path: Path) -> dict[str, Any]:
    """Of the whole journal; of the newest records also which events of the system they are."""
    if not path.exists():
        return {"there": False}
    try:
        with JournalReader(path) as reader, reader.still():
            figures, feeds, newest = reader.figures(), Counter(reader.count()), reader.newest(NEWEST)
    except AdapterError:
        return {"there": True, "readable": False}
    return {
        "there": True,
        "readable": True,
        "newest": figures.last_seq,
        "signed_by": figures.signed_seq,
        "unconfirmed": figures.depth,
        "aside": figures.aside,
        "used_bytes": figures.used_bytes,
        "feeds": {name: feeds[name] for name in FEEDS} | {OTHER: feeds.total() - sum(feeds[name] for name in FEEDS)},
        "events_of_the_newest": dict(Counter(_event(record.body) for record in newest).most_common()),
    }


def _event(body: bytes) -> str:
    """The event's name where the contract has it as one of its own; visits are all alike."""
    found = envelope.decode(body)
    if isinstance(found, envelope.NotAnEvent):
        return OTHER
    name = found.type.removeprefix("gate.").rpartition(".")[0]
    return name if name in NAMES else OTHER
