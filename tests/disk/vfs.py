"""Puts a ``Disk`` under SQLite as its default VFS, in this process, through ctypes; the code under test stays as it is.

It is registered with the library that Python's ``sqlite3`` itself has loaded, so that must be a file of its own.
Struct layouts: sqlite3.h, ``sqlite3_vfs`` version 1 and ``sqlite3_io_methods`` version 2.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any
from unittest.mock import patch

from gate.adapters.journal_sqlite import schema
from tests.disk.disk import Call, Disk, File

OK, IOERR, CANTOPEN, NOTFOUND = 0, 10, 14, 12
SHORT_READ = IOERR | 2 << 8
DELETE_NOENT = IOERR | 23 << 8
POWERSAFE_OVERWRITE = 0x1000
"""As SQLite's own VFS for Unix says of every disk."""
SECTOR_BYTES = 4096
OPEN_CREATE, OPEN_MAIN_DB = 0x4, 0x100


class _Open(ctypes.Structure):
    _fields_ = (("methods", c_void_p), ("number", c_int64))


_FILE = POINTER(_Open)
_F = ctypes.CFUNCTYPE
_METHODS = (
    ("close", _F(c_int, _FILE)),
    ("read", _F(c_int, _FILE, c_void_p, c_int, c_int64)),
    ("write", _F(c_int, _FILE, c_void_p, c_int, c_int64)),
    ("truncate", _F(c_int, _FILE, c_int64)),
    ("sync", _F(c_int, _FILE, c_int)),
    ("file_size", _F(c_int, _FILE, POINTER(c_int64))),
    ("lock", _F(c_int, _FILE, c_int)),
    ("unlock", _F(c_int, _FILE, c_int)),
    ("check_reserved", _F(c_int, _FILE, POINTER(c_int))),
    ("control", _F(c_int, _FILE, c_int, c_void_p)),
    ("sector_size", _F(c_int, _FILE)),
    ("characteristics", _F(c_int, _FILE)),
    ("shm_map", _F(c_int, _FILE, c_int, c_int, c_int, POINTER(c_void_p))),
    ("shm_lock", _F(c_int, _FILE, c_int, c_int, c_int)),
    ("shm_barrier", _F(None, _FILE)),
    ("shm_unmap", _F(c_int, _FILE, c_int)),
)
_CALLS = (
    ("open", _F(c_int, c_void_p, c_char_p, _FILE, c_int, POINTER(c_int))),
    ("delete", _F(c_int, c_void_p, c_char_p, c_int)),
    ("access", _F(c_int, c_void_p, c_char_p, c_int, POINTER(c_int))),
    ("full_path", _F(c_int, c_void_p, c_char_p, c_int, c_void_p)),
    ("dl_open", c_void_p),
    ("dl_error", c_void_p),
    ("dl_sym", c_void_p),
    ("dl_close", c_void_p),
    ("randomness", _F(c_int, c_void_p, c_int, c_void_p)),
    ("sleep", _F(c_int, c_void_p, c_int)),
    ("current_time", _F(c_int, c_void_p, POINTER(c_double))),
    ("last_error", _F(c_int, c_void_p, c_int, c_void_p)),
)


class _Methods(ctypes.Structure):
    _fields_ = (("version", c_int), *_METHODS)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", c_int),
        ("file_bytes", c_int),
        ("path_bytes", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        *_CALLS,
    )


def library() -> Path | None:
    """The SQLite that this Python uses; None when it is built into it."""
    sqlite3.connect(":memory:").close()
    for line in Path("/proc/self/maps").read_text().splitlines():
        if "libsqlite3.so" in line:
            return Path(line.split(maxsplit=5)[5])
    return None


