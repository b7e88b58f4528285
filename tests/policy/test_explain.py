"""The explanation of a pack's answer tells the same answer, and the parts that made it so."""

from __future__ import annotations

from typing import Any

import pytest

from gate.credential.model import Colour
from gate.policy import cases, packs
from gate.policy.certlogic import evaluate
from gate.policy.explain import Reason, explain
from gate.policy.facts import completed
from gate.policy.judging import judge
from gate.policy.pack import RULE_LIMITS, parse
from tests.policy.test_packs import written

KNOWN = {"var": "facts.positive.known"}
DAYS = {"<": [{"var": "facts.positive.days"}, 10]}


def reasons(logic: Any, **positive: Any) -> tuple[Reason, ...]:
    document = written()
    document["rules"][0]["logic"] = logic
    facts = completed({"facts": {"positive": positive}})
    (one,) = explain(parse(document), facts)
    return one.reasons


@pytest.mark.parametrize("id_", packs.SHIPPED)
def test_the_explanation_tells_what_was_judged(id_: str) -> None:
    pack = packs.shipped(id_)
    for _, document in list(cases.generated())[::7]:
        tried, judgement = explain(pack, document), judge(pack, document)
        assert (tried[-1].rule if tried[-1].held else None) is judgement.met
        assert all(one.held is False for one in tried[:-1])
        assert [one.rule for one in tried] == list(pack.rules[: len(tried)])


@pytest.mark.parametrize("id_", packs.SHIPPED)
def test_every_reason_is_a_part_that_has_the_value_it_is_told_with(id_: str) -> None:
    for _, document in list(cases.generated())[::7]:
        for one in explain(packs.shipped(id_), document):
            assert one.reasons
            for reason in one.reasons:
                assert bool(evaluate(reason.part, document)) is reason.is_true


def test_of_an_and_that_is_false_only_the_operand_that_is() -> None:
    assert reasons({"and": [KNOWN, DAYS]}, known=False) == (Reason(KNOWN, is_true=False),)
    assert reasons({"and": [KNOWN, DAYS]}, known=True, days=10) == (Reason(DAYS, is_true=False),)


def test_of_an_and_that_is_true_all_operands() -> None:
    assert reasons({"and": [KNOWN, DAYS]}, known=True, days=9) == (
        Reason(KNOWN, is_true=True),
        Reason(DAYS, is_true=True),
    )


def test_of_an_if_the_guard_and_the_branch_that_was_taken() -> None:
    logic = {"if": [KNOWN, DAYS, {"!": [KNOWN]}]}
    assert [one.part for one in reasons(logic, known=True, days=9)] == [KNOWN, DAYS]
    assert [one.part for one in reasons(logic, known=False)] == [KNOWN]


def test_a_part_that_fails_is_the_reason_with_its_problem() -> None:
    (known, failed) = reasons({"if": [KNOWN, DAYS, True]}, known=True)
    assert known.is_true
    assert (failed.part, failed.is_true) == (DAYS, None)
    assert "no integer" in failed.problem


def test_what_is_always_so_has_no_reason() -> None:
    (one,) = explain(parse(written()), completed({}))
    assert (one.held, one.reasons, one.rule.colour) == (True, (), Colour.YELLOW)


def test_a_rule_of_as_many_levels_as_it_may_have_is_told_as_it_is_judged() -> None:
    logic: Any = KNOWN
    for _ in range(RULE_LIMITS.depth - 1):
        logic = {"!": [logic]}
    document = written()
    document["rules"][0]["logic"] = logic
    pack, facts = parse(document), completed({"facts": {"positive": {"known": False}}})
    (one,) = explain(pack, facts)
    assert judge(pack, facts).met is one.rule
    assert one.held


def test_rules_that_use_up_the_steps_together_are_told_as_they_are_judged() -> None:
    counted = {"reduce": [[0] * 100, {"+": [{"+": [{"var": "accumulator"}, 1]}, 1]}, 0]}
    document = written()
    (rule,) = document["rules"]
    document["rules"] = [
        *(rule | {"id": f"red-{number}", "colour": "red", "logic": {"===": [counted, 1]}} for number in range(4)),
        rule | {"logic": {"!": [KNOWN]}},
    ]
    pack, facts = parse(document), completed({})
    assert judge(pack, facts).met is None
    assert [one.held for one in explain(pack, facts)] == [False, False, None, None, None]
