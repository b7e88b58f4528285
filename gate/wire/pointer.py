"""Where a file for all gates is: a signed pointer, and below it the file itself in chunks. Pure.

A chunk's topic names the file's SHA-256, so that the chunks of two files are never mixed, and a gate asks the broker
for those alone which it lacks.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.credential import bundle as bundles
from gate.credential import statuslist
from gate.credential.instant import Instant
from gate.credential.trust import TrustBundle
from gate.wire import signed, topics
from gate.wire.signed import CONTENT_TYPE, Proof, Token

__all__ = ["CONTENT_TYPE", "Kind", "Place", "Pointer", "Proof", "read"]

TYP = "gate-pointer+jws"
CHUNK_TYPE = "application/octet-stream"
CHUNK_BYTES = 64 * 1024
"""Of every chunk but the last."""
MOST_CHUNKS = 256
HIGHEST_VERSION = 2**53

_SHA256 = re.compile("[0-9a-f]{64}")
_NAME = re.compile("[a-z0-9][a-z0-9.-]{0,63}")
_STATUS = "status"
_SNAPSHOT = "snapshot"
_CHUNK = "chunk"
_FIELDS = {"kind", "version", "sha256", "bytes", "url", "chunks"}


@enum.unique
class Kind(enum.StrEnum):
    """What is pointed at."""

    TRUST = "trust"
    """The trust bundle; its version is the pointer's."""
    RULES = "rules"
    """All files of rules in one (``gate.wire.rules_file``)."""
    DENY = "deny"
    """A compiled deny list; the version is the second in which it was issued."""
    STATUS = "status"
    """A snapshot of a status list; the version is its ``iat``."""


LARGEST: Mapping[Kind, int] = {
    Kind.TRUST: bundles.MAX_BYTES,
    Kind.RULES: 4 * 1024 * 1024,
    Kind.DENY: CHUNK_BYTES * MOST_CHUNKS,
    Kind.STATUS: statuslist.MAX_BYTES,
}
"""Bytes of a file; a gate holds one in memory at a time."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A file. ``version`` rises; ``size`` is in bytes."""

    kind: Kind
    version: int
    sha256: str
    size: int

    @property
    def chunks(self) -> int:
        """In how many chunks it travels."""
        return chunks_of(self.size)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pointer stands. ``name`` is that of the list; empty where there is one alone."""

    kind: Kind
    name: str = ""

    @property
    def topic(self) -> str:
        match self.kind:
            case Kind.DENY:
                return f"{topics.EVERYBODY}/{Kind.DENY}/{self.name}"
            case Kind.STATUS:
                return f"{status_topic(self.name)}/{_SNAPSHOT}"
        return f"{topics.EVERYBODY}/{self.kind}"

    def chunk(self, sha256: str, number: int) -> str:
        """Where the chunk of this number is, from 0 on."""
        return f"{self.topic}/{_CHUNK}/{sha256}/{number}"


def is_list_name(text: str) -> bool:
    """Whether a list may be called this in topics."""
    return _NAME.fullmatch(text) is not None


def status_topic(name: str) -> str:
    """Where the newest change of a status list stands."""
    return f"{topics.EVERYBODY}/{_STATUS}/{name}"


def subscriptions() -> tuple[str, ...]:
    """What a gate hears of the centre: everything but chunks, which it asks for."""
    everybody = topics.EVERYBODY
    return (
        *(f"{everybody}/{kind}" for kind in (Kind.TRUST, Kind.RULES)),
        f"{everybody}/{Kind.DENY}/+",
        f"{status_topic('+')}",
        f"{status_topic('+')}/{_SNAPSHOT}",
        f"{everybody}/notice",
    )


def place_of(topic: str) -> Place | None:
    """Whose pointer stands on a topic; None on any other."""
    match topic.removeprefix(f"{topics.EVERYBODY}/").split("/"):
        case [Kind.TRUST | Kind.RULES as kind]:
            found = Place(Kind(kind))
        case [Kind.DENY, name] if is_list_name(name):
            found = Place(Kind.DENY, name)
        case ["status", name, "snapshot"] if is_list_name(name):
            found = Place(Kind.STATUS, name)
        case _:
            return None
    return found if found.topic == topic else None


def is_change(topic: str) -> bool:
    """Whether a change of a status list stands on a topic."""
    return is_list_name(topic.rpartition("/")[2]) and topic == status_topic(topic.rpartition("/")[2])


def number_of(topic: str) -> int | None:
    """The number of a chunk by its topic."""
    last = topic.rpartition("/")[2]
    return int(last) if re.fullmatch("[0-9]{1,3}", last, re.ASCII) else None


def chunks_of(size: int) -> int:
    """In how many chunks so many bytes travel."""
    return -(-size // CHUNK_BYTES)


def cut(raw: bytes) -> Iterator[bytes]:
    """The chunks of a file, in their order."""
    return (raw[at : at + CHUNK_BYTES] for at in range(0, len(raw), CHUNK_BYTES))


def sign(pointer: Pointer, private: Ed25519PrivateKey) -> bytes:
    """The payload."""
    claims = {
        "kind": pointer.kind.value,
        "version": pointer.version,
        "sha256": pointer.sha256,
        "bytes": pointer.size,
        "url": None,
        "chunks": pointer.chunks,
    }
    return signed.sign(claims, TYP, private)


def read(place: Place, payload: bytes, bundle: TrustBundle, now: Instant) -> tuple[Pointer, Proof] | str:
    """The pointer of this place and whether it is proven, or what is wrong with it."""
    token = signed.read(payload, TYP)
    if isinstance(token, str):
        return token
    found = unproven(token, place.kind)
    return found if isinstance(found, str) else (found, signed.proof(token, bundle, now))


def unproven(token: Token, kind: Kind) -> Pointer | str:
    """What a message says, whoever signed it."""
    claims = token.claims
    if not claims.keys() >= _FIELDS or claims["kind"] != kind.value:
        return "not a pointer to what its topic says"
    version, sha256, size = claims["version"], claims["sha256"], claims["bytes"]
    if not _is_number(version) or not _is_number(size) or not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        return "its version, its length or its SHA-256 is none"
    pointer = Pointer(kind, version, sha256, size)
    return _unfit(pointer, claims["url"], claims["chunks"]) or pointer


def _is_number(value: object) -> bool:
    return type(value) is int and 0 < value < HIGHEST_VERSION


def _unfit(pointer: Pointer, url: object, chunks: object) -> str | None:
    """Why no gate can have the file."""
    if url is not None or chunks is None:
        return "it gives an address, and this gate takes files from the broker alone"
    if pointer.size > LARGEST[pointer.kind]:
        return f"it is longer than {LARGEST[pointer.kind]} bytes"
    return None if chunks == pointer.chunks else "its length and its chunks do not fit together"
