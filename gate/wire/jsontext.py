"""JSON as the contract writes and reads it: canonical out, bounded and without exceptions in. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

MAX_BYTES = 64 * 1024
"""A longer message is none of ours."""
_SPACES = frozenset(" \t\n\r")
"""What JSON allows between values."""


class _NotStandardError(ValueError):
    """A number that JSON does not know, or a name given twice."""


def dump(value: Any) -> bytes:
    """Sorted keys, no spaces, only ASCII: equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def load(body: bytes) -> dict[str, Any] | str:
    """The object in the bytes, or what is wrong with them."""
    if len(body) > MAX_BYTES:
        return f"longer than {MAX_BYTES} bytes"
    value = load_any(body)
    return value if isinstance(value, dict | str) else "not a JSON object"


def load_any(body: bytes) -> dict[str, Any] | list[Any] | str:
    """The object or the list in the bytes, of any length, or what is wrong with them."""
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        return _told(error)
    return value if isinstance(value, dict | list) else "not a JSON object"


def load_list(body: bytes) -> list[tuple[bytes, Any]] | str:
    """The values of the list in the bytes, each behind its own bytes as they stand there, or what is wrong."""
    try:
        return list(_values(body.decode("utf-8")))
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        return _told(error)


def _values(text: str) -> Iterator[tuple[bytes, Any]]:
    at = _after(text, 0, "[")
    if text[at : at + 1] == "]":
        _end(text, at)
        return
    while True:
        value, end = _DECODER.raw_decode(text, at)
        yield text[at:end].encode(), value
        at = _skip(text, end)
        if text[at : at + 1] == "]":
            _end(text, at)
            return
        at = _after(text, at, ",")


def _after(text: str, at: int, sign: str) -> int:
    """Where the next value begins, behind this sign."""
    at = _skip(text, at)
    if text[at : at + 1] != sign:
        raise _NotStandardError(f"no list: {sign} is expected at {at}")
    return _skip(text, at + 1)


def _end(text: str, at: int) -> None:
    if _skip(text, at + 1) != len(text):
        raise _NotStandardError("more follows the list")


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in _SPACES:
        at += 1
    return at


def _told(error: ValueError) -> str:
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else f"not JSON: {error}"


def _refuse(name: str) -> NoReturn:
    raise _NotStandardError(f"{name} is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits[:20])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotStandardError("a name is given twice")
    return found


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)
