"""Two credentials of one visitor, shown one after the other, where a rule pack asks for both: a certificate and a test.

Rules: the second completes the first within ``WITHIN_NS`` of the first's last sight; their birth dates must agree.
Once they are judged together either of them counts for both, and what is doubtful about one is doubtful about both. All
of it is remembered that long, in the reader alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gate.policy.shown import Exposure, Shown
from gate.policy.status import Judged, Other

WITHIN_NS = 20_000_000_000


@dataclass(frozen=True, slots=True)
class Half:
    """One credential, what it shows, and when it was seen last."""

    known: Other
    shown: Shown
    seen_ns: int
    by_place: Judged | None = None
    """What the rules of the place say of it, which are asked beside the packs."""

    @property
    def fp(self) -> str:
        """Its pseudonym, by which it is known again."""
        return self.known.credential.fp


@dataclass(frozen=True, slots=True)
class Pairing:
    """The credential that waits for another one, and the one that completed it."""

    first: Half | None = None
    second: Half | None = None

    def before(self, fp: str, shown: Shown, now_ns: int) -> Half | None:
        """The credential that may count together with this one; None where there is none."""
        other = self._other(fp, now_ns)
        return other if other is not None and _may_be_one_person(other.shown, shown) else None

    def _other(self, fp: str, now_ns: int) -> Half | None:
        halves = [half for half in (self.first, self.second) if half is not None and now_ns - half.seen_ns <= WITHIN_NS]
        if fp in [half.fp for half in halves]:
            return next((half for half in halves if half.fp != fp), None)
        return halves[0] if halves and self.second is None else None

    def kept(self, now_ns: int) -> Pairing:
        """What of it may still be completed: the rest is forgotten, since it holds a birth date and what was shown."""
        first, second = (
            half if half is not None and now_ns - half.seen_ns <= WITHIN_NS else None
            for half in (self.first, self.second)
        )
        return self if first is self.first and second is self.second else Pairing(first, second)

    def waiting(self, half: Half) -> Pairing:
        """With this credential waiting for another one."""
        return Pairing(half)

    def completed(self, half: Half) -> Pairing:
        """With this credential seen as one of the two."""
        if self.first is not None and half.fp == self.first.fp:
            return replace(self, first=half)
        return replace(self, second=half)


def together(one: Shown, other: Shown) -> Shown:
    """What both show; where both show the same topic, the later one is the newer word."""
    exposure = Exposure(
        positive=one.exposure.positive or other.exposure.positive,
        positive_on=other.exposure.positive_on or one.exposure.positive_on,
        contact=one.exposure.contact or other.exposure.contact,
        contact_on=other.exposure.contact_on or one.exposure.contact_on,
    )
    return Shown(
        kind=other.kind,
        born=other.born or one.born,
        vaccination=other.vaccination or one.vaccination,
        first_positive=max(filter(None, (one.first_positive, other.first_positive)), default=None),
        tests=(*one.tests, *other.tests),
        exposure=exposure,
        gate_pass=other.gate_pass or one.gate_pass,
    )


def _may_be_one_person(one: Shown, other: Shown) -> bool:
    """Two that state their birth must state the same; a test without one is taken for the one before."""
    return one.born is None or other.born is None or one.born == other.born
