"""How a credential is examined: named checks in order, of which the first that fails decides.

A format writes ``with trail.check("signature") as step: ...`` around each check. ``verify`` keeps the verdict alone,
``explain`` also the checks, so that what is shown to people is what was decided on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gate.credential.errors import MalformedError, Refusal
from gate.credential.instant import Instant
from gate.credential.model import CredentialKind, CredentialRef, RejectReason, Verified
from gate.credential.trust import Trust


@dataclass(frozen=True, slots=True)
class Check:
    """One check that was made, and what it found."""

    name: str
    ok: bool
    detail: str


@dataclass(slots=True)
class Step:
    """A check being made; ``found`` is said when it holds."""

    found: str = ""


class Trail:
    """The checks of one examination, so far. ``credential`` is set once the signature held."""

    __slots__ = ("checks", "credential")

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.credential: CredentialRef | None = None

    @contextmanager
    def check(self, name: str) -> Iterator[Step]:
        """Record the check made in the block; a ``MalformedError`` in it becomes the refusal ``malformed``."""
        step = Step()
        try:
            yield step
        except Refusal as refusal:
            self.checks.append(Check(name, ok=False, detail=refusal.detail))
            raise
        except MalformedError as error:
            self.checks.append(Check(name, ok=False, detail=str(error)))
            raise Refusal(RejectReason.MALFORMED, str(error)) from error
        self.checks.append(Check(name, ok=True, detail=step.found))


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a credential states, proved or not, for people to read; ``personal`` is masked by default."""

    name: str
    value: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """One credential format. ``examine`` may raise ``Refusal``; ``contents`` raises ``MalformedError`` at most."""

    kind: CredentialKind
    prefix: bytes
    examine: Callable[[bytes, Trust, Instant, Trail], Verified]
    contents: Callable[[bytes], tuple[Field, ...]]
