"""Outcomes, and the words that explain a decision."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from gate.credential.model import Colour, CredentialRef


@enum.unique
class Outcome(enum.StrEnum):
    """What the gate does with a visitor by itself."""

    GRANT = "grant"
    HOLD = "hold"
    """The officer decides."""
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Rule:
    """The pack of rules that decided, as every event names it."""

    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Other:
    """A credential that counts together with the one that is shown, as far as it is known without its facts."""

    credential: CredentialRef
    revocation_known: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules in force say of a verdict. Impersonal: it takes the facts' place once they have been looked at."""

    rule: Rule
    colour: Colour | None = None
    """None when no rule speaks of it, none held, or the verdict proves nothing."""
    is_sure: bool = True
    """Whether no stricter rule failed on the way."""
    met: str = ""
    """The rule of the pack that held. It can tell what a person was vaccinated with, so it stays out of events."""
    broken: tuple[str, ...] = ()
    """The rules of the pack that could not be evaluated; they counted as false."""
    wants: bool = False
    """Whether the pack asks for another credential beside this one."""
    other: Other | None = None
    """The credential that was shown before, where it rests on that, too."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says of one presentation; ``reason`` is ``rule_met`` or a stable reason of the table."""

    colour: Colour | None
    outcome: Outcome
    rule: Rule
    reason: str
    retry: bool = False
    """Hint to try again first; the outcome stands when the hint did not help."""
    met: str = ""
    """The rule of the pack that held. It can tell what a person was vaccinated with: it stays out of events."""
    broken: tuple[str, ...] = ()
    """The rules of the pack that could not be evaluated; they counted as false."""
