"""What the demo tells a person, line by line, in words first and in colour only on a terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gate.simulation.account import Account
from gate.simulation.observer import LineChange
from gate.simulation.played import Played, Seen

FLASHES = 3
"""A lamp that came on so often during one visit was flashing."""
BUZZER, STRIKE = "buzzer", "strike"
_COLOURS = {"good": "32", "bad": "31", "quiet": "2", "strong": "1"}


@dataclass(frozen=True, slots=True)
class Paper:
    """Where the report is written; ``plain`` does without colour."""

    plain: bool

    def paint(self, text: str, tone: str) -> str:
        """The text in a tone: good, bad, quiet or strong."""
        return text if self.plain else f"\x1b[{_COLOURS[tone]}m{text}\x1b[0m"

    def visit(self, number: int, played: Played) -> str:
        """A visit in three lines, and one more for everything that was not as it should be."""
        seen, problems = played.seen, played.problems
        picture = "".join(letter if letter.isprintable() else "?" for letter in seen.picture)
        told_first = (self.paint(played.story, "strong"), self.paint(picture, "quiet"), self._verdict(played))
        lines = [
            "  ".join((f"{number:3}", *told_first)),
            f"     door    {doings(seen.lines)}",
            f"     centre  {'; '.join(map(told, seen.events)) or 'received nothing'}",
        ]
        return "\n".join([*lines, *(f"     {self.paint('!', 'bad')} {problem}" for problem in problems)])

    def _verdict(self, played: Played) -> str:
        if played.problems:
            return self.paint("NOT AS EXPECTED" if played.judged else "NOT SHOWN", "bad")
        return self.paint("as expected", "good") if played.judged else "shown"

    def summary(self, visits: Sequence[Seen], account: Account, problems: Sequence[str]) -> str:
        """The numbers of the whole run."""
        steps = [step for seen in visits for step in seen.steps]
        results = [result for result, _ in steps]
        even = "good" if account.balanced else "bad"
        counted = f"decided {account.decided} = stored {account.stored} = received {account.received}"
        if not account.decided == account.stored == account.received:
            counted = counted.replace(" = ", ", ")
        chain = "hash chain whole" if account.chain_intact else "HASH CHAIN BROKEN"
        visited = (
            f"visits {len(visits)}, grants {results.count('granted')}, holds {results.count('held')}, "
            f"denials {results.count('denied')}, strike releases {sum(releases(seen.lines) for seen in visits)}"
        )
        lines = [
            "",
            visited,
            self.paint(f"events {counted}, lost {account.lost}; {chain}", even),
            f"replay of the recorded signals: {account.replay_differs or 'no'} differences",
        ]
        return "\n".join([*lines, *(self.paint(problem, "bad") for problem in problems)])


def releases(lines: Sequence[LineChange]) -> int:
    """How often the strike was released."""
    return sum(change.line == STRIKE and change.on for change in lines)


def lamps(lines: Sequence[LineChange]) -> frozenset[str]:
    """The lamps that came on."""
    return frozenset(change.line for change in lines if change.on) - {BUZZER, STRIKE}


def doings(lines: Sequence[LineChange]) -> str:
    """What lamps, buzzer and strike did, in words."""
    spells = _spells(lines)
    told_lamps = [
        f"{line} {'flashing' if len(times) >= FLASHES else 'on'}"
        for line, times in spells.items()
        if line not in {BUZZER, STRIKE}
    ]
    parts = [f"lamps {', '.join(told_lamps)}"] if told_lamps else ["all lamps dark"]
    if BUZZER in spells:
        parts.append(f"buzzer {' '.join(_seconds(spell) for spell in spells[BUZZER])}")
    parts.append(
        f"strike released {', '.join(_seconds(s) for s in spells[STRIKE])}" if STRIKE in spells else "strike secured"
    )
    return "; ".join(parts)


def told(event: dict[str, Any]) -> str:
    """One event as the centre got it."""
    data = event["data"]
    result, colour = event["type"].split(".")[2], data.get("colour")
    by = f", by {data['opened_by']}" if data.get("opened_by") not in {None, "none"} else ""
    return f"{result} ({colour or 'no colour'}, {data['reason']}{by})"


def _spells(lines: Sequence[LineChange]) -> dict[str, list[float]]:
    """How long each line was on each time, in seconds."""
    since: dict[str, int] = {}
    spells: dict[str, list[float]] = defaultdict(list)
    for change in lines:
        if change.on:
            since[change.line] = change.mono_ns
            spells[change.line].append(0.0)
        elif change.line in since:
            spells[change.line][-1] = (change.mono_ns - since.pop(change.line)) / 1e9
    return spells


def _seconds(spell: float) -> str:
    return f"{spell:.1f} s"
