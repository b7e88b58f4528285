"""The EU's rules beside the packs: what they say of a payload, and that the stricter of both counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.model import Colour, Verified
from gate.credential.verify import verify
from gate.policy import eu_rules, packs
from gate.policy.acceptance import Acceptance, accepted, applied_to, stricter, type_of
from gate.policy.certlogic import Budget
from gate.policy.decision import decide, judged
from gate.policy.eu_files import MOST_RULES, is_of_eu, rules_of, value_sets_of
from gate.policy.judging import LIMITS, RuleSet
from gate.policy.site import SitePolicy
from gate.policy.status import Judged, Outcome, Rule
from gate.policy.strict import RuleError
from tests.credential.hcert_minting import AUTHORITY, NAMES, RECOVERY, TEST, UCI, VACCINATION, dcc
from tests.credential.minting import NOON, at
from tests.policy.eu_published import published
from tests.policy.test_eu_rules import VECTORS, contents, needs_vectors

NAME = Rule("eu-xx", 4)
SITE = SitePolicy(site="office-1", utc_offset_min=420)
NONE = RuleSet(())
CASES_OF = datetime(2021, 10, 1, 12, tzinfo=UTC)
"""A day on which many published rules are in force."""


def place(*rules: dict[str, Any], **changes: Any) -> Acceptance:
    made = [{"Identifier": f"GR-XX-{number:04}", **one} for number, one in enumerate(rules)]
    rules_ = tuple(eu_rules.parse(published(**one)) for one in made)
    return replace(Acceptance(NAME, rules_, "XX"), **changes)


def verified(document: Mapping[str, Any] | None = None, **claims: Any) -> Verified:
    verdict = verify(AUTHORITY.valid(document, **claims), AUTHORITY.trust, at())
    assert isinstance(verdict, Verified)
    return verdict


def said(acceptance: Acceptance, document: Mapping[str, Any] | None = None, now: datetime = NOON) -> Judged:
    payload = verified(document).document
    assert payload is not None
    return accepted(acceptance, payload, now, Budget(LIMITS))


def test_a_verified_certificate_of_the_eu_has_its_payload_but_no_name() -> None:
    found = verified()
    expected = {key: value for key, value in dcc().items() if key != "nam"}
    assert found.document == expected
    assert all(part not in repr(found) for part in (*NAMES.values(), UCI, "1998-02-26"))


def test_the_colour_and_the_name_are_those_of_the_place() -> None:
    assert said(place({})) == Judged(NAME, Colour.GREEN)
    once = dcc(v=[{**VACCINATION, "dn": 1}])
    assert said(place({}), once) == Judged(NAME, Colour.RED, met="GR-XX-0000")


@pytest.mark.parametrize(
    ("entry", "kind"),
    [({"v": [VACCINATION]}, "Vaccination"), ({"t": [TEST]}, "Test"), ({"r": [RECOVERY]}, "Recovery")],
)
def test_only_rules_of_its_kind_are_asked(entry: dict[str, Any], kind: str) -> None:
    kinds = ("Vaccination", "Test", "Recovery")
    rules = [{"CertificateType": one, "Logic": {"===": [one, kind]}} for one in kinds]
    assert said(place(*rules), dcc(**entry)).colour is Colour.GREEN
    others = [one for one in rules if one["CertificateType"] != kind]
    assert said(place(*others), dcc(**entry)).colour is None


def test_a_rule_may_look_into_the_value_sets_and_at_the_country_and_the_time() -> None:
    logic = {
        "and": [
            {"in": [{"var": "payload.v.0.mp"}, {"var": "external.valueSets.products"}]},
            {"===": [{"var": "external.countryCode"}, "XX"]},
            {
                "before": [
                    {"plusTime": [{"var": "external.validationClock"}, 0, "day"]},
                    {"plusTime": [{"var": "payload.v.0.dt"}, 30, "day"]},
                ]
            },
        ]
    }
    with_sets = place({"Logic": logic}, value_sets={"products": ["EU/1/20/1528"]})
    assert said(with_sets).colour is Colour.GREEN
    assert said(with_sets, now=NOON + timedelta(days=9)).colour is Colour.RED
    assert said(replace(with_sets, country="YY")).colour is None
    without = said(place({"Logic": logic}))
    assert (without.colour, without.broken) == (Colour.RED, ("GR-XX-0000",))


def test_a_region_has_the_rules_of_its_country_and_its_own() -> None:
    rules = place({}, {"Region": "AB", "Logic": {"===": [1, 2]}})
    assert said(rules).colour is Colour.GREEN
    assert said(replace(rules, region="AB")).colour is Colour.RED


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_a_rule_counts_from_its_first_second_to_its_last(offset: int) -> None:
    later = place({"Logic": {"===": [1, 2]}, "ValidFrom": "2026-04-01T00:00:00+07:00"}, {})
    moment = datetime(2026, 3, 31, 17, tzinfo=UTC) + timedelta(seconds=offset)
    assert said(later, now=moment).colour is (Colour.GREEN if offset < 0 else Colour.RED)


JUDGED = [Judged(Rule("a", 1), colour) for colour in (None, *Colour)]
ORDER = [Colour.BLACK, Colour.RED, None, Colour.YELLOW, Colour.GREEN]


@pytest.mark.parametrize(("one", "other"), list(product(JUDGED, JUDGED)))
def test_the_stricter_counts_and_no_colour_never_gives_way_to_green(one: Judged, other: Judged) -> None:
    other = replace(other, rule=Rule("b", 2), broken=("x",), is_sure=False)
    found = stricter(one, other)
    assert found.colour is min(one.colour, other.colour, key=ORDER.index)
    assert found.rule == (one.rule if found.colour is one.colour else other.rule)
    assert (found.is_sure, found.broken) == (False, ("x",))


def test_green_needs_both_the_pack_and_the_place() -> None:
    packs_of = RuleSet((packs.shipped("pl-2022-07"),))
    booster = verified(dcc(v=[{**VACCINATION, "dn": 3, "sd": 3}]))
    twice = verified()
    yes, no = place({}), place({"Logic": {"===": [1, 2]}})
    assert _decided(booster, packs_of, yes) == (Colour.GREEN, "eu-xx")
    assert _decided(booster, packs_of, no) == (Colour.RED, "eu-xx")
    assert _decided(twice, packs_of, yes) == (Colour.YELLOW, "pl-2022-07")
    assert _decided(twice, NONE, yes) == (Colour.GREEN, "eu-xx")
    assert _decided(booster, packs_of, place({"CertificateType": "Test"})) == (Colour.YELLOW, "eu-xx")


def _decided(verdict: Verified, rules: RuleSet, acceptance: Acceptance) -> tuple[Colour | None, str]:
    found = decide(verdict, AUTHORITY.trust.stamp, SITE, at(), rules, acceptance)
    return found.colour, found.rule.id


def test_a_positive_test_stays_black_whatever_the_place_says() -> None:
    positive = verified(dcc(t=[{**TEST, "tr": "260373001"}]))
    accepting = place({"CertificateType": "Test", "Logic": {"===": [1, 1]}})
    assert _decided(positive, RuleSet((packs.shipped("pl-2022-07"),)), accepting) == (Colour.BLACK, "pl-2022-07")


LOGICS = st.sampled_from(
    [
        {"===": [1, 1]},
        {"===": [1, 2]},
        {"+": [1, "x"]},
        {"reduce": [[[0] * 90] * 20, {"+": [{"var": "current.0"}, 1]}, 0]},
    ]
)
RULES = st.lists(st.tuples(st.sampled_from(["Acceptance", "Invalidation"]), LOGICS), max_size=4)


@given(RULES, RULES, st.sampled_from([(), ("pl-2021-09",), ("pl-2022-07",)]))
def test_rules_of_a_place_never_turn_a_hold_by_the_packs_into_a_grant(
    some: list[tuple[str, Any]], more: list[tuple[str, Any]], names: tuple[str, ...]
) -> None:
    """And a rule more of the place never does so either, as long as there was one."""
    rules = RuleSet(tuple(map(packs.shipped, names)))
    few = place(*({"Type": type_, "Logic": logic} for type_, logic in some))
    all_ = place(*({"Type": type_, "Logic": logic} for type_, logic in [*some, *more]))
    found = [
        decide(VACCINATED, AUTHORITY.trust.stamp, SITE, at(), rules, acceptance).outcome
        for acceptance in (None, few, all_)
    ]
    if names:
        assert found[0] is Outcome.GRANT or Outcome.GRANT not in found
    if some:
        assert found[1] is Outcome.GRANT or found[2] is not Outcome.GRANT


@pytest.mark.parametrize(
    "unsaid",
    [{"Engine": "OTHER"}, {"Type": "Invalidation", "Logic": {"+": [1, "x"]}}, {"EngineVersion": "9.0.0"}],
    ids=["another engine", "an invalidation rule that fails", "a newer engine"],
)
def test_a_rule_that_says_nothing_lets_nobody_in_where_yellow_may_enter(unsaid: dict[str, Any]) -> None:
    lenient = replace(SITE, granted=frozenset({Colour.GREEN, Colour.YELLOW}))
    found = decide(VACCINATED, AUTHORITY.trust.stamp, lenient, at(), NONE, place({}, unsaid))
    assert (found.colour, found.outcome, found.reason) == (Colour.YELLOW, Outcome.HOLD, "rule_error")


def test_all_rules_of_one_decision_share_one_budget() -> None:
    endless = {"reduce": [[[0] * 90] * 12, {"+": [{"var": "accumulator"}, 1]}, 0]}
    found = judged(VACCINATED, at(), SITE, NONE, place(*[{"Logic": endless}] * 9))
    assert (found.colour, len(found.broken) > 0) == (Colour.RED, True)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.binary()
KEYS = st.text(max_size=3) | st.integers()
VALUES = st.recursive(
    LEAVES, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(KEYS, inside, max_size=3), max_leaves=8
)
FIELD = {"var": "payload.v.0.x"}
ASKED: list[Any] = [
    FIELD,
    {"!": [FIELD]},
    {"+": [FIELD, 1]},
    {"<": [FIELD, 1, 2]},
    {"===": [FIELD, FIELD]},
    {"in": [FIELD, {"var": "payload.v"}]},
    {"if": [FIELD, 1, {"var": "payload.v.0.x.0"}]},
    {"plusTime": [FIELD, 1, "year"]},
    {"dccDateOfBirth": [FIELD]},
    {"extractFromUVCI": [FIELD, 1]},
    {"reduce": [FIELD, {"and": [{"var": "accumulator"}, {"var": "current"}]}, True]},
]


@given(VALUES, VALUES)
def test_whatever_a_payload_holds_there_is_an_answer_and_never_a_colour_for_nothing(field: Any, rest: Any) -> None:
    """What the reader's CBOR lets through: plain values of any kind where texts and numbers belong."""
    acceptance = place(*({"Logic": logic} for logic in ASKED))
    for entries in ([{"x": field}], {"0": {"x": field}}, rest):
        payload: dict[object, object] = {"v": entries, "rest": rest}
        found = accepted(acceptance, payload, NOON, Budget(LIMITS))
        assert (found.colour is None) is (not entries)
        assert found.colour is not Colour.GREEN, "not all of these can hold"


