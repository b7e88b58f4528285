"""``gate rules list``: the packs, who vouches for them, when they are in force, and which decides on what on a day."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from gate.cli.inert import inert, say
from gate.cli.trust_rules import bundle_named, standing
from gate.credential.trust import TrustBundle
from gate.policy.judging import RuleSet
from gate.policy.pack import TOPICS, Pack
from gate.policy.packs import SHIPPED
from gate.service.rule_files import rules_of

Listed = tuple[Pack, str]
"""A pack, and who vouches for it."""


def run(args: argparse.Namespace, day: date) -> int:
    """List the packs."""
    names = args.packs or SHIPPED
    bundle = bundle_named(args)
    packs = rules_of(names).packs
    for line in lines(
        [(pack, _origin(name, bundle)) for pack, name in zip(packs, names, strict=True)], day, args.language
    ):
        say(line)
    return 0


def lines(listed: Sequence[Listed], day: date, language: str) -> Iterator[str]:
    """What is shown."""
    for pack, origin in sorted(listed, key=lambda one: (one[0].valid_from, one[0].id)):
        yield from _about(pack, day, language)
        yield f"  {origin}"
    rules = RuleSet(tuple(pack for pack, _ in listed))
    yield f"on {day}:"
    for topic in sorted(TOPICS):
        pack_for = rules.pack_for([topic], day)
        yield f"  {topic:<12} {'nobody decides' if pack_for is None else f'{pack_for.id} {pack_for.version}'}"


def _origin(name: str, bundle: TrustBundle | None) -> str:
    if name in SHIPPED:
        return "shipped with this program, which vouches for it"
    if bundle is None:
        return "from a file; --trust and --root-key tell whether the trust bundle vouches for it"
    return standing(Path(name), bundle)[1]


def _about(pack: Pack, day: date, language: str) -> Iterator[str]:
    until = f" until {pack.valid_to}" if pack.valid_to else ""
    state = "in force" if pack.in_force(day) else "not in force"
    yield f"{pack.id} {pack.version}: from {pack.valid_from}{until}, {state}, {len(pack.rules)} rules"
    yield f"  {inert(pack.description[language])}"
    yield f"  speaks of {', '.join(pack.speaks_of)}; {inert(pack.source)}"
