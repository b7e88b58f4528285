"""What is kept of a list that is published as changes: its version, its digests, and the chunks that wait for others.

As CBOR: ``{form: "gate-drl-state", version: number or null, issued: seconds or null, digests: bytes, waiting:
[[version, begin or null, last, id, chunk, total or null, issued or null, insertions, deletions], ...]}``: digests of 16
bytes end to end, times in seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gate.credential import cbor
from gate.credential.errors import MalformedError, TrustError
from gate.credential.revocation import DIGEST_BYTES

_FORM = "gate-drl-state"
_MOST_VALUES = 1_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """Where chunks lead: to a version, from another one or from nothing (None), with the number of the last of them."""

    version: int
    begin: int | None
    last: int
    id: str

    @property
    def order(self) -> tuple[int, int, int, str]:
        """By version; of two ways to one, the whole list first."""
        return self.version, -1 if self.begin is None else self.begin, self.last, self.id


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the way to a version. ``total`` is how many digests that version has, ``issued`` when it was made."""

    target: Target
    number: int
    total: int | None
    issued: int | None
    insertions: tuple[bytes, ...]
    deletions: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A version and its digests; ``pending`` are the chunks, by number, of one version that is not whole yet."""

    version: int | None = None
    digests: frozenset[bytes] = frozenset()
    pending: Mapping[int, Chunk] = field(default_factory=dict)
    issued: int | None = None

    @property
    def target(self) -> Target:
        """Where what is pending leads."""
        return next(iter(self.pending.values())).target

    def with_chunks(self, chunks: Iterable[Chunk]) -> State:
        """With these chunks pending too; one that comes again replaces itself."""
        return replace(self, pending={**self.pending, **{chunk.number: chunk for chunk in chunks}})

    def without_pending(self) -> State:
        """Without what is pending."""
        return replace(self, pending={})


def written(state: State) -> bytes:
    """The state as a file holds it."""
    waiting = [_line(chunk) for _, chunk in sorted(state.pending.items())]
    digests = b"".join(sorted(state.digests))
    told = {"form": _FORM, "version": state.version, "issued": state.issued}
    return cbor.encode({**told, "digests": digests, "waiting": waiting})


def _line(chunk: Chunk) -> list[object]:
    target = chunk.target
    inside = [b"".join(chunk.insertions), b"".join(chunk.deletions)]
    return [target.version, target.begin, target.last, target.id, chunk.number, chunk.total, chunk.issued, *inside]


def read(raw: bytes) -> State:
    """The state in a file. Raises ``TrustError``."""
    try:
        document: Any = cbor.decode(raw, most=_MOST_VALUES)
    except MalformedError:
        document = None
    match document:
        case {
            "form": "gate-drl-state",
            "version": version,
            "issued": issued,
            "digests": bytes() as digests,
            **rest,
        } if isinstance(lines := rest.get("waiting"), list) and _are_numbers(version, issued):
            chunks = [_chunk(line) for line in lines]
            return State(version, frozenset(_split(digests)), {chunk.number: chunk for chunk in chunks}, issued)
        case _:
            raise _damaged()


def _are_numbers(*values: object) -> bool:
    return all(value is None or type(value) is int for value in values)


def _chunk(line: Any) -> Chunk:
    match line:
        case [int() as version, begin, int() as last, str() as name, int() as number, total, issued, new, old] if (
            isinstance(new, bytes) and isinstance(old, bytes) and _are_numbers(begin, total, issued)
        ):
            target = Target(version, begin, last, name)
            return Chunk(target, number, total, issued, tuple(_split(new)), tuple(_split(old)))
        case _:
            raise _damaged()


def _split(digests: bytes) -> list[bytes]:
    if len(digests) % DIGEST_BYTES:
        raise _damaged()
    return [digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES)]


def _damaged() -> TrustError:
    return TrustError("the state of the list is damaged; delete its file and fetch the whole list")
