"""CertLogic 1.3.3, the language of the EU's certificate rules and of our rule packs: pure, and within bounds.

The specification is ``certlogic/specification`` of the repository ehn-dcc-development/eu-dcc-business-rules.  Where it
leaves a choice, docs/rules.md says which one was made here.
"""

from __future__ import annotations

from gate.policy.certlogic.budget import Budget, CertLogicError, Limits
from gate.policy.certlogic.evaluate import evaluate, evaluate_within, holds
from gate.policy.certlogic.validate import Issue, validate

SPECIFICATION = (1, 3, 3)
"""The version of CertLogic that is understood; rules of a newer one are left alone."""

__all__ = [
    "SPECIFICATION",
    "Budget",
    "CertLogicError",
    "Issue",
    "Limits",
    "evaluate",
    "evaluate_within",
    "holds",
    "validate",
]
