"""CertLogic against the public suites: expressions and rules have results instead of verdicts.

A case agrees when the gate's result is the expected one, of the same type. Of results that differ, true for false is a
false accept, and anything for true a false reject; an error lets nobody in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gate.policy.certlogic import CertLogicError, evaluate, validate
from tests.conformance.cases import Case, NotRun, read
from tests.conformance.judging import Finding, Outcome, Wanted

DISPUTED = "disputed"


def run(folder: Path) -> Iterator[Outcome]:
    """All cases of the folder, with the rules and value sets that lie in it."""
    rules, value_sets = (_table(folder / name) for name in ("rules.json", "valueset_refs.json"))
    for case in read(folder):
        try:
            yield _outcome(case, rules, value_sets)
        except NotRun as lack:
            yield Outcome(case.name, Wanted.NOT_STATED, Finding.NOT_RUN, str(lack))


def _table(path: Path) -> dict[str, Any]:
    """What lies beside the cases, if it does."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _outcome(case: Case, rules: dict[str, Any], value_sets: dict[str, Any]) -> Outcome:
    match case.fields:
        case {"kind": "validation", "content": {"cases": list(several)}}:
            return _validated(case, several)
        case {"kind": "rule", "rule": str(rule), "data": dict(data), "expected": {"result": expected}}:
            logic = rules.get(rule)
            if not isinstance(logic, dict) or "Logic" not in logic:
                raise NotRun("its rule is not there")
            return _evaluated(case, logic["Logic"], with_value_sets(data, value_sets), expected)
        case {"kind": "expression", "logic": logic, "data": data, "expected": {"result": expected}}:
            return _evaluated(case, logic, data, expected)
    raise NotRun("it is no expression, rule or validation that says what it expects")


def with_value_sets(data: dict[str, Any], value_sets: dict[str, Any]) -> dict[str, Any]:
    """The data of a rule case with the value sets that it refers to. Raises ``NotRun`` where they are not there."""
    match data:
        case {"external": {"valueSets": {"$ref": reference}, **external}}:
            if reference not in value_sets:
                raise NotRun("its value sets are not there")
            return {**data, "external": {**external, "valueSets": value_sets[reference]}}
    return data


def _evaluated(case: Case, logic: Any, data: Any, expected: object) -> Outcome:
    want = {True: Wanted.ACCEPT, False: Wanted.REJECT}[expected] if isinstance(expected, bool) else Wanted.NOT_STATED
    found: object = None
    try:
        found = evaluate(logic, data)
    except CertLogicError as error:
        said = f"an error instead of {json.dumps(expected)}: {error}"
        return Outcome(case.name, want, _differing(case, want, found), said)
    if type(found) is type(expected) and found == expected:
        return Outcome(case.name, want, Finding.AGREED, json.dumps(found))
    said = f"{json.dumps(found)} instead of {json.dumps(expected)}"
    return Outcome(case.name, want, _differing(case, want, found), said)


def _differing(case: Case, want: Wanted, found: object) -> Finding:
    if case.fields.get("confidence") == DISPUTED:
        return Finding.OPEN
    if want is Wanted.REJECT and found is True:
        return Finding.FALSE_ACCEPT
    return Finding.FALSE_REJECT if want is Wanted.ACCEPT else Finding.REASON_DIFFERS


def _validated(case: Case, several: list[Any]) -> Outcome:
    """Which parts are blamed is compared, not in which words; no verdict hangs on it."""
    for number, one in enumerate(several):
        match one:
            case {"certLogicExpression": expression, "issues": list(issues)}:
                blamed = [issue.part for issue in validate(expression)]
                expected = [issue.get("expr") if isinstance(issue, dict) else None for issue in issues]
            case _:
                raise NotRun("one of its expressions is not there")
        if blamed != expected:
            said = f"number {number} blames {json.dumps(blamed)} instead of {json.dumps(expected)}"
            return Outcome(case.name, Wanted.NOT_STATED, Finding.REASON_DIFFERS, said)
    return Outcome(case.name, Wanted.NOT_STATED, Finding.AGREED, f"{len(several)} validated")
