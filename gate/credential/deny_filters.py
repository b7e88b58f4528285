"""Bloom filters in a compiled deny list, as the EU's revocation distribution slices them, looked at where they lie.

A section: fences as of digests, then records (``>IIQ``: hash functions, words of 32 bits, where the filter begins
among the filters), then the filters as they were published. A filter holds only digests whose first hexadecimal digits
are its own, so the first 4 x n bits of a digest lead to the few records that count for it; a filter of fewer digits has
a record under each of them.

Bit i of an element is SHA-256(element, byte i), a big-endian number with a sign, modulo the filter's bits, never
negative; bit 0 is the highest bit of the first byte.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

FENCES = struct.Struct(">II")
FENCE_BYTES = 4
ALIGNED = 16
MOST_DIGITS = 3
"""Hexadecimal digits that tell a filter's share: two of its partition and one of its chunk."""
MOST_BITS = 4 * MOST_DIGITS
MOST_BYTES = 2**40
MOST_WORDS = 2**26 - 1
"""The issuers' programs count a filter's bits with 31 bits."""
MOST_FUNCTIONS = 127
WORD_BITS = 32
_RECORD = struct.Struct(">IIQ")
_LEADING = 2
"""Bytes of a digest that the fences need at most."""


class Bytes(Protocol):
    """What a list lies in: ``bytes``, or a memory map."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...

    def find(self, sought: bytes, start: int, end: int, /) -> int: ...

    def __buffer__(self, flags: int, /) -> memoryview: ...


@dataclass(frozen=True, slots=True)
class Slice:
    """One filter of a key: ``digits`` (0 to 3, lower-case hexadecimal) are how its digests begin."""

    kid: bytes
    digits: str
    functions: int
    filter: bytes

    @property
    def share(self) -> float:
        """Of all digests, how many it is asked about."""
        return 16.0 ** -len(self.digits)

    @property
    def mistaken(self) -> float:
        """The chance that it holds a digest that it is asked about and that nobody put in."""
        return float((int.from_bytes(self.filter).bit_count() / (8 * len(self.filter))) ** self.functions)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one key: where its parts begin, and how many bits tell the fence."""

    fences: int
    bits: int
    records: int
    filters: int
    end: int

    def holds(self, raw: Bytes, sought: bytes) -> bool:
        """Whether one of them holds this digest, or by chance seems to."""
        prefix = int.from_bytes(sought[:_LEADING]) >> (8 * _LEADING - self.bits)
        low, high = FENCES.unpack_from(raw, self.fences + prefix * FENCE_BYTES)
        known: list[int] = []
        for place in range(low, high):
            functions, words, begin = _RECORD.unpack_from(raw, self.records + place * _RECORD.size)
            if _in_filter(raw, self.filters + begin, words * WORD_BITS, functions, _numbers(sought, known)):
                return True
        return False


def _in_filter(raw: Bytes, start: int, bits: int, functions: int, numbers: Iterator[int]) -> bool:
    if not bits:
        return False
    for _, number in zip(range(functions), numbers, strict=False):
        index = number % bits
        at = start + (index >> 3)
        if not int.from_bytes(raw[at : at + 1]) & (0x80 >> (index & 7)):
            return False
    return True


def _numbers(element: bytes, known: list[int]) -> Iterator[int]:
    """The hashes of an element, one after another; those that were made before are ``known``."""
    yield from known
    for seed in range(len(known), MOST_FUNCTIONS):
        found = int.from_bytes(hashlib.sha256(element + bytes((seed,))).digest(), signed=True)
        known.append(found)
        yield found


def placed(start: int, bits: int, count: int, length: int) -> Filters:
    """The filters that begin at ``start``: ``count`` records, and ``length`` bytes of filters."""
    records = padded(start + ((1 << bits) + 1) * FENCE_BYTES)
    filters = padded(records + count * _RECORD.size)
    return Filters(start, bits, records, filters, filters + length)


def built(slices: Sequence[Slice]) -> tuple[tuple[int, int, int], list[bytes]]:
    """The filters of one key: (records, bits that tell the fence, bytes of the filters), and their pieces."""
    digits = max(len(one.digits) for one in slices)
    begins = list(accumulate((len(one.filter) for one in slices), initial=0))
    under: list[list[bytes]] = [[] for _ in range(16**digits)]
    for one, begin in zip(slices, begins, strict=False):
        record = _RECORD.pack(one.functions, len(one.filter) * 8 // WORD_BITS, begin)
        spread = 16 ** (digits - len(one.digits))
        first = int(one.digits or "0", 16) * spread
        for place in range(first, first + spread):
            under[place].append(record)
    fences = [0, *accumulate(map(len, under))]
    pieces = [struct.pack(f">{len(fences)}I", *fences), b"".join(record for each in under for record in each)]
    filters = b"".join(one.filter for one in slices)
    return (fences[-1], 4 * digits, len(filters)), [*pieces, filters]


def padded(length: int) -> int:
    """The next multiple of 16."""
    return -(-length // ALIGNED) * ALIGNED


def with_zeros(piece: bytes) -> bytes:
    """A piece, filled up to a multiple of 16."""
    return piece if len(piece) % ALIGNED == 0 else piece.ljust(padded(len(piece)), b"\x00")
