"""How a credential is examined: named checks in order, of which the first that fails decides.

A format names each check before it makes it (``trail.checking = "signature"``) and says afterwards, if anybody hears
it, what it ``found``. ``verify`` keeps the verdict alone, which is quicker and what a door needs; ``explain`` also the
checks, so that what is shown to people is what was decided on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from gate.credential.instant import Instant
from gate.credential.model import CredentialKind, CredentialRef, Verified
from gate.credential.trust import Trust

Words = str | Callable[..., str]
"""A template of values, or what makes words of them."""


class Check(NamedTuple):
    """One check that was made, and what it found."""

    name: str
    ok: bool
    detail: str


class Trail:
    """One examination, of which nobody wants to hear but the verdict. ``credential`` is set once the signature held.

    ``told`` is asked before anything is said: at a door thirteen sentences to nobody cost more than a key lookup.
    """

    __slots__ = ("checking", "credential")
    told: ClassVar[bool] = False

    def __init__(self) -> None:
        self.checking = ""
        """The check that is being made; none between two."""
        self.credential: CredentialRef | None = None

    def found(self, words: Words, *values: object) -> None:
        """The check holds; what it found, in words, which are put together only for somebody who hears them."""


class ToldTrail(Trail):
    """An examination whose checks are told."""

    __slots__ = ("checks",)
    told: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.checks: list[Check] = []

    def found(self, words: Words, *values: object) -> None:
        """Keep the words."""
        detail = words.format(*values) if isinstance(words, str) else words(*values)
        self.checks.append(Check(self.checking, ok=True, detail=detail))
        self.checking = ""

    def ended(self, detail: str) -> None:
        """The examination ends here; the check that is being made, if one is, has failed."""
        if self.checking:
            self.checks.append(Check(self.checking, ok=False, detail=detail))
            self.checking = ""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a credential states, proved or not, for people to read; ``personal`` is masked by default."""

    name: str
    value: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """One credential format. ``examine`` raises ``Refusal`` at most, ``contents`` ``MalformedError`` as well."""

    kind: CredentialKind
    looks: re.Pattern[bytes]
    """What its codes begin with; no two formats share a code."""
    examine: Callable[[bytes, Trust, Instant, Trail], Verified]
    contents: Callable[[bytes], tuple[Field, ...]]
