"""Strict reading of JSON objects: the right keys with the right kinds of values, or a ``RuleError``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")

MOST_BYTES = 1024 * 1024
"""Of a file of rules or cases."""


class RuleError(ValueError):
    """A rule, a pack or a case cannot be used; the text says which part and why."""


def document(raw: bytes) -> Any:
    """The JSON in a file's bytes. Raises ``RuleError``."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise RuleError("it is not JSON") from None


class Fields:
    """The fields of one JSON object, each taken once; what is left at the end is unknown."""

    def __init__(self, document: Any, where: str) -> None:
        if not isinstance(document, Mapping):
            raise RuleError(f"{where} must be an object")
        self._left = dict(document)
        self._where = where

    def take(self, name: str, kind: type[T]) -> T:
        """A field that must be there. A truth value is no number."""
        if name not in self._left:
            raise RuleError(f"{self._where} lacks {name}")
        value = self._left.pop(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise RuleError(f"{name} of {self._where} must be {_NAMES[kind]}")
        return value

    def maybe(self, name: str, kind: type[T]) -> T | None:
        """A field that may be missing or null."""
        if self._left.get(name) is None:
            self._left.pop(name, None)
            return None
        return self.take(name, kind)

    def anything(self, name: str) -> Any:
        """A field that must be there and may hold any JSON."""
        if name not in self._left:
            raise RuleError(f"{self._where} lacks {name}")
        return self._left.pop(name)

    def texts(self, name: str, *, needed: bool = True) -> tuple[str, ...]:
        """A list of strings; one that is not needed may be left out."""
        items = self.take(name, list) if needed else self.maybe(name, list) or []
        if not all(isinstance(item, str) for item in items):
            raise RuleError(f"{name} of {self._where} must hold strings")
        return tuple(items)

    def end(self) -> None:
        """Refuse what nobody has taken."""
        if self._left:
            raise RuleError(f"{self._where} has the unknown field {min(map(str, self._left))[:64]!r}")


_NAMES: dict[Any, str] = {str: "a string", int: "an integer", bool: "true or false", list: "a list", dict: "an object"}
