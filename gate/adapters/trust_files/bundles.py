"""The trust bundle as a file: read it, refuse what is older or not the operator's, and keep the last good one."""

from __future__ import annotations

import logging
from collections.abc import Generator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gate.adapters.trust_files import standing as memory
from gate.adapters.trust_files.durable import write_whole
from gate.credential.bundle import MAX_BYTES, bundle_steps, parse_bundle
from gate.credential.errors import TrustError
from gate.credential.keys import root_from_pem
from gate.credential.trust import TrustBundle
from gate.ports import AdapterError

_MAX_PEM_BYTES = 64 * 1024
_LAST_GOOD = "last-good.bundle"

_log = logging.getLogger(__name__)


def read_bundle(bundle: Path, root_key: Path) -> TrustBundle:
    """The bundle of a file, if the key of ``root_key`` signed it. Raises ``AdapterError``."""
    root = read_root(root_key)
    raw = _read(bundle, MAX_BYTES, "Make it with `gate trust sign`.")
    try:
        return parse_bundle(raw, root)
    except TrustError as error:
        raise _unusable(bundle, error) from error


def read_root(root_key: Path) -> Ed25519PublicKey:
    """The pinned root key. Raises ``AdapterError``."""
    pem = _read(root_key, _MAX_PEM_BYTES, "Give the .pub file that `gate trust keygen` made.")
    try:
        return root_from_pem(pem)
    except TrustError as error:
        raise AdapterError(f"The root key {root_key} cannot be used: {error}.") from error


def _read(path: Path, most: int, advice: str) -> bytes:
    """The file, and one byte more than ``most`` at most."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise AdapterError(f"Cannot read {path}: {error.strerror}. {advice}") from error


def _unusable(path: Path, error: TrustError) -> AdapterError:
    return AdapterError(f"The trust bundle {path} cannot be used: {error}.")


class BundleKeeper:
    """Takes bundles in the order of their versions, and none that this gate should not have. For one thread at a time.

    ``folder`` holds what must outlive a restart: the last good bundle and the ``Standing``.
    """

    def __init__(self, root_key: Path, folder: Path) -> None:
        self._folder = folder
        pinned = read_root(root_key)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._standing = memory.load(folder, pinned)
        except OSError as error:
            raise AdapterError(
                f"Cannot keep the memory of trust in {folder}: {error.strerror}. "
                "Make the folder writable for the user that the gate runs as, and check the disk."
            ) from error
        except TrustError as error:
            raise AdapterError(f"The trust in {folder} cannot be used: {error}.") from error

    def take(self, path: Path) -> Generator[None, None, TrustBundle]:
        """The bundle of a file, in short pieces. Raises ``AdapterError`` for one that is refused."""
        return self._take(path)

    def last_good(self) -> Generator[None, None, TrustBundle]:
        """The newest bundle that was taken. Raises ``AdapterError`` where it is gone or damaged."""
        return self._take(self._folder / _LAST_GOOD)

    def _take(self, path: Path) -> Generator[None, None, TrustBundle]:
        raw = _read(path, MAX_BYTES, "Make it with `gate trust sign`.")
        yield
        try:
            signer = self._standing.signer(raw)
            yield
            bundle = yield from bundle_steps(raw, signer)
            after = self._standing.after(raw, bundle, signer)
        except TrustError as error:
            raise _unusable(path, error) from error
        if after != self._standing:
            self._keep(raw, after)
        return bundle

    def _keep(self, raw: bytes, after: memory.Standing) -> None:
        """Remember it for good. Where the disk refuses, the newer bundle counts all the same, until a restart."""
        self._standing = after
        try:
            write_whole(self._folder / _LAST_GOOD, raw)
            memory.store(self._folder, after)
        except OSError as error:
            _log.warning(
                "Version %d of the trust bundle is in force, but an older one would be taken after a restart: "
                "cannot write in %s: %s. Check the disk.",
                after.version,
                self._folder,
                error.strerror,
            )
