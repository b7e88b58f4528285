"""``TrustSource`` from files: a snapshot of the bundle and the week's epoch key, replaced while the service runs.

``current`` is for any thread and touches the disk only when a week begins. ``refresh`` is for one thread: it looks at
the files once a second, and at once when told that something came (``hurry``), and loads what is new in short pieces,
so that no visitor waits for it. What the broker delivers lies in a folder of the gate's own; of two bundles the one of
the higher version counts.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from gate.adapters.trust_files.badge_key import read_badge_key
from gate.adapters.trust_files.bundles import BundleKeeper
from gate.adapters.trust_files.deny_lists import DenyFiles
from gate.adapters.trust_files.epochs import EpochFiles, sight
from gate.adapters.trust_files.looks import seen
from gate.adapters.trust_files.status_lists import StatusFiles
from gate.credential.badge_lists import BadgeLists
from gate.credential.badges import Badges, NoBadges
from gate.credential.denylist import DenyLists
from gate.credential.instant import ClockTrust, Instant
from gate.credential.proof import moment
from gate.credential.trust import Trust, TrustBundle
from gate.policy.trust_age import TrustAge, TrustAges, age_of
from gate.ports import AdapterError, Clock

_RETRY_NS = 60_000_000_000
_LOOK_NS = 1_000_000_000
_PIECE_NS = 10_000_000
"""How long one piece of loading may keep its caller."""

_log = logging.getLogger(__name__)

T = TypeVar("T")
Loading = Generator[None, None, None]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The folder of what the broker delivers."""

    folder: Path

    @property
    def bundle(self) -> Path:
        return self.folder / "trust.bundle"

    @property
    def lists(self) -> Path:
        return self.folder / "lists"

    @property
    def status(self) -> Path:
        return self.folder / "status"

    @property
    def rules(self) -> Path:
        return self.folder / "rules"


@dataclass(frozen=True, slots=True)
class TrustPaths:
    """Where trust comes from, and where this gate keeps what it must remember of it."""

    bundle: Path
    root_key: Path
    epoch_dir: Path
    """Holds the epoch keys alone; made when missing."""
    state_dir: Path
    """Holds the last good bundle and the highest version; made when missing."""
    lists_dir: Path
    """Holds the compiled deny lists that bundles name."""
    status_dir: Path
    """Holds the signed status lists and their changes."""
    badge_key: Path | None = None
    """The key of badge registries, which are among the lists; none where no badges count."""

    @property
    def delivered(self) -> Delivered:
        """Where what the broker brings is left; written by ``delivery`` alone."""
        return Delivered(self.state_dir / "delivered")


