"""``Shelf`` on the disk: what the broker delivers is proved, and left where ``TrustFiles`` and ``RuleFileOnDisk`` look.

Rules: nothing is written before it is proved by the key that has to sign it, in the trust of this gate; nothing
replaces what is newer; every file is there whole or not at all. One thread uses it, and it is not the reader's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from gate.adapters.trust_files import standing as memory
from gate.adapters.trust_files.bundles import read_root
from gate.adapters.trust_files.deny_lists import file_name
from gate.adapters.trust_files.durable import write_whole
from gate.adapters.trust_files.rule_files import delivered_name
from gate.adapters.trust_files.source import TrustPaths
from gate.credential.bundle import parse_bundle
from gate.credential.errors import MalformedError, TrustError, UnknownSignerError
from gate.credential.statuslist import MAX_DELTA_BYTES, Delta, Snapshot, read_delta, read_snapshot, unproven
from gate.credential.trust import ListRef, TrustBundle
from gate.policy.strict import MOST_BYTES
from gate.ports import AdapterError, RefusedUpdate, UnknownSigner

_RULES_VERSION = "rules-version"
_NAME_DIGITS = 32
_MOST_MEMORY = 64


class Delivery:
    """``Shelf`` in the folder ``delivered`` of these paths, made when something comes.

    Raises ``AdapterError`` at start for a root key that cannot be read.
    """

    def __init__(self, paths: TrustPaths) -> None:
        self._paths = paths
        self._to = paths.delivered
        self._pinned = read_root(paths.root_key)

    def bundle(self, raw: bytes) -> TrustBundle:
        try:
            standing = memory.load(self._paths.state_dir, self._pinned)
            signer = standing.signer(raw)
            found = parse_bundle(raw, signer)
            standing.after(raw, found, signer)
        except TrustError as error:
            raise RefusedUpdate(f"the trust bundle cannot be used: {error}") from error
        except OSError as error:
            raise AdapterError(f"Cannot read {self._paths.state_dir}: {error.strerror}. Check the disk.") from error
        return found

    def put_bundle(self, raw: bytes) -> None:
        self._write(self._to.bundle, raw)

    def lacks(self, bundle: TrustBundle) -> Sequence[ListRef]:
        folders = (self._paths.lists_dir, self._to.lists)
        return [one for one in bundle.revocation if not any((at / file_name(one)).exists() for at in folders)]

    def put_deny(self, raw: bytes, ref: ListRef) -> None:
        if hashlib.sha256(raw).digest() != ref.sha256:
            raise RefusedUpdate(f"the deny list {ref.id} is not the one that the bundle names")
        self._write(self._to.lists / file_name(ref), raw)

    def forget_lists(self, bundle: TrustBundle) -> None:
        kept = {file_name(one) for one in bundle.revocation}
        self._forget(path for path in self._to.lists.glob("*.deny") if path.name not in kept)

    def has_snapshot(self, sha256: str) -> bool:
        return any(_digest(path) == sha256 for path in self._to.status.glob("*.statuslist"))

    def put_snapshot(self, raw: bytes, bundle: TrustBundle, utc: datetime) -> None:
        try:
            issuer, snapshot = read_snapshot(raw, bundle, utc)
        except TrustError as error:
            raise _refused(error) from error
        name = _name(issuer.id, snapshot.uri)
        path = self._to.status / f"{name}.statuslist"
        there = _there(path)
        if isinstance(there, Snapshot) and there.issued > snapshot.issued:
            raise RefusedUpdate("a newer issue of this status list is here")
        self._write(path, raw)
        for old in self._to.status.glob(f"{name}.*.delta"):
            delta = _there(old)
            if not isinstance(delta, Delta) or delta.base < snapshot.issued:
                self._forget([old])

    def put_change(self, raw: bytes, bundle: TrustBundle, utc: datetime) -> bool:
        if len(raw) > MAX_DELTA_BYTES:
            raise RefusedUpdate(f"the change to a status list exceeds {MAX_DELTA_BYTES} bytes")
        try:
            issuer, delta = read_delta(raw, bundle, utc)
        except TrustError as error:
            raise _refused(error) from error
        name = _name(issuer.id, delta.uri)
        snapshot = _there(self._to.status / f"{name}.statuslist")
        if isinstance(snapshot, Snapshot) and snapshot.issued > delta.base:
            return False
        path = self._to.status / f"{name}.{int(delta.base.timestamp())}.delta"
        there = _there(path)
        if isinstance(there, Delta) and (there.seq, there.covers) >= (delta.seq, delta.covers):
            return False
        self._write(path, raw)
        return True

    def rules_version(self) -> int:
        try:
            with (self._to.folder / _RULES_VERSION).open("rb") as file:
                return int(json.loads(file.read(_MOST_MEMORY)))
        except (OSError, ValueError, TypeError, RecursionError):
            return 0

    def put_rules(self, raws: Sequence[bytes], version: int) -> None:
        names = {delivered_name(hashlib.sha256(raw).digest()): raw for raw in raws}
        if any(len(raw) > MOST_BYTES for raw in raws):
            raise RefusedUpdate(f"a file of rules exceeds {MOST_BYTES} bytes")
        for name, raw in names.items():
            if not (self._to.rules / name).exists():
                self._write(self._to.rules / name, raw)
        self._forget(path for path in self._to.rules.glob("*.json") if path.name not in names)
        self._write(self._to.folder / _RULES_VERSION, json.dumps(version).encode())

    def _write(self, path: Path, raw: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(path, raw)
        except OSError as error:
            raise _cannot_write(path, error) from error

    def _forget(self, paths: Iterable[Path]) -> None:
        for path in list(paths):
            with suppress(OSError):  # it is in nobody's way
                path.unlink()


def _cannot_write(path: Path, error: OSError) -> AdapterError:
    return AdapterError(f"Cannot write {path}: {error.strerror}. Check the disk, and that the gate may write there.")


def _refused(error: TrustError) -> RefusedUpdate:
    return UnknownSigner(str(error)) if isinstance(error, UnknownSignerError) else RefusedUpdate(str(error))


def _name(issuer: str, uri: str) -> str:
    """The files of one list, whatever its topic is called."""
    return hashlib.sha256(f"{issuer}\0{uri}".encode()).hexdigest()[:_NAME_DIGITS]


def _there(path: Path) -> Snapshot | Delta | None:
    """What lies there, which was proved when it was written."""
    try:
        return unproven(path.read_bytes())
    except (OSError, MalformedError):
        return None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
