"""What a configuration file looks like: its tables, what must hold between their keys, and where to find an example."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_type_hints

from gate.configuration.keys import keys_of

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Fault:
    """Keys that do not go together; the first is the one to mend. ``advice`` replaces that key's own."""

    keys: tuple[str, ...]
    reason: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Form(Generic[C]):
    """One kind of file. ``whole`` is a dataclass with one field for each table, in the order of the file."""

    whole: type[C]
    faults: Callable[[C, AbstractSet[str]], Iterable[Fault]]
    """What does not go together among the keys that are not in the set."""
    reader: str
    """Who has to be able to read the file."""
    example: str
    """The command that prints an example."""

    @property
    def tables(self) -> Mapping[str, type[Any]]:
        """The tables by name, in the order of the file."""
        return get_type_hints(self.whole)

    def advice(self) -> Mapping[str, str]:
        """What each key's description advises, by dotted name."""
        return {f"{name}.{one.name}": key.advice for name, table in self.tables.items() for one, key in keys_of(table)}
