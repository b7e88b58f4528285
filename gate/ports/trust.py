"""Trust and rules, as they come from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gate.credential.trust import RuleRef, Trust


class TrustSource(Protocol):
    """The verified trust in force; a snapshot that never changes under its holder."""

    def current(self) -> Trust: ...

    def refresh(self) -> None:
        """A short piece of looking for newer trust and loading it; never raises. For one thread, between frames."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """The bytes of a file of rules, and what the operator's signature says that they are."""

    ref: RuleRef
    raw: bytes


class RuleFile(Protocol):
    """One file of rules. For one thread, between frames."""

    @property
    def name(self) -> str:
        """Where it lies, for people."""

    @property
    def kept(self) -> tuple[Vouched, ...]:
        """What was taken of it before, also in earlier runs, the newest first; it stays good whatever lies there."""

    def changed(self) -> bool:
        """Whether another file lies there than at the last ``offered``."""

    def offered(self, refs: Sequence[RuleRef]) -> Vouched:
        """What lies there. Raises ``AdapterError`` where none of ``refs`` is of it, or it cannot be read."""

    def keep(self, taken: tuple[Vouched, ...]) -> None:
        """Remember these for good, in the place of those before."""
