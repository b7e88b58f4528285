"""docs/rules.md says what the code does: the reasons, the facts, the packs and its own example."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from gate.policy import cases, packs
from gate.policy.decision import REASONS
from gate.policy.facts import NOTHING
from gate.policy.judging import judge
from gate.policy.pack import parse
from gate.policy.status import Outcome

TEXT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("|")]


def examples() -> list[Any]:
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]


def test_the_table_of_reasons_is_that_of_the_code() -> None:
    written = {row[0]: (row[1], row[2]) for row in ROWS if row[0] in {reason.value for reason in REASONS}}
    coded = {
        reason.value: (
            row.colour.value if row.colour else "none",
            f"{row.outcome.value}, after a hint to try again" if row.retry else row.outcome.value,
        )
        for reason, row in REASONS.items()
    }
    assert written == coded
    assert any(outcome == Outcome.DENY.value for _, outcome in written.values())


def test_every_fact_is_described() -> None:
    described = set(re.findall(r"`((?:facts|external)\.[a-zA-Z_.]+)`", " ".join(row[0] for row in ROWS)))
    assert described == {
        *(f"external.{name}" for name in NOTHING["external"]),
        *(f"facts.{name}" for name, value in NOTHING["facts"].items() if not isinstance(value, dict)),
        *(f"facts.{topic}.{name}" for topic, of in NOTHING["facts"].items() if isinstance(of, dict) for name in of),
    }


def test_every_shipped_pack_is_described() -> None:
    named = {found[1] for row in ROWS if (found := re.match(r"`([a-z0-9-]+)`", row[0]))}
    assert named >= set(packs.SHIPPED)


def test_the_examples_are_a_pack_and_its_cases() -> None:
    pack, table = examples()
    (case,) = cases.parse(table).cases
    met = judge(parse(pack), case.document).met
    assert met
    assert (met.colour, met.id) == (case.colour, case.rule)
