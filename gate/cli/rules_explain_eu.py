"""``gate rules explain`` for the EU's rules: what each rule says of a payload, and what in it made it so."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gate.cli.arguments import CommandError
from gate.cli.inert import inert, say
from gate.cli.rules_words import Words
from gate.policy.acceptance import Acceptance, applied_to, type_of
from gate.policy.certlogic import Budget
from gate.policy.eu_files import rules_of, value_sets_of
from gate.policy.eu_rules import Applied, RuleResult, colour_of, external
from gate.policy.explain import reasons_of
from gate.policy.judging import LIMITS
from gate.policy.status import Rule
from gate.policy.strict import RuleError
from gate.service.rule_files import json_of

_HELD = {
    RuleResult.TRUE: "holds",
    RuleResult.FALSE: "fails",
    RuleResult.ERROR: "broken",
    RuleResult.OPEN: "open",
}
GREEN = "green"
NAME = "nam"
"""The name of the holder, which no rule sees at a gate either."""


def run(args: argparse.Namespace, content: Any, payload: Any) -> int:
    """Exit code 0 when all rules say yes, 1 when one does not, or none is in force."""
    if not isinstance(payload, dict) or type_of(payload) is None:
        raise CommandError("The facts for the EU's rules are a certificate's payload, with v, t or r. docs/rules.md.")
    payload = {name: value for name, value in payload.items() if name != NAME}
    acceptance, at = _acceptance(args, content), args.at
    results = applied_to(acceptance, payload, at, Budget(LIMITS))
    data = {"payload": payload, "external": external(at, acceptance.value_sets, acceptance.country)}
    for line in lines(acceptance, results, data, args.language):
        say(line)
    return 0 if colour_of(results) == GREEN else 1


def lines(acceptance: Acceptance, results: Sequence[Applied], data: dict[str, Any], language: str) -> Iterator[str]:
    """What is shown."""
    words = Words(language)
    yield f"{acceptance.country}: {type_of(data['payload'])}, {len(results)} of {len(acceptance.rules)} rules"
    for one in results:
        described = one.rule.descriptions.get(language) or one.rule.descriptions.get("en", "")
        version = ".".join(map(str, one.rule.version))
        yield inert(f"{one.rule.id} {version} ({one.rule.type}): {words(_HELD[one.result])}: {described}")
        for reason in reasons_of(one.rule.logic, data) if one.rule.is_ours else ():
            yield f"     {inert(words.reason(reason, data))}"
    colour = colour_of(results)
    yield words("no_rule") if colour is None else f"{words('colour')}: {colour.value}"


def _acceptance(args: argparse.Namespace, content: Any) -> Acceptance:
    try:
        rules = rules_of(content)
        sets = value_sets_of(json_of(Path(args.value_sets))) if args.value_sets else {}
    except RuleError as error:
        raise CommandError(f"The EU's rules or value sets cannot be used: {error}.") from error
    return Acceptance(Rule("eu", 1), rules, args.country or rules[0].country, args.region, sets)
