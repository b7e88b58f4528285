"""Which offices and gates there are, or are to be: what the centre knows before any of them has said a word. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gate.wire import topics


@dataclass(frozen=True, slots=True)
class Site:
    """An office. ``planned_gates``: how many it is to have, and ``planned`` by which day."""

    id: str
    name: str
    district: str = ""
    timezone: str = "Asia/Jakarta"
    planned_gates: int = 0
    planned: date | None = None
    capacity: int | None = None
    """How many visitors may be inside; None where nobody counts."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate of an office. Its id is its name at the broker and in its certificate, so no other gate has it."""

    id: str
    site: str
    name: str = ""
    planned: date | None = None
    installed: date | None = None
    retired: date | None = None

    @property
    def source(self) -> str:
        """Where it speaks, and the source of its events."""
        return f"gate/{topics.VERSION}/{self.site}/{self.id}"

    def is_installed(self, today: date) -> bool:
        """Whether it is to be at its door on this day."""
        return self.installed is not None and self.installed <= today and not self.is_retired(today)

    def is_retired(self, today: date) -> bool:
        """Whether it is away for good on this day."""
        return self.retired is not None and self.retired <= today


@dataclass(frozen=True, slots=True)
class Registry:
    """All of them, by id, in the order of their ids."""

    sites: Mapping[str, Site] = field(default_factory=dict)
    gates: Mapping[str, Gate] = field(default_factory=dict)

    @classmethod
    def of(cls, sites: Iterable[Site], gates: Iterable[Gate]) -> Registry:
        """A registry of these, whose ids are their own."""
        ordered_sites, ordered_gates = sorted(sites, key=lambda one: one.id), sorted(gates, key=lambda one: one.id)
        return cls({one.id: one for one in ordered_sites}, {one.id: one for one in ordered_gates})

    def gates_of(self, site: str) -> tuple[Gate, ...]:
        """The gates of an office, in order."""
        return tuple(one for one in self.gates.values() if one.site == site)
