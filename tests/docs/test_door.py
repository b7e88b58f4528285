"""The document of the door is the one that its table makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.access.door import Claim
from gate.access.modes import DoorMode
from tests.docs.door import document, edges

FILE = Path(__file__).parents[2] / "docs" / "door.md"


def test_the_document_is_what_the_table_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), "run: python -m tests.docs.door > docs/door.md"


def test_every_mode_and_every_claim_is_drawn() -> None:
    drawn = " ".join(edges())
    assert all(mode in drawn for mode in DoorMode)
    assert all(claim.value in drawn for claim in Claim)


@pytest.mark.parametrize(
    "edge",
    [
        "locked_down --> accessed: exit",
        "locked_down --> locked_open: emergency",
        "locked_down --> unlocked: normal, unlock",
        "accessed --> locked_down: exit ends, lockdown",
        "locked --> accessed: exit, grant, relay_test",
        "unlocked --> accessed: exit, grant",
    ],
)
def test_nothing_else_leads_there(edge: str) -> None:
    assert edge in edges()