class DiskVfs:
    """Answers SQLite's calls from the disk that is mounted. One connection at a time has a file open."""

    def __init__(self) -> None:
        found = library()
        if found is None:
            raise LookupError("SQLite is built into this Python, so nothing can be put under it")
        self._library = ctypes.CDLL(str(found))
        self.disk = Disk()
        self._open: dict[int, tuple[str, File]] = {}
        self._maps: dict[tuple[str, int], Any] = {}
        self._number = 0
        self._methods = _Methods(2, *(kind(getattr(self, f"_{name}")) for name, kind in _METHODS))
        calls = [kind(getattr(self, f"_vfs_{name}")) if kind is not c_void_p else None for name, kind in _CALLS]
        self._vfs = _Vfs(1, ctypes.sizeof(_Open), 512, None, b"tests-disk", None, *calls)

    @contextmanager
    def mounted(self, disk: Disk) -> Iterator[Disk]:
        """While this lasts every database that is opened is on this disk."""
        self.disk = disk
        self._maps.clear()
        self._library.sqlite3_vfs_register(byref(self._vfs), 1)
        try:
            with patch.object(schema, "sync_folder", self._sync_folder):
                yield disk
        finally:
            self._library.sqlite3_vfs_unregister(byref(self._vfs))

    def _sync_folder(self, _folder: Path) -> None:
        """The one thing that the journal asks of the disk without SQLite."""
        if self.disk.called(Call.SYNC):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.disk.sync_names()

    def _of(self, file: Any) -> File:
        return self._open[file.contents.number][1]

    def _close(self, file: Any) -> int:
        self._open.pop(file.contents.number, None)
        return OK

    def _read(self, file: Any, into: int, amount: int, offset: int) -> int:
        if error := self.disk.called(Call.READ):
            return error
        data = bytes(self._of(file).now[offset : offset + amount])
        ctypes.memmove(into, data.ljust(amount, b"\0"), amount)
        return OK if len(data) == amount else SHORT_READ

    def _write(self, file: Any, data: int, amount: int, offset: int) -> int:
        if error := self.disk.called(Call.WRITE):
            return error
        self._of(file).write(offset, ctypes.string_at(data, amount))
        return OK

    def _truncate(self, file: Any, size: int) -> int:
        if error := self.disk.called(Call.TRUNCATE):
            return error
        self._of(file).truncate(size)
        return OK

    def _sync(self, file: Any, _flags: int) -> int:
        if error := self.disk.called(Call.SYNC):
            self._of(file).forget()
            return error
        self._of(file).sync()
        return OK

    def _file_size(self, file: Any, size: Any) -> int:
        if error := self.disk.called(Call.SIZE):
            return error
        size[0] = len(self._of(file).now)
        return OK

    def _lock(self, _file: Any, _level: int) -> int:
        return OK

    _unlock = _lock

    def _check_reserved(self, _file: Any, found: Any) -> int:
        found[0] = 0
        return OK

    def _control(self, _file: Any, _what: int, _more: int) -> int:
        return NOTFOUND

    def _sector_size(self, _file: Any) -> int:
        return SECTOR_BYTES

    def _characteristics(self, _file: Any) -> int:
        return POWERSAFE_OVERWRITE

    def _shm_map(self, file: Any, page: int, size: int, extend: int, into: Any) -> int:
        if error := self.disk.called(Call.MAP):
            return error
        key = (self._open[file.contents.number][0], page)
        if extend:
            self._maps.setdefault(key, ctypes.create_string_buffer(size))
        into[0] = ctypes.addressof(self._maps[key]) if key in self._maps else None
        return OK

    def _shm_lock(self, _file: Any, _offset: int, _count: int, _flags: int) -> int:
        return OK

    def _shm_barrier(self, _file: Any) -> None:
        return None

    def _shm_unmap(self, file: Any, delete: int) -> int:
        name = self._open[file.contents.number][0]
        if delete:
            for key in [key for key in self._maps if key[0] == name]:
                del self._maps[key]
        return OK

    def _vfs_open(self, _vfs: int, name: bytes | None, file: Any, flags: int, out: Any) -> int:
        file.contents.methods = None
        text = name.decode() if name else f"temporary-{self._number}"
        if error := self.disk.called(Call.OPEN):
            return error
        if text not in self.disk.files and not flags & OPEN_CREATE:
            return CANTOPEN
        self._number += 1
        self._open[self._number] = (text, self.disk.create(text))
        file.contents.number = self._number
        file.contents.methods = ctypes.addressof(self._methods)
        if out:
            out[0] = flags
        return OK

    def _vfs_delete(self, _vfs: int, name: bytes, sync: int) -> int:
        if error := self.disk.called(Call.DELETE):
            return error
        return OK if self.disk.delete(name.decode(), durable=bool(sync)) else DELETE_NOENT

    def _vfs_access(self, _vfs: int, name: bytes, _flags: int, found: Any) -> int:
        if error := self.disk.called(Call.ACCESS):
            return error
        file = self.disk.files.get(name.decode())
        found[0] = int(file is not None and len(file.now) > 0)
        return OK

    def _vfs_full_path(self, _vfs: int, name: bytes, room: int, into: int) -> int:
        if len(name) >= room:
            return CANTOPEN
        ctypes.memmove(into, name + b"\0", len(name) + 1)
        return OK

    def _vfs_randomness(self, _vfs: int, amount: int, into: int) -> int:
        ctypes.memmove(into, os.urandom(amount), amount)
        return amount

    def _vfs_sleep(self, _vfs: int, microseconds: int) -> int:
        return microseconds

    def _vfs_current_time(self, _vfs: int, days: Any) -> int:
        days[0] = 2461371.0
        return OK

    def _vfs_last_error(self, _vfs: int, _room: int, _into: int) -> int:
        return OK
