"""Registries of badges as compiled lists: digests under a site's key, with colour and validity where times lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gate.credential.badges import SECTION, Badge, Lacking, keyed, packed, unpacked
from gate.credential.deny_compile import assemble
from gate.credential.denylist import DenyList


@dataclass(frozen=True, slots=True)
class BadgeLists:
    """``Badges`` by the lists in force, by their names."""

    lists: Mapping[str, DenyList]
    key: bytes = field(repr=False)

    def find(self, lists: Sequence[str], issuer: str, code: bytes) -> Badge | Lacking:
        """The badge of the first registry that has it."""
        sought, there = keyed(self.key, issuer, code), 0
        for name in lists:
            registry = self.lists.get(name)
            if registry is None or not registry.whole() or SECTION not in registry.sections:
                continue
            there += 1
            value = registry.value(SECTION, sought)
            badge = None if value is None else unpacked(value)
            if badge is not None:
                return badge
        return Lacking.STRANGER if lists and there == len(lists) else Lacking.UNKNOWN


def compile_registry(badges: Mapping[bytes, Badge], key: bytes, issuer: str) -> Iterator[bytes]:
    """The pieces of the registry of these badges by their codes. Raises ``ValueError`` for a time it cannot hold."""
    entries = sorted((keyed(key, issuer, code), packed(badge)) for code, badge in badges.items())
    digests = b"".join(digest for digest, _ in entries)
    return assemble([(SECTION, digests, b"".join(value.to_bytes(8) for _, value in entries))])
