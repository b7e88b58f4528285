"""``gate rules validate``: whether files of packs, of cases or of the EU's rules can be used."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from gate.cli.inert import inert, say
from gate.policy import cases, eu_rules, pack
from gate.policy.strict import RuleError
from gate.service.rule_files import json_of


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when all can be used, 1 when one cannot."""
    bad = 0
    for file in args.files:
        try:
            say(f"{file}: {inert(described(json_of(file)))}")
        except RuleError as error:
            bad += 1
            say(f"{file}: cannot be used: {inert(str(error))}")
    return 1 if bad else 0


def described(content: Any) -> str:
    """What the content is. Raises ``RuleError`` when it is nothing that can be used."""
    if isinstance(content, dict) and "cases" in content:
        table = cases.parse(content)
        return f"{len(table.cases)} cases of {table.pack}"
    published = list(_published(content))
    if published:
        rules = [_eu_rule(number, one) for number, one in enumerate(published, 1)]
        foreign = sum(not rule.is_ours for rule in rules)
        countries = ", ".join(sorted({rule.country for rule in rules}))
        return f"{len(rules)} EU rules of {countries}" + (f", {foreign} of them for another engine" if foreign else "")
    found = pack.parse(content)
    return f"pack {found.id} {found.version}, {len(found.rules)} rules, from {found.valid_from}"


def _published(content: Any) -> Iterator[Any]:
    """The EU's rules in one rule, a list of rules, or an object of rules by name."""
    if isinstance(content, dict) and "Identifier" in content:
        yield content
    elif isinstance(content, list):
        yield from content
    elif isinstance(content, dict) and all(isinstance(one, dict) and "Identifier" in one for one in content.values()):
        yield from content.values()


def _eu_rule(number: int, content: Any) -> eu_rules.EuRule:
    try:
        return eu_rules.parse(content)
    except RuleError as error:
        raise RuleError(f"rule {number}: {error}") from error
