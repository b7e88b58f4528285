"""Strict CBOR: one definite item of plain values, nothing after it. Anything else is ``MalformedError``.

cbor2 bounds depth and refuses duplicate keys and indefinite lengths. It also turns some two dozen tags into Python
objects and takes any value as a key; both are closed here. Sizes are bounded by the caller's input.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Collection, Mapping
from typing import NoReturn, TypeAlias

import cbor2

from gate.credential.errors import MalformedError

MAX_DEPTH = 8
MAX_VALUES = 1000
"""In one item, keys not counted: the largest public certificates have 40."""

Value: TypeAlias = "int | float | str | bytes | bool | list[Value] | dict[Key, Value] | None"
Key: TypeAlias = "int | str"

_PLAIN = frozenset((str, int, bytes, bool, type(None)))
_KEYS = frozenset((int, str))

_DECODED_BY_CBOR2 = (
    *(0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100),
    *(256, 258, 260, 261, 1004, 43000, 55799),
)


def _refuse_tag(_value: object, _immutable: bool) -> NoReturn:  # noqa: FBT001  (cbor2's callback)
    raise MalformedError("a CBOR tag that is not allowed here")


def _text_alone(value: object, _immutable: bool) -> object:  # noqa: FBT001  (cbor2's callback)
    if not isinstance(value, str):
        raise MalformedError("a CBOR date that is not a text")
    return value


Tags = Mapping[int, Callable[[object, bool], object]]
_REFUSED: Tags = dict.fromkeys(_DECODED_BY_CBOR2, _refuse_tag)
_DATES: Tags = {**_REFUSED, 0: _text_alone}


def encode(value: object) -> bytes:
    """The deterministic encoding: shortest forms, sorted keys."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, *, dates: bool = False, most: int = MAX_VALUES) -> Value:
    """The value of ``data``. Tags are refused everywhere; a format that has one takes its head off first.

    Only where ``dates`` says so may tag 0 mark a text as a date (RFC 8949 3.4.1); it is then that text. ``most`` is
    how many values there may be.
    """
    value, size = decode_first(data, _DATES if dates else _REFUSED, most)
    if size != len(data):
        raise MalformedError("bytes follow the CBOR item")
    return value


def decode_first(data: bytes, tags: Tags = _REFUSED, most: int = MAX_VALUES) -> tuple[Value, int]:
    """The first value in ``data``, and how many bytes it takes."""
    stream = io.BytesIO(data)
    decoder = cbor2.CBORDecoder(
        stream,
        semantic_decoders=tags,
        max_depth=MAX_DEPTH,
        allow_indefinite=False,
        allow_duplicate_keys=False,
    )
    try:
        value: Value = decoder.decode()  # leaves the stream at the end of the item, however much it has read
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise MalformedError("not well-formed CBOR, or deeper or looser than allowed") from error
    _require_plain(value, most)
    return value, stream.tell()


def _require_plain(value: Value, most: int) -> None:
    """All values of ``value`` and inside it are of the plain sorts; without recursion, since it is the costly part."""
    count, waiting = 1, [value]
    for item in waiting:
        inside: Collection[Value]
        if type(item) is dict:
            if not _KEYS.issuperset(map(type, item)):
                raise MalformedError("a CBOR map key that is neither an integer nor text")
            inside = item.values()
        elif type(item) is list:
            inside = item
        else:
            _require_one_plain(item)
            continue
        count += len(inside)
        if count > most:
            raise MalformedError("the CBOR item holds more values than any that is needed")
        for one in inside:
            if type(one) not in _PLAIN:
                waiting.append(one)  # noqa: PERF401  (a comprehension costs more for so few)


def _require_one_plain(item: Value) -> None:
    """A value that is no container."""
    if type(item) is float:
        if not math.isfinite(item):
            raise MalformedError("a CBOR number that is not finite")
    elif type(item) not in _PLAIN:
        raise MalformedError("a CBOR value that is not allowed here")
