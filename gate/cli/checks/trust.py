"""Whether a bundle is there that the root key signed, and how old it is."""

from __future__ import annotations

from gate.adapters.trust_files.bundles import read_bundle
from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit
from gate.cli.trust_verify import doubts_of
from gate.credential.proof import moment
from gate.policy.trust_age import TrustAge, TrustAges, age_of
from gate.ports import AdapterError

FETCH = "Get a newer bundle from who runs the centre"


def check(unit: Unit) -> Finding:
    """The delivered bundle and the lists that it names, by this gate's own ages."""
    trust = unit.config.trust
    try:
        bundle = read_bundle(trust.bundle, trust.root_key)
    except AdapterError as error:
        return fail(str(error), f"{FETCH}; gate trust verify tries it")
    now = unit.clock.now().utc
    age = age_of(bundle.stamp, TrustAges(trust.warn_age_s, trust.max_age_s), now)
    said = f"version {bundle.version}, issued {moment(bundle.issued)}, until {moment(bundle.expires)}"
    if age is TrustAge.DEGRADED:
        return fail(f"{said}: green is held for the officer", FETCH)
    doubts = list(doubts_of(bundle, trust.lists_dir, now))
    if doubts:
        return warn(
            f"{said}; {doubts[0]}{f' and {len(doubts) - 1} more' if doubts[1:] else ''}", "See: gate trust verify"
        )
    if age is TrustAge.WARNED:
        return warn(f"{said}: newer ones fail to come", FETCH)
    return ok(said)
