"""How a configuration key is described: beside its field, in the field's metadata.

Rules: a key that measures something carries its unit in its name; the errors, ``config/gate.toml`` and
``gate show-config`` are all made from these descriptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

from gate.configuration.kinds import Kind


@dataclass(frozen=True, slots=True)
class Key:
    """What a person needs to know of one key. ``example`` stands in the example file where no default can."""

    meaning: str
    kind: Kind
    advice: str
    example: object = None


def key(meaning: str, kind: Kind, advice: str, example: object = None) -> dict[str, Key]:
    """The metadata of one field."""
    return {"key": Key(meaning, kind, advice, example)}


def keys_of(table: type[Any]) -> Iterator[tuple[Field[Any], Key]]:
    """The keys of one table, in the order of the file."""
    return ((one, one.metadata["key"]) for one in fields(table))


def is_required(one: Field[Any]) -> bool:
    """Whether the file must give it."""
    return one.default is MISSING
