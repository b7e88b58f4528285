"""The decision by rule packs: which pack is named, what happens without one, and what no rule can do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import Colour, RejectReason
from gate.policy import cases, packs
from gate.policy.certlogic import Budget, Limits
from gate.policy.decision import NO_PACK, decide
from gate.policy.facts import Place, facts_document
from gate.policy.judging import LIMITS, RuleSet, judge
from gate.policy.pack import STRICTEST_FIRST, Pack, PackRule
from gate.policy.shown_by import shown_by
from gate.policy.site import SitePolicy
from gate.policy.status import Decision, Outcome, Rule
from tests.access.examples import START, TRUST, at, rejected, valid

SITE = SitePolicy(site="office-1", utc_offset_min=420)
TEXT = {"id": "Uji.", "en": "Test."}
BROKEN = {"<": [{"var": "facts.age.years"}, 18]}
"""Fails for a pass, which tells no age."""


def pack_with(*rules: tuple[Colour, Any], valid_from: date = date(2020, 1, 1), version: int = 1) -> Pack:
    made = tuple(PackRule(f"rule-{number}", colour, TEXT, logic) for number, (colour, logic) in enumerate(rules))
    return Pack("p", version, ("pass",), valid_from, None, TEXT, "a test", made)


def decided(*rules: tuple[Colour, Any], colour: Colour | None = Colour.GREEN) -> Decision:
    return decide(valid(colour), TRUST, SITE, at(0), RuleSet((pack_with(*rules),)))


def test_a_decision_names_the_pack_and_its_version() -> None:
    decision = decide(valid(), TRUST, SITE, at(0), RuleSet((pack_with((Colour.GREEN, True), version=7),)))
    assert decision == Decision(Colour.GREEN, Outcome.GRANT, Rule("p", 7), "rule_met", met="rule-0")


def test_the_first_rule_that_holds_decides() -> None:
    assert decided((Colour.BLACK, False), (Colour.RED, True), (Colour.GREEN, True)).colour is Colour.RED


def test_a_pack_that_does_not_speak_of_the_credential_leads_to_a_hold() -> None:
    rules = RuleSet((packs.shipped("pl-2022-07"),))
    found = decide(valid(), TRUST, SITE, at(0), rules)
    assert found == Decision(Colour.YELLOW, Outcome.HOLD, Rule("pl-2022-07", 1), "no_rule")


def test_without_a_pack_in_force_there_is_a_hold() -> None:
    later = RuleSet((pack_with((Colour.GREEN, True), valid_from=date(2030, 1, 1)),))
    for rules in (RuleSet(()), later):
        found = decide(valid(), TRUST, SITE, at(0), rules)
        assert found == Decision(Colour.YELLOW, Outcome.HOLD, NO_PACK, "no_rule")
        assert decide(rejected(RejectReason.EXPIRED), TRUST, SITE, at(0), rules).rule == NO_PACK


def test_a_pack_none_of_whose_rules_holds_leads_to_a_hold() -> None:
    found = decided((Colour.GREEN, False))
    assert (found.colour, found.outcome, found.reason) == (Colour.YELLOW, Outcome.HOLD, "no_rule")


@pytest.mark.parametrize("stricter", STRICTEST_FIRST[:-1])
def test_green_is_held_where_a_stricter_rule_could_not_be_evaluated(stricter: Colour) -> None:
    found = decided((stricter, BROKEN), (Colour.GREEN, True))
    assert (found.colour, found.outcome, found.reason) == (Colour.YELLOW, Outcome.HOLD, "rule_error")
    assert found.broken == ("rule-0",)


def test_a_broken_green_rule_takes_nothing_from_another_green_one() -> None:
    found = decided((Colour.GREEN, BROKEN), (Colour.GREEN, True))
    assert (found.outcome, found.broken) == (Outcome.GRANT, ("rule-0",))


def test_a_broken_rule_counts_as_false_and_is_reported() -> None:
    found = decided((Colour.BLACK, BROKEN), (Colour.RED, True))
    assert (found.colour, found.reason, found.broken) == (Colour.RED, "rule_met", ("rule-0",))


def test_a_rejection_needs_no_rule_and_names_the_newest_pack() -> None:
    rules = RuleSet((packs.shipped("visitor-pass"), packs.shipped("pl-2022-07")))
    found = decide(rejected(RejectReason.EXPIRED), TRUST, SITE, at(0), rules)
    assert (found.reason, found.rule) == ("expired", Rule("pl-2022-07", 1))


@pytest.mark.parametrize("offset", [420, 480, 540])
def test_the_decision_switches_packs_at_local_midnight(offset: int) -> None:
    old, new = pack_with((Colour.YELLOW, True)), pack_with((Colour.RED, True), valid_from=date(2026, 3, 3), version=2)
    midnight = datetime(2026, 3, 3, tzinfo=UTC) - timedelta(minutes=offset)
    site = replace(SITE, utc_offset_min=offset)
    found = [
        decide(valid(), TRUST, site, Instant(midnight + step, 0, ClockTrust.SYNCED), RuleSet((new, old))).rule.version
        for step in (-timedelta(seconds=1), timedelta(0), timedelta(seconds=1))
    ]
    assert found == [1, 2, 2]


def test_a_rule_may_look_at_the_site_and_the_purpose() -> None:
    logic = {
        "and": [
            {"===": [{"var": "external.site"}, "office-1"]},
            {"===": [{"var": "facts.pass.purpose"}, "visit"]},
        ]
    }
    assert decided((Colour.GREEN, logic)).outcome is Outcome.GRANT
    other = decide(valid(), TRUST, replace(SITE, site="office-2"), at(0), RuleSet((pack_with((Colour.GREEN, logic)),)))
    assert other.reason == "no_rule"


# What no rule can do.

LOGICS = st.sampled_from(
    [
        True,
        False,
        0,
        BROKEN,
        {"var": "facts.pass.known"},
        {"===": [{"var": "facts.pass.colour"}, "red"]},
        {"!": [{"var": "facts.pass.colour"}]},
        {"reduce": [[[0] * 90] * 30, {"+": [{"var": "accumulator"}, 1]}, 0]},
        {"no such": [1]},
    ]
)
RULES = st.lists(st.tuples(st.sampled_from(Colour), LOGICS), min_size=1, max_size=6).map(
    lambda rules: sorted(rules, key=lambda rule: STRICTEST_FIRST.index(rule[0]))
)
SHOWN_COLOURS = st.none() | st.sampled_from(Colour)
STRICTER = st.sampled_from([Colour.BLACK, Colour.RED, Colour.YELLOW])


@given(RULES, SHOWN_COLOURS, STRICTER, LOGICS)
def test_a_stricter_rule_more_never_turns_a_hold_into_a_grant(
    rules: list[tuple[Colour, Any]], shown: Colour | None, stricter: Colour, logic: Any
) -> None:
    before = decided(*rules, colour=shown)
    more = sorted([*rules, (stricter, logic)], key=lambda rule: STRICTEST_FIRST.index(rule[0]))
    after = decided(*more, colour=shown)
    assert before.outcome is Outcome.GRANT or after.outcome is not Outcome.GRANT


@given(RULES, SHOWN_COLOURS, st.sampled_from(ClockTrust))
def test_decisions_are_deterministic_and_grant_only_a_met_green_rule(
    rules: list[tuple[Colour, Any]], shown: Colour | None, clock: ClockTrust
) -> None:
    set_ = RuleSet((pack_with(*rules),))
    first, again = (decide(valid(shown), TRUST, SITE, at(0, clock), set_) for _ in range(2))
    assert first == again
    if first.outcome is Outcome.GRANT:
        assert (first.colour, first.reason, clock is not ClockTrust.UNSET) == (Colour.GREEN, "rule_met", True)
    assert first.outcome is not Outcome.DENY


@given(st.integers(0, 10**18), st.integers(0, 10**18))
def test_the_monotonic_clock_decides_nothing(one_ns: int, other_ns: int) -> None:
    rules = packs.usual()
    found = [decide(valid(), TRUST, SITE, Instant(START, ns, ClockTrust.SYNCED), rules) for ns in (one_ns, other_ns)]
    assert found[0] == found[1]


class Counted(Budget):
    """A budget that knows how much was asked of it."""

    def __init__(self) -> None:
        super().__init__(LIMITS)
        self.asked: list[int] = []

    def spend(self, steps: int) -> None:
        self.asked.append(steps)
        super().spend(steps)


@given(RULES)
def test_no_decision_takes_more_steps_than_its_limits(rules: list[tuple[Colour, Any]]) -> None:
    """2,000 steps take well under 5 ms on a desk computer; docs/rules.md says how long they were measured to take."""
    budget = Counted()
    judgement = judge(pack_with(*rules), facts_document(shown_by(valid()), Place(START)), budget)
    assert LIMITS.steps <= 2000
    assert len(budget.asked) <= LIMITS.steps + len(rules), "after the last step, each rule fails at its first"
    assert budget.steps >= 0 or judgement.broken


def test_the_shipped_packs_use_an_eighth_of_what_they_may() -> None:
    eighth = Limits(LIMITS.depth, LIMITS.steps // 8)
    for id_ in packs.SHIPPED:
        for name, document in cases.generated():
            assert judge(packs.shipped(id_), document, Budget(eighth)) == judge(packs.shipped(id_), document), name


def test_a_budget_that_is_used_up_stays_used_up() -> None:
    endless = {"reduce": [[[0] * 90] * 30, 0, 0]}
    found = decided((Colour.RED, endless), (Colour.YELLOW, endless), (Colour.GREEN, True))
    assert (found.reason, found.broken) == ("rule_error", ("rule-0", "rule-1", "rule-2"))
