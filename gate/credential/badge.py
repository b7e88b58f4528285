"""Badges: staff cards and other codes from before, which nobody signed. A site's registry says which ones it knows.

Anybody can copy such a code, so it never leads to more than the site's ``unsigned`` outcome. What looks like a badge is
said by its issuer in the bundle, as a pattern; every other format comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gate.credential.badge_pattern import MAX_CODE, compiled
from gate.credential.badges import Badge, Lacking
from gate.credential.errors import Refusal
from gate.credential.examination import Field, Format, Trail
from gate.credential.instant import Instant
from gate.credential.judging import require_within
from gate.credential.model import CredentialKind, PassFacts, RejectReason, Verified
from gate.credential.proof import named
from gate.credential.trust import Issuer, Trust

PURPOSE = "badge"


def accepted(code: bytes, trust: Trust) -> bool:
    """Whether a site's pattern says that this is a badge."""
    return next(_issuers(code, trust), None) is not None


def _issuers(code: bytes, trust: Trust) -> Iterator[Issuer]:
    """Those whose badges look like this code."""
    if len(code) <= MAX_CODE:
        for issuer in trust.bundle.issuers_of(CredentialKind.BADGE):
            if compiled(issuer.pattern).fullmatch(code):
                yield issuer


def _examine(code: bytes, trust: Trust, now: Instant, trail: Trail) -> Verified:
    """The checks of a badge, in order; ``Refusal`` at the first that fails."""
    trail.checking = "registry"
    issuer, badge = _found(code, trust)
    if trail.told:
        trail.found("known to {}", issuer.id)
    trail.credential = credential = named(CredentialKind.BADGE, issuer, b"", code, trust.epoch)
    trail.checking = "validity"
    require_within(now, badge.not_before, badge.not_after, "the validity of the badge")
    if trail.told:
        trail.found("in force")
    return Verified(credential, PassFacts(PURPOSE, badge.colour), badge.not_before, badge.not_after)


def _found(code: bytes, trust: Trust) -> tuple[Issuer, Badge]:
    why = Lacking.STRANGER
    for issuer in _issuers(code, trust):
        badge = trust.badges.find(issuer.revocation, issuer.id, code)
        if isinstance(badge, Badge):
            return issuer, badge
        why = badge if badge is Lacking.UNKNOWN else why
    if why is Lacking.UNKNOWN:
        raise Refusal(RejectReason.UNKNOWN_ISSUER, "a registry of badges is missing or too old")
    raise Refusal(RejectReason.UNKNOWN_ISSUER, "no registry knows the badge")


def _contents(_code: bytes) -> tuple[Field, ...]:
    """A badge states nothing by itself."""
    return ()


FORMAT = Format(CredentialKind.BADGE, re.compile(rb"[ -~]"), _examine, _contents)
