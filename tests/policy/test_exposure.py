"""Cases and contacts as the centre tells of them: a status list's value, through verification, to the decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gate.access.signals import Presented
from gate.credential.bundle import parse_bundle, sign_bundle
from gate.credential.model import Colour, Notice, PassFacts, RejectReason, Verified
from gate.credential.pass_claims import StatusRef
from gate.credential.statuses import StatusList, StatusLists
from gate.credential.statuslist import array_of
from gate.credential.trust import STATUS_VALUES, Trust
from gate.credential.verify import verify
from gate.policy import packs
from gate.policy.decision import decide, judged
from gate.policy.facts import Place, facts_document
from gate.policy.judging import RuleSet
from gate.policy.shown_by import shown_by
from gate.policy.site import SitePolicy
from gate.policy.status import Outcome
from gate.service import codec
from gate.service.reader import without_facts
from tests.credential.minting import EPOCH, MINT, NOON, at

URI = "https://status.example/1"
MEANINGS = {**STATUS_VALUES, 14: Notice.POSITIVE, 15: Notice.CONTACT}
SITE = SitePolicy(site="office-1", utc_offset_min=420)


def trust_with(value: int) -> Trust:
    """A trust whose issuer's list has this value for entry 1, of 4 bits."""
    issuer = replace(MINT.issuer_of(usages=()), status_values=MEANINGS)
    listed = StatusList(array_of([0, value], 4), 4, NOON, NOON + timedelta(days=1))
    return Trust(MINT.bundle_of(issuer), EPOCH, statuses=StatusLists({(MINT.issuer, URI): listed}))


def verified(value: int, colour: Colour | None = Colour.GREEN) -> Verified:
    verdict = verify(MINT.valid(colour, status=StatusRef(URI, 1)), trust_with(value), at())
    assert isinstance(verdict, Verified)
    return verdict


@pytest.mark.parametrize(("value", "notice"), [(14, Notice.POSITIVE), (15, Notice.CONTACT)])
@pytest.mark.parametrize("colour", [None, *Colour])
def test_the_list_says_more_than_the_colour_at_issue(value: int, notice: Notice, colour: Colour | None) -> None:
    assert verified(value, colour).facts == PassFacts("visit", Colour.BLACK, notice)


@pytest.mark.parametrize("value", [0, 2, 3, 12, 13])
def test_a_colour_alone_says_nothing_of_an_illness(value: int) -> None:
    facts = verified(value).facts
    assert isinstance(facts, PassFacts)
    assert (facts.colour, facts.notice) == (MEANINGS[value], None)


@pytest.mark.parametrize(
    ("value", "positive", "contact"),
    [(0, False, False), (13, False, False), (14, True, False), (15, False, True)],
)
def test_the_facts_show_it_from_today_as_long_as_the_list_says_so(value: int, *, positive: bool, contact: bool) -> None:
    for days in (0, 400):
        place = Place(NOON + timedelta(days=days), "office-1", 420)
        facts = facts_document(shown_by(verified(value)), place)["facts"]
        assert (facts["positive"]["known"], facts["contact"]["known"]) == (positive, contact)
        assert facts["positive" if positive else "contact"]["days"] == (0 if positive or contact else None)
        assert ("exposure" in facts["proves"]) is (positive or contact)


@pytest.mark.parametrize("pack", ["pl-2021-09", "pl-2022-02", "pl-2022-07", "visitor-pass"])
@pytest.mark.parametrize(("value", "met"), [(14, "positive"), (15, "contact")])
def test_every_shipped_pack_makes_them_black(pack: str, value: int, met: str) -> None:
    rules = RuleSet(tuple(map(packs.shipped, dict.fromkeys(("visitor-pass", pack)))))
    found = decide(verified(value), trust_with(value).stamp, SITE, at(), rules)
    assert (found.colour, found.outcome, found.rule.id) == (Colour.BLACK, Outcome.HOLD, pack)
    assert found.met == ("pass-black" if pack == "visitor-pass" else met)


def test_who_is_cleared_is_green_again() -> None:
    rules = RuleSet((packs.shipped("visitor-pass"), packs.shipped("pl-2022-07")))
    colours = [decide(verified(value), trust_with(value).stamp, SITE, at(), rules).colour for value in (15, 0)]
    assert colours == [Colour.BLACK, Colour.GREEN]


@pytest.mark.parametrize("value", [14, 15])
def test_why_somebody_is_black_does_not_leave_the_reader(value: int) -> None:
    verdict = verified(value)
    reduced = without_facts(verdict)
    assert isinstance(reduced, Verified)
    assert reduced.facts == PassFacts("visit", Colour.BLACK)
    by_rules = judged(verdict, at(), SITE, packs.usual())
    written = codec.encode(Presented(reduced, b"", trust_with(value).stamp, 0, 0, by_rules), Presented)
    assert not [word for word in (b"positive", b"contact") if word in written]


def test_revoked_stays_revoked() -> None:
    verdict = verify(MINT.valid(status=StatusRef(URI, 1)), trust_with(1), at())
    assert getattr(verdict, "reason", None) is RejectReason.REVOKED


def test_the_signed_bundle_carries_the_meanings() -> None:
    bundle = trust_with(0).bundle
    assert parse_bundle(sign_bundle(bundle, MINT.root), MINT.root.public_key()).issuers == bundle.issuers
    assert bundle.issuers[0].status_values[14] is Notice.POSITIVE
