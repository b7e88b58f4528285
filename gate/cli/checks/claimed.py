"""Claims the lines as the service does, each at its level at rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gate.cli.checks.unit import Unit
from gate.ports import AdapterError
from gate.service.parts import secured_levels


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
        factory.check()
        yield factory
    except OSError as error:
        raise AdapterError(str(error)) from error
    finally:
        factory.close()
