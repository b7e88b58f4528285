"""CertLogic against the public suites: each case's expected and found result, with a reason where they may differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.policy.certlogic import CertLogicError, evaluate, validate

EXCEPTIONS = {
    "certlogic/testSuite/ins-with-nulls/0-1": (
        "the specification calls an operand 2 of in that is no array an error; so does the reference engine, whose "
        "result is disputed in the suite itself"
    ),
    "certlogic/testSuite/patched-reduce/0-8": (
        "wants the original data inside reduce, which no version of the specification has; its suite says skip"
    ),
}
"""The cases where another answer than the suite's is right, with the reason."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One case. ``note`` is the reason for a difference that is meant, or the error that was raised."""

    case: str
    expected: Any
    found: Any
    agrees: bool
    note: str


def run(folder: Path) -> list[Compared]:
    """All cases of the folder ``certlogic``."""
    rules = json.loads((folder / "rules.json").read_text("utf-8"))
    value_sets = json.loads((folder / "valueset_refs.json").read_text("utf-8"))
    results: list[Compared] = []
    for line in (folder / "cases.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        if case["kind"] == "validation":
            results.extend(_validations(case))
        elif case["kind"] == "rule":
            results.append(_evaluated(case, rules[case["rule"]]["Logic"], with_value_sets(case["data"], value_sets)))
        else:
            results.append(_evaluated(case, case["logic"], case["data"]))
    return results


def with_value_sets(data: dict[str, Any], value_sets: dict[str, Any]) -> dict[str, Any]:
    """The data of a rule case with the value sets that it refers to."""
    external = data.get("external", {})
    reference = external.get("valueSets", {}).get("$ref")
    if reference is None:
        return data
    return {**data, "external": {**external, "valueSets": value_sets[reference]}}


def _evaluated(case: dict[str, Any], logic: Any, data: Any) -> Compared:
    expected, found, note = case["expected"]["result"], None, EXCEPTIONS.get(case["id"], "")
    try:
        found = evaluate(logic, data)
    except CertLogicError as error:
        found, note = "error", note or str(error)
    agrees = type(found) is type(expected) and found == expected
    return Compared(case["id"], expected, found, agrees, note)


def _validations(case: dict[str, Any]) -> Iterator[Compared]:
    """Which parts are blamed is compared, not in which words."""
    for number, one in enumerate(case["content"]["cases"]):
        expected = [issue["expr"] for issue in one["issues"]]
        found = [issue.part for issue in validate(one["certLogicExpression"])]
        yield Compared(f"{case['id']}/{number}", expected, found, found == expected, "")
