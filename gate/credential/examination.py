"""How a credential is examined: named checks in order, of which the first that fails decides.

A format writes ``with trail.check("signature") as step: ...`` around each check. ``verify`` keeps the verdict alone,
``explain`` also the checks, so that what is shown to people is what was decided on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Self

from gate.credential.errors import MalformedError, Refusal
from gate.credential.instant import Instant
from gate.credential.model import CredentialKind, CredentialRef, RejectReason, Verified
from gate.credential.trust import Trust


class Check(NamedTuple):
    """One check that was made, and what it found."""

    name: str
    ok: bool
    detail: str


class Step:
    """A check being made; ``found`` is said when it holds."""

    __slots__ = ("_checks", "_name", "found")

    def __init__(self, checks: list[Check], name: str) -> None:
        self._checks = checks
        self._name = name
        self.found = ""

    def tells(self, template: str, *values: object) -> None:
        """What it found, in words; they are put together only for somebody who hears them."""
        self.found = template.format(*values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            self._checks.append(Check(self._name, ok=True, detail=self.found))
        elif isinstance(error, Refusal | MalformedError):
            self._checks.append(Check(self._name, ok=False, detail=str(error)))
            if isinstance(error, MalformedError):
                raise Refusal(RejectReason.MALFORMED, str(error)) from error


class _Unheard(Step):
    """A check of which nobody wants to hear."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__([], "")

    def tells(self, template: str, *values: object) -> None:
        """Say nothing."""

    def __exit__(self, _kind: object, _error: BaseException | None, _trace: object) -> None:
        """Let what was raised pass."""


_UNHEARD = _Unheard()


class Trail:
    """The checks of one examination, so far. ``credential`` is set once the signature held.

    A trail that is not told records nothing, which is what a door needs: it is quicker.
    """

    __slots__ = ("_unheard", "checks", "credential")

    def __init__(self, *, told: bool = True) -> None:
        self.checks: list[Check] = []
        self.credential: CredentialRef | None = None
        self._unheard = None if told else _UNHEARD

    def check(self, name: str) -> Step:
        """Record the check made in the block; a ``MalformedError`` in it is in effect the refusal ``malformed``."""
        return self._unheard or Step(self.checks, name)


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
    prefix: bytes
    examine: Callable[[bytes, Trust, Instant, Trail], Verified]
    contents: Callable[[bytes], tuple[Field, ...]]
