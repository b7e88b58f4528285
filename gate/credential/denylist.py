"""A compiled deny list: sorted digests for each issuer's key, made to be looked at where they lie.

Layout: ``GATEDNY1``, the header's length (4 bytes, big-endian), the header, then for each section its fences, its
digests (16 bytes each, ascending) and, in a timed one, as many times (8 bytes each, big-endian, seconds since 1970, all
ones for none). Each part is filled up with zeros to a multiple of 16. The header is CBOR:
``[[kid, count, bits, timed], ...]``; the section of the empty kid counts for every key. The fences are 2^bits + 1
places (4 bytes, big-endian): the digests whose first bits are p lie from fence p up to fence p + 1.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Protocol

from gate.credential import cbor
from gate.credential.errors import MalformedError, TrustError
from gate.credential.revocation import DIGEST_BYTES, Listed, digest

MAGIC = b"GATEDNY1"
ANY_KID = b""
_FIXED = struct.Struct(">8sI")
_FENCES = struct.Struct(">II")
_FENCE_BYTES = 4
_TIME = struct.Struct(">Q")
_ALWAYS = 2**64 - 1
MAX_SECTIONS = 10_000
"""Keys in one list: a few thousand sign for all countries together."""
_MAX_HEADER = 1024 * 1024
_VALUES_OF_ONE = 5
"""Of a section in the header: the array and what is in it."""
_MAX_COUNT = 2**32 - 1
_MAX_BITS = 28
_BETWEEN_FENCES = 32
"""At least so many digests lie between two fences on average, and fewer than twice as many."""
_CROWD = 1024
"""From so many between two fences on, which no hash makes, they are halved instead of looked through."""
_PREFIX_BYTES = 8
_PREFIX_BITS = 8 * _PREFIX_BYTES


class Bytes(Protocol):
    """What a list lies in: ``bytes``, or a memory map."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...

    def find(self, sought: bytes, start: int, end: int, /) -> int: ...

    def __buffer__(self, flags: int, /) -> memoryview: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """Something withdrawn: ``before`` is the time from which on a credential's validity may begin again."""

    kid: bytes
    digest: bytes
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The entries of one key: where its parts begin, and how many bits tell the fence. ``times`` may be missing."""

    fences: int
    bits: int
    start: int
    count: int
    times: int | None


def _always_whole() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class DenyList:
    """One list. ``whole`` tells whether what it lies in is still all there."""

    raw: Bytes
    sections: Mapping[bytes, Section]
    whole: Callable[[], bool] = _always_whole

    def listed(self, kid: bytes, digests: Sequence[bytes], valid_from: datetime | None) -> Listed:
        """Whether any digest is on it, for this key or for every key."""
        if not self.whole():
            return Listed.UNKNOWN
        for name in (kid, ANY_KID):
            section = self.sections.get(name)
            if section is not None:
                for one in digests:
                    place = find(self.raw, section, one)
                    if place >= 0 and self._counts(section, place, valid_from):
                        return Listed.YES
        return Listed.NO

    def value(self, name: bytes, sought: bytes) -> int | None:
        """What stands as the time of a digest in the section of this name; none where there is no such digest."""
        section = self.sections.get(name)
        place = -1 if section is None or section.times is None else find(self.raw, section, sought)
        return None if section is None or place < 0 else self._time(section, place)

    def _time(self, section: Section, place: int) -> int:
        at = (section.times or 0) + place * _TIME.size
        return int.from_bytes(self.raw[at : at + _TIME.size])

    def _counts(self, section: Section, place: int, valid_from: datetime | None) -> bool:
        """Whether the entry is of before its time."""
        if section.times is None or valid_from is None:
            return True
        before = self._time(section, place)
        return before == _ALWAYS or valid_from.timestamp() < before


def find(raw: Bytes, section: Section, sought: bytes) -> int:
    """The place of a digest in a section; -1 when it is not there."""
    prefix = int.from_bytes(sought[:_PREFIX_BYTES]) >> (_PREFIX_BITS - section.bits)
    low, high = _FENCES.unpack_from(raw, section.fences + prefix * _FENCE_BYTES)
    if high - low >= _CROWD:
        return _halved(raw, section.start, low, high, sought)
    first = section.start + low * DIGEST_BYTES
    end = section.start + high * DIGEST_BYTES
    at = raw.find(sought, first, end)
    while at >= 0 and (at - first) % DIGEST_BYTES:  # across two digests
        at = raw.find(sought, at + 1, end)
    return low + (at - first) // DIGEST_BYTES if at >= 0 else -1


def _halved(raw: Bytes, start: int, low: int, high: int, sought: bytes) -> int:
    """As ``find`` between two places, whatever the digests look like."""
    while low < high:
        middle = (low + high) // 2
        found = raw[start + middle * DIGEST_BYTES : start + (middle + 1) * DIGEST_BYTES]
        if found == sought:
            return middle
        low, high = (middle + 1, high) if found < sought else (low, middle)
    return -1


def read(raw: Bytes, whole: Callable[[], bool] = _always_whole) -> DenyList:
    """The list that lies there. Raises ``TrustError``; the digests themselves are not looked at."""
    magic, length = _FIXED.unpack(raw[: _FIXED.size].ljust(_FIXED.size, b"\x00"))
    if magic != MAGIC or length > _MAX_HEADER:
        raise TrustError("not a compiled deny list; make it with `gate revocation compile`")
    try:
        header = cbor.decode(raw[_FIXED.size : _FIXED.size + length], most=1 + _VALUES_OF_ONE * MAX_SECTIONS)
    except MalformedError as error:
        raise TrustError(f"the header of the deny list cannot be read: {error}") from None
    sections, end = _sections(header, _padded(_FIXED.size + length))
    if end != len(raw):
        raise TrustError(f"the deny list is cut short or too long: {len(raw)} bytes instead of {end}")
    return DenyList(raw, sections, whole)


def _sections(header: cbor.Value, start: int) -> tuple[dict[bytes, Section], int]:
    found: dict[bytes, Section] = {}
    for entry in header if isinstance(header, list) else [None]:
        match entry:
            case [bytes() as kid, int() as count, int() as bits, bool() as timed] if (
                0 <= count <= _MAX_COUNT and type(bits) is int and 0 <= bits <= _MAX_BITS and kid not in found
            ):
                digests = _padded(start + _fences_bytes(bits))
                times = digests + count * DIGEST_BYTES
                found[kid] = Section(start, bits, digests, count, times if timed else None)
                start = _padded(times + count * _TIME.size) if timed else times
            case _:
                raise TrustError("the header of the deny list has another shape than it should")
    return found, start


def _fences_bytes(bits: int) -> int:
    return ((1 << bits) + 1) * _FENCE_BYTES


def _padded(length: int) -> int:
    return -(-length // DIGEST_BYTES) * DIGEST_BYTES


def compile_list(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The pieces of the list that holds these entries, each once. Of two times for one digest the later one counts."""
    every: dict[bytes, dict[bytes, int]] = {}
    for entry in entries:
        section = every.setdefault(entry.kid, {})
        before = _ALWAYS if entry.before is None else entry.before
        section[entry.digest] = max(before, section.get(entry.digest, 0))
    return assemble((kid, *_columns(section)) for kid, section in sorted(every.items()))


