"""The two records that are about the chain itself: signed heads, and holes that are explained. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gate.access.journal_events import ChainHead, Missing, RecordsDropped
from gate.credential import base64url
from gate.credential.errors import MalformedError
from gate.wire.envelope import Place, type_of

HEAD = type_of(ChainHead.name)
DROPPED = type_of(RecordsDropped.name)


def head_text(journal: str, covers: int, head: str) -> bytes:
    """What the gate signs: its chain up to record ``covers``, whose hash is ``head``."""
    return f"gate.chain_head.v1\n{journal}\n{covers}\n{head}\n".encode()


def key_of(place: Place, data: Mapping[str, Any]) -> str | None:
    """The key that signed the chain before this record; None when it did not."""
    key, signature = data.get("key"), data.get("signature")
    if not isinstance(key, str) or not isinstance(signature, str):
        return None
    if (data.get("covers"), data.get("head")) != (place.seq - 1, place.prev):
        return None
    try:
        public = Ed25519PublicKey.from_public_bytes(base64url.decode(key.encode()))
        public.verify(base64url.decode(signature.encode()), head_text(place.journal, place.seq - 1, place.prev))
    except (InvalidSignature, MalformedError, ValueError):
        return None
    return key


def ranges_of(data: Mapping[str, Any]) -> Iterable[Missing]:
    """The holes that a record explains; what is no range is left out."""
    ranges = data.get("ranges")
    for one in ranges if isinstance(ranges, list) else ():
        match one:
            case {"first": int(first), "last": int(last), "prev": str(prev), "head": str(head)}:
                yield Missing(first, last, prev, head)


def explains(ranges: Mapping[int, Missing], hole: Missing) -> bool:
    """Whether these ranges (by their first number), one after the other, are exactly this hole."""
    at, prev = hole.first, hole.prev
    while at <= hole.last:
        one = ranges.get(at)
        if one is None or one.prev != prev or not at <= one.last <= hole.last:
            return False
        at, prev = one.last + 1, one.head
    return prev == hole.head
