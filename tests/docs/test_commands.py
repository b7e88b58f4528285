"""`docs/commands.md` names what the code has: every verb with its roles, and every refusal."""

from __future__ import annotations

import re
from pathlib import Path

from gate.access.command import FREES, ROLES, CommandRefusal, Role, Verb

TEXT = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:3] == "| `"
    ]
    return {cells[0].strip("`"): cells[1:] for cells in found}


def test_every_verb_is_there_with_its_roles() -> None:
    assert {verb: set(re.split(", ", cells[1])) for verb, cells in rows("Verbs").items()} == {
        verb.value: {role.value for role in Role if role in ROLES[verb]} for verb in Verb
    }


def test_the_verbs_that_free_the_door_are_told() -> None:
    (told,) = re.findall(
        r"The verbs that free the door are (.*)\.", TEXT.replace("\n", " ").split(" While the clock")[0] + " "
    )
    assert set(re.findall(r"`(\w+)`", told)) == {verb.value for verb in FREES}


def test_every_refusal_is_there() -> None:
    assert set(rows("What is refused")) == {reason.value for reason in CommandRefusal}
