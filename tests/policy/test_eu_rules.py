"""The EU's rules: read as they are published, selected by place, kind and time, and applied."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate.credential.model import Colour
from gate.policy import eu_rules
from gate.policy.certlogic import Limits
from gate.policy.eu_rules import Applied, RuleResult, RuleType, Wanted
from gate.policy.strict import RuleError
from tests.conformance.certlogic import with_value_sets
from tests.policy.eu_published import published

NOW = datetime(2021, 10, 1, 12, tzinfo=UTC)


def rule(**changes: Any) -> eu_rules.EuRule:
    return eu_rules.parse(published(**changes))


def applied(one: eu_rules.EuRule, payload: Any) -> Applied:
    return eu_rules.apply([one], payload, eu_rules.external(NOW, {}, "XX"), Limits())[0]


def test_a_rule_is_read_with_all_its_fields() -> None:
    found = rule(Region="AB")
    assert (found.id, found.type, found.country, found.region) == ("VR-XX-0001", RuleType.ACCEPTANCE, "XX", "AB")
    assert found.affected_fields == ("v.0.dn", "v.0.sd")
    assert found.descriptions == {"en": "All doses."}
    assert found.valid_from == datetime(2021, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"Type": "Perhaps"}, "Type"),
        ({"Version": "1.0"}, "version"),
        ({"EngineVersion": "new"}, "version"),
        ({"ValidTo": "later"}, "ValidTo"),
        ({"ValidFrom": "0001-01-01T00:00:00+14:00"}, "ValidFrom"),
        ({"ValidTo": "2021-06-01T00:00:00Z"}, "ends before it begins"),
        ({"Logic": {"!": []}}, "Logic"),
        ({"Logic": None}, "Logic"),
        ({"AffectedFields": [1]}, "AffectedFields"),
        ({"Description": ["All doses."]}, "description"),
        ({"Country": None}, "Country"),
        ({"Weather": "fine"}, "Weather"),
    ],
)
def test_a_rule_that_cannot_be_used_says_why(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(RuleError, match=told):
        rule(**changes)


@pytest.mark.parametrize("document", [None, [], "rule", {}])
def test_what_is_no_rule_is_refused(document: Any) -> None:
    with pytest.raises(RuleError):
        eu_rules.parse(document)


WANTED = Wanted("XX", None, "Vaccination", NOW)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("changes", "wanted", "selected"),
    [
        ({}, WANTED, True),
        ({"CertificateType": "General"}, WANTED, True),
        ({"CertificateType": "Test"}, WANTED, False),
        ({"Country": "YY"}, WANTED, False),
        ({"Region": "AB"}, WANTED, False),
        ({"Region": "AB"}, replace(WANTED, region="AB"), True),
        ({"Region": "AB"}, replace(WANTED, region="CD"), False),
        ({}, replace(WANTED, region="AB"), True),
        ({}, replace(WANTED, at=datetime(2021, 7, 1, tzinfo=UTC)), True),
        ({}, replace(WANTED, at=datetime(2021, 7, 1, tzinfo=UTC) - SECOND), False),
        ({}, replace(WANTED, at=datetime(2030, 6, 1, tzinfo=UTC)), True),
        ({}, replace(WANTED, at=datetime(2030, 6, 1, tzinfo=UTC) + SECOND), False),
    ],
)
def test_rules_are_selected_by_place_kind_and_time(changes: dict[str, Any], wanted: Wanted, *, selected: bool) -> None:
    assert bool(eu_rules.select([rule(**changes)], wanted)) is selected


def test_of_each_rule_the_newest_version_in_force_is_taken() -> None:
    old, new = rule(Version="1.0.9"), rule(Version="1.0.10")
    later = rule(Version="2.0.0", ValidFrom="2021-12-01T00:00:00Z")
    other = rule(Identifier="VR-XX-0000")
    for order in itertools.permutations([new, later, old, other]):
        assert eu_rules.select(order, WANTED) == (other, new)


def test_a_rule_holds_or_does_not() -> None:
    assert applied(rule(), {"v": [{"dn": 2, "sd": 2}]}).result is RuleResult.TRUE
    assert applied(rule(), {"v": [{"dn": 1, "sd": 2}]}).result is RuleResult.FALSE


def test_a_rule_with_an_error_is_reported_without_the_payload() -> None:
    found = applied(rule(), {"v": [{"dn": "Siti", "sd": 2}]})
    assert found.result is RuleResult.ERROR
    assert found.problem
    assert "Siti" not in found.problem


@pytest.mark.parametrize("changes", [{"Engine": "OTHER"}, {"EngineVersion": "1.3.4"}, {"SchemaVersion": "2.0.0"}])
def test_a_rule_for_another_engine_is_left_open(changes: dict[str, Any]) -> None:
    found = applied(rule(Logic={"not ours": 1}, **changes), {})
    assert found.result is RuleResult.OPEN


@pytest.mark.parametrize(
    ("type_", "result", "colour"),
    [
        (RuleType.ACCEPTANCE, RuleResult.TRUE, Colour.GREEN),
        (RuleType.ACCEPTANCE, RuleResult.FALSE, Colour.RED),
        (RuleType.ACCEPTANCE, RuleResult.ERROR, Colour.RED),
        (RuleType.ACCEPTANCE, RuleResult.OPEN, Colour.YELLOW),
        (RuleType.INVALIDATION, RuleResult.TRUE, Colour.RED),
        (RuleType.INVALIDATION, RuleResult.FALSE, Colour.GREEN),
        (RuleType.INVALIDATION, RuleResult.ERROR, Colour.YELLOW),
        (RuleType.INVALIDATION, RuleResult.OPEN, Colour.YELLOW),
    ],
)
def test_a_result_has_a_colour_and_the_strictest_decides(type_: RuleType, result: RuleResult, colour: Colour) -> None:
    yes = Applied(rule(), RuleResult.TRUE)
    one = Applied(replace(rule(), type=type_), result)
    assert eu_rules.colour_of([one]) is colour
    assert eu_rules.colour_of([yes, one]) is colour
    no = Applied(rule(), RuleResult.FALSE)
    assert eu_rules.colour_of([one, no]) is Colour.RED


def test_without_rules_there_is_no_colour() -> None:
    assert eu_rules.colour_of([]) is None


def test_the_rules_of_a_place_share_one_budget() -> None:
    results = eu_rules.apply([rule()] * 3, {"v": [{"dn": 2, "sd": 2}]}, {}, Limits(steps=25))
    assert [one.result for one in results] == [RuleResult.TRUE, RuleResult.TRUE, RuleResult.ERROR]


# The published rules.

VECTORS = Path(os.environ.get("GATE_VECTORS") or Path(__file__).parents[2].parent / "shared" / "vectors") / "certlogic"
needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the public test cases are not here; GATE_VECTORS names their folder"
)


def contents(name: str) -> Any:
    return json.loads((VECTORS / name).read_text("utf-8"))


@needs_vectors
def test_the_published_rules_load_as_they_are() -> None:
    rules = [eu_rules.parse(document) for document in contents("rules.json").values()]
    assert len(rules) == 194
    assert all(one.is_ours for one in rules)


@needs_vectors
def test_the_published_rules_give_the_published_results() -> None:
    rules = {name: eu_rules.parse(document) for name, document in contents("rules.json").items()}
    sets = contents("valueset_refs.json")
    cases = [json.loads(line) for line in (VECTORS / "cases.jsonl").read_text("utf-8").splitlines()]
    for case in [one for one in cases if one["kind"] == "rule"]:
        data = with_value_sets(case["data"], sets)
        (found,) = eu_rules.apply([rules[case["rule"]]], data["payload"], data["external"], Limits())
        assert (found.result is RuleResult.TRUE) is case["expected"]["result"], case["id"]
