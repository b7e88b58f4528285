"""``gate rules compare``: what would change from one pack to another."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from gate.cli.inert import inert, say
from gate.cli.rules_replay import NO_COLOUR, judge_spoken, read
from gate.policy import cases, packs
from gate.policy.pack import Pack
from gate.service.rule_files import pack_named

Named = tuple[str, dict[str, Any]]
Change = tuple[str, str]


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when nothing would change, 1 when something would."""
    old, new = pack_named(args.old), pack_named(args.new)
    total, found = 0, dict[Change, list[str]]()
    for name, document in _documents(args):
        total += 1
        change = (_colour(old, document), _colour(new, document))
        if change[0] != change[1]:
            found.setdefault(change, []).append(name)
    changed = sum(map(len, found.values()))
    say(f"{old.id} {old.version} -> {new.id} {new.version}: {changed} of {total} cases would change")
    for (before, after), names in sorted(found.items()):
        say(f"{before} -> {after}: {len(names)}")
        for name in names[: max(args.examples, 0)]:
            say(f"  {inert(name)}")
    return 1 if found else 0


def _documents(args: argparse.Namespace) -> Iterator[Named]:
    yield from shipped_cases()
    yield from cases.generated()
    if args.recorded is not None:
        yield from ((f"line {one.line} of {args.recorded.name}", one.document) for one in read(args.recorded))


def shipped_cases() -> Iterator[Named]:
    """The cases of the shipped tables, each as a document of what its pack speaks of."""
    for id_ in packs.SHIPPED:
        topics = list(packs.shipped(id_).speaks_of)
        for case in cases.parse(packs.document(f"cases/{id_}")).cases:
            facts = case.document["facts"] | {"proves": topics}
            yield f"{id_}: {case.name}", case.document | {"facts": facts}


def _colour(pack: Pack, document: dict[str, Any]) -> str:
    met = judge_spoken(pack, document).met
    return met.colour.value if met else NO_COLOUR
