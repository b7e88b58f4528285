"""``gate rules validate``: whether files of packs, of cases or of the EU's rules can be used."""

from __future__ import annotations

import argparse
from typing import Any

from gate.cli.inert import inert, say
from gate.cli.trust_rules import bundle_named, standing
from gate.policy import cases, eu_files, pack
from gate.policy.strict import RuleError
from gate.service.rule_files import json_of


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when all can be used, 1 when one cannot."""
    bundle = bundle_named(args)
    bad = 0
    for file in args.files:
        try:
            content = json_of(file)
            said = described(content)
            good, told = (True, "") if bundle is None or is_cases(content) else standing(file, bundle)
            say(f"{file}: {inert(said)}{'; ' if told else ''}{told}")
            bad += not good
        except RuleError as error:
            bad += 1
            say(f"{file}: cannot be used: {inert(str(error))}")
    return 1 if bad else 0


def is_cases(content: Any) -> bool:
    """Whether it is a table of cases, which no gate reads."""
    return isinstance(content, dict) and "cases" in content


def described(content: Any) -> str:
    """What the content is. Raises ``RuleError`` when it is nothing that can be used."""
    if is_cases(content):
        table = cases.parse(content)
        return f"{len(table.cases)} cases of {table.pack}"
    if eu_files.is_of_eu(content):
        return eu_files.described(content)
    found = pack.parse(content)
    return f"pack {found.id} {found.version}, {len(found.rules)} rules, from {found.valid_from}"
