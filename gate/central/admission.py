"""Who may speak: a gate that the registry has, under its own site. All others are set apart until it has them. Pure.

What was set apart is taken up in the order in which it came as soon as the registry knows its source, so that a gate
which was there before its entry loses nothing.
"""

from __future__ import annotations

from gate.central.arrivals import Arrived, Wrong
from gate.central.findings import FindingKind
from gate.central.registry import Registry
from gate.wire import topics

STRANGE = (FindingKind.UNKNOWN_GATE, FindingKind.FOREIGN_SITE)
"""The kinds of what is set apart for its source alone."""

_PROBLEM = {
    FindingKind.UNKNOWN_GATE: "the registry has no gate of this name",
    FindingKind.FOREIGN_SITE: "the registry has the gate of this name at another office",
}


def stranger(registry: Registry, source: str) -> FindingKind | None:
    """Why this source may not speak; None for one that may."""
    address = topics.parse(f"{source}/")
    gate = None if address is None else registry.gates.get(address.gate)
    if gate is None:
        return FindingKind.UNKNOWN_GATE
    return None if gate.source == source else FindingKind.FOREIGN_SITE


def admitted(
    registry: Registry, topic: str, payload: bytes, found: tuple[Arrived, ...] | Wrong
) -> tuple[Arrived, ...] | Wrong:
    """The same, if its source may speak; a message whose content is wrong stays wrong for that."""
    if isinstance(found, Wrong) or not found:
        return found
    kind = stranger(registry, found[0].journal.source)
    return found if kind is None else Wrong(topic, payload, _PROBLEM[kind], kind)
