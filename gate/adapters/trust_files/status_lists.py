"""Status lists as files: a signed snapshot is unpacked once into a file of the gate's own, which is mapped.

``folder`` is brought by hand, ``delivered`` by the broker (``delivery``): snapshots ``*.statuslist`` and changes
``*.delta``, whatever their names.
``unpacked`` is the gate's: an array for each snapshot in force, always compared with what was signed before it is
mapped, and the newest issue of each list with the number of its changes, so that an older issue is refused and a change
that was here is missed, also after a restart.
"""

from __future__ import annotations

import hashlib
import json
import logging
import mmap
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gate.adapters.trust_files.durable import write_whole
from gate.adapters.trust_files.looks import Seen, seen
from gate.credential.deny_filters import Bytes
from gate.credential.errors import TrustError
from gate.credential.statuses import StatusList, StatusLists, changes_of
from gate.credential.statuslist import MAX_BYTES, MAX_DELTA_BYTES, Delta, Snapshot, read_delta, read_snapshot
from gate.credential.trust import TrustBundle

SNAPSHOTS, DELTAS = "*.statuslist", "*.delta"
MAX_FILES = 4096
_NEWEST = "newest.json"
_NAME_DIGITS = 32
_NEVER = datetime.max.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)

Steps = Generator[None, None, None]
Name = tuple[str, str]
"""The issuer's id, and the address of the list."""


@dataclass(frozen=True, slots=True)
class _Mapped:
    """A snapshot in force, without its array in memory, and where that lies unpacked."""

    name: Name
    list: StatusList
    path: Path
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest issue of a list that was here (seconds since 1970), and how many changes to it there are."""

    issued: float
    changes: int


_Found = _Mapped | tuple[Name, Delta] | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What a delivered file was found to be; ``found`` is none where it cannot be used."""

    seen: Seen
    found: _Found


