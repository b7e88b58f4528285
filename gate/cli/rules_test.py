"""``gate rules test``: packs over tables of cases."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from gate.cli.arguments import CommandError
from gate.cli.inert import inert, say
from gate.policy import cases, packs
from gate.policy.judging import judge
from gate.policy.pack import Pack
from gate.policy.strict import RuleError
from gate.service.rule_files import json_of, pack_named


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when every case is as expected, 1 when one is not."""
    differing = total = 0
    for table, pack in _tables(args.tables, args.pack):
        for case in table.cases:
            total += 1
            difference = differs(case, pack)
            if difference:
                differing += 1
                say(f"{pack.id} {pack.version}: {inert(case.name)}: {difference}")
    say(f"{total} cases, {differing} not as expected")
    return 1 if differing else 0


def differs(case: cases.Case, pack: Pack) -> str:
    """How the pack's answer differs from the case; empty when it does not."""
    judgement = judge(pack, case.document)
    met = judgement.met
    found = met.colour if met else None
    if found is not case.colour:
        return f"expected {case.colour or 'no rule'}, is {found or 'no rule'}{f' by {met.id}' if met else ''}"
    if case.rule is not None and (met is None or met.id != case.rule):
        return f"expected the rule {inert(case.rule)}, is {met.id if met else 'none'}"
    return "".join(f"the rule {one.rule.id} failed: {one.problem}" for one in judgement.broken[:1])


def _tables(files: list[Path], pack: str | None) -> Iterator[tuple[cases.Table, Pack]]:
    if not files:
        for id_ in packs.SHIPPED if pack is None else [pack]:
            if id_ not in packs.SHIPPED:
                raise CommandError(f"{id_} is not shipped, so it has no table; name the file of one.")
            yield cases.parse(packs.document(f"cases/{id_}")), packs.shipped(id_)
    for file in files:
        table = table_of(file)
        yield table, pack_named(pack or _beside(file, table.pack))


def table_of(file: Path) -> cases.Table:
    """The table of cases in a file. Raises ``CommandError`` or ``AdapterError``."""
    try:
        return cases.parse(json_of(file))
    except RuleError as error:
        raise CommandError(f"{file} is no table of cases: {error}.") from error


def _beside(file: Path, pack: str) -> str:
    """A pack's file is named from the folder of the table."""
    return pack if pack in packs.SHIPPED else str(file.parent / pack)
