"""The files that the centre publishes for all gates: pointed at, fetched in pieces, proved, and left on the shelf.

Rules: one file at a time, in the order in which they matter; a bundle waits for the deny lists that it names; what does
not come whole is asked for again, ever later. Owned by the thread of the updates.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from gate.credential.trust import ListRef, TrustBundle
from gate.ports import AdapterError, Clock, Ears, Heard, RefusedUpdate, Shelf, TrustSource, UnknownSigner
from gate.service.update_fetch import PATIENCE_S, Fetch
from gate.service.update_problems import Problems
from gate.wire import pointer, rules_file
from gate.wire.pointer import Kind, Place, Pointer, Proof

log = logging.getLogger(__name__)

LISTS_WAIT_S = 20.0
"""How long a bundle waits for the deny lists that it names."""
FIRST_RETRY_S, LAST_RETRY_S = 5.0, 300.0
MOST_FILES = 64
"""Files that are published."""
_ORDER = (Kind.DENY, Kind.TRUST, Kind.STATUS, Kind.RULES)


@dataclass(slots=True)
class _Waiting:
    """A bundle that is proved, and waits for its lists until ``due_s``."""

    raw: bytes
    bundle: TrustBundle
    place: Place
    due_s: float


@dataclass(slots=True)
class _Failed:
    """A file that did not come whole, or could not be left: how often, and when to try again."""

    times: int
    again_s: float


class UpdateFiles:
    """``left`` is called when a file was left on the shelf."""

    def __init__(
        self, shelf: Shelf, trust: TrustSource, clock: Clock, problems: Problems, left: Callable[[], None]
    ) -> None:
        self.ears: Ears | None = None
        """The link, once there is one."""
        self._shelf = shelf
        self._trust = trust
        self._clock = clock
        self._problems = problems
        self._left = left
        self._pointers: dict[Place, Pointer] = {}
        self._done: dict[Place, str] = {}
        """Files, by their digest, that are here or were refused."""
        self._failed: dict[Place, _Failed] = {}
        self._fetch: Fetch | None = None
        self._part: Fetch | None = None
        """What came of the file that was given up last."""
        self._waiting: _Waiting | None = None

    @property
    def busy(self) -> bool:
        """Whether something is on its way that may mend what is refused."""
        return self._fetch is not None or self._waiting is not None

    def point(self, place: Place, payload: bytes) -> None:
        """What points at a file now. Raises ``RefusedUpdate``."""
        found = pointer.read(place, payload, self._trust.current().bundle, self._clock.now())
        if isinstance(found, str):
            raise RefusedUpdate(f"the pointer is refused: {found}")
        pointed, proof = found
        if proof is Proof.FAILS:
            raise RefusedUpdate("the signature of the pointer is wrong")
        if proof is not Proof.HOLDS and place.kind is not Kind.TRUST:
            raise _without_right(proof)
        if place not in self._pointers and len(self._pointers) >= MOST_FILES:
            raise RefusedUpdate(f"more than {MOST_FILES} files are published")
        if self._pointers.get(place) != pointed:
            self.forget(place)
            self._pointers[place] = pointed

    def forget(self, place: Place | None) -> None:
        """What was pointed at there is not meant any more."""
        if place is None or self._pointers.pop(place, None) is None:
            return
        self._failed.pop(place, None)
        self._problems.mended(_file(place))
        if self._fetch is not None and self._fetch.place == place:
            self._end_fetch()

    def piece(self, heard: Heard) -> bool:
        """Whether this is a piece of what is on its way."""
        fetch = self._fetch
        if fetch is None or not fetch.take(heard.topic, heard.payload, self._now_s()):
            return False
        if fetch.whole:
            self._end_fetch()
            self._arrived(fetch)
        elif fetch.answered:
            self._ask_no_more(fetch)
            self._ask(fetch)
        return True

    def link_changed(self) -> None:
        """What was asked for has to be asked for again."""
        self._end_fetch()
        self._failed.clear()

    def look_again(self) -> None:
        """What was refused may be good now."""
        self._done.clear()

    def forget_lists(self, bundle: TrustBundle) -> None:
        """Another bundle is in force: the lists of the one before are not needed."""
        if self._waiting is None:
            self._shelf.forget_lists(bundle)

    def turn(self) -> None:
        """What is due."""
        now_s = self._now_s()
        if self._waiting is not None:
            self._put_waiting(self._waiting, now_s)
        if self._fetch is not None and now_s >= self._fetch.due_s:
            self._gave_up(self._fetch, now_s)
        if self._fetch is None:
            self._begin(now_s)

    def _begin(self, now_s: float) -> None:
        """Ask for the next file that is needed."""
        for place in sorted(self._pointers, key=lambda place: (_ORDER.index(place.kind), place.name)):
            failed = self._failed.get(place)
            if (failed is None or now_s >= failed.again_s) and self._needs(place, self._pointers[place]):
                self._fetch = self._anew(place, self._pointers[place], now_s)
                self._ask(self._fetch)
                return

    def _anew(self, place: Place, pointed: Pointer, now_s: float) -> Fetch:
        """Begin, or go on with what came of it before."""
        part, self._part = self._part, None
        if part is None or (part.place, part.pointer) != (place, pointed):
            return Fetch(place, pointed, now_s + PATIENCE_S)
        part.due_s = now_s + PATIENCE_S
        return part

    def _needs(self, place: Place, pointed: Pointer) -> bool:
        if self._done.get(place) == pointed.sha256:
            return False
        if self._lacks(place, pointed):
            return True
        self._done[place] = pointed.sha256
        return False

    def _lacks(self, place: Place, pointed: Pointer) -> bool:
        match place.kind:
            case Kind.TRUST:
                return pointed.version > self._trust.current().bundle.version
            case Kind.RULES:
                return pointed.version > self._shelf.rules_version()
            case Kind.STATUS:
                return not self._shelf.has_snapshot(pointed.sha256)
            case Kind.DENY:
                return self._lacking(place, pointed) is not None

    def _lacking(self, place: Place, pointed: Pointer) -> ListRef | None:
        """The deny list that the bundle in force names so, or the one that waits, and that is not here."""
        bundles = (*((self._waiting.bundle,) if self._waiting else ()), self._trust.current().bundle)
        refs = (ref for bundle in bundles for ref in self._shelf.lacks(bundle))
        return next((ref for ref in refs if (ref.id, ref.sha256.hex()) == (place.name, pointed.sha256)), None)

    def _arrived(self, fetch: Fetch) -> None:
        """A file is whole."""
        place = fetch.place
        try:
            self._put(place, fetch.pointer, fetch.content())
        except RefusedUpdate as refused:
            self._problems.refuse(_file(place), refused, self._now_s())
        except AdapterError as error:
            self._problems.refuse(_file(place), error, self._now_s())
            self._try_later(place, self._now_s())
            return
        else:
            self._problems.mended(_file(place))
        self._done[place] = fetch.pointer.sha256

    def _put(self, place: Place, pointed: Pointer, raw: bytes | None) -> None:
        if raw is None:
            raise RefusedUpdate("its pieces are not the file that is pointed at")
        match place.kind:
            case Kind.TRUST:
                self._take_bundle(raw, place, pointed)
                return
            case Kind.RULES:
                self._take_rules(raw, pointed)
            case Kind.STATUS:
                self._shelf.put_snapshot(raw, self._trust.current().bundle, self._clock.now().utc)
            case Kind.DENY:
                ref = self._lacking(place, pointed)
                if ref is not None:
                    self._shelf.put_deny(raw, ref)
        self._left()

    def _take_rules(self, raw: bytes, pointed: Pointer) -> None:
        files = rules_file.decode(raw)
        if isinstance(files, str):
            raise RefusedUpdate(files)
        self._shelf.put_rules(files, pointed.version)

    def _take_bundle(self, raw: bytes, place: Place, pointed: Pointer) -> None:
        """Proved; it waits for the deny lists that it names."""
        bundle = self._shelf.bundle(raw)
        if bundle.version != pointed.version:
            raise RefusedUpdate("the bundle has another version than its pointer says")
        self._waiting = _Waiting(raw, bundle, place, self._now_s() + LISTS_WAIT_S)
        self._done = {known: digest for known, digest in self._done.items() if known.kind is not Kind.DENY}

    def _put_waiting(self, waiting: _Waiting, now_s: float) -> None:
        """Leave the bundle once its lists are here, or have not come in time."""
        lacking = self._shelf.lacks(waiting.bundle)
        fetching = self._fetch is not None and self._fetch.place.kind is Kind.DENY
        if lacking and (fetching or now_s < waiting.due_s):
            return
        if lacking:
            names = ", ".join(one.id for one in lacking)
            log.warning("version %d of the trust bundle comes without its lists: %s", waiting.bundle.version, names)
        self._waiting = None
        try:
            self._shelf.put_bundle(waiting.raw)
        except AdapterError as error:
            self._problems.refuse(_file(waiting.place), error, now_s)
            self._done.pop(waiting.place, None)
            self._try_later(waiting.place, now_s)
        else:
            self._left()

    def _gave_up(self, fetch: Fetch, now_s: float) -> None:
        """Nothing more has come of it; one that has failed twice is told."""
        self._end_fetch()
        self._part = fetch
        if self._try_later(fetch.place, now_s) > 1:
            told = f"the broker has but {fetch.told} of the file; publish it again"
            self._problems.refuse(_file(fetch.place), RefusedUpdate(told), now_s)

    def _try_later(self, place: Place, now_s: float) -> int:
        """Ever later; how often it has failed."""
        failed = self._failed.get(place) or _Failed(0, now_s)
        wait_s = min(LAST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(failed.times, 16))
        self._failed[place] = _Failed(failed.times + 1, now_s + wait_s)
        return failed.times + 1

    def _end_fetch(self) -> None:
        fetch, self._fetch = self._fetch, None
        if fetch is not None:
            self._ask_no_more(fetch)

    def _ask(self, fetch: Fetch) -> None:
        if self.ears is not None:
            self.ears.subscribe(fetch.ask())

    def _ask_no_more(self, fetch: Fetch) -> None:
        if self.ears is not None:
            self.ears.unsubscribe(fetch.asked)

    def _now_s(self) -> float:
        return self._clock.now().mono_ns / 1e9


def _without_right(proof: Proof) -> RefusedUpdate:
    if proof is Proof.UNKNOWN_KEY:
        return UnknownSigner("the trust bundle has not the key that signed the pointer")
    return RefusedUpdate("by the trust bundle the key of the pointer may not publish, or not now")


def _file(place: Place) -> str:
    """What a problem of a file is remembered and told by, beside that of its pointer."""
    return f"{place.topic}/chunk"
