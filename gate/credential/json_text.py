"""Strict JSON (RFC 8259) from bytes: unique names, finite numbers, bounded objects. Anything else is malformed."""

from __future__ import annotations

import json
from typing import NoReturn

from gate.credential.errors import MalformedError

MAX_OBJECTS = 1000
"""A bundle of ten doses has about 60."""


class _Objects:
    """Builds objects, and counts them."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_OBJECTS

    def build(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        self.left -= 1
        if self.left < 0:
            raise MalformedError("the JSON text has more objects than any that is needed")
        found = dict(pairs)
        if len(found) != len(pairs):
            raise MalformedError("a name stands twice in one JSON object")
        return found


def decode_object(raw: bytes) -> dict[str, object]:
    """The object of a JSON text in UTF-8. Raises ``MalformedError``."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_Objects().build, parse_constant=_refuse_constant)
    except MalformedError:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedError("not well-formed JSON, or deeper or longer than allowed") from error
    if not isinstance(value, dict):
        raise MalformedError("the JSON text is not an object")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise MalformedError("a JSON number that is not finite")
