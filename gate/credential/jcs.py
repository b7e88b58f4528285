"""JSON in its canonical form (RFC 8785), as far as seals need it: objects, arrays, texts, whole numbers and literals.

Fractions and names outside ASCII are refused: no seal has them, and their rules are where implementations differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from gate.credential.errors import MalformedError

MAX_DEPTH = 12
_MOST = 2**53


def encode(value: Mapping[str, object]) -> bytes:
    """The canonical bytes of an object as ``json_text`` reads it. Raises ``MalformedError``."""
    _require_plain(value)
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    except ValueError:
        raise MalformedError("a JSON text that is not Unicode") from None


def _require_plain(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [part for one in level for part in _parts(one)]
        if not level:
            return
    raise MalformedError("the JSON text is nested deeper than any that is needed")


def _parts(value: object) -> list[object]:
    """What is directly in a value that is of the plain sorts."""
    if isinstance(value, Mapping):
        if not all(name.isascii() for name in value):
            raise MalformedError("a JSON name outside ASCII")
        return list(value.values())
    if isinstance(value, list):
        return value
    if isinstance(value, float) or (isinstance(value, int) and not -_MOST < value < _MOST):
        raise MalformedError("a JSON number that is not a whole one of 53 bits")
    return []
