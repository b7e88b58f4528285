"""Judging: which pack is in force for a credential, and which of its rules gives the colour.

Two rules: the first rule that holds decides; a rule that fails to evaluate is false, and is reported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from gate.credential.model import Colour
from gate.policy.certlogic import Budget, CertLogicError, Limits, holds
from gate.policy.pack import Pack, PackRule

LIMITS = Limits(depth=24, steps=2000)
"""What one decision may use, all rules of its pack together."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that could not be evaluated, and why."""

    rule: PackRule
    problem: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a pack says. ``met`` is None when no rule held; ``broken`` are the rules passed over before ``met``."""

    met: PackRule | None
    broken: tuple[Broken, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether no rule of a stricter colour than green failed on the way."""
        return all(one.rule.colour is Colour.GREEN for one in self.broken)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The packs of a site. For each credential the newest that is in force and speaks of its topics decides."""

    packs: tuple[Pack, ...]

    def pack_for(self, topics: Collection[str], day: date) -> Pack | None:
        """The pack that decides on a credential with these topics on a local day."""
        return _newest(pack for pack in self.packs if pack.in_force(day) and not set(topics).isdisjoint(pack.speaks_of))

    def newest(self, day: date) -> Pack | None:
        """The newest pack in force on a local day, whatever it speaks of."""
        return _newest(pack for pack in self.packs if pack.in_force(day))


def judge(pack: Pack, document: dict[str, Any], budget: Budget | None = None) -> Judgement:
    """The first rule that holds over the facts document; without another budget, within ``LIMITS``."""
    budget = budget or Budget(LIMITS)
    broken: list[Broken] = []
    for rule in pack.rules:
        try:
            if holds(rule.logic, document, budget):
                return Judgement(rule, tuple(broken))
        except CertLogicError as error:
            broken.append(Broken(rule, str(error)))
    return Judgement(None, tuple(broken))


def _newest(packs: Iterable[Pack]) -> Pack | None:
    return max(packs, key=lambda pack: (pack.valid_from, pack.version, pack.id), default=None)