class StatusFiles:
    """The lists of one folder. For one thread at a time; what it gives out is for any."""

    def __init__(self, folder: Path, unpacked: Path, delivered: Path | None = None) -> None:
        self._folders = (folder,) if delivered is None else (folder, delivered)
        self._unpacked = unpacked
        self._known: dict[Path, _Known] = {}
        self._bundle: TrustBundle | None = None
        self._turn = _NEVER
        self._newest: dict[Name, _Newest] = _load_newest(unpacked / _NEWEST)

    def changed(self, utc: datetime) -> bool:
        """Whether a file came, went or is another one than when it was read, or a key counts now that did not then."""
        if utc >= self._turn:
            return True
        now = self._delivered()
        if now.keys() != self._known.keys() or any(self._known[path].seen != looks for path, looks in now.items()):
            return True
        return any(seen(one.path) != one.seen for one in self._mapped())

    def load(self, bundle: TrustBundle, utc: datetime) -> Steps:
        """Read what is new, in pieces of one file; all of it where the issuers are others. Tells what it leaves out."""
        issuers = bundle.issuers
        if utc >= self._turn:  # what was refused then may be good now
            self._known = {path: known for path, known in self._known.items() if known.found is not None}
        self._turn = _next_turn(bundle, utc)
        if self._bundle is None or issuers != self._bundle.issuers:
            self._known = {}
        self._bundle = bundle
        known: dict[Path, _Known] = {}
        for path, looks in self._delivered().items():
            yield
            before = self._known.get(path)
            if before is None or not _as_before(before, looks):
                before = _Known(looks, self._read(path, bundle, utc) or _last_good(before))
            known[path] = before
        self._known = known
        self._count_changes()
        self._keep_newest()
        self._forget_others()

    def in_force(self) -> StatusLists:
        """The newest snapshot of each list, with its changes."""
        newest: dict[Name, StatusList] = {}
        for one in self._mapped():
            if one.name not in newest or newest[one.name].issued < one.list.issued:
                newest[one.name] = one.list
        return StatusLists({name: self._with_changes(name, one) for name, one in newest.items()})

    def _with_changes(self, name: Name, one: StatusList) -> StatusList:
        newest = self._newest[name]
        known_of = newest.changes if newest.issued == one.issued.timestamp() else 0
        issued = one.issued.timestamp()
        later = [delta for delta in self._deltas_of(name) if delta.base.timestamp() > issued]
        changes = changes_of(self._deltas(name, issued), known_of, later)
        return one if changes == one.changes else replace(one, changes=changes)

    def _deltas(self, name: Name, issued: float) -> list[Delta]:
        """The changes to an issue of a list that lie there."""
        return [delta for delta in self._deltas_of(name) if delta.base.timestamp() == issued]

    def _deltas_of(self, name: Name) -> list[Delta]:
        found = [known.found for known in self._known.values() if isinstance(known.found, tuple)]
        return [delta for whose, delta in found if whose == name]

    def _count_changes(self) -> None:
        """Remember the highest number of a change to each newest issue."""
        for name, newest in self._newest.items():
            highest = max((delta.seq for delta in self._deltas(name, newest.issued)), default=0)
            self._newest[name] = replace(newest, changes=max(newest.changes, highest))

    def _mapped(self) -> Iterable[_Mapped]:
        return [known.found for known in self._known.values() if isinstance(known.found, _Mapped)]

    def _delivered(self) -> dict[Path, Seen]:
        """The files that lie there, in the order of their names."""
        paths = [path for folder in self._folders for ending in (SNAPSHOTS, DELTAS) for path in folder.glob(ending)]
        looks = {path: seen(path) for path in sorted(paths)[:MAX_FILES]}
        return {path: look for path, look in looks.items() if look is not None}

    def _read(self, path: Path, bundle: TrustBundle, utc: datetime) -> _Found:
        """What a file holds; None, and a word about it, where it cannot be used."""
        try:
            if path.match(DELTAS):
                issuer, delta = read_delta(_bytes(path, MAX_DELTA_BYTES), bundle, utc)
                return (issuer.id, delta.uri), delta
            raw = _bytes(path, MAX_BYTES)
            issuer, snapshot = read_snapshot(raw, bundle, utc)
            return self._map(raw, (issuer.id, snapshot.uri), snapshot)
        except TrustError as error:
            _log.warning("The status list file %s is left out: %s.", path, error)
        except OSError as error:
            _log.warning("The status list file %s cannot be used: %s.", path, error.strerror)
        return None

    def _map(self, raw: bytes, name: Name, snapshot: Snapshot) -> _Mapped:
        """The snapshot, unpacked and mapped. Raises ``TrustError`` for one older than this gate has had."""
        newest, issued = self._newest.get(name), snapshot.issued.timestamp()
        if newest is not None and issued < newest.issued:
            raise TrustError("a newer issue of this list was here before")
        path = self._unpacked / hashlib.sha256(raw).hexdigest()[:_NAME_DIGITS]
        array = _file_of(path, snapshot.array)
        if newest is None or newest.issued < issued:
            self._newest[name] = _Newest(issued, changes=0)
        listed = StatusList(array, snapshot.bits, snapshot.issued, snapshot.expires, whole=partial(_is_whole, array))
        return _Mapped(name, listed, path, seen(path))

    def _keep_newest(self) -> None:
        document = [[*name, newest.issued, newest.changes] for name, newest in sorted(self._newest.items())]
        raw = json.dumps(document).encode()
        path = self._unpacked / _NEWEST
        try:
            if raw != (path.read_bytes() if path.exists() else b"[]"):
                self._unpacked.mkdir(parents=True, exist_ok=True, mode=0o700)
                write_whole(path, raw)
        except OSError as error:
            _log.warning("Which issues of status lists were here is not kept: %s: %s.", path, error.strerror)

    def _forget_others(self) -> None:
        """Delete the arrays of snapshots that are gone; a map that is still in use stays good."""
        kept = {one.path for one in self._mapped()} | {self._unpacked / _NEWEST}
        for path in set(self._unpacked.glob("*")) - kept:
            try:
                path.unlink()
            except OSError as error:
                _log.warning("Cannot delete %s: %s.", path, error.strerror)


def _next_turn(bundle: TrustBundle, utc: datetime) -> datetime:
    """When the next key that does not count yet begins to, by whose period a list is refused until then."""
    begins = [key.not_before for issuer in bundle.issuers for key in issuer.keys if key.not_before is not None]
    return min((begin for begin in begins if begin > utc), default=_NEVER)


def _last_good(known: _Known | None) -> _Found:
    """The snapshot that was there before something came that cannot be used; what it lies in is the gate's own."""
    found = known.found if known else None
    return found if isinstance(found, _Mapped) and seen(found.path) == found.seen else None


def _as_before(known: _Known, looks: Seen) -> bool:
    """Neither the delivered file nor its array is another one."""
    return known.seen == looks and not (isinstance(known.found, _Mapped) and seen(known.found.path) != known.found.seen)


def _bytes(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise TrustError(f"it exceeds {most} bytes")
    return raw


def _file_of(path: Path, array: bytes) -> Bytes:
    """The array as a map of a file that holds just that. Raises ``OSError``."""
    if not array:
        return array  # an empty file cannot be mapped
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists() or path.stat().st_size != len(array) or path.read_bytes() != array:
        write_whole(path, array)
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _is_whole(array: Bytes) -> bool:
    """Whether the file under a map is still as long as the map."""
    return not isinstance(array, mmap.mmap) or array.size() == len(array)


def _load_newest(path: Path) -> dict[Name, _Newest]:
    """What is remembered of each list; what cannot be read is as if there were nothing."""
    try:
        found = json.loads(path.read_bytes())
        return {(str(issuer), str(uri)): _Newest(float(issued), int(changes)) for issuer, uri, issued, changes in found}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, OverflowError, RecursionError) as error:
        _log.warning("Which issues of status lists were here is not known: %s: %s.", path, error)
        return {}