def _columns(section: Mapping[bytes, int]) -> tuple[bytes, bytes]:
    ordered = sorted(section)
    timed = any(section[one] != _ALWAYS for one in ordered)
    return b"".join(ordered), b"".join(_TIME.pack(section[one]) for one in ordered) if timed else b""


def assemble(sections: Iterable[tuple[bytes, bytes, bytes]]) -> Iterator[bytes]:
    """The pieces of a list from sections of (kid, sorted digests end to end, their times end to end or nothing).

    Raises ``TrustError`` for more sections than ``read`` takes.
    """
    held = [(kid, digests, len(digests) // DIGEST_BYTES, times) for kid, digests, times in sections]
    if len(held) > MAX_SECTIONS:
        raise TrustError(f"one list takes the withdrawals of {MAX_SECTIONS} keys at most; compile several lists")
    header = cbor.encode([[kid, count, _bits_for(count), bool(times)] for kid, _, count, times in held])
    yield _with_zeros(_FIXED.pack(MAGIC, len(header)) + header)
    for _, digests, count, times in held:
        yield _with_zeros(_fences(digests, _bits_for(count)))
        yield digests
        yield _with_zeros(times)


def _bits_for(count: int) -> int:
    return max(0, (count // _BETWEEN_FENCES).bit_length() - 1)


def _fences(digests: bytes, bits: int) -> bytes:
    """Where the digests of each prefix begin, and where the last ones end."""
    width = (bits + 7) // 8
    shift = width * 8 - bits
    found = [0] * ((1 << bits) + 1)
    for at in range(0, len(digests), DIGEST_BYTES):
        found[(int.from_bytes(digests[at : at + width]) >> shift) + 1] += 1
    return struct.pack(f">{len(found)}I", *accumulate(found))


def _with_zeros(piece: bytes) -> bytes:
    return piece.ljust(_padded(len(piece)), b"\x00")


@dataclass(frozen=True, slots=True)
class DenyLists:
    """``Revocation`` by the lists in force, by their names."""

    lists: Mapping[str, DenyList]

    def listed(
        self, lists: Sequence[str], kid: bytes, elements: Sequence[bytes], valid_from: datetime | None
    ) -> Listed:
        """``YES`` as soon as one list says so, also where another one is missing."""
        if not lists:
            return Listed.NO
        digests = [digest(element) for element in elements]
        known = [self.lists.get(name) for name in lists]
        found = {Listed.UNKNOWN if one is None else one.listed(kid, digests, valid_from) for one in known}
        return next(said for said in (Listed.YES, Listed.UNKNOWN, Listed.NO) if said in found)
