"""Deny lists as files: taken only with the digest that the signed bundle names, then mapped and never copied.

A list lies at ``<folder>/<id>.<first 16 hex digits of its SHA-256>.deny``, brought by hand or delivered by the broker,
so that lists for the next bundle can come before it. It must arrive whole (written beside and renamed); what is changed
in place is seen within a second.
"""

from __future__ import annotations

import hashlib
import logging
import mmap
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from gate.adapters.trust_files.looks import Seen, seen, seen_of
from gate.credential.denylist import DenyList, DenyLists, read
from gate.credential.errors import TrustError
from gate.credential.trust import ListRef
from gate.ports import AdapterError

_PIECE_BYTES = 1024 * 1024
_NAME_DIGITS = 16

_log = logging.getLogger(__name__)

Steps = Generator[None, None, None]


def file_name(ref: ListRef) -> str:
    """Where a list lies within its folder."""
    return f"{ref.id}.{ref.sha256.hex()[:_NAME_DIGITS]}.deny"


@dataclass(frozen=True, slots=True)
class _Tried:
    """What a file was at its last look, and the list in force; none where it could not be used."""

    seen: Seen | None
    found: DenyList | None
    inode: int = 0
    """Where ``found`` lies, whatever the name stands for by now."""


_NEVER = _Tried(None, None)


class DenyFiles:
    """The lists of a folder, and of one that is looked in next. For one thread; what it gives out is for any."""

    def __init__(self, folder: Path, delivered: Path | None = None) -> None:
        self._folder = folder
        self._delivered = delivered
        self._refs: tuple[ListRef, ...] = ()
        self._tried: dict[bytes, _Tried] = {}

    def load(self, refs: Sequence[ListRef]) -> Steps:
        """Open and verify what these names stand for, in short pieces. What cannot be used is told and left out."""
        tried: dict[bytes, _Tried] = {}
        for ref in refs:
            yield
            path = self._path(ref)
            now, before = seen(path), self._tried.get(ref.sha256, _NEVER)
            if before is _NEVER or before.seen != now:
                before = yield from _try(ref, path, now, before)
            tried[ref.sha256] = before
        self._refs, self._tried = tuple(refs), tried

    def changed(self) -> bool:
        """Whether a file is another one than when it was tried."""
        return any(self._tried[ref.sha256].seen != seen(self._path(ref)) for ref in self._refs)

    def _path(self, ref: ListRef) -> Path:
        path = self._folder / file_name(ref)
        if self._delivered is None or path.exists():
            return path
        delivered = self._delivered / file_name(ref)
        return delivered if delivered.exists() else path

    def in_force(self, utc: datetime) -> DenyLists:
        """Those that can be used and are not too old."""
        return DenyLists(
            {
                ref.id: found
                for ref in self._refs
                if utc < ref.expires and (found := self._tried[ref.sha256].found) is not None
            }
        )


def _try(ref: ListRef, path: Path, now: Seen | None, before: _Tried) -> Generator[None, None, _Tried]:
    """Open it; what was mapped stays in force if it was deleted or replaced by what cannot be used."""
    try:
        found = yield from open_list(ref, path)
    except AdapterError as error:
        inode = now[0] if now else 0
        if before.found is not None and inode != before.inode:
            _log.warning("%s It stays in force as it was, until a restart.", error)
            return _Tried(now, before.found, before.inode)
        _log.warning("%s Until it is there, what it covers is held for the officer.", error)
        return _Tried(now, None)
    return _Tried(now, found, now[0] if now else 0)


def open_list(ref: ListRef, path: Path) -> Generator[None, None, DenyList]:
    """The list in a file, verified in pieces. Raises ``AdapterError``."""
    try:
        with path.open("rb") as file:
            yield from _verify(ref, path, file)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return read(mapped, lambda: mapped.size() == len(mapped))
    except OSError as error:
        raise AdapterError(f"Cannot read the deny list {path}: {error.strerror}.") from error
    except TrustError as error:
        raise AdapterError(f"The deny list {path} cannot be used: {error}.") from error


def _verify(ref: ListRef, path: Path, file: BinaryIO) -> Steps:
    """The digest is the one that was signed, and the file did not change meanwhile."""
    began = seen_of(os.fstat(file.fileno()))
    digest = hashlib.sha256()
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
        yield
    if digest.digest() != ref.sha256 or seen_of(os.fstat(file.fileno())) != began:
        raise AdapterError(f"The deny list {path} is not the one that the bundle names, or is cut short.")
