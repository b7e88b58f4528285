"""Makes compiled deny lists, in the layout that ``denylist`` reads."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from gate.credential import cbor, deny_filters
from gate.credential.deny_filters import Slice, with_zeros
from gate.credential.denylist import ALWAYS, FIXED, MAGIC, MAX_SECTIONS, TIME, Entry
from gate.credential.errors import TrustError
from gate.credential.revocation import DIGEST_BYTES

_BETWEEN_FENCES = 32
"""At least so many digests lie between two fences on average, and fewer than twice as many."""


def compile_list(entries: Iterable[Entry | Slice]) -> Iterator[bytes]:
    """The pieces of the list that holds these entries, each once. Of two times for one digest the later one counts."""
    every: dict[tuple[int, bytes], dict[bytes, int]] = {}
    slices: dict[bytes, list[Slice]] = {}
    for entry in entries:
        if isinstance(entry, Slice):
            slices.setdefault(entry.kid, []).append(entry)
            continue
        section = every.setdefault((len(entry.digest), entry.kid), {})
        before = ALWAYS if entry.before is None else entry.before
        section[entry.digest] = max(before, section.get(entry.digest, 0))
    held = [_held(width, kid, *_columns(section)) for (width, kid), section in sorted(every.items())]
    return _written([*held, *map(_held_filters, slices, slices.values())])


def _columns(section: Mapping[bytes, int]) -> tuple[bytes, bytes]:
    ordered = sorted(section)
    timed = any(section[one] != ALWAYS for one in ordered)
    return b"".join(ordered), b"".join(TIME.pack(section[one]) for one in ordered) if timed else b""


def assemble(sections: Iterable[tuple[bytes, bytes, bytes]]) -> Iterator[bytes]:
    """The pieces of a list from sections of (kid, sorted digests end to end, their times end to end or nothing).

    Raises ``TrustError`` for more sections than ``read`` takes.
    """
    return _written([_held(DIGEST_BYTES, kid, digests, times) for kid, digests, times in sections])


@dataclass(frozen=True, slots=True)
class _Held:
    """A section to be written: its line in the header, and how its pieces come about."""

    line: list[object]
    pieces: Callable[[], Iterable[bytes]]


def _held(width: int, kid: bytes, digests: bytes, times: bytes) -> _Held:
    count = len(digests) // width
    bits = _bits_for(count)
    timed = bool(times)
    pieces = lambda: (_fences(digests, width, bits), digests, times)  # noqa: E731  (fences cost; made when written)
    return _Held([width, kid, count, bits, timed], pieces)


def _held_filters(kid: bytes, slices: Sequence[Slice]) -> _Held:
    (count, bits, length), pieces = deny_filters.built(slices)
    return _Held([0, kid, count, bits, length], lambda: pieces)


def _written(held: Sequence[_Held]) -> Iterator[bytes]:
    if len(held) > MAX_SECTIONS:
        raise TrustError(f"one list takes the withdrawals of {MAX_SECTIONS} keys at most; compile several lists")
    header = cbor.encode([one.line for one in held])
    yield with_zeros(FIXED.pack(MAGIC, len(header)) + header)
    for one in held:
        yield from map(with_zeros, one.pieces())


def _bits_for(count: int) -> int:
    return max(0, (count // _BETWEEN_FENCES).bit_length() - 1)


def _fences(digests: bytes, width: int, bits: int) -> bytes:
    """Where the digests of each prefix begin, and where the last ones end."""
    taken = (bits + 7) // 8
    shift = taken * 8 - bits
    found = [0] * ((1 << bits) + 1)
    for at in range(0, len(digests), width):
        found[(int.from_bytes(digests[at : at + taken]) >> shift) + 1] += 1
    return struct.pack(f">{len(found)}I", *accumulate(found))