def test_a_pass_and_a_card_are_not_asked_about() -> None:
    card = replace(verified(), document=None)
    assert _decided(card, RuleSet((packs.shipped("pl-2022-07"),)), place({})) == (Colour.YELLOW, "pl-2022-07")


# Files.

SET = {"valueSetId": "colours", "valueSetDate": "2021-04-27", "valueSetValues": {"a": {"display": "A"}, "b": {}}}


@pytest.mark.parametrize("content", [SET, [SET], {"colours.json": SET}, {"colours": ["a", "b"]}])
def test_value_sets_are_read_as_they_are_published(content: Any) -> None:
    assert is_of_eu(content)
    assert value_sets_of(content) == {"colours": ["a", "b"]}


@pytest.mark.parametrize("content", [published(), [published()], {"one": published()}])
def test_rules_are_read_as_they_are_published(content: Any) -> None:
    assert is_of_eu(content)
    assert len(rules_of(content)) == 1


@pytest.mark.parametrize("content", [[], {}, 3, None, packs.document("visitor-pass"), {"pack": "x", "cases": []}])
def test_a_pack_is_none_of_them(content: Any) -> None:
    assert not is_of_eu(content)


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (rules_of, []),
        (rules_of, [published()] * (MOST_RULES + 1)),
        (rules_of, [3]),
        (value_sets_of, {}),
        (value_sets_of, {"colours": [1]}),
        (value_sets_of, {"colours": ["a"] * 2001}),
        (value_sets_of, [{"valueSetId": "colours"}]),
        (value_sets_of, [{"valueSetId": 3, "valueSetValues": {}}]),
        (value_sets_of, 3),
    ],
)
def test_what_cannot_be_used_is_refused(read: Any, content: Any) -> None:
    with pytest.raises(RuleError):
        read(content)


VACCINATED = verified(dcc(v=[{**VACCINATION, "dn": 3, "sd": 3}]))


@needs_vectors
def test_the_published_rules_of_every_country_fit_into_one_decision() -> None:
    """Over the published cases, with the published value sets, beside a pack; docs/rules.md tells the most."""
    rules = rules_of(contents("rules.json"))
    sets = value_sets_of(contents("valuesets.json")["valueSets.json"])
    most = 0
    seen: set[tuple[str, str]] = set()
    for case in map(json.loads, (VECTORS / "cases.jsonl").read_text("utf-8").splitlines()):
        payload = case["data"].get("payload") if case["kind"] == "rule" else None
        country = case.get("rule", "").partition("/")[0]
        if not payload or (country, str(type_of(payload))) in seen:
            continue
        seen.add((country, str(type_of(payload))))
        budget = Budget(LIMITS)
        results = applied_to(Acceptance(NAME, rules, country, None, sets), payload, CASES_OF, budget)
        assert not [one.problem for one in results if "steps" in one.problem]
        most = max(most, LIMITS.steps - budget.steps)
    assert len(seen) > 20
    assert most < LIMITS.steps // 4, most
