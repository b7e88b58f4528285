"""Deny lists in memory, for tests of the formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gate.credential.revocation import Listed, digest


@dataclass(frozen=True, slots=True)
class Listing:
    """Digests by the name of their list. A name that is not here is a list that is missing."""

    digests: Mapping[str, set[bytes]]

    def listed(
        self, lists: Sequence[str], kid: bytes, elements: Sequence[bytes], valid_from: datetime | None
    ) -> Listed:
        """Whether any element is on any of these lists."""
        del kid, valid_from
        there = [self.digests[name] for name in lists if name in self.digests]
        if any(digest(element) in one for one in there for element in elements):
            return Listed.YES
        return Listed.NO if len(there) == len(lists) else Listed.UNKNOWN
