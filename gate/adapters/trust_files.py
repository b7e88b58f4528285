"""Trust from files: the operator's signed bundle, the pinned root key, and this gate's secret of the week.

The bundle is read once, at start. The weekly secret (epoch key) is a file of 32 random bytes named after its ISO week,
mode 0600; the file of the week before stays, older ones are deleted, which makes their pseudonyms unlinkable.
``current`` is for any thread; it touches the disk only when a week begins.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import threading
from contextlib import suppress
from pathlib import Path

from gate.credential.bundle import MAX_BYTES, parse_bundle
from gate.credential.epoch import carried_on
from gate.credential.errors import TrustError
from gate.credential.instant import ClockTrust, Instant
from gate.credential.keys import root_from_pem
from gate.credential.trust import EpochKey, Trust, TrustBundle
from gate.ports import AdapterError, Clock

_KEY_BYTES = 32
_EPOCH = re.compile(r"[0-9]{4}-W[0-9]{2}")
_OTHERS = 0o077
_RETRY_NS = 60_000_000_000
_MAX_PEM_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


class TrustFiles:
    """``TrustSource`` from files. Raises ``AdapterError`` at start alone."""

    def __init__(self, bundle: Path, root_key: Path, epoch_dir: Path, clock: Clock, *, shared: bool = False) -> None:
        """``epoch_dir`` holds the epoch keys alone; it is made when missing. ``shared``: see ``EpochFiles``."""
        self._epochs = EpochFiles(epoch_dir, shared=shared)
        self._clock = clock
        self._lock = threading.Lock()
        self._retry_ns = 0
        now = clock.now()
        self._trust = Trust(read_bundle(bundle, root_key), self._epochs.key(now))
        self._seen = _sight(now)

    def current(self) -> Trust:
        now = self._clock.now()
        with self._lock:
            if _sight(now) != self._seen and now.mono_ns >= self._retry_ns:
                self._turn(now)
            return self._trust

    def _turn(self, now: Instant) -> None:
        """Take the key of the new week; when the disk refuses, keep the old one and try again in a minute."""
        try:
            epoch = self._epochs.key(now)
        except AdapterError as error:
            _log.warning("The pseudonyms of %s go on for now. %s", self._trust.epoch.id, error)
            self._retry_ns = now.mono_ns + _RETRY_NS
            return
        self._trust = Trust(self._trust.bundle, epoch)
        self._seen = _sight(now)


def read_bundle(bundle: Path, root_key: Path) -> TrustBundle:
    """The bundle of a file, if the key of ``root_key`` signed it. Raises ``AdapterError``."""
    pem = _read(root_key, _MAX_PEM_BYTES, "Give the .pub file that `gate trust keygen` made.")
    raw = _read(bundle, MAX_BYTES, "Make it with `gate trust sign`.")
    try:
        root = root_from_pem(pem)
    except TrustError as error:
        raise AdapterError(f"The root key {root_key} cannot be used: {error}.") from error
    try:
        return parse_bundle(raw, root)
    except TrustError as error:
        raise AdapterError(f"The trust bundle {bundle} cannot be used: {error}.") from error


def _read(path: Path, most: int, advice: str) -> bytes:
    """The file, and one byte more than ``most`` at most."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise AdapterError(f"Cannot read {path}: {error.strerror}. {advice}") from error


def iso_week(now: Instant) -> str:
    """The name of the epoch, such as 2026-W47."""
    week = now.utc.isocalendar()
    return f"{week.year}-W{week.week:02}"


def _sight(now: Instant) -> tuple[str, bool]:
    """What the choice of the epoch rests on."""
    return iso_week(now), now.clock is ClockTrust.UNSET


class EpochFiles:
    """The epoch keys of one folder. Used by one thread at a time.

    ``shared``: a new week's key follows from the newest one before, so that gates which were given the same key once
    go on with the same ones; then no key is deleted by a clock that is not synced.
    """

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        self._folder = folder
        self._shared = shared

    def key(self, now: Instant) -> EpochKey:
        """The key of the week, made when missing. Raises ``AdapterError``."""
        try:
            return self._key(now)
        except OSError as error:
            raise AdapterError(
                f"Cannot keep the epoch key in {self._folder}: {error.strerror}. "
                "Make the folder writable for the user that the gate runs as, and check the disk."
            ) from error

    def _id_at(self, now: Instant) -> str:
        """The week's name; while the clock is unset, that of the newest key if it is later than the clock's floor."""
        if now.clock is ClockTrust.UNSET:
            return max((iso_week(now), *self._kept()))
        return iso_week(now)

    def _key(self, now: Instant) -> EpochKey:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = self._id_at(now)
        path = self._folder / name
        if not path.exists():
            self._create(path)
        key = EpochKey(name, _secret(path), self._previous(name))
        if now.clock is ClockTrust.SYNCED or not (self._shared or now.clock is ClockTrust.UNSET):
            self._forget(name)
        return key

    def _kept(self) -> list[str]:
        return sorted(path.name for path in self._folder.iterdir() if _EPOCH.fullmatch(path.name))

    def _before(self, name: str) -> list[str]:
        return [kept for kept in self._kept() if kept < name][-1:]

    def _previous(self, name: str) -> EpochKey | None:
        """The newest key before; without it the pseudonyms just begin anew."""
        for before in self._before(name):
            with suppress(AdapterError, OSError):
                return EpochKey(before, _secret(self._folder / before))
        return None

    def _carried_on(self, name: str) -> bytes | None:
        previous = self._previous(name)
        return carried_on(previous.key, previous.id, name) if previous else None

    def _forget(self, name: str) -> None:
        """Keep this key and the newest before it."""
        before = self._before(name)
        for kept in self._kept():
            if kept not in {name, *before}:
                (self._folder / kept).unlink()

    def _create(self, path: Path) -> None:
        """Write a new key so that the file is there whole or not at all, also after a power cut."""
        secret = (self._carried_on(path.name) if self._shared else None) or secrets.token_bytes(_KEY_BYTES)
        draft = path.with_name(f".{path.name}.new")
        draft.unlink(missing_ok=True)  # what a power cut left of an earlier attempt
        draft.touch(mode=0o600, exist_ok=False)
        with draft.open("wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        _sync_folder(self._folder)


def _secret(path: Path) -> bytes:
    with path.open("rb") as file:
        others = os.fstat(file.fileno()).st_mode & _OTHERS
        secret = file.read(_KEY_BYTES + 1)
    if others:
        raise AdapterError(f"Others may read the epoch key {path}. Run: chmod 600 {path}")
    if len(secret) != _KEY_BYTES:
        raise AdapterError(
            f"The epoch key {path} is damaged: it is not {_KEY_BYTES} bytes. "
            "Delete it: a new one is made, and the pseudonyms of this week begin anew."
        )
    return secret


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
