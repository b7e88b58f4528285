"""Claiming lines, with an error that says which line and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

import gpiozero

from gate.ports import AdapterError

Name = TypeVar("Name", bound=str)


def claimed(what: str, pin: int, claim: Callable[[], Any]) -> Any:
    """What ``claim`` makes. Raises ``AdapterError``."""
    try:
        return claim()
    except (gpiozero.GPIOZeroError, OSError, ValueError) as error:
        raise AdapterError(
            f"pin {pin} for {what} cannot be used: {error}. Is another program using it? Check [pins]."
        ) from error


def all_claimed(pins: Mapping[Name, int], claim: Callable[[Name, int], Any]) -> dict[Name, Any]:
    """All lines, or none. Raises ``AdapterError``."""
    lines: dict[Name, Any] = {}
    with ExitStack() as taken:
        for name, pin in pins.items():
            lines[name] = claimed(str(name), pin, partial(claim, name, pin))
            taken.callback(lines[name].close)
        taken.pop_all()
    return lines
