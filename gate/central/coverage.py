"""How far the gates have come: planned, installed, alive, used, and with an officer, by office and in all. Pure.

Every office of the registry is planned, also one of which nobody has said how many gates it is to have; of the other
sorts an office counts as soon as one of its gates does. A gate that is away for good counts nowhere, and neither does
one that the registry does not know; those are named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gate.central.archive import Use
from gate.central.registry import Gate, Registry, Site

Uses = Mapping[tuple[str, str], Use]
"""By site and gate."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Gates of an office, or offices, of each sort."""

    planned: int = 0
    installed: int = 0
    alive: int = 0
    used: int = 0
    officer: int = 0

    def plus(self, other: Numbers) -> Numbers:
        """Both together."""
        return Numbers(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def offices(self) -> Numbers:
        """One office, and 1 for each other sort of which it has a gate."""
        return replace(Numbers(*(int(getattr(self, one.name) > 0) for one in fields(self))), planned=1)


@dataclass(frozen=True, slots=True)
class Heard:
    """Gates, by site and gate, that have ever said anything, and those that are there now."""

    ever: Collection[tuple[str, str]]
    alive: Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """By office, in the order of the registry; and all gates, and all offices."""

    sites: Mapping[str, Numbers]
    gates: Numbers
    offices: Numbers
    unknown: tuple[str, ...]
    """Gates that were heard, as site/gate, and are not in the registry."""


def day_of(zone: str, day: date | None, now: datetime) -> tuple[datetime, datetime]:
    """A local day in UTC, from midnight to midnight; without a ``day`` the one that it is now."""
    here = ZoneInfo(zone)
    local = now.astimezone(here).date() if day is None else day
    begin, end = (datetime.combine(one, time(), here).astimezone(UTC) for one in (local, local + timedelta(days=1)))
    return begin, end


def days(registry: Registry, day: date | None, now: datetime) -> Mapping[str, tuple[datetime, datetime]]:
    """The span of each time zone that an office is in."""
    return {site.timezone: day_of(site.timezone, day, now) for site in registry.sites.values()}


def coverage(registry: Registry, heard: Heard, uses: Mapping[str, Uses], today: Mapping[str, date]) -> Coverage:
    """``uses`` and ``today`` by the time zones of the offices."""
    gates_of = defaultdict[str, list[Gate]](list)
    for gate in registry.gates.values():
        gates_of[gate.site].append(gate)
    sites = {
        site.id: _of_site(site, gates_of[site.id], heard.alive, uses.get(site.timezone, {}), today[site.timezone])
        for site in registry.sites.values()
    }
    gates, offices = Numbers(), Numbers()
    for numbers in sites.values():
        gates, offices = gates.plus(numbers), offices.plus(numbers.offices())
    known = {(one.site, one.id) for one in registry.gates.values()}
    unknown = tuple(sorted(f"{site}/{gate}" for site, gate in set(heard.ever) - known))
    return Coverage(sites, gates, offices, unknown)


def _of_site(site: Site, there: Sequence[Gate], alive: Collection[tuple[str, str]], uses: Uses, today: date) -> Numbers:
    there = [one for one in there if not one.is_retired(today)]
    places = [(one.site, one.id) for one in there]
    used = [uses[place] for place in places if place in uses]
    return Numbers(
        planned=max(site.planned_gates, len(there)),
        installed=sum(one.is_installed(today) for one in there),
        alive=sum(place in alive for place in places),
        used=sum(one.visits > 0 for one in used),
        officer=sum(one.officer for one in used),
    )
