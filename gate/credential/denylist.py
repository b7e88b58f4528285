"""A compiled deny list: sorted digests for each issuer's key, made to be looked at where they lie.

Layout: ``GATEDNY1``, the header's length (4 bytes, big-endian), the header, zeros up to a multiple of 16; then for each
section its digests (16 bytes each, ascending) and, in a timed one, as many times (8 bytes each, big-endian, seconds
since 1970, all ones for none), with zeros up to a multiple of 16. The header is CBOR: ``[[kid, count, timed], ...]``;
the section of the empty kid counts for every key.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gate.credential import cbor
from gate.credential.errors import MalformedError, TrustError
from gate.credential.revocation import DIGEST_BYTES, Listed, digest

MAGIC = b"GATEDNY1"
ANY_KID = b""
_FIXED = struct.Struct(">8sI")
_TIME = struct.Struct(">Q")
_ALWAYS = 2**64 - 1
_MAX_HEADER = 1024 * 1024
_WINDOW = 64
"""Entries looked at on either side of a guess: most second guesses are right within it."""
_GUESSES = 8
"""After so many guesses the digests are not evenly spread, and the middle is taken instead."""
_PREFIX_BYTES = 8
_PREFIX_BITS = 8 * _PREFIX_BYTES


class Bytes(Protocol):
    """What a list lies in: ``bytes``, or a memory map."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """Something withdrawn: ``before`` is the time from which on a credential's validity may begin again."""

    kid: bytes
    digest: bytes
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The entries of one key: ``count`` digests from ``start`` on, and their times from ``times`` on if it has any."""

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
        for name in (kid, ANY_KID) if kid else (ANY_KID,):
            section = self.sections.get(name)
            if section is not None:
                for one in digests:
                    if self._counts(section, one, valid_from):
                        return Listed.YES
        return Listed.NO

    def _counts(self, section: Section, one: bytes, valid_from: datetime | None) -> bool:
        place = find(self.raw, section.start, section.count, one)
        if place < 0:
            return False
        if section.times is None or valid_from is None:
            return True
        at = section.times + place * _TIME.size
        before = int.from_bytes(self.raw[at : at + _TIME.size])
        return before == _ALWAYS or valid_from.timestamp() < before


def find(raw: Bytes, start: int, count: int, sought: bytes) -> int:
    """The place of a digest among ``count`` sorted ones from ``start`` on; -1 when it is not there.

    Digests are evenly spread: a guess by the whole list's density is near, and a second one from there is nearly always
    within the window. Where it is not, the list is narrowed from both ends, whoever made it.
    """
    key = int.from_bytes(sought[:_PREFIX_BYTES])
    guess = key * count >> _PREFIX_BITS
    at = start + guess * DIGEST_BYTES
    guess += (key - int.from_bytes(raw[at : at + _PREFIX_BYTES])) * count >> _PREFIX_BITS
    first = min(max(guess - _WINDOW, 0), count)
    at = start + first * DIGEST_BYTES
    window = raw[at : min(at + 2 * _WINDOW * DIGEST_BYTES, start + count * DIGEST_BYTES)]
    place = window.find(sought)
    if place >= 0 and place % DIGEST_BYTES == 0:
        return first + place // DIGEST_BYTES
    if place < 0 and window[:DIGEST_BYTES] < sought < window[-DIGEST_BYTES:]:
        return -1
    return _narrowed(raw, start, count, sought)


def _narrowed(raw: Bytes, start: int, count: int, sought: bytes) -> int:
    """As ``find``, with both ends moving inwards: by interpolation, then by halves, since a list need not be even."""
    key = int.from_bytes(sought[:_PREFIX_BYTES])
    low, high, below, above = 0, count, 0, 1 << _PREFIX_BITS
    guesses = 0
    while low < high:
        guesses += 1
        guess = low + (key - below) * (high - low) // (above - below) if guesses <= _GUESSES else (low + high) // 2
        first, last = max(low, guess - _WINDOW), min(high, guess + _WINDOW)
        window = raw[start + first * DIGEST_BYTES : start + last * DIGEST_BYTES]
        if sought < window[:DIGEST_BYTES]:
            high, above = first, int.from_bytes(window[:_PREFIX_BYTES]) + 1
        elif sought > window[-DIGEST_BYTES:]:
            low, below = last, int.from_bytes(window[-DIGEST_BYTES : _PREFIX_BYTES - DIGEST_BYTES])
        else:
            place = _within(window, sought)
            return first + place if place >= 0 else -1
    return -1


def _within(window: bytes, sought: bytes) -> int:
    at = window.find(sought)
    while at >= 0 and at % DIGEST_BYTES:
        at = window.find(sought, at + 1)
    return at // DIGEST_BYTES if at >= 0 else -1


def read(raw: Bytes, whole: Callable[[], bool] = _always_whole) -> DenyList:
    """The list that lies there. Raises ``TrustError``; the digests themselves are not looked at."""
    magic, length = _FIXED.unpack(raw[: _FIXED.size].ljust(_FIXED.size, b"\x00"))
    if magic != MAGIC or length > _MAX_HEADER:
        raise TrustError("not a compiled deny list; make it with `gate revocation compile`")
    try:
        header = cbor.decode(raw[_FIXED.size : _FIXED.size + length])
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
            case [bytes() as kid, int() as count, bool() as timed] if count >= 0 and kid not in found:
                times = start + count * DIGEST_BYTES
                found[kid] = Section(start, count, times if timed else None)
                start = _padded(times + count * _TIME.size) if timed else times
            case _:
                raise TrustError("the header of the deny list has another shape than it should")
    return found, start


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
    """The pieces of a list from sections of (kid, sorted digests end to end, their times end to end or nothing)."""
    held = list(sections)
    header = cbor.encode([[kid, len(digests) // DIGEST_BYTES, bool(times)] for kid, digests, times in held])
    yield _with_zeros(_FIXED.pack(MAGIC, len(header)) + header)
    for _, digests, times in held:
        yield digests
        yield _with_zeros(times)


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
