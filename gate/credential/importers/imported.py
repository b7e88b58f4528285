"""What every importer gives: issuers with their keys, and the names of what was skipped."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field

from gate.credential.keys import kid_of
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, IssuerKey

MAX_KID = 64


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose key it is: what an issuer's entry states beside its keys."""

    id: str
    name: str
    country: str | None = None


@dataclass(slots=True)
class Imported:
    """Collects keys by their issuers, in the order in which they come."""

    kind: CredentialKind
    skipped: list[str] = field(default_factory=list)
    _found: dict[Origin, dict[tuple[bytes, bytes], IssuerKey]] = field(default_factory=dict)

    def add(self, origin: Origin, keys: Iterable[IssuerKey] = ()) -> None:
        """Add keys, each once; an issuer without any is an issuer too."""
        held = self._found.setdefault(origin, {})
        for key in keys:
            held.setdefault((key.kid, kid_of(key.public)), key)

    @property
    def issuers(self) -> tuple[Issuer, ...]:
        """The entries."""
        return tuple(
            Issuer(origin.id, origin.name, self.kind, origin.country, tuple(keys.values()))
            for origin, keys in self._found.items()
        )


def base64_kid(value: object) -> bytes | None:
    """A key id in base64, as HC1 publishers write it; None for anything else."""
    try:
        kid = base64.b64decode(value if isinstance(value, str) else "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return kid if 0 < len(kid) <= MAX_KID else None


def der_of(value: object) -> bytes | None:
    """A certificate in base64, with or without line breaks; None for anything else."""
    try:
        return base64.b64decode("".join(value.split()), validate=True) if isinstance(value, str) and value else None
    except (binascii.Error, ValueError):
        return None
