"""The text of a SMART Health Card: ``shc:/`` + two digits for each character of a JWS; or a chunk of one.

A chunk is ``shc:/n/N/`` + digits: part n of N. The digits of all parts in their order are those of the card.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gate.credential.errors import MalformedError

PREFIX = b"shc:/"
_FIRST = 45
_LAST = 122
_FOREIGN = 255
_VALUES = bytes(max(0, code - ord("0")) for code in range(256))
_CHARACTERS = bytes(_FIRST + pair if _FIRST + pair <= _LAST else _FOREIGN for pair in range(256))
_CHUNK = re.compile(rb"shc:/([1-9][0-9]{0,2})/([1-9][0-9]{0,2})/([0-9]+)")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Part ``number`` of ``total``, from 1."""

    number: int
    total: int
    digits: bytes = field(repr=False)


def chunk_of(code: bytes) -> Chunk | None:
    """The chunk that a code is, if it is one."""
    found = _CHUNK.fullmatch(code)
    if found is None or int(found[1]) > int(found[2]):
        return None
    return Chunk(int(found[1]), int(found[2]), found[3])


def jws_of(digits: bytes) -> bytes:
    """The characters of a card. Raises ``MalformedError``. All pairs at once, as the bytes of two long numbers."""
    if not digits or len(digits) % 2 or not digits.isdigit():
        raise MalformedError("not an even number of digits")
    tens, ones = (int.from_bytes(digits[start::2].translate(_VALUES), "big") for start in range(2))
    text = (10 * tens + ones).to_bytes(len(digits) // 2, "big").translate(_CHARACTERS)
    if _FOREIGN in text:
        raise MalformedError("a pair of digits that stands for no character")
    return text


def text_of(jws: str) -> str:
    """The text of a card: the other way."""
    return PREFIX.decode("ascii") + "".join(f"{ord(char) - _FIRST:02}" for char in jws)
