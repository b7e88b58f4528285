"""How often a deny list takes a digest for withdrawn that nobody withdrew: by its filters and its short entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gate.credential.deny_filters import Slice
from gate.credential.denylist import ANY_KID, Entry
from gate.credential.revocation import DIGEST_BYTES


def mistaken(entries: Iterable[Entry | Slice]) -> float:
    """The chance for one digest under the key for which it is highest, at most 1; whole digests add nothing to it."""
    chances: defaultdict[bytes, float] = defaultdict(float)
    beginnings: set[tuple[bytes, bytes]] = set()
    for entry in entries:
        if isinstance(entry, Slice):
            chances[entry.kid] += entry.share * entry.mistaken
        elif len(entry.digest) < DIGEST_BYTES:
            beginnings.add((entry.kid, entry.digest))
    for kid, beginning in beginnings:
        chances[kid] += 256.0 ** -len(beginning)
    of_all = chances.pop(ANY_KID, 0.0)
    return min(1.0, of_all + max(chances.values(), default=0.0))
