"""Run the cases of a folder, family by family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gate.credential.instant import ClockTrust, Instant
from gate.credential.verify import explain
from tests.conformance import certlogic, trusting, trusting_others
from tests.conformance.cases import Case, NotRun, clock, families, read
from tests.conformance.codes import code_of
from tests.conformance.judging import Finding, Outcome, Wanted, judge

KNOWN: Mapping[str, trusting.Maker] = {
    "eu_dcc": trusting.hc1,
    "hcert_other": trusting.hc1,
    "shc": trusting.shc,
    "vdsnc": trusting_others.vdsnc,
    "divoc": trusting_others.divoc,
    "pretix": trusting_others.pretix,
}
"""How the trust of each family's cases is made."""


RULES = "certlogic"
"""The family of expressions and rules, which have results instead of verdicts."""


@dataclass(frozen=True, slots=True)
class Family:
    """All cases of one family, judged."""

    name: str
    outcomes: tuple[Outcome, ...]
    note: str = ""

    def count(self, finding: Finding) -> int:
        """How many cases went so."""
        return sum(outcome.finding is finding for outcome in self.outcomes)

    @property
    def valid(self) -> int:
        """How many cases should be accepted, of those that were run and are not open."""
        told = (one for one in self.outcomes if one.finding not in {Finding.NOT_RUN, Finding.OPEN})
        return sum(outcome.wanted is Wanted.ACCEPT for outcome in told)


def run(folder: Path) -> list[Family]:
    """Every family in the folder; one that is not known is counted as not run."""
    return [_family(path) for path in families(folder)]


def _family(path: Path) -> Family:
    if path.name == RULES:
        return Family(path.name, tuple(certlogic.run(path)))
    make = KNOWN.get(path.name)
    if make is None:
        outcomes = (Outcome(case.name, Wanted.NOT_STATED, Finding.NOT_RUN, "unknown family") for case in read(path))
        return Family(path.name, tuple(outcomes), "unknown family: not run")
    return Family(path.name, tuple(_outcome(case, make) for case in read(path)))


def _outcome(case: Case, make: trusting.Maker) -> Outcome:
    try:
        code, time = code_of(case), clock(case)
        trust = trusting.trust_of(case, code, time, make)
    except NotRun as lack:
        return Outcome(case.name, Wanted.NOT_STATED, Finding.NOT_RUN, str(lack))
    found = explain(code, trust, Instant(time, 0, ClockTrust.SYNCED))
    return judge(case, found)
