"""The values of CertLogic: JSON values and date-times, which of them are true, and which are the same.

A date-time is a ``datetime`` in UTC. An integer is what JavaScript counts exactly, also when it is written 2.0.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gate.policy.certlogic.budget import CertLogicError

LARGEST = 2**53 - 1
"""JavaScript's largest exact integer; the reference engine knows no larger one."""


def integer(value: Any) -> int | None:
    """The value as an integer; None for anything that is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST <= value <= LARGEST:
        return None
    return int(value) if value == int(value) else None


def truth(value: Any) -> bool | None:
    """Whether the value is truthy or falsy; None for those that are neither, such as fractions and date-times."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str | list | dict):
        return len(value) > 0
    number = integer(value)
    return None if number is None else number != 0


def same(one: Any, other: Any) -> bool:
    """Equality without coercion. Raises ``CertLogicError`` for two arrays, objects or date-times.

    For those the specification promises nothing, and the engines in use give different answers.
    """
    kind = _kind(one)
    if kind != _kind(other):
        return False
    if kind in _INCOMPARABLE:
        raise CertLogicError(f"two values of type {kind} cannot be compared for equality")
    return bool(one == other)


_INCOMPARABLE = frozenset({"array", "object", "date-time"})


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return next((name for type_, name in _KINDS if isinstance(value, type_)), "other")


_KINDS: tuple[tuple[Any, str], ...] = (
    (int | float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
    (datetime, "date-time"),
)
