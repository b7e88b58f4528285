"""A compiled deny list: what each issuer's key withdrew, made to be looked at where it lies.

Layout: ``GATEDNY2``, the header's length (4 bytes, big-endian), the header, then for each section its fences, its
digests (``width`` bytes each, ascending) and, in a timed one, as many times (8 bytes each, big-endian, seconds since
1970, all ones for none). Each part is filled up with zeros to a multiple of 16. The header is CBOR:
``[[width, kid, count, bits, timed], ...]``; a section of the empty kid counts for every key. The width is 16, or less
where an issuer publishes only how digests begin. The fences are 2^bits + 1 places (4 bytes, big-endian): the digests
whose first bits are p lie from fence p up to fence p + 1. A section of width 0 holds Bloom filters (``deny_filters``).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gate.credential import cbor, deny_filters
from gate.credential.deny_filters import FENCE_BYTES, FENCES, Bytes, Filters, padded
from gate.credential.errors import MalformedError, TrustError
from gate.credential.revocation import DIGEST_BYTES, Listed, digest

MAGIC = b"GATEDNY2"
ANY_KID = b""
FIXED = struct.Struct(">8sI")
TIME = struct.Struct(">Q")
ALWAYS = 2**64 - 1
MAX_SECTIONS = 10_000
"""In one list: a few thousand keys sign for all countries together."""
_MAX_HEADER = 1024 * 1024
_VALUES_OF_ONE = 6
"""Of a section in the header: the array and what is in it."""
_MAX_COUNT = 2**32 - 1
_MAX_BITS = 28
_CROWD = 1024
"""From so many between two fences on, which no hash makes, they are halved instead of looked through."""
_PREFIX_BYTES = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """Something withdrawn: ``before`` is the time from which on a credential's validity may begin again.

    A digest of fewer than 16 bytes withdraws everything that begins with it.
    """

    kid: bytes
    digest: bytes
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The entries of one key: where its parts begin. ``times`` may be missing.

    The first 8 bytes of a digest (or all of a shorter one), less the last ``shift`` bits, tell the fence.
    """

    fences: int
    shift: int
    start: int
    count: int
    times: int | None
    width: int = DIGEST_BYTES

    @property
    def end(self) -> int:
        """Where it ends, without the zeros after it."""
        return self.start + self.count * self.width if self.times is None else self.times + self.count * TIME.size

    def holds(self, raw: Bytes, sought: bytes) -> bool:
        """Whether the beginning of this digest is here."""
        return find(raw, self, sought[: self.width]) >= 0


def _always_whole() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class DenyList:
    """One list. ``whole`` tells whether what it lies in is still all there.

    ``sections`` hold whole digests; ``others`` what may also hold a digest that nobody withdrew.
    """

    raw: Bytes
    sections: Mapping[bytes, Section]
    whole: Callable[[], bool] = _always_whole
    others: Mapping[bytes, Sequence[Section | Filters]] = field(default_factory=dict)

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
        return Listed.YES if self.others and self._begins(kid, digests) else Listed.NO

    def _begins(self, kid: bytes, digests: Sequence[bytes]) -> bool:
        """Whether a beginning of a digest or a filter holds any of them."""
        parts = (*self.others.get(kid, ()), *self.others.get(ANY_KID, ()))
        return any(part.holds(self.raw, one) for part in parts for one in digests)

    def value(self, name: bytes, sought: bytes) -> int | None:
        """What stands as the time of a digest in the section of this name; none where there is no such digest."""
        section = self.sections.get(name)
        place = -1 if section is None or section.times is None else find(self.raw, section, sought)
        return None if section is None or place < 0 else self._time(section, place)

    def _time(self, section: Section, place: int) -> int:
        at = (section.times or 0) + place * TIME.size
        return int.from_bytes(self.raw[at : at + TIME.size])

    def _counts(self, section: Section, place: int, valid_from: datetime | None) -> bool:
        """Whether the entry is of before its time."""
        if section.times is None or valid_from is None:
            return True
        before = self._time(section, place)
        return before == ALWAYS or valid_from.timestamp() < before


