"""From a verified credential to what it shows of its holder."""

from __future__ import annotations

from gate.credential.model import Entitlement, Notice, PassFacts, Verified
from gate.policy.shown import Exposure, Pass, Shown
from gate.policy.shown_health import born, shown_by_health


def shown_by(verdict: Verified) -> Shown:
    """What this credential shows."""
    kind, facts = verdict.credential.kind.value, verdict.facts
    if isinstance(facts, PassFacts):
        exposure = Exposure(positive=facts.notice is Notice.POSITIVE, contact=facts.notice is Notice.CONTACT)
        return Shown(kind, exposure=exposure, gate_pass=Pass(facts.purpose, facts.colour))
    if isinstance(facts, Entitlement):
        return Shown(kind, born=born(facts.birth_date), gate_pass=Pass(facts.purpose, colour=None))
    return shown_by_health(kind, facts)
