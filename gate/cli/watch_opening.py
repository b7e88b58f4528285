"""How things stand when ``gate watch`` begins: open alarms first, then each office with its gates, those amiss first.

It is made of what the broker had kept. A kept alarm that its gate's state does not name any more is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gate.cli.inert import inert
from gate.cli.watch_lines import Check, Heard, Style, as_line
from gate.cli.watch_standing import tell
from gate.wire import availability, jsontext, topics
from gate.wire.availability import Presence
from gate.wire.envelope import NotAnEvent

_FIELD = 80
_FIRST = ("black", "duress", "forged", "emergency")
"""The kinds of alarm that come before the others."""

Place = tuple[str, str]


@dataclass(slots=True)
class Opening:
    """Takes what the broker had kept, message by message; ``lines`` is what there is to see then."""

    _kept: dict[Place, dict[str, Heard]] = field(default_factory=dict)
    _others: list[Heard] = field(default_factory=list)

    def add(self, heard: Heard) -> None:
        """A message that was kept; of one topic the last counts."""
        address = topics.parse(heard.topic)
        if address is None:
            self._others.append(heard)
        else:
            self._kept.setdefault((address.site, address.gate), {})[address.leaf] = heard

    def lines(self, check: Check, style: Style) -> Iterator[str]:
        """Nothing where nothing was kept."""
        alarms = [(place, heard) for place in sorted(self._kept) for heard in self._alarms(place)]
        for _, heard in sorted(alarms, key=_rank):
            yield as_line(heard, check, style)
        for site in sorted({site for site, _ in self._kept}):
            gates = sorted((place for place in self._kept if place[0] == site), key=lambda one: (self._well(one), one))
            yield self._heading(site, gates, style)
            yield from (self._gate_line(place, style) for place in gates)
        yield from (as_line(heard, check, style) for heard in self._others)

    def _alarms(self, place: Place) -> list[Heard]:
        """The open ones of a gate."""
        state = _object(self._kept[place], topics.STATE)
        open_, journal = state.get("alarms"), state.get("journal")
        found = []
        for leaf, heard in self._kept[place].items():
            told = jsontext.load(heard.payload)
            if leaf.startswith(f"{topics.ALARM}/") and isinstance(told, dict):
                over = told.get("journal") == journal and isinstance(open_, list) and told.get("alarm") not in open_
                found += [] if over else [heard]
        return found

    def _well(self, place: Place) -> bool:
        state = _object(self._kept[place], topics.STATE)
        return self._online(place) and not state.get("health") and not self._alarms(place)

    def _online(self, place: Place) -> bool:
        return _presence(self._kept[place]) == Presence.ONLINE

    def _heading(self, site: str, gates: Iterable[Place], style: Style) -> str:
        places, words = list(gates), style.words
        online, alarms = sum(map(self._online, places)), sum(len(self._alarms(place)) for place in places)
        told = f"{inert(site, _FIELD)}: {online} {words('of')} {len(places)} {words('gates_online')}"
        return style.paint(told + (f", {alarms} {words('alarms_open')}" if alarms else ""), "1")

    def _gate_line(self, place: Place, style: Style) -> str:
        kept, words = self._kept[place], style.words
        parts = [inert(words(_presence(kept) or "not_told"), _FIELD)]
        leaves = [leaf for leaf in (topics.STATE, topics.INFO) if leaf in kept]
        parts += [told for leaf in leaves if (told := tell(leaf, kept[leaf].payload, words))]
        return f"  {inert(place[1], _FIELD)}  {', '.join(parts)}"


def is_alarm(heard: Heard) -> bool:
    """Whether it tells of an alarm that begins or waits for somebody."""
    address, found = topics.parse(heard.topic), jsontext.load(heard.payload)
    if address is None or isinstance(found, str):
        return False
    return address.leaf.startswith(f"{topics.ALARM}/") or found.get("type") in _BEGIN


_BEGIN = frozenset({"gate.alarm.raised.v1", "gate.alarm.escalated.v1"})


def _rank(of: tuple[Place, Heard]) -> tuple[int, Place]:
    kind = _load(of[1]).get("kind")
    return (_FIRST.index(kind) if kind in _FIRST else len(_FIRST)), of[0]


def _presence(kept: Mapping[str, Heard]) -> str | None:
    heard = kept.get(topics.AVAILABILITY)
    found = None if heard is None else availability.decode(heard.payload)
    return None if found is None or isinstance(found, NotAnEvent) else found.state


def _object(kept: Mapping[str, Heard], leaf: str) -> Mapping[str, Any]:
    return _load(kept[leaf]) if leaf in kept else {}


def _load(heard: Heard) -> Mapping[str, Any]:
    found = jsontext.load(heard.payload)
    return found if isinstance(found, dict) else {}
