"""Strict JSON (RFC 8259) from bytes: unique names, finite numbers, no more of anything than is needed.

Anything else is ``MalformedError``.
"""

from __future__ import annotations

import json
import math
from typing import NoReturn

from gate.credential.errors import MalformedError

MAX_OBJECTS = 2000
MAX_ARRAYS = 4000
MAX_NUMBERS = 1000
"""In one text: the largest public card has 600 objects and 110 numbers. Brackets in strings count as arrays too."""

_MAX_DIGITS = 32


class _Builder:
    """Makes objects and numbers of their text, and counts them."""

    __slots__ = ("numbers", "objects")

    def __init__(self) -> None:
        self.objects = MAX_OBJECTS
        self.numbers = MAX_NUMBERS

    def build(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        self.objects -= 1
        if self.objects < 0:
            raise MalformedError("the JSON text has more objects than any that is needed")
        found = dict(pairs)
        if len(found) != len(pairs):
            raise MalformedError("a name stands twice in one JSON object")
        return found

    def whole(self, text: str) -> int:
        self._count(text)
        return int(text)

    def fraction(self, text: str) -> float:
        self._count(text)
        value = float(text)
        return value if math.isfinite(value) else _refuse_constant(text)

    def _count(self, text: str) -> None:
        self.numbers -= 1
        if self.numbers < 0 or len(text) > _MAX_DIGITS:
            raise MalformedError("the JSON text has more or longer numbers than any that is needed")


def decode_object(raw: bytes) -> dict[str, object]:
    """The object of a JSON text in UTF-8. Raises ``MalformedError``."""
    if raw.count(b"[") > MAX_ARRAYS:
        raise MalformedError("the JSON text has more arrays than any that is needed")
    builder = _Builder()
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=builder.build,
            parse_int=builder.whole,
            parse_float=builder.fraction,
            parse_constant=_refuse_constant,
        )
    except MalformedError:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedError("not well-formed JSON, or deeper or longer than allowed") from error
    if not isinstance(value, dict):
        raise MalformedError("the JSON text is not an object")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise MalformedError("a JSON number that is not finite")
