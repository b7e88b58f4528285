"""The gate's own key, with which it signs the head of its chain: made at the first start, beside the journal.

The secret stands in a file for its owner alone, the public part beside it for whoever wants to verify. The file appears
whole or not at all. Signing needs no file any more.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.credential import base64url
from gate.credential.errors import TrustError
from gate.credential.keys import private_from_pem, private_to_pem, public_to_pem
from gate.ports import AdapterError

_MOST_BYTES: Final = 4096
_OTHERS: Final = 0o077


class HeadKey:
    """Signs (``ports.HeadSigner``). Opening raises ``AdapterError`` for a key that cannot be read, made or trusted."""

    def __init__(self, path: Path) -> None:
        try:
            if not path.exists():
                _make(path)
            self._key: Final = _read(path)
            public = public_to_pem(self._key.public_key())
            public_path = path.with_name(f"{path.name}.pub")
            if not public_path.exists() or public_path.read_bytes() != public:
                _write(public_path, public, 0o644)
        except OSError as error:
            raise AdapterError(
                f"cannot use the gate's own key {path}: {error.strerror}; look at its folder and their permissions"
            ) from error

    @property
    def public(self) -> str:
        return base64url.encode(self._key.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> str:
        return base64url.encode(self._key.sign(text))


def _read(path: Path) -> Ed25519PrivateKey:
    if path.stat().st_mode & _OTHERS:
        raise AdapterError(f"others may read the gate's own key {path}: chmod 600 it, or remove it for a new one")
    with path.open("rb") as file:
        pem = file.read(_MOST_BYTES)
    try:
        key = private_from_pem(pem)
    except TrustError as error:
        raise AdapterError(
            f"the gate's own key {path} is none: {error}; move it aside, then a new one is made"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise AdapterError(f"the gate's own key {path} is not Ed25519; move it aside, then a new one is made")
    return key


def _make(path: Path) -> None:
    _write(path, private_to_pem(Ed25519PrivateKey.generate()), 0o600)


def _write(path: Path, data: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
