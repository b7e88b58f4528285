"""Base45 (RFC 9285): bytes as text that a QR code stores in alphanumeric mode. Upper case only, no other spelling.

Every value has exactly one text, so decoding and encoding again gives the same text.
"""

from __future__ import annotations

import functools

from gate.credential.errors import MalformedError

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_FOREIGN = 255
_LANES = 1432
_LOWEST = int.from_bytes(b"\xff\x00\x00" * _LANES, "little")
_VALUES = bytes(ALPHABET.index(byte) if byte in ALPHABET else _FOREIGN for byte in range(256))


def encode(data: bytes) -> str:
    """The text of ``data``: three characters for two bytes, two for a last single one."""
    text = bytearray()
    for start in range(0, len(data), 2):
        number = int.from_bytes(data[start : start + 2], "big")
        width = 3 if len(data) - start > 1 else 2
        for _ in range(width):
            number, digit = divmod(number, 45)
            text.append(ALPHABET[digit])
    return text.decode("ascii")


def decode(text: bytes) -> bytes:
    """The bytes behind ``text``. Raises ``MalformedError``."""
    values = text.translate(_VALUES)
    if _FOREIGN in values:
        raise MalformedError("a character is outside the base45 alphabet")
    full, rest = divmod(len(values), 3)
    if rest == 1:
        raise MalformedError("the base45 text is one character short")
    return _pairs(values[: full * 3]) + (_single(values[-2:]) if rest else b"")


def _pairs(values: bytes) -> bytes:
    """Two bytes for three values: all groups at once, as 24-bit lanes of one long number, which never overflow."""
    count = len(values) // 3
    groups, lowest = int.from_bytes(values, "big"), _lowest(count)
    numbers = (groups >> 16 & lowest) + 45 * (groups >> 8 & lowest) + 2025 * (groups & lowest)
    lanes = bytearray(numbers.to_bytes(3 * count, "big"))
    if lanes[::3] != bytes(count):
        raise MalformedError("three base45 characters exceed two bytes")
    del lanes[::3]
    return bytes(lanes)


@functools.lru_cache(maxsize=16)
def _lowest(count: int) -> int:
    """The lowest byte of each of so many lanes."""
    if count > _LANES:
        return int.from_bytes(b"\xff\x00\x00" * count, "little")
    return _LOWEST >> 24 * (_LANES - count)


def _single(values: bytes) -> bytes:
    number = values[0] + 45 * values[1]
    if number > 255:  # noqa: PLR2004  (the largest byte)
        raise MalformedError("two base45 characters exceed one byte")
    return bytes((number,))