def find(raw: Bytes, section: Section, sought: bytes) -> int:
    """The place of a digest in a section; -1 when it is not there. ``sought`` is as wide as the section."""
    width = section.width
    prefix = int.from_bytes(sought[:_PREFIX_BYTES]) >> section.shift
    low, high = FENCES.unpack_from(raw, section.fences + prefix * FENCE_BYTES)
    if high - low >= _CROWD:
        return _halved(raw, section, low, high, sought)
    first = section.start + low * width
    end = section.start + high * width
    at = raw.find(sought, first, end)
    while at >= 0 and (at - first) % width:  # across two digests
        at = raw.find(sought, at + 1, end)
    return low + (at - first) // width if at >= 0 else -1


def _halved(raw: Bytes, section: Section, low: int, high: int, sought: bytes) -> int:
    """As ``find`` between two places, whatever the digests look like."""
    start, width = section.start, section.width
    while low < high:
        middle = (low + high) // 2
        found = raw[start + middle * width : start + (middle + 1) * width]
        if found == sought:
            return middle
        low, high = (middle + 1, high) if found < sought else (low, middle)
    return -1


def read(raw: Bytes, whole: Callable[[], bool] = _always_whole) -> DenyList:
    """The list that lies there. Raises ``TrustError``; the digests themselves are not looked at."""
    magic, length = FIXED.unpack(raw[: FIXED.size].ljust(FIXED.size, b"\x00"))
    if magic != MAGIC or length > _MAX_HEADER:
        raise TrustError("not a compiled deny list; make it with `gate revocation compile`")
    try:
        header = cbor.decode(raw[FIXED.size : FIXED.size + length], most=1 + _VALUES_OF_ONE * MAX_SECTIONS)
    except MalformedError as error:
        raise TrustError(f"the header of the deny list cannot be read: {error}") from None
    parts, end = _parts(header, padded(FIXED.size + length))
    if end != len(raw):
        raise TrustError(f"the deny list is cut short or too long: {len(raw)} bytes instead of {end}")
    others: dict[bytes, list[Section | Filters]] = {}
    for (width, kid), part in parts.items():
        if width != DIGEST_BYTES:
            others.setdefault(kid, []).append(part)
    sections = {
        kid: part for (_, kid), part in parts.items() if isinstance(part, Section) and part.width == DIGEST_BYTES
    }
    return DenyList(raw, sections, whole, others)


def _parts(header: cbor.Value, start: int) -> tuple[dict[tuple[int, bytes], Section | Filters], int]:
    """What the header describes, by width and kid, and where it ends."""
    found: dict[tuple[int, bytes], Section | Filters] = {}
    for entry in header if isinstance(header, list) else [None]:
        match entry:
            case [int() as width, bytes() as kid, int() as count, int() as bits, int() as last] if (
                _are_numbers(width, count, bits)
                and 0 <= width <= DIGEST_BYTES
                and 0 <= count <= _MAX_COUNT
                and 0 <= bits <= min(_MAX_BITS, 8 * width or deny_filters.MOST_BITS)
                and (width, kid) not in found
            ):
                part = _section(width, count, bits, last, start) if width else _filters(count, bits, last, start)
            case _:
                raise _another_shape()
        found[width, kid] = part
        start = padded(part.end)
    return found, start


def _are_numbers(*values: int) -> bool:
    return all(type(value) is int for value in values)


def _another_shape() -> TrustError:
    return TrustError("the header of the deny list has another shape than it should")


def _section(width: int, count: int, bits: int, timed: int, start: int) -> Section:
    if not isinstance(timed, bool):
        raise _another_shape()
    digests = padded(start + _fences_bytes(bits))
    shift = 8 * min(width, _PREFIX_BYTES) - bits
    return Section(start, shift, digests, count, padded(digests + count * width) if timed else None, width)


def _filters(count: int, bits: int, length: int, start: int) -> Filters:
    if type(length) is not int or not 0 <= length <= deny_filters.MOST_BYTES:
        raise _another_shape()
    return deny_filters.placed(start, bits, count, length)


def _fences_bytes(bits: int) -> int:
    return ((1 << bits) + 1) * FENCE_BYTES


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
