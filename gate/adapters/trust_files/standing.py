"""What a gate remembers of bundles for good: the highest version it had, and whose word it takes for the next one.

The memory belongs to the pinned root key: pinning another key by hand begins it anew (docs/adr, root rotation).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gate.adapters.trust_files.durable import write_whole
from gate.credential.bundle import signer_of
from gate.credential.errors import TrustError
from gate.credential.trust import TrustBundle

MAX_BYTES = 4096
_NAME = "standing.json"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the gate stands: ``version`` and ``digest`` (SHA-256, hex) are of the newest bundle that it took."""

    pinned: Ed25519PublicKey
    root: Ed25519PublicKey
    """Who signs now: the pinned key, or its successor."""
    next_root: Ed25519PublicKey | None = None
    """Who may sign as well: the successor that the newest bundle announces."""
    version: int = 0
    digest: str = ""

    def signer(self, raw: bytes) -> Ed25519PublicKey:
        """Whose signature, of those that count, a bundle bears. Raises ``TrustError``."""
        return signer_of(raw, [root for root in (self.root, self.next_root) if root is not None])

    def after(self, raw: bytes, bundle: TrustBundle, signer: Ed25519PublicKey) -> Standing:
        """Where the gate stands with this bundle. Raises ``TrustError`` for one that it may not take any more."""
        digest = hashlib.sha256(raw).hexdigest()
        if bundle.version < self.version:
            raise TrustError(
                f"its version {bundle.version} is lower than {self.version}, which this gate has had; "
                "sign a newer one with `gate trust sign`"
            )
        if bundle.version == self.version and digest != self.digest:
            raise TrustError(f"another bundle of version {bundle.version} is in force; sign it with a higher version")
        return Standing(self.pinned, signer, bundle.next_root, bundle.version, digest)


def load(folder: Path, pinned: Ed25519PublicKey) -> Standing:
    """The memory for this pinned key; a new one where there is none. Raises ``OSError``, ``TrustError``."""
    try:
        with (folder / _NAME).open("rb") as file:
            raw = file.read(MAX_BYTES)
    except FileNotFoundError:
        return Standing(pinned, pinned)
    try:
        standing = _decoded(json.loads(raw))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise TrustError(
            f"the memory of earlier bundles, {folder / _NAME}, is damaged; delete it if you are sure of the bundle"
        ) from None
    return standing if standing.pinned == pinned else Standing(pinned, pinned)


def store(folder: Path, standing: Standing) -> None:
    """Keep it, over the older one; on return it is on the disk. Raises ``OSError``."""
    document = {
        "pinned": _hex(standing.pinned),
        "root": _hex(standing.root),
        "next_root": standing.next_root and _hex(standing.next_root),
        "version": standing.version,
        "digest": standing.digest,
    }
    write_whole(folder / _NAME, json.dumps(document).encode())


def _decoded(document: dict[str, object]) -> Standing:
    version, digest = document["version"], document["digest"]
    if type(version) is not int or not isinstance(digest, str):
        raise TypeError
    announced = document["next_root"]
    return Standing(
        pinned=_key(document["pinned"]),
        root=_key(document["root"]),
        next_root=None if announced is None else _key(announced),
        version=version,
        digest=digest,
    )


def _hex(key: Ed25519PublicKey) -> str:
    return key.public_bytes_raw().hex()


def _key(value: object) -> Ed25519PublicKey:
    if not isinstance(value, str):
        raise TypeError
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(value))
