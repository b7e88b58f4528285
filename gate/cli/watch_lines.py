"""From a received message to the line that a person reads. Nothing in a message can do more than appear in its line.

Colour only repeats what the words and the mark say already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gate.cli.inert import inert
from gate.cli.watch_facts import fact
from gate.cli.watch_standing import moment, tell
from gate.cli.watch_words import Words
from gate.wire import availability, contract, envelope, jsontext, topics
from gate.wire.topics import VERSION, Address

Check = Callable[[str, Any], str | None]
"""From a schema's id and a message to what is wrong with it; None for nothing."""

_FIELD = 80
_MARKS = {"granted": "✓", "held": "…", "denied": "✗"}
_COLOURS = {"green": "32", "yellow": "33", "red": "31", "black": "7"}
_WARNING = "31;1"
_ALARM_MARK = "!! "
_ALARMS = ("alarm.raised", "alarm.escalated")
_VISITS = ("access.granted", "access.held", "access.denied")


class Heard(Protocol):
    """A message as a subscriber delivers it."""

    @property
    def topic(self) -> str: ...

    @property
    def payload(self) -> bytes: ...

    @property
    def retained(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Style:
    """How lines are written. Plain lines have no colour and only words."""

    words: Words
    coloured: bool
    plain: bool

    def paint(self, text: str, code: str | None) -> str:
        """The text in a colour, where colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.coloured and code else text

    def mark(self, result: str) -> str:
        return "" if self.plain else f"{_MARKS.get(result, '•')} "

    @property
    def alarm_mark(self) -> str:
        return "" if self.plain else _ALARM_MARK


def as_object(delivery: Heard, check: Check) -> dict[str, Any]:
    """The delivery for a machine; ``problem`` is there only when there is one."""
    payload = jsontext.load(delivery.payload)
    found = {"topic": delivery.topic, "retained": delivery.retained}
    if _is_cleared(delivery):
        return found | {"payload": None}
    if isinstance(payload, str):
        return found | {"payload": None, "problem": payload}
    problem = _problem(delivery, payload, check)
    return found | {"payload": payload} | ({} if problem is None else {"problem": problem})


def as_line(delivery: Heard, check: Check, style: Style) -> str:
    """The delivery for a person, on one line."""
    address = topics.parse(delivery.topic)
    if address is None:
        return f"{style.words('unknown_topic')}: {inert(delivery.topic, _FIELD)}"
    where = f"{inert(address.site, _FIELD)}/{inert(address.gate, _FIELD)}"
    when, text = _told(delivery.payload, address, style)
    notes = _notes(delivery, address, check, style)
    return "  ".join(part for part in (when or " " * 8, where, text, *notes) if part)


def _told(payload: bytes, address: Address, style: Style) -> tuple[str, str]:
    if address.leaf == topics.AVAILABILITY:
        return "", _presence(payload, style)
    standing = tell(address.leaf, payload, style.words)
    return _event(payload, style) if standing is None else ("", standing)


def _presence(payload: bytes, style: Style) -> str:
    found = availability.decode(payload)
    if isinstance(found, envelope.NotAnEvent):
        return _rubbish(found, style)
    text = inert(style.words(found.state), _FIELD)
    since = moment(found.since)
    return style.paint(text, "1") + (f" ({since})" if since else "")


def _event(payload: bytes, style: Style) -> tuple[str, str]:
    found = envelope.decode(payload)
    if isinstance(found, envelope.NotAnEvent):
        return "", _rubbish(found, style)
    name = found.type.removeprefix("gate.").removesuffix(f".{VERSION}")
    return found.time.astimezone().strftime("%H:%M:%S"), story(name, found, style)


def _rubbish(found: envelope.NotAnEvent, style: Style) -> str:
    return style.paint(f"{style.words('no_event')}: {inert(found.problem, _FIELD)}", _WARNING)


def story(name: str, found: envelope.Received, style: Style) -> str:
    """What an event of this name says, without its time and place."""
    if name in _VISITS:
        return _visit(name.removeprefix("access."), found.data, style)
    told = fact(name, found.data, style.words)
    if told is None:
        return f"{style.words('unknown_type')}: {inert(found.type, _FIELD)}"
    return style.paint(f"{style.alarm_mark}{told}", _WARNING) if name in _ALARMS else told


def _visit(result: str, data: Mapping[str, Any], style: Style) -> str:
    colour = data.get("colour")
    word = inert(style.words("no_colour" if colour is None else colour), _FIELD)
    painted = style.paint(f"{style.mark(result)}{word:<9}", _COLOURS.get(colour) if isinstance(colour, str) else None)
    officer = data.get("officer_reason")
    told = f" ({inert(officer, _FIELD)})" if isinstance(officer, str) else ""
    told += f", {style.words('attested')}" if data.get("attestation") is not None else ""
    told += f", {style.words('passback_noted')}" if data.get("passback") is True else ""
    told += f", {style.words('unmonitored')}" if data.get("passage") == "unknown" else ""
    return (
        f"{painted}  {style.words(result)}  {_word(data, 'reason', style)}, "
        f"{_word(data, 'opened_by', style)}{told}  #{_text(data, 'visit')}"
    )


def _notes(delivery: Heard, address: Address, check: Check, style: Style) -> list[str]:
    payload = jsontext.load(delivery.payload)
    if isinstance(payload, str):
        return []
    is_event = address.leaf.startswith(("evt/", topics.LIVE))
    data = payload.get("data")
    facts = data if isinstance(data, dict) else {}
    notes = [
        f"[{style.words(word)}]"
        for word, holds in (
            ("drill", facts.get("drill") is True),
            ("was_offline", facts.get("offline") is True),
            ("clock_unset", facts.get("clock") == "unset"),
            ("provisional", facts.get("provisional") is True),
        )
        if holds
    ]
    if is_event and payload.get("source") != f"gate/{VERSION}/{address.site}/{address.gate}":
        notes.append(style.paint(f"[{style.words('other_source')}]", _WARNING))
    problem = _problem(delivery, payload, check)
    if problem is not None:
        notes.append(style.paint(f"[{style.words('breaks_schema')}: {inert(problem, 2 * _FIELD)}]", _WARNING))
    return notes


def _problem(delivery: Heard, payload: dict[str, Any], check: Check) -> str | None:
    """What the schema of the message has against it; a message of an unknown type breaks none."""
    channel = contract.channel_of(delivery.topic)
    if channel is None or channel.name.startswith("evt_"):
        return check(f"urn:gate:{VERSION}:{_schema_of(payload)}", payload)
    if channel.name == topics.LIVE:
        return check(f"urn:gate:{VERSION}:{_live_schema_of(payload)}", payload)
    return check(f"urn:gate:{VERSION}:{channel.schemas[0] if channel.schemas else ''}", payload)


def _schema_of(payload: dict[str, Any]) -> str:
    type_ = payload.get("type")
    name = type_.removeprefix("gate.").removesuffix(f".{VERSION}") if isinstance(type_, str) else ""
    return envelope.schema_of(name)


def _live_schema_of(payload: dict[str, Any]) -> str:
    data = payload.get("data")
    return topics.LIVE if isinstance(data, dict) and "provisional" in data else _schema_of(payload)


def _is_cleared(delivery: Heard) -> bool:
    address = topics.parse(delivery.topic)
    return not delivery.payload and address is not None and address.leaf.startswith(f"{topics.ALARM}/")


def _word(data: Mapping[str, Any], name: str, style: Style) -> str:
    return inert(style.words(data.get(name)), _FIELD)


def _text(data: Mapping[str, Any], name: str) -> str:
    return inert(str(data.get(name, "?")), _FIELD)
