"""How each gate stands, put together from what it said last and from what is kept of it. Pure.

What a gate says is taken as it comes and never believed to be of its form: what is not is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from gate.central.archive import JournalState, Report
from gate.wire import availability, jsontext, topics
from gate.wire.envelope import NotAnEvent

_MOST_WORDS = 20
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """One gate; None and empty where it has not said so."""

    site: str
    gate: str
    presence: str | None = None
    mode: str | None = None
    health: tuple[str, ...] = ()
    """What is wrong with the unit; empty where all is well."""
    version: str | None = None
    trust_version: int | None = None
    trust_issued: datetime | None = None
    certificate_until: datetime | None = None
    newest: datetime | None = None
    """When its newest record was made."""
    missing: int = 0
    """At most so many records are missing below the highest."""
    broken: bool = False
    """The chain of a journal does not hold somewhere."""


LEAVES = (topics.AVAILABILITY, topics.STATE, topics.INFO)
"""What of a gate's reports is looked at."""


def standing(place: tuple[str, str], reports: Mapping[str, Report], own: Sequence[JournalState]) -> Standing:
    """The gate at this site and of this name, from its own reports and journals."""
    told = Standing(*place, presence=presence_of(reports))
    state, info = _object(reports, topics.STATE), _object(reports, topics.INFO)
    trust = info.get("trust")
    trust = trust if isinstance(trust, dict) else {}
    version = trust.get("version")
    return replace(
        told,
        mode=_text(state.get("mode")),
        health=_words(state.get("health")),
        version=_text(info.get("version")),
        trust_version=version if type(version) is int else None,
        trust_issued=_moment(trust.get("issued")),
        certificate_until=_moment(info.get("certificate_until")),
        newest=max((one.newest for one in own if one.newest is not None), default=None),
        missing=sum(one.highest - one.whole_to for one in own),
        broken=any(one.broken_at is not None for one in own),
    )


def presence_of(reports: Mapping[str, Report]) -> str | None:
    """What is said of its being there."""
    report = reports.get(topics.AVAILABILITY)
    found = None if report is None else availability.decode(report.payload)
    return None if found is None or isinstance(found, NotAnEvent) else _text(found.state)


def _object(reports: Mapping[str, Report], leaf: str) -> Mapping[str, Any]:
    report = reports.get(leaf)
    found = {} if report is None else jsontext.load(report.payload)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) else None


def _words(value: object) -> tuple[str, ...]:
    found = value if isinstance(value, list) else []
    return tuple(one[:_LONGEST] for one in found[:_MOST_WORDS] if isinstance(one, str))


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if found is None or found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
