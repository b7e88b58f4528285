"""The gate's own certificate, its key and the authority, in three files of PEM.

Rules: every file appears whole or not at all, and is on the disk before the next one is written. The key comes first
and the certificate last, so that a certificate that is there has its key and its authority beside it. The key is its
owner's alone. Written by root, a file belongs to whoever owns the folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gate.ports import AdapterError

_MOST_BYTES: Final = 64 * 1024
_OTHERS: Final = 0o007
"""systemd lets a unit read its credential by an access list, which shows among the bits of the group."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """``ports.OwnCertificate``. Every method raises ``AdapterError``."""

    ca: Path
    certificate: Path
    key: Path

    def read(self) -> tuple[bytes, bytes]:
        """The certificate and its key."""
        return _read(self.certificate), self.read_key()

    def read_key(self) -> bytes:
        """The key, which nobody else may read."""
        key = _read(self.key)
        if _mode(self.key) & _OTHERS:
            raise AdapterError(f"others may read the key {self.key}: chmod 600 it, and enrol for a new one")
        return key

    def authority(self) -> bytes:
        """Who issued it."""
        return _read(self.ca)

    def replace(self, certificate: bytes) -> None:
        """Put another certificate for the same key in its place."""
        _write(self.certificate, certificate, 0o644)

    def keep_key(self, key: bytes) -> None:
        """Write the key, over another one if there is one."""
        _write(self.key, key, 0o600)

    def keep_authority(self, authority: bytes) -> None:
        """Write the authority's certificate."""
        _write(self.ca, authority, 0o644)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise AdapterError(f"cannot read {path}: {error.strerror}; look at [mqtt] and the permissions") from error


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError as error:
        raise AdapterError(f"cannot look at {path}: {error.strerror}") from error


def _write(path: Path, data: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)  # whatever the umask
            _give_to_owner_of(path.parent, file.fileno())
            os.fsync(file.fileno())
        draft.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise AdapterError(
            f"cannot write {path}: {error.strerror}; the user gate needs a folder of its own for it, such as "
            "/var/lib/gate/tls"
        ) from error


def _give_to_owner_of(folder: Path, descriptor: int) -> None:
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
