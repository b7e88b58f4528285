"""``gate rules list``: the packs, when they are in force, and which decides on what on a day."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date

from gate.cli.inert import inert, say
from gate.policy.judging import RuleSet
from gate.policy.pack import TOPICS, Pack
from gate.policy.packs import SHIPPED
from gate.service.rule_files import rules_of


def run(args: argparse.Namespace, day: date) -> int:
    """List the packs."""
    rules = rules_of(args.packs or SHIPPED)
    for line in lines(rules, day, args.language):
        say(line)
    return 0


def lines(rules: RuleSet, day: date, language: str) -> Iterator[str]:
    """What is shown."""
    for pack in sorted(rules.packs, key=lambda one: (one.valid_from, one.id)):
        yield from _about(pack, day, language)
    yield f"on {day}:"
    for topic in sorted(TOPICS):
        pack_for = rules.pack_for([topic], day)
        yield f"  {topic:<12} {'nobody decides' if pack_for is None else f'{pack_for.id} {pack_for.version}'}"


def _about(pack: Pack, day: date, language: str) -> Iterator[str]:
    until = f" until {pack.valid_to}" if pack.valid_to else ""
    state = "in force" if pack.in_force(day) else "not in force"
    yield f"{pack.id} {pack.version}: from {pack.valid_from}{until}, {state}, {len(pack.rules)} rules"
    yield f"  {inert(pack.description[language])}"
    yield f"  speaks of {', '.join(pack.speaks_of)}; {inert(pack.source)}"
