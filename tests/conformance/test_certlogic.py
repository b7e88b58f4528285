"""CertLogic agrees with the public suites, except where a reason is given; and the harness finds each difference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.certlogic import run
from tests.conformance.judging import Finding
from tests.vectors import vector_file

EXCEPTIONS = {
    # The specification calls an operand 2 of in that is no array an error; so does the reference engine.
    "certlogic/testSuite/ins-with-nulls/0-1",
    # Wants the original data inside reduce, which no version of the specification has; its suite says skip.
    "certlogic/testSuite/patched-reduce/0-8",
}
"""Where another answer than the suite's is right: both are disputed in the collection itself."""


def test_every_case_agrees_or_has_a_reason() -> None:
    outcomes = list(run(vector_file("certlogic/cases.jsonl").parent))
    assert len(outcomes) >= 794
    assert {one.name for one in outcomes if one.finding is not Finding.AGREED} == EXCEPTIONS
    assert {one.finding for one in outcomes if one.name in EXCEPTIONS} == {Finding.OPEN}


# The harness itself, with cases of our own

RULE: dict[str, Any] = {"Logic": {"in": [{"var": "x"}, {"var": "external.valueSets.letters"}]}}
DATA: dict[str, Any] = {"x": "a", "external": {"valueSets": {"$ref": "one"}, "validationClock": "2026-03-13"}}


def case(kind: str, expected: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "expected": {"result": json.loads(expected)}, **fields}


def expression(logic: Any, expected: str, **fields: Any) -> dict[str, Any]:
    return case("expression", expected, logic=logic, data={}, **fields)


def validation(expression: Any, *blamed: Any) -> dict[str, Any]:
    one = {"certLogicExpression": expression, "issues": [{"expr": part, "message": "any"} for part in blamed]}
    return {"kind": "validation", "content": {"cases": [one]}}


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        (expression({"===": [1, 1]}, "true"), Finding.AGREED),
        (expression({"+": [1, 2]}, "3"), Finding.AGREED),
        (expression({"===": [1, 1]}, "false"), Finding.FALSE_ACCEPT),
        (expression({"===": [1, 1]}, "false", confidence="disputed"), Finding.OPEN),
        (expression({"===": [1, 2]}, "true"), Finding.FALSE_REJECT),
        (expression({"+": [0, 1]}, "true"), Finding.FALSE_REJECT),
        (expression({"no such": []}, "true"), Finding.FALSE_REJECT),
        (expression({"no such": []}, "false"), Finding.REASON_DIFFERS),
        (expression({"+": [1, 2]}, "4"), Finding.REASON_DIFFERS),
        (case("rule", "true", rule="known", data=DATA), Finding.AGREED),
        (case("rule", "false", rule="known", data={**DATA, "x": "b"}), Finding.AGREED),
        (case("rule", "false", rule="known", data=DATA), Finding.FALSE_ACCEPT),
        (case("rule", "true", rule="unknown", data=DATA), Finding.NOT_RUN),
        (case("rule", "true", rule="known", data={"external": {"valueSets": {"$ref": "two"}}}), Finding.NOT_RUN),
        (validation(3.14, 3.14), Finding.AGREED),
        (validation("a"), Finding.AGREED),
        (validation(3.14), Finding.REASON_DIFFERS),
        ({"kind": "validation", "content": {"cases": [None]}}, Finding.NOT_RUN),
        ({"kind": "expression", "logic": True, "data": {}}, Finding.NOT_RUN),
        ({"kind": "picture"}, Finding.NOT_RUN),
        ({}, Finding.NOT_RUN),
    ],
    ids=lambda value: repr(value)[:70],
)
def test_each_finding(tmp_path: Path, fields: dict[str, Any], finding: Finding) -> None:
    (tmp_path / "cases.jsonl").write_text(json.dumps(fields) + "\n")
    (tmp_path / "rules.json").write_text(json.dumps({"known": RULE}))
    (tmp_path / "valueset_refs.json").write_text(json.dumps({"one": {"letters": ["a"]}}))
    assert [outcome.finding for outcome in run(tmp_path)] == [finding]


def test_without_its_rules_a_rule_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text(json.dumps(case("rule", "true", rule="known", data={})) + "\n")
    assert [outcome.finding for outcome in run(tmp_path)] == [Finding.NOT_RUN]
    (tmp_path / "rules.json").write_text("[")
    assert [outcome.finding for outcome in run(tmp_path)] == [Finding.NOT_RUN]
