"""The paths that a rule looks at, held against the fields that there are: a slip of the pen would only be null."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gate.policy.facts import NOTHING

WITHIN_REDUCE: Mapping[str, Any] = {"accumulator": None, "current": None}


def unknown_paths(logic: Any, known: Mapping[str, Any] = NOTHING) -> Iterator[str]:
    """The paths of a well-formed expression that lead to nothing, whatever is shown."""
    if isinstance(logic, list):
        for part in logic:
            yield from unknown_paths(part, known)
    elif isinstance(logic, dict):
        ((name, operands),) = logic.items()
        if name == "var":
            yield from () if _leads_somewhere(operands, known) else (operands,)
        elif name == "reduce":
            yield from unknown_paths([operands[0], operands[2]], known)
            yield from unknown_paths(operands[1], WITHIN_REDUCE)
        else:
            yield from unknown_paths(operands, known)


def _leads_somewhere(path: str, known: Any) -> bool:
    for fragment in path.split(".") if path else ():
        if not isinstance(known, Mapping):
            return True  # within a list, or what reduce hands over
        if fragment not in known:
            return False
        known = known[fragment]
    return True
