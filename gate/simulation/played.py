"""A visit that was played: what was seen of it, and what was not as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gate.simulation.observer import LineChange


@dataclass(frozen=True, slots=True)
class Seen:
    """What one visit led to."""

    picture: str
    events: tuple[dict[str, Any], ...]
    """The access events that the centre received, in order."""
    lines: tuple[LineChange, ...]
    quiet: bool
    """Whether the door came to rest again in time: strike secured, everything dark."""

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """Result and reason of each event."""
        return tuple((event["type"].split(".")[2], event["data"]["reason"]) for event in self.events)


@dataclass(frozen=True, slots=True)
class Played:
    """A visit that was played, and what was not as expected."""

    story: str
    seen: Seen
    problems: tuple[str, ...]
    judged: bool = True
    """Whether anything was expected."""
