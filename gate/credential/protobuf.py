"""The two sorts of field that a ticket has, of Protocol Buffers' wire format: whole numbers and bytes.

A ticket has six fields, so reading them takes less than a library that would have to be on every gate.
Source: Protocol Buffers encoding (varint, length-delimited). Any other sort of field is refused.
"""

from __future__ import annotations

from gate.credential.errors import MalformedError

Value = int | bytes

_VARINT, _BYTES = 0, 2
_MOST_VARINT = 10
_WORD = 1 << 64
_SIGN = 1 << 63


def read(message: bytes) -> dict[int, Value]:
    """The fields by their number; of one that is repeated the last. Raises ``MalformedError``."""
    found: dict[int, Value] = {}
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, sort = key >> 3, key & 7
        if number == 0:
            raise MalformedError("a field of the ticket has no number")
        value, at = _value(message, at, sort)
        found[number] = value
    return found


def signed(value: int) -> int:
    """A number as int64."""
    return value - _WORD if value >= _SIGN else value


def _value(message: bytes, at: int, sort: int) -> tuple[Value, int]:
    if sort == _VARINT:
        return _varint(message, at)
    if sort != _BYTES:
        raise MalformedError("a field of the ticket is neither a number nor a text")
    size, at = _varint(message, at)
    if at + size > len(message):
        raise MalformedError("the ticket is cut short")
    return message[at : at + size], at + size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_MOST_VARINT):
        if at + place >= len(message):
            raise MalformedError("the ticket is cut short")
        byte = message[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004  (the last byte of a varint)
            return value % _WORD, at + place + 1
    raise MalformedError("a number of the ticket is too long")
