"""The core's values to JSON bytes and back: for the memory beside the journal and for the signal log."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter
from cattrs.strategies import configure_tagged_union

from gate.access.effects import Effect, Lease
from gate.access.events import Event
from gate.access.signals import Signal
from gate.credential.model import Verdict

T = TypeVar("T")

_CONVERTER = make_converter(detailed_validation=False)


def tagged(union: Any) -> None:
    """Make a union of dataclasses known: each value then says in ``is`` which class it is of."""
    configure_tagged_union(union, _CONVERTER, tag_name="is")


for _union in (Verdict, Lease, Event, Signal, Effect):
    tagged(_union)


def encode(value: object, kind: Any) -> bytes:
    """The value, which is of this type or union, as compact JSON."""
    return json.dumps(_CONVERTER.unstructure(value, kind), separators=(",", ":"), sort_keys=True).encode()


def decode(data: bytes, kind: type[T]) -> T:
    """The value of this type; ``ValueError`` for anything that ``encode`` did not make of it."""
    try:
        return _CONVERTER.structure(json.loads(data), kind)
    except ValueError:
        raise
    except Exception as error:  # cattrs raises as its hooks do
        raise ValueError(f"not a {getattr(kind, '__name__', kind)}: {error}") from error
