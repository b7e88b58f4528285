"""What staff ask for, made of the records: one row a visit, one row an alarm. Pure.

Rules: ``of`` gives what one record says; ``merged`` puts two such parts together. In which order records come, and how
often, makes no difference, so that rows may be filled as records arrive and be made again from all of them. A record
that is not as the contract says gives nothing, and every text is bounded and printable whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from gate.access.events import AccessResult, AlarmStep, Passage
from gate.wire import envelope
from gate.wire.envelope import NotAnEvent, Received, type_of

MOST_TEXT: Final = 120
_MOST_NUMBER: Final = 2**53

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Story:
    """How far a visit has come, as the newest record of it says."""

    result: str
    at: datetime
    colour: str | None
    outcome: str
    reason: str
    rule: str
    kind: str | None
    """Of the credential; None where there was none."""
    issuer: str | None
    fp: str | None
    """The visitor's pseudonym, good within ``epoch``."""
    epoch: str | None
    direction: str
    opened_by: str
    officer: str | None
    officer_reason: str | None
    passback: bool
    drill: bool
    clock: str

    @property
    def ended(self) -> datetime | None:
        """None while the visitor waits."""
        return None if self.result == AccessResult.HELD else self.at


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a journal. ``first``, ``told`` and ``passed`` are the records that say so; 0 where none does yet."""

    number: int
    first: int
    begun: datetime
    told: int = 0
    story: Story | None = None
    passed: int = 0
    passage: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What an alarm is about, as the newest record of it says."""

    kind: str
    detail: str
    visit: int | None
    silent: bool
    drill: bool
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of a journal, and when it came how far; ``told`` is the newest record of it."""

    number: int
    told: int
    about: About
    begun: datetime
    """The earliest time that any record of it has."""
    raised: datetime | None = None
    escalated: datetime | None = None
    acknowledged: datetime | None = None
    followed_up: datetime | None = None
    cleared: datetime | None = None
    followed: int = 0
    """The record that ``outcome`` is of."""
    outcome: str | None = None


def of(seq: int, body: bytes) -> Visit | Alarm | None:
    """What a record says of a visit or an alarm; None when it is about neither. Never raises."""
    found = envelope.decode(body)
    if isinstance(found, NotAnEvent):
        return None
    read = _READERS.get(found.type)
    return None if read is None else read(seq, found)


def merged(one: Visit, other: Visit) -> Visit:
    """What both say of the same visit; of two that speak of the same record the ``other`` counts."""
    begin = min(other, one, key=lambda each: each.first)
    story = max(other, one, key=lambda each: each.told)
    way = max(other, one, key=lambda each: each.passed)
    return replace(story, first=begin.first, begun=begin.begun, passed=way.passed, passage=way.passage)


def merged_alarm(one: Alarm, other: Alarm) -> Alarm:
    """What both say of the same alarm."""
    newest = max(other, one, key=lambda each: each.told)
    outcome = max(other, one, key=lambda each: each.followed)
    return replace(
        newest,
        begun=min(one.begun, other.begun),
        raised=_earlier(one.raised, other.raised),
        escalated=_earlier(one.escalated, other.escalated),
        acknowledged=_earlier(one.acknowledged, other.acknowledged),
        followed_up=_earlier(one.followed_up, other.followed_up),
        cleared=_earlier(one.cleared, other.cleared),
        followed=outcome.followed,
        outcome=outcome.outcome,
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _visit(seq: int, found: Received) -> Visit | None:
    number = _number(found.data.get("visit"))
    if number is None:
        return None
    passage = _text(found.data.get("passage"))
    return Visit(number, seq, found.time, seq, _story(found), seq, passage)


def _passage(seq: int, found: Received) -> Visit | None:
    number = _number(found.data.get("visit"))
    passage = _text(found.data.get("passage"))
    return None if number is None or passage is None else Visit(number, seq, found.time, passed=seq, passage=passage)


def _story(found: Received) -> Story:
    data = found.data
    credential, rule = _object(data, "credential"), _object(data, "rule")
    return Story(
        result=_name_of(found),
        at=found.time,
        colour=_text(data.get("colour")),
        outcome=_text(data.get("outcome")) or "",
        reason=_text(data.get("reason")) or "",
        rule=_text(rule.get("id")) or "",
        kind=_text(credential.get("kind")),
        issuer=_text(credential.get("issuer")),
        fp=_text(credential.get("fp")),
        epoch=_text(credential.get("epoch")),
        direction=_text(data.get("direction")) or "",
        opened_by=_text(data.get("opened_by")) or "",
        officer=_text(data.get("officer")),
        officer_reason=_text(data.get("officer_reason")),
        passback=data.get("passback") is True,
        drill=data.get("drill") is True,
        clock=_text(data.get("clock")) or "",
    )


def _alarm(seq: int, found: Received) -> Alarm | None:
    data, number = found.data, _number(found.data.get("alarm"))
    if number is None:
        return None
    about = About(
        kind=_text(data.get("kind")) or "",
        detail=_text(data.get("detail")) or "",
        visit=_number(data.get("visit")),
        silent=data.get("silent") is True,
        drill=data.get("drill") is True,
        acknowledged_by=_text(data.get("acknowledged_by")),
    )
    told = Alarm(number, seq, about, found.time)
    match _name_of(found):
        case AlarmStep.RAISED:
            return replace(told, raised=found.time)
        case AlarmStep.ESCALATED:
            return replace(told, escalated=found.time)
        case AlarmStep.ACKNOWLEDGED:
            return replace(told, acknowledged=found.time)
        case AlarmStep.FOLLOWED_UP:
            return replace(told, followed_up=found.time, followed=seq, outcome=_text(data.get("outcome")))
        case _:
            return replace(told, cleared=found.time)


def _name_of(found: Received) -> str:
    """``granted`` for the type ``gate.access.granted.v1``."""
    return found.type.split(".")[2]


_READERS: Final[Mapping[str, Callable[[int, Received], Visit | Alarm | None]]] = {
    **{type_of(f"access.{one}"): _visit for one in AccessResult},
    **{type_of(f"access.{one}"): _passage for one in (Passage.TAKEN, Passage.NOT_TAKEN)},
    type_of("access.passage_unknown"): _passage,
    **{type_of(f"alarm.{one}"): _alarm for one in AlarmStep},
}

TYPES: Final = tuple(_READERS)
"""The types of record that say something of a visit or an alarm."""


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= _MOST_NUMBER else None


def _text(value: object) -> str | None:
    """No control character, no half of a surrogate pair, no NUL: what any database keeps and any terminal shows."""
    if not isinstance(value, str):
        return None
    kept = value[:MOST_TEXT]
    return kept if kept.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in kept)


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}
