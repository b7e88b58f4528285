"""A record as a line for a person, and as cells for a table. Nothing in a record can do more than appear there."""

from __future__ import annotations

from typing import Any

from gate.cli.inert import inert
from gate.cli.sheet import cell
from gate.cli.watch_lines import Style, story
from gate.cli.watch_words import Words
from gate.ports import Record
from gate.wire import envelope, jsontext
from gate.wire.topics import VERSION

COLUMNS = (
    *("seq", "time", "clock", "feed", "event", "subject", "id"),
    *("visit", "colour", "outcome", "reason", "opened_by", "data"),
)
_STYLE = Style(Words("en"), coloured=False, plain=True)


def line(record: Record) -> str:
    """Number, time (local) and what happened."""
    found = envelope.decode(record.body)
    if isinstance(found, envelope.NotAnEvent):
        return f"{record.seq:>8}  not an event: {inert(found.problem)}"
    when = found.time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return f"{record.seq:>8}  {when}  {story(name_of(found), found, _STYLE)}"


def name_of(found: envelope.Received) -> str:
    """``access.granted`` for the type ``gate.access.granted.v1``."""
    return found.type.removeprefix("gate.").removesuffix(f".{VERSION}")


def cells(record: Record) -> list[str]:
    """One row of ``COLUMNS``; text that a spreadsheet could take for a formula begins with an apostrophe."""
    found = envelope.decode(record.body)
    if isinstance(found, envelope.NotAnEvent):
        return _safe({"seq": record.seq, "feed": record.feed, "event": f"not an event: {found.problem}"})
    own = {name: found.data.get(name) for name in ("clock", "visit", "colour", "outcome", "reason", "opened_by")}
    head = {"seq": record.seq, "time": envelope.timestamp(found.time), "feed": record.feed, "event": name_of(found)}
    rest = {"subject": found.subject, "id": found.id, "data": jsontext.dump(dict(found.data)).decode("ascii")}
    return _safe(own | head | rest)


def _safe(values: dict[str, Any]) -> list[str]:
    return [cell(values.get(name)) for name in COLUMNS]
