"""``gate rules explain``: the path through a pack that decided, in words; or what the EU's rules say of a payload."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gate.cli import rules_explain_eu
from gate.cli.arguments import CommandError
from gate.cli.inert import inert, say
from gate.cli.rules_words import Words
from gate.policy.eu_files import is_of_eu
from gate.policy.explain import Explained, explain
from gate.policy.facts import completed
from gate.policy.pack import Pack
from gate.policy.packs import SHIPPED
from gate.policy.strict import MOST_BYTES, RuleError
from gate.service.rule_files import json_of, pack_named

_HELD = {True: "holds", False: "fails", None: "broken"}


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when a rule held and none before it failed, else 1; also 1 for a pack that no gate would ask."""
    eu = _eu_content(args.pack)
    if eu is not None:
        return rules_explain_eu.run(args, eu, _read(args.facts))
    pack, document = pack_named(args.pack), _facts(args.facts)
    if not pack.speaks_to(document["facts"]["proves"]):
        say(Words(args.language)("not_asked"))
        return 1
    tried = explain(pack, document)
    for line in lines(pack, tried, document, args.language):
        say(line)
    return 0 if tried[-1].held and all(one.held is not None for one in tried) else 1


def lines(pack: Pack, tried: Sequence[Explained], document: dict[str, Any], language: str) -> Iterator[str]:
    """What is shown."""
    words = Words(language)
    yield f"{pack.id} {pack.version}: {inert(pack.description[language])}"
    for number, one in enumerate(tried, 1):
        held = words(_HELD[one.held])
        yield f"{number}. {one.rule.colour.value}: {held}: {inert(one.rule.description[language])}"
        for reason in one.reasons:
            yield f"     {inert(words.reason(reason, document))}"
    last = tried[-1]
    yield f"{words('colour')}: {last.rule.colour.value} ({last.rule.id})" if last.held else words("no_rule")


def _eu_content(name: str) -> Any:
    """The content of a file of the EU's rules; None for a pack."""
    content = None if name in SHIPPED else json_of(Path(name))
    return content if is_of_eu(content) else None


def _facts(source: str) -> dict[str, Any]:
    try:
        return completed(_read(source))
    except RuleError as error:
        raise CommandError(f"{source} is no facts document: {error}. docs/rules.md lists the fields.") from error


def _read(source: str) -> Any:
    if source != "-":
        return json_of(Path(source))
    try:
        return json.loads(sys.stdin.buffer.read(MOST_BYTES))
    except (ValueError, RecursionError):
        raise CommandError("What came on standard input is not JSON.") from None
