"""The core's values to JSON bytes and back: for the memory beside the journal and for the signal log.

Reading is strict: what would not be written the same way again is refused.  Only a field that has a default may be
missing, so that a memory from before the field was added can still be read.
"""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, TypeVar, get_args

from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.json import make_converter

from gate.access.command import Task, Work
from gate.access.effects import Effect, Lease
from gate.access.events import Event
from gate.access.orders import Order
from gate.access.signals import Signal
from gate.access.site_notes import SiteNote
from gate.credential.health import HealthStatement
from gate.credential.model import Facts, PassFacts, Verdict, Verified

T = TypeVar("T")

_CONVERTER = make_converter(detailed_validation=False, unstruct_collection_overrides={AbstractSet: sorted})


def tagged(union: Any, default: Any = None) -> None:
    """Make a union of dataclasses known: each value then says in ``is`` which class it is of, or is of ``default``.

    How a class is written is worked out when the first of its values is, so that a start does not wait for all of them.
    """
    classes = {kind.__name__: kind for kind in get_args(union)}

    def structured(given: Any, _: Any) -> Any:
        fields = dict(given)
        kind = classes[fields.pop("is")] if default is None or "is" in fields else default
        return _CONVERTER.get_structure_hook(kind)(fields, kind)

    def unstructured(value: Any) -> Any:
        kind = type(value)
        return {**_CONVERTER.get_unstructure_hook(kind)(value), "is": kind.__name__}

    _CONVERTER.register_structure_hook(union, structured)
    _CONVERTER.register_unstructure_hook(union, unstructured)


tagged(HealthStatement)
tagged(Facts, default=PassFacts)  # as a log has it from before there were others
for _union in (Verdict, Order, Work, Task, Lease, Event, SiteNote, Signal, Effect):
    tagged(_union)


@_CONVERTER.register_structure_hook
def _aware(text: Any, _: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} does not say in which time zone")
    return moment


_UNWRITTEN = override(omit=True)  # a certificate's payload never leaves the reader
_CONVERTER.register_unstructure_hook(Verified, make_dict_unstructure_fn(Verified, _CONVERTER, document=_UNWRITTEN))
_CONVERTER.register_structure_hook(Verified, make_dict_structure_fn(Verified, _CONVERTER, document=_UNWRITTEN))


def encode(value: object, kind: Any) -> bytes:
    """The value, which is of this type or union, as compact JSON."""
    return json.dumps(_CONVERTER.unstructure(value, kind), separators=(",", ":"), sort_keys=True).encode()


def decode(data: bytes, kind: type[T]) -> T:
    """The value of this type; ``ValueError`` for anything that ``encode`` did not make of it."""
    try:
        given = json.loads(data)
        value = _CONVERTER.structure(given, kind)
        same = _within(given, json.loads(encode(value, kind)))
    except ValueError:
        raise
    except Exception as error:  # cattrs raises as its hooks do
        raise ValueError(f"not a {_named(kind)}: {error}") from error
    if not same:
        raise ValueError(f"not a {_named(kind)} as this version writes it")
    return value


def _within(given: Any, written: Any) -> bool:
    """Whether all that is given is written the same way again."""
    if isinstance(given, dict) and isinstance(written, dict):
        return given.keys() <= written.keys() and all(_within(given[key], written[key]) for key in given)
    if isinstance(given, list) and isinstance(written, list):
        return len(given) == len(written) and all(map(_within, given, written))
    return type(given) is type(written) and bool(given == written)


def _named(kind: Any) -> str:
    return getattr(kind, "__name__", "line")
