"""The document of the door is the one that its table makes."""

from __future__ import annotations

from pathlib import Path

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


def test_nothing_but_a_request_to_exit_leads_from_a_lockdown_to_a_release_for_one() -> None:
    assert "locked_down --> accessed: exit" in edges()
    assert "locked_down --> locked_open: emergency" in edges()
    assert not any(edge.startswith("locked_down --> unlocked") for edge in edges())
