"""Who went through this gate lately, read from its journal at the start: anti-passback survives a restart.

It is not part of the memory, which is written with every event; the events themselves say all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from gate.access.alarm import AlarmKind
from gate.policy.occupancy import Occupancy
from gate.policy.passback import MOST, Crossing, Crossings, Way
from gate.policy.site import Direction, SitePolicy
from gate.ports import Journal, Record
from gate.wire import envelope
from gate.wire.envelope import Received, type_of

LOOKED_BACK = 2 * MOST
"""Records; a passage has two, and bounds the start of a busy gate."""


def crossings_of(journal: Journal, site: SitePolicy) -> Crossings:
    """The newest crossing of each visitor; none where the site has no use for it."""
    return fold(reversed(journal.newest(LOOKED_BACK)), site) if site.shares else Crossings()


def fold(records: Iterable[Record], site: SitePolicy) -> Crossings:
    """The crossings that these records tell of, the oldest record first."""
    told = _Told(site.gate, site.occupancy)
    for record in records:
        found = envelope.decode(record.body)
        if isinstance(found, Received) and found.type in _STEPS:
            _STEPS[found.type](told, found)
    return told.crossings


@dataclass(slots=True)
class _Told:
    """What the records up to one have told."""

    gate: str
    occupancy: Occupancy
    period: date | None = None
    """The one that the newest check-out began."""
    crossings: Crossings = field(default_factory=Crossings)
    awaited: dict[int, Crossing] = field(default_factory=dict)

    def granted(self, found: Received) -> None:
        """Somebody was let in; without a door monitor that is all there will be."""
        data = found.data
        crossing = self._crossing(data, _fields(data, "credential"), found.time)
        if crossing is None:
            return
        if data.get("passage") == "awaited":
            self.awaited[crossing.visit] = crossing
        else:
            self._crossed(crossing)

    def taken(self, found: Received) -> None:
        crossing = self.awaited.pop(_number(found.data), None)
        if crossing is not None:
            self._crossed(replace(crossing, utc=found.time))

    def not_taken(self, found: Received) -> None:
        self.awaited.pop(_number(found.data), None)

    def checked_out(self, found: Received) -> None:
        self.period = self.occupancy.period(found.time)

    def reset(self, found: Received) -> None:
        """The officer forgot one visitor, or all of them."""
        fp, epoch = found.data.get("fp"), found.data.get("epoch")
        if isinstance(fp, str) and isinstance(epoch, str):
            self._crossed(Crossing(fp, epoch, Way.OUT, found.time, self.gate, known=True))
        else:
            newest = max((one.utc for one in self.crossings.newest.values()), default=found.time)
            self.crossings = self.crossings.forgotten(max(newest, found.time))

    def alarmed(self, found: Received) -> None:
        """The pair that this visit made was told already."""
        if found.data.get("kind") == AlarmKind.PASSBACK:
            visit = _number(found.data)
            newest = {
                fp: replace(one, known=True) if one.visit == visit else one for fp, one in self.crossings.newest.items()
            }
            self.crossings = replace(self.crossings, newest=newest)

    def _crossing(self, data: Mapping[str, Any], ref: Mapping[str, Any], time: datetime) -> Crossing | None:
        """What the gate knew of the others, it knew while it was connected."""
        fp, epoch = ref.get("fp"), ref.get("epoch")
        way = next((one.way for one in Direction if one.value == data.get("direction")), None)
        if not isinstance(fp, str) or not isinstance(epoch, str) or way is None or data.get("drill") is not False:
            return None
        known = data.get("passback") is True or data.get("offline") is False
        return Crossing(fp, epoch, way, time, self.gate, _number(data), known)

    def _crossed(self, crossing: Crossing) -> None:
        begun = replace(crossing, utc=self.occupancy.within(crossing.utc, self.period))
        self.crossings = self.crossings.with_([self.crossings.later(begun)])


_STEPS = {
    type_of("access.granted"): _Told.granted,
    type_of("access.taken"): _Told.taken,
    type_of("access.not_taken"): _Told.not_taken,
    type_of("access.passage_unknown"): _Told.not_taken,
    type_of("access.passback_reset"): _Told.reset,
    type_of("system.checked_out"): _Told.checked_out,
    type_of("alarm.raised"): _Told.alarmed,
}


def _fields(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _number(data: Mapping[str, Any]) -> int:
    visit = data.get("visit")
    return visit if type(visit) is int else 0
