"""Claims the lines as the service does, each at its level at rest.

A kernel that keeps the drive would leave a released strike released when a signal ends this program, as when an ssh
connection is lost; so those that can be caught end it in order.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gate.cli.checks.unit import Unit
from gate.ports import AdapterError
from gate.service.parts import secured_levels

ENDS = (signal.SIGHUP, signal.SIGTERM)


@contextmanager
def claiming(unit: Unit) -> Iterator[Any]:
    """A pin factory; at the end every output is at rest and free. Raises ``AdapterError``."""
    try:
        from gate.adapters.pins_gpiod.factory import GpiodFactory  # noqa: PLC0415  (its library is an extra)
    except ImportError as error:
        raise AdapterError(f"{error}: pip install 'gate[pi]'") from error
    revision = unit.ways.revision
    board = {} if revision is None else {"revision": revision}
    factory = GpiodFactory(secured_levels(unit.config), gpio=unit.ways.gpio(), **board)
    try:
        with _ended_in_order():
            factory.check()
            yield factory
    except OSError as error:
        raise AdapterError(str(error)) from error
    finally:
        factory.close()


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """For the main thread, which alone may."""
    before = {number: signal.signal(number, _end) for number in ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
