"""From a verified credential to what it shows of its holder."""

from __future__ import annotations

from gate.credential.model import PassFacts, Verified
from gate.policy.shown import Pass, Shown
from gate.policy.shown_health import shown_by_health


def shown_by(verdict: Verified) -> Shown:
    """What this credential shows."""
    kind, facts = verdict.credential.kind.value, verdict.facts
    if isinstance(facts, PassFacts):
        return Shown(kind, gate_pass=Pass(facts.purpose, facts.colour))
    return shown_by_health(kind, facts)
