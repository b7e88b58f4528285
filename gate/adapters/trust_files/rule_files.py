"""A file of rules: taken only where the trust bundle names its digest, and remembered for when it is spoilt.

What was taken is kept in a file of the gate's own, so that a pack which is replaced by something that nobody vouches
for stays in force, also after a restart.  The signature comes first: nothing unvouched for is looked into.  What the
broker delivered of the same rules counts where its version is higher.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from gate.adapters.trust_files.durable import write_whole
from gate.adapters.trust_files.looks import Seen, seen
from gate.credential.trust import RuleRef
from gate.policy.strict import MOST_BYTES
from gate.ports import AdapterError, Vouched

MOST_KEPT = 8
_MOST_KEPT_BYTES = 2 * MOST_KEPT * MOST_BYTES
_NAME_DIGITS = 16
_SHOWN = 4
"""How many of the bundle's packs a refusal names."""

_log = logging.getLogger(__name__)


class RuleFileOnDisk:
    """``RuleFile`` at a path; ``folder`` is the gate's own, made when missing; ``delivered`` the broker's."""

    def __init__(self, path: Path, folder: Path, delivered: Path | None = None) -> None:
        self._path = path
        self._delivered = delivered
        self._memory = folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:_NAME_DIGITS]}.json"
        self._seen: tuple[Seen | None, Seen | None] = (None, None)
        self._kept = _load(self._memory)

    @property
    def name(self) -> str:
        return str(self._path)

    @property
    def kept(self) -> tuple[Vouched, ...]:
        return self._kept

    def changed(self) -> bool:
        return self._looks() != self._seen

    def offered(self, refs: Sequence[RuleRef]) -> Vouched:
        self._seen = self._looks()
        try:
            brought = self._brought(refs)
        except AdapterError:
            newest = self._newest(refs, self._kept[0].ref.id) if self._kept else None
            if newest is None:
                raise
            return newest
        newest = self._newest(refs, brought.ref.id)
        return brought if newest is None or newest.ref.version <= brought.ref.version else newest

    def _looks(self) -> tuple[Seen | None, Seen | None]:
        return seen(self._path), None if self._delivered is None else seen(self._delivered)

    def _newest(self, refs: Sequence[RuleRef], id_: str) -> Vouched | None:
        """The newest of these rules that was delivered and is vouched for."""
        for ref in sorted((ref for ref in refs if ref.id == id_), key=lambda ref: -ref.version):
            path = None if self._delivered is None else self._delivered / delivered_name(ref.sha256)
            try:
                if path is not None and path.exists() and ref_of(raw := read_rules(path), [ref]) is ref:
                    return Vouched(ref, raw)
            except AdapterError as error:
                _log.warning("%s", error)
        return None

    def _brought(self, refs: Sequence[RuleRef]) -> Vouched:
        raw = read_rules(self._path)
        ref = ref_of(raw, refs)
        if ref is None:
            raise AdapterError(f"{self._path} is not vouched for by the trust bundle: {_known(raw, refs)}")
        return Vouched(ref, raw)

    def keep(self, taken: tuple[Vouched, ...]) -> None:
        """Where the disk refuses, they count all the same, until a restart."""
        taken = taken[:MOST_KEPT]
        if taken == self._kept:
            return
        self._kept = taken
        document = [
            {"id": one.ref.id, "version": one.ref.version, "sha256": one.ref.sha256.hex(), "raw": _text(one.raw)}
            for one in taken
        ]
        try:
            self._memory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self._memory, json.dumps(document).encode())
        except OSError as error:
            _log.warning(
                "%s is in force, but would not be remembered if it were spoilt before a restart: cannot write %s: %s.",
                self._path,
                self._memory,
                error.strerror,
            )


def delivered_name(digest: bytes) -> str:
    """What a delivered file of rules with this SHA-256 is called."""
    return f"{digest.hex()[:_NAME_DIGITS]}.json"


def read_rules(path: Path) -> bytes:
    """The bytes of a file of rules of sensible size. Raises ``AdapterError``."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise AdapterError(f"{path} cannot be read: {error.strerror}. Check its name and who may read it.") from error
    if len(raw) > MOST_BYTES:
        raise AdapterError(f"{path} is larger than {MOST_BYTES} bytes. Name a file of rules or cases.")
    return raw


def ref_of(raw: bytes, refs: Sequence[RuleRef]) -> RuleRef | None:
    """What these bytes are, where the operator vouches for them."""
    digest = hashlib.sha256(raw).digest()
    return next((ref for ref in refs if ref.sha256 == digest), None)


def _known(raw: bytes, refs: Sequence[RuleRef]) -> str:
    """What was found and what was signed, and what to do."""
    found = f"its SHA-256 begins {hashlib.sha256(raw).hexdigest()[:_NAME_DIGITS]}"
    signed = [f"{ref.id} {ref.version} ({ref.sha256.hex()[:_NAME_DIGITS]})" for ref in refs[:_SHOWN]]
    more = f" and {len(refs) - _SHOWN} more" if len(refs) > _SHOWN else ""
    names = f"the bundle names {', '.join(signed)}{more}" if refs else "the bundle names no rules"
    return f"{found}, {names}. Bring the file that was signed, or sign this one with `gate trust sign --rules`."


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _load(memory: Path) -> tuple[Vouched, ...]:
    """What is remembered; nothing where that is damaged."""
    try:
        with memory.open("rb") as file:
            entries = json.loads(file.read(_MOST_KEPT_BYTES))
        return tuple(map(_vouched, entries))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        _log.warning("What was in force of the rules is not known, %s cannot be used: %s.", memory, error)
        return ()


def _vouched(entry: dict[str, object]) -> Vouched:
    """Raises ``ValueError`` for bytes that are not those that were vouched for."""
    raw = base64.b64decode(str(entry["raw"]), validate=True)
    version = entry["version"]
    if type(version) is not int or hashlib.sha256(raw).hexdigest() != entry["sha256"]:
        raise ValueError("its content is damaged")
    return Vouched(RuleRef(str(entry["id"]), version, hashlib.sha256(raw).digest()), raw)
