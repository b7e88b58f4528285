"""``gate rules replay``: a pack over recorded facts documents."""

from __future__ import annotations

import argparse
import collections
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.cli.arguments import CommandError
from gate.cli.files import explained
from gate.cli.inert import say
from gate.credential.model import Colour
from gate.policy.facts import completed
from gate.policy.judging import Judgement, judge
from gate.policy.pack import STRICTEST_FIRST, Pack
from gate.policy.strict import RuleError
from gate.service.rule_files import pack_named

NO_COLOUR = "none"
LONGEST_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line: the document, and the colour that was decided then, if the line says so."""

    line: int
    document: dict[str, Any]
    colour: str | None


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when each line has a colour, and the one it names."""
    pack = pack_named(args.pack)
    counts: collections.Counter[str] = collections.Counter()
    odd = 0
    for recorded in read(args.log):
        judgement = judge_spoken(pack, recorded.document)
        found = judgement.met.colour.value if judgement.met else NO_COLOUR
        counts[found] += 1
        difference = recorded.colour not in (None, found)
        odd += difference or judgement.met is None or bool(judgement.broken)
        say(f"line {recorded.line}: {_told(judgement)}{f', was {recorded.colour}' if difference else ''}")
    if not counts:
        raise CommandError(f"{args.log} holds no facts document.")
    shares = ", ".join(f"{counts[colour]} {colour}" for colour in (*STRICTEST_FIRST, NO_COLOUR) if counts[colour])
    say(f"{counts.total()} documents by {pack.id} {pack.version}: {shares}")
    return 1 if odd else 0


def judge_spoken(pack: Pack, document: dict[str, Any]) -> Judgement:
    """What the pack says: no rule where it does not speak of what was shown; a document without topics is judged."""
    return judge(pack, document) if pack.speaks_to(document["facts"]["proves"]) else Judgement(None)


def read(path: Path) -> Iterator[Recorded]:
    """The documents of a file. Raises ``CommandError`` with the number of the first line that is none."""
    with explained("read", path), path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), b""), 1):
            if line.strip():
                yield _recorded(path, number, line)


def _recorded(path: Path, number: int, line: bytes) -> Recorded:
    if len(line) > LONGEST_LINE:
        raise CommandError(f"{path}, line {number} is longer than {LONGEST_LINE} bytes.")
    try:
        content = json.loads(line)
        if not isinstance(content, dict):
            raise RuleError("it must be an object")
        colour = content.pop("colour", None)
        if colour not in (None, NO_COLOUR, *(known.value for known in Colour)):
            raise RuleError("its colour must be black, red, yellow, green or none")
        return Recorded(number, completed(content), colour)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, RuleError) else "it is not JSON"
        raise CommandError(f"{path}, line {number} is no facts document: {reason}.") from error


def _told(judgement: Judgement) -> str:
    broken = "".join(f"; {one.rule.id} failed: {one.problem}" for one in judgement.broken)
    met = judgement.met
    return f"{met.colour.value} by {met.id}{broken}" if met else f"{NO_COLOUR}: no rule holds{broken}"
