"""A disk in memory with a cache in front of it: what is written is on the disk after a sync, and perhaps before.

At a power cut each 512-byte sector of what was written since the last sync is there or not, whatever was written before
or after it; so writes are lost, reordered and torn. A new file's name is durable from its first sync on (SQLite's own
VFS syncs the folder then); a deleted file may come back.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

SECTOR = 512


@enum.unique
class Call(enum.StrEnum):
    """What SQLite may ask of the disk."""

    OPEN = "open"
    READ = "read"
    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    SIZE = "size"
    DELETE = "delete"
    ACCESS = "access"
    MAP = "map"


@dataclass(slots=True)
class File:
    """``now`` is what a process sees, ``durable`` what is on the disk for certain."""

    now: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    named: bool = False
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Since the last sync, in order: an offset and bytes, or a size and None."""

    def write(self, offset: int, data: bytes) -> None:
        _put(self.now, offset, data)
        self.pending.append((offset, data))

    def truncate(self, size: int) -> None:
        del self.now[size:]
        self.pending.append((size, None))

    def sync(self) -> None:
        if self.pending or not self.named:
            self.durable, self.named = bytes(self.now), True
            self.pending.clear()

    def forget(self) -> None:
        """A sync failed: the kernel has dropped what was to be written, and reports no second error."""
        self.pending.clear()

    def after_cut(self, chance: Random) -> bytes:
        """What the next boot finds."""
        found, share = bytearray(self.durable), chance.choice((0.0, 0.5, 0.9, 1.0))
        for offset, data in self.pending:
            if data is None:
                if chance.random() < share:
                    del found[offset:]
                continue
            for at in range(0, len(data), SECTOR):
                if chance.random() < share:
                    _put(found, offset + at, data[at : at + SECTOR])
        return bytes(found)


def _put(into: bytearray, offset: int, data: bytes) -> None:
    if len(into) < offset:
        into.extend(bytes(offset - len(into)))
    into[offset : offset + len(data)] = data


Image = dict[str, bytes]
Watch = Callable[["Disk", Call], int]


def works(_: Disk, __: Call) -> int:
    """Every call is let through."""
    return 0


@dataclass(slots=True)
class Disk:
    """Files by name. ``watch`` sees each call before it is done, and gives SQLite's error code or 0."""

    files: dict[str, File] = field(default_factory=dict)
    deleted: dict[str, bytes] = field(default_factory=dict)
    watch: Watch = works
    calls: int = 0

    @classmethod
    def of(cls, image: Image) -> Disk:
        """After a boot."""
        return cls({name: File(bytearray(data), data, named=True) for name, data in image.items()})

    def called(self, call: Call) -> int:
        """Count a call; the error that it fails with."""
        self.calls += 1
        return self.watch(self, call)

    def delete(self, name: str, *, durable: bool) -> bool:
        file = self.files.pop(name, None)
        if file is not None and file.named and not durable:
            self.deleted[name] = file.durable
        return file is not None

    def sync_names(self) -> None:
        """The folder was synced."""
        self.deleted.clear()
        for file in self.files.values():
            file.named = True

    def create(self, name: str) -> File:
        self.deleted.pop(name, None)
        return self.files.setdefault(name, File())

    def after_cut(self, chance: Random) -> Image:
        """What the next boot finds."""
        back = {name: data for name, data in self.deleted.items() if chance.random() < 0.5}
        kept = {n: file.after_cut(chance) for n, file in self.files.items() if file.named or chance.random() < 0.5}
        return back | kept
