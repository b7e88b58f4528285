"""This gate's secret of the week (epoch key): 32 random bytes in a file named after the ISO week, mode 0600.

The file of the week before stays, older ones are deleted, which makes their pseudonyms unlinkable.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from gate.adapters.trust_files.durable import write_whole
from gate.credential.epoch import carried_on
from gate.credential.instant import ClockTrust, Instant
from gate.credential.trust import EpochKey
from gate.ports import AdapterError, is_of_the_disk

log = logging.getLogger(__name__)

_KEY_BYTES = 32
_EPOCH = re.compile(r"[0-9]{4}-W[0-9]{2}")
_OTHERS = 0o077


def iso_week(now: Instant) -> str:
    """The name of the epoch, such as 2026-W47."""
    week = now.utc.isocalendar()
    return f"{week.year}-W{week.week:02}"


def sight(now: Instant) -> tuple[str, bool]:
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
        self._unkept: EpochKey | None = None
        """The newest key that the disk did not keep."""

    def key(self, now: Instant) -> EpochKey:
        """The key of the week, made when missing. Raises ``AdapterError``."""
        try:
            return self._key(now)
        except OSError as error:
            raise self._problem(error) from error

    def first(self, now: Instant) -> EpochKey:
        """The same at the start, where a disk that keeps none is no reason: then the key stays in memory."""
        try:
            return self._key(now)
        except OSError as error:
            if not is_of_the_disk(error):
                raise self._problem(error) from error
            log.warning("%s Until then a restart begins new pseudonyms.", self._problem(error))
        self._unkept = self._made_up(iso_week(now))
        return self._unkept

    def _problem(self, error: OSError) -> AdapterError:
        return AdapterError(
            f"Cannot keep the epoch key in {self._folder}: {error.strerror}. "
            "Make the folder writable for the user that the gate runs as, and check the disk."
        )

    def _made_up(self, name: str) -> EpochKey:
        secret, previous = None, None
        with suppress(OSError):
            previous = self._previous(name)
            secret = self._carried_on(name) if self._shared else None
        return EpochKey(name, secret or secrets.token_bytes(_KEY_BYTES), previous)

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
            secret = self._carried_on(name) if self._shared else None
            unkept = self._unkept.key if self._unkept and self._unkept.id == name else None
            write_whole(path, secret or unkept or secrets.token_bytes(_KEY_BYTES))
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