class TrustFiles:
    """``TrustSource`` from files. Raises ``AdapterError`` at start alone."""

    def __init__(
        self,
        paths: TrustPaths,
        clock: Clock,
        ages: TrustAges = TrustAges(),  # noqa: B008  (frozen)
        *,
        shared: bool = False,
    ) -> None:
        now = clock.now()
        self._clock = clock
        self._epochs = EpochFiles(paths.epoch_dir, shared=shared)
        epoch = self._epochs.first(now)
        self._keeper = BundleKeeper(paths.root_key, paths.state_dir)
        self._bundles = (paths.bundle, paths.delivered.bundle)
        self._ages = ages
        self._told = TrustAge.FRESH
        self._lock = threading.Lock()
        self._retry_ns = 0
        self._lists = DenyFiles(paths.lists_dir, paths.delivered.lists)
        self._badge_key = None if paths.badge_key is None else read_badge_key(paths.badge_key)
        self._statuses = StatusFiles(paths.status_dir, paths.state_dir / "status", paths.delivered.status)
        self._look_ns = now.mono_ns + _LOOK_NS
        self._loading: Loading | None = None
        self._seen = {path: seen(path) for path in self._bundles}
        bundle = self._first()
        whole(self._lists.load(bundle.revocation))
        whole(self._statuses.load(bundle, now.utc))
        lists = self._lists.in_force(now.utc)
        self._trust = Trust(bundle, epoch, lists, self._statuses.in_force(), self._badges(lists))
        self._week = sight(now)
        self._tell_age(now)

    def current(self) -> Trust:
        now = self._clock.now()
        with self._lock:
            if sight(now) != self._week and now.mono_ns >= self._retry_ns:
                self._turn(now)
            return self._trust

    def refresh(self) -> None:
        """Look, or go on loading for about 10 ms."""
        now = self._clock.now()
        if self._loading is None and now.mono_ns >= self._look_ns:
            self._look_ns = now.mono_ns + _LOOK_NS
            self._look(now)
        if self._loading is not None:
            self._load(now.mono_ns + _PIECE_NS)

    def hurry(self) -> None:
        """Something has come: look at the next ``refresh``. Any thread."""
        self._look_ns = 0

    def _first(self) -> TrustBundle:
        """The newest bundle, or else the last good one. Raises ``AdapterError`` where there is neither."""
        brought, delivered = self._bundles
        newest = self._quietly(delivered) if delivered.exists() else None
        try:
            return whole(self._keeper.take(brought))
        except AdapterError as error:
            if newest is not None:
                _log.info("%s Version %d came from the broker and is in force.", error, newest.version)
                return newest
            try:
                kept = whole(self._keeper.last_good())
            except AdapterError:
                raise error from None
            _log.warning("%s Version %d, the last good one, stays in force.", error, kept.version)
            return kept

    def _quietly(self, path: Path) -> TrustBundle | None:
        try:
            return whole(self._keeper.take(path))
        except AdapterError as error:
            _log.info("What the broker delivered is left out: %s", error)
            return None

    def _turn(self, now: Instant) -> None:
        """Take the key of the new week; when the disk refuses, keep the old one and try again in a minute."""
        try:
            epoch = self._epochs.key(now)
        except AdapterError as error:
            _log.warning("The pseudonyms of %s go on for now. %s", self._trust.epoch.id, error)
            self._retry_ns = now.mono_ns + _RETRY_NS
            return
        self._trust = replace(self._trust, epoch=epoch)
        self._week = sight(now)

    def _look(self, now: Instant) -> None:
        """See whether another file lies there, and how old the bundle in force is."""
        self._tell_age(now)
        for path in self._bundles:
            looks = seen(path)
            if looks != self._seen[path]:
                self._seen[path] = looks
                self._loading = self._new_bundle(path)
                return
        if self._lists_changed(now):
            self._loading = self._new_lists(self._trust.bundle)

    def _lists_changed(self, now: Instant) -> bool:
        """Whether other files lie there, or a list has come to its end."""
        expired = self._lists.in_force(now.utc) != self._trust.revocation
        return expired or self._lists.changed() or self._statuses.changed(now.utc)

    def _load(self, until_ns: int) -> None:
        """Go on loading; a file that is refused is told once and changes nothing."""
        try:
            while self._loading is not None:
                next(self._loading)
                if self._clock.now().mono_ns >= until_ns:
                    return
        except StopIteration:
            self._loading = None
        except AdapterError as error:
            self._loading = None
            _log.warning("%s Version %d stays in force.", error, self._trust.bundle.version)

    def _new_bundle(self, path: Path) -> Loading:
        before = self._trust.bundle
        bundle = yield from self._keeper.take(path)
        if bundle == before:
            return
        yield from self._new_lists(bundle)
        _log.info("Version %d of the trust bundle is in force, issued %s", bundle.version, moment(bundle.issued))

    def _new_lists(self, bundle: TrustBundle) -> Loading:
        """A bundle and its lists come into force together."""
        yield from self._lists.load(bundle.revocation)
        yield from self._statuses.load(bundle, self._clock.now().utc)
        revocation, statuses = self._lists.in_force(self._clock.now().utc), self._statuses.in_force()
        with self._lock:
            self._trust = replace(
                self._trust,
                bundle=bundle,
                revocation=revocation,
                statuses=statuses,
                badges=self._badges(revocation),
            )

    def _badges(self, lists: DenyLists) -> Badges:
        """The registries among these lists, which mean nothing without their key."""
        return NoBadges() if self._badge_key is None else BadgeLists(lists.lists, self._badge_key)

    def _tell_age(self, now: Instant) -> None:
        """Warn once at each stage; an unset clock knows no ages."""
        if now.clock is ClockTrust.UNSET:
            return
        stamp = self._trust.stamp
        age = age_of(stamp, self._ages, now.utc)
        if age is not self._told and age is not TrustAge.FRESH:
            _log.warning("The trust bundle is %s: issued %s, version %d", age, moment(stamp.issued), stamp.version)
        self._told = age


def whole(steps: Generator[None, None, T]) -> T:
    """All pieces at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: T = end.value
            return value
