"""Strict CBOR: one definite item of plain values, nothing after it. Anything else is ``MalformedError``.

cbor2 bounds depth and refuses duplicate keys and indefinite lengths. It also turns some two dozen tags into Python
objects and takes any value as a key; both are closed here. Sizes are bounded by the caller's input.
"""

from __future__ import annotations

import io
import math
from typing import NoReturn, TypeAlias

import cbor2

from gate.credential.errors import MalformedError

MAX_DEPTH = 8

Value: TypeAlias = "int | float | str | bytes | bool | list[Value] | dict[Key, Value] | None"
Key: TypeAlias = "int | str"

_DECODED_BY_CBOR2 = (
    *(0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100),
    *(256, 258, 260, 261, 1004, 43000, 55799),
)


def _refuse_tag(_value: object, _immutable: bool) -> NoReturn:  # noqa: FBT001  (cbor2's callback)
    raise MalformedError("a CBOR tag that is not allowed here")


_REFUSED = dict.fromkeys(_DECODED_BY_CBOR2, _refuse_tag)


def encode(value: object) -> bytes:
    """The deterministic encoding: shortest forms, sorted keys."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes) -> Value:
    """The value of ``data``. Tags are refused everywhere; a format that has one takes its head off first."""
    stream = io.BytesIO(data)
    value = _decode_one(stream)
    if stream.tell() != len(data):
        raise MalformedError("bytes follow the CBOR item")
    _require_plain(value)
    return value


def _decode_one(stream: io.BytesIO) -> Value:
    decoder = cbor2.CBORDecoder(
        stream,
        semantic_decoders=_REFUSED,
        max_depth=MAX_DEPTH,
        allow_indefinite=False,
        allow_duplicate_keys=False,
        read_size=1,
    )
    try:
        value: Value = decoder.decode()
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise MalformedError("not well-formed CBOR, or deeper or looser than allowed") from error
    return value


def _require_plain(value: object) -> None:
    if isinstance(value, list):
        for item in value:
            _require_plain(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not int and type(key) is not str:
                raise MalformedError("a CBOR map key that is neither an integer nor text")
            _require_plain(item)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise MalformedError("a CBOR number that is not finite")
    elif not (value is None or isinstance(value, int | str | bytes)):
        raise MalformedError("a CBOR value that is not allowed here")
