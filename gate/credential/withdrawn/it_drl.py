"""The revocation list of Italy (DRL): chunks of a whole list or of the changes to it (``GET /v1/dgc/drl``), as JSON.

``{id, fromVersion?, version, chunk, lastChunk, totalNumberUCVI?, creationDate?}`` and either ``revokedUcvi: [...]`` or
``delta: {insertions: [...], deletions: [...]}``: SHA-256 of certificates' ids in base64. ``totalNumberUCVI`` is how
many the version has in all, which is counted after the last chunk. After the public documentation of Italy's ministry.

What is known so far, with the chunks of a version that is not whole yet, is the state (``it_state``) that is kept
between two compilations: so changes lead from one version to the next, and a download may be resumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any

from gate.credential.denylist import ANY_KID, Entry
from gate.credential.errors import TrustError
from gate.credential.revocation import DIGEST_BYTES
from gate.credential.withdrawn import it_state
from gate.credential.withdrawn.found import Files, Found, Published, base64_of, time_of
from gate.credential.withdrawn.it_state import Chunk, State, Target

FORM = "it-drl"
_SHA256_BYTES = 32
_MOST = 2**53
"""Versions and chunks are counted in JSON numbers."""
_SHOWN = 10


def claims(file: Published) -> bool:
    """Whether a file is a chunk."""
    document = file.document
    return isinstance(document, dict) and {"version", "chunk"} <= document.keys()


def read(files: Files, before: bytes | None) -> Found:
    """The list after these chunks, from the state before. Raises ``TrustError`` where they do not fit it."""
    found = Found(FORM)
    state = it_state.read(before) if before is not None else State()
    chunks = sorted(map(_chunk, files), key=lambda chunk: (chunk.target.order, chunk.number))
    for target, group in groupby(chunks, key=lambda chunk: chunk.target):
        state = _with_target(state, target, group, found)
    found.state = it_state.written(state)
    found.version = None if state.version is None else str(state.version)
    found.issued = None if state.issued is None else datetime.fromtimestamp(state.issued, UTC)
    found.entries += (Entry(ANY_KID, digest) for digest in sorted(state.digests))
    missing = _missing(state)
    if state.version is None:
        found.waits = missing
    elif missing:
        found.skipped.append(f"{missing}; until they come, the list stays at version {state.version}")
    return found


def _with_target(state: State, target: Target, chunks: Iterable[Chunk], found: Found) -> State:
    """The state with these chunks, and at their version once all of them are there."""
    if not _leads_on(state, target):
        found.skipped.append(f"version {target.version}: it is in already")
        return state
    if state.pending and state.target != target:
        found.skipped.append(
            f"version {state.target.version}: its chunks so far are dropped for version {target.version}"
        )
        state = state.without_pending()
    state = state.with_chunks(chunks)
    return state if len(state.pending) < target.last else _applied(state)


def _leads_on(state: State, target: Target) -> bool:
    """Whether it leads to another version. Raises ``TrustError`` where it cannot be reached from here."""
    here = state.version
    if target.begin is None:
        if here is not None and target.version < here:
            raise TrustError(
                f"the whole list is of version {target.version}, and version {here} was here before; "
                "fetch the newest one, or delete the state file to begin anew"
            )
        return True
    if here is not None and target.version <= here:
        return False
    if here != target.begin:
        where = "nothing is here yet" if here is None else f"version {here} is here"
        raise TrustError(f"the changes lead from version {target.begin}, but {where}; {_FETCH_ALL}")
    return True


_FETCH_ALL = "fetch the whole list (without version=)"


def _applied(state: State) -> State:
    digests = set() if state.target.begin is None else set(state.digests)
    for _, chunk in sorted(state.pending.items()):
        digests.difference_update(chunk.deletions)
        digests.update(chunk.insertions)
    total = next((chunk.total for chunk in state.pending.values() if chunk.total is not None), None)
    if total is not None and total != len(digests):
        raise TrustError(
            f"version {state.target.version} should have {total} entries, but it has {len(digests)}; {_FETCH_ALL}"
        )
    issued = min((chunk.issued for chunk in state.pending.values() if chunk.issued is not None), default=None)
    return State(state.target.version, frozenset(digests), issued=issued)


def _missing(state: State) -> str | None:
    """Which chunks are still to be fetched."""
    if not state.pending:
        return None if state.version is not None else f"there is no list yet; {_FETCH_ALL}"
    numbers = (str(number) for number in range(1, state.target.last + 1) if number not in state.pending)
    shown = ", ".join([*islice(numbers, _SHOWN), *("..." for _ in islice(numbers, 1))])
    return f"version {state.target.version}: the chunks {shown} of {state.target.last} are still to be fetched"


def _chunk(file: Published) -> Chunk:
    document: Any = file.document
    begin, insertions, deletions = _ways_of(file)
    version, number, last, total = (document.get(name) for name in ("version", "chunk", "lastChunk", "totalNumberUCVI"))
    if not _are_counts(version, number, last, begin or 0, total or 0) or not 1 <= number <= last:
        raise TrustError(f"{file.name} has versions or chunks that are no whole numbers, or lie beyond the last chunk")
    target = Target(version, begin, last, str(document.get("id")))
    created = time_of(document.get("creationDate"))
    issued = int(created.timestamp()) if created is not None else None
    return Chunk(target, number, total, issued, _digests(insertions, file), _digests(deletions, file))


def _ways_of(file: Published) -> tuple[Any, object, object]:
    """From which version (None: from nothing), what comes and what goes."""
    match file.document:
        case {"fromVersion": int() as begin, "delta": {} as delta}:
            return begin, delta.get("insertions") or [], delta.get("deletions") or []
        case {"revokedUcvi": list() as insertions}:
            return None, insertions, []
        case _:
            raise TrustError(f"{file.name} is a chunk with neither a whole list nor changes from a version")


def _are_counts(*values: object) -> bool:
    return all(type(value) is int and 0 <= value < _MOST for value in values)


def _digests(texts: object, file: Published) -> tuple[bytes, ...]:
    found = [base64_of(text) for text in texts] if isinstance(texts, list) else [None]
    if any(one is None or len(one) != _SHA256_BYTES for one in found):
        raise TrustError(f"{file.name} holds something else than SHA-256 in base64; fetch this chunk again")
    return tuple(one[:DIGEST_BYTES] for one in found if one is not None)
