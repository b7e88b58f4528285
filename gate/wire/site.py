"""What the gates of one site tell one another: the messages under ``gate/<version>/<site>/site/<gate>``. Pure.

Rules: each gate speaks under its own name, and of itself alone; what is not exactly a message of this version is a
``NotANote`` with the reason, whoever sent it; every number, text and list is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from gate.access.site_notes import MOST_IN_SNAPSHOT, SiteNote, Snapshot
from gate.policy.occupancy import GateCount
from gate.policy.passback import Crossing, Way
from gate.wire import jsontext, topics
from gate.wire.envelope import timestamp
from gate.wire.topics import VERSION, Identity

CONTENT_TYPE = "application/json"
OCCUPANCY, CROSSING, CROSSINGS = "occupancy", "crossing", "crossings"
RETAINED = frozenset({OCCUPANCY, CROSSINGS})
AHEAD = timedelta(minutes=5)
"""How much later than this gate's clock another one's may be; a crossing of the far future would count for ever."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""A time outside these is nobody's, and local time and waits are added to all others without leaving the calendar."""

_MOST = 10**9
_FP = re.compile(r"(?:[0-9a-f]{2}){1,32}")
_EPOCH = re.compile(r"[0-9]{4}-W[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class NotANote:
    """A message that is none of a site's, and why."""

    problem: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one gate tells the others."""

    gate: str
    note: SiteNote


class _WrongError(ValueError):
    """A field that is not as it should be."""


def subscription(identity: Identity) -> str:
    """What to subscribe to for all that the site's gates tell."""
    return f"{_root(identity.site)}/#"


def topic_of(note: SiteNote, identity: Identity) -> str:
    """Where this gate tells it."""
    return f"{_root(identity.site)}/{identity.gate}/{_leaf(note)}"


def is_retained(note: SiteNote) -> bool:
    """Whether a gate that comes later hears it, too."""
    return _leaf(note) in RETAINED


def encode(note: SiteNote, identity: Identity) -> bytes:
    """The payload."""
    return jsontext.dump({"gate": identity.gate, **_fields(note)})


def decode(topic: str, payload: bytes, site: str, now: datetime | None) -> Told | NotANote:
    """Read a message of this site. Never raises. ``now`` is None while the clock is not set."""
    gate, slash, leaf = topic.removeprefix(f"{_root(site)}/").partition("/")
    if not topic.startswith(f"{_root(site)}/") or not slash or not topics.is_name(gate) or leaf not in _READERS:
        return NotANote("not a topic of this site")
    found = jsontext.load(payload)
    if isinstance(found, str):
        return NotANote(found)
    try:
        if found.pop("gate", None) != gate:
            return NotANote("it names another gate than its topic")
        return Told(gate, _READERS[leaf](found, gate, now))
    except (ValueError, OverflowError) as error:
        return NotANote(str(error))


def _root(site: str) -> str:
    return f"gate/{VERSION}/{site}/site"


def _leaf(note: SiteNote) -> str:
    match note:
        case GateCount():
            return OCCUPANCY
        case Crossing():
            return CROSSING
        case Snapshot():
            return CROSSINGS


def _fields(note: SiteNote) -> dict[str, Any]:
    match note:
        case GateCount():
            return _count_fields(note)
        case Crossing():
            return {"crossing": _crossing_fields(note)}
        case Snapshot():
            reset = None if note.reset is None else timestamp(note.reset)
            return {"reset": reset, "crossings": [_crossing_fields(one) for one in note.crossings]}


def _count_fields(count: GateCount) -> dict[str, Any]:
    return {
        "period": None if count.period is None else count.period.isoformat(),
        "entered": count.entered,
        "left": count.left,
        "corrected": count.corrected,
    }


def _crossing_fields(one: Crossing) -> dict[str, Any]:
    return {
        "fp": one.fp,
        "epoch": one.epoch,
        "way": one.way.value,
        "time": timestamp(one.utc),
        "visit": one.visit,
        "known": one.known,
    }


def _read_count(found: Mapping[str, Any], gate: str, _now: datetime | None) -> SiteNote:
    _exactly(found, {"period", "entered", "left", "corrected"})
    day = found["period"]
    period = None if day is None else date.fromisoformat(_text(day, _DAY, "period"))
    entered, left = (_number(found[name], 0, name) for name in ("entered", "left"))
    return GateCount(gate, period, entered, left, _number(found["corrected"], -_MOST, "corrected"))


def _read_crossing(found: Mapping[str, Any], gate: str, now: datetime | None) -> SiteNote:
    _exactly(found, {"crossing"})
    return _crossing(found["crossing"], gate, now)


def _read_snapshot(found: Mapping[str, Any], gate: str, now: datetime | None) -> SiteNote:
    _exactly(found, {"reset", "crossings"})
    crossings, reset = found["crossings"], found["reset"]
    if not isinstance(crossings, list) or len(crossings) > MOST_IN_SNAPSHOT:
        raise _WrongError(f"crossings is not a list of at most {MOST_IN_SNAPSHOT}")
    read = tuple(_crossing(one, gate, now) for one in crossings)
    return Snapshot(read, None if reset is None else _moment(reset, now, "reset"))


_READERS: dict[str, Callable[[Mapping[str, Any], str, datetime | None], SiteNote]] = {
    OCCUPANCY: _read_count,
    CROSSING: _read_crossing,
    CROSSINGS: _read_snapshot,
}


def _crossing(found: object, gate: str, now: datetime | None) -> Crossing:
    if not isinstance(found, dict):
        raise _WrongError("a crossing is not an object")
    _exactly(found, {"fp", "epoch", "way", "time", "visit", "known"})
    if not isinstance(found["known"], bool):
        raise _WrongError("known is neither true nor false")
    way = next((one for one in Way if one.value == found["way"]), None)
    if way is None:
        raise _WrongError("way is neither in nor out")
    return Crossing(
        fp=_text(found["fp"], _FP, "fp"),
        epoch=_text(found["epoch"], _EPOCH, "epoch"),
        way=way,
        utc=_moment(found["time"], now, "time"),
        gate=gate,
        visit=_number(found["visit"], 0, "visit"),
        known=found["known"],
    )


def _exactly(found: Mapping[str, Any], names: set[str]) -> None:
    if found.keys() != names:
        raise _WrongError(f"the fields are not: {', '.join(sorted(names))}")


def _text(value: object, pattern: re.Pattern[str], name: str) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise _WrongError(f"{name} is not of its form")
    return value


def _number(value: object, least: int, name: str) -> int:
    if type(value) is not int or not least <= value <= _MOST:
        raise _WrongError(f"{name} is no number in its bounds")
    return value


def _moment(value: object, now: datetime | None, name: str) -> datetime:
    moment = datetime.fromisoformat(_text(value, _TIME, name)).astimezone(UTC)
    if not EARLIEST <= moment <= LATEST:
        raise _WrongError(f"{name} is of no year in which a gate was or can be")
    if now is not None and moment > now + AHEAD:
        raise _WrongError(f"{name} is in the future")
    return moment
