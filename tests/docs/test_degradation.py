"""The table of degradation is what the core does, and what the design asks of it, for every combination of faults."""

from __future__ import annotations

import pytest

from gate.access.patterns import Sign
from tests.docs.degradation import BESIDES, DECIDING, EVERY, FILE, Fault, Faults, alarms_of, document, expected, outcome

NO_GREEN = {Fault.TRUST, Fault.REVOCATION, Fault.CLOCK, Fault.CAMERA}


def test_the_document_is_what_the_core_does() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), "run: python -m tests.docs.degradation > docs/degradation.md"


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("faults", EVERY, ids=lambda faults: "+".join(sorted(one.name for one in faults)) or "NONE")
def test_every_combination_leads_where_the_design_says(faults: Faults, *, required: bool) -> None:
    found = outcome(faults, required=required)
    wanted = expected(faults, required=required)
    assert found.reason == wanted
    assert found.grants is (wanted == "rule_met")
    assert found.sign is (Sign.GRANTED if found.grants else Sign.IDLE if wanted is None else Sign.HELD_YELLOW)
    assert not (found.grants and faults & NO_GREEN)
    assert found.alarms == alarms_of(faults)
    assert ("system.clock_changed" in found.events) is (Fault.CLOCK in faults)
    assert ("system.journal_late" in found.events) is bool(faults & {Fault.JOURNAL, Fault.DISK})
    assert not found.secured_again, "only a release whose record is late is secured again, and with it nobody is let in"


@pytest.mark.parametrize("beside", BESIDES, ids=lambda fault: fault.name)
def test_what_is_left_out_of_the_table_changes_nothing_in_it(beside: Fault) -> None:
    for faults in EVERY:
        for required in (False, True):
            alone, both = (outcome(some, required=required) for some in (faults, faults | {beside}))
            assert (both.reason, both.grants) == (alone.reason, alone.grants), (faults, required)
            assert both.alarms == alarms_of(faults | {beside})


def test_every_combination_is_in_the_document() -> None:
    assert len(EVERY) == len(set(EVERY)) == 2 ** len(DECIDING)
    assert document().count("\n| ") == len(Fault) + 2 + len(EVERY) + 1


def test_a_release_without_its_record_is_told() -> None:
    late = outcome(frozenset({Fault.JOURNAL}), required=False)
    assert late.events == ("access.granted", "system.journal_late")
