"""What the EU's business rules say of an EU certificate at a place; they are asked beside the packs.

Rules: whatever a pack holds, they never let in, and the other way round: the stricter of both counts.  Which of the
rules said no stays out of events, as it can tell what a person was vaccinated with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from gate.credential.model import Colour
from gate.policy.certlogic import Budget
from gate.policy.eu_rules import (
    Applied,
    EuRule,
    RuleResult,
    Wanted,
    apply_within,
    colour_of,
    external,
    says_no,
    select,
)
from gate.policy.status import Judged, Rule

Payload = Mapping[object, object]
"""``Verified.document``."""
TYPES = {"v": "Vaccination", "t": "Test", "r": "Recovery"}
"""The kinds of certificates, by the entry that the payload holds."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The rules of a place. ``name`` is what every event calls them by."""

    name: Rule
    rules: tuple[EuRule, ...]
    country: str
    region: str | None = None
    value_sets: Mapping[str, list[str]] = field(default_factory=dict)
    """The codes of each, by its id; never changed."""


def type_of(payload: Payload) -> str | None:
    """Which kind of certificate a payload is; None for what the EU's rules do not speak of."""
    return next((name for entry, name in TYPES.items() if payload.get(entry)), None)


def applied_to(
    acceptance: Acceptance, payload: Mapping[object, object], at: datetime, budget: Budget
) -> tuple[Applied, ...]:
    """What came of each rule that is in force for such a certificate."""
    kind = type_of(payload)
    if kind is None:
        return ()
    chosen = select(acceptance.rules, Wanted(acceptance.country, acceptance.region, kind, at))
    return apply_within(chosen, payload, external(at, acceptance.value_sets, acceptance.country), budget)


def accepted(acceptance: Acceptance, payload: Payload, at: datetime, budget: Budget) -> Judged:
    """What they say of a certificate; no colour where none of them is in force."""
    results = applied_to(acceptance, payload, at, budget)
    broken = tuple(one.rule.id for one in results if one.result is RuleResult.ERROR)
    no = next((one.rule.id for one in results if says_no(one)), "")
    is_sure = all(one.result in _SAID for one in results)
    return Judged(acceptance.name, colour_of(results), is_sure, no, broken)


_SAID = frozenset({RuleResult.TRUE, RuleResult.FALSE})

_RANKS = {Colour.BLACK: 0, Colour.RED: 1, None: 2, Colour.YELLOW: 3, Colour.GREEN: 4}
"""No colour is a hold of its own: nobody may be let in because somebody else has one."""


def stricter(one: Judged, other: Judged) -> Judged:
    """The stricter of what two say, the first where they agree; what failed on the way counts of both."""
    strictest = min(one, other, key=lambda judged: _RANKS[judged.colour])
    wants = (one.wants or other.wants) and strictest.colour is not Colour.BLACK
    broken = (*one.broken, *other.broken)
    return replace(strictest, is_sure=one.is_sure and other.is_sure, broken=broken, wants=wants)
