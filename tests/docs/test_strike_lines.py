"""``docs/strike-lines.md`` is what its generator makes, and every row is walked with the real parts."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from gate.access.effects import Held, Lease, Momentary, Standing
from gate.access.modes import DoorMode
from gate.access.strike_wiring import StrikeWiring
from gate.adapters.emergency_mark import FileMark
from gate.adapters.gpio_gpiozero import GpioStrike
from gate.cli import secure_lines
from tests.docs.strike_lines import FILE, WIRINGS, End, Freed, Situation, Was, document, levels, situations
from tests.pins import GpiodPins
from tests.service.config_files import changed_toml

STRIKE = 17
FAR_NS = 1 << 62
LEASES: dict[Was, list[Lease | None]] = {
    Was.SECURED: [None],
    Was.RELEASED: [Momentary(FAR_NS), Held(DoorMode.UNLOCKED, FAR_NS)],
    Was.EMERGENCY: [Standing()],
}
EVERY_SITUATION = [Situation(end, was, freed) for end, was, freed in product(End, Was, Freed)]


def test_the_table_is_what_its_generator_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), "python -m tests.docs.strike_lines > docs/strike-lines.md"


def test_the_unpowered_lock_is_the_one_with_its_relay_at_rest() -> None:
    assert all(one.unpowered is one.lock_at(not one.energised_level) for one in WIRINGS)


class Unit:
    """The service as far as its strike goes, and what systemd runs after it."""

    def __init__(self, wiring: StrikeWiring, freed: Freed | None, folder: Path) -> None:
        self.wiring = wiring
        self.pins = GpiodPins({STRIKE: wiring.secured_level}, keeps_drive=freed in (None, Freed.KEEPS))
        wire = self.pins.kernel.wires[STRIKE]
        wire.rest = wire.level = wiring.secured_level if freed in (None, Freed.KEEPS) else freed is Freed.PULLED_UP
        self.mark = FileMark(folder / "emergency")
        self.file = folder / "gate.toml"
        door = {"door.lock": str(wiring.fail), "door.active_high": wiring.active_high}
        mark = {"door.emergency_mark": str(folder / "emergency")}
        self.file.write_text(changed_toml({"pins.factory": "gpiod", **door, **mark}))
        self.strike = self.start(standing=False)

    def start(self, *, standing: bool) -> GpioStrike:
        return GpioStrike(self.pins.factory, STRIKE, self.wiring, standing=standing, longest_momentary_s=1e4)

    def bring(self, lease: Lease | None) -> None:
        """The core wants this, as the controller does it."""
        if isinstance(lease, Standing):
            self.mark.set()
        if lease is not None:
            self.strike.release(lease)

    def end(self, end: End) -> None:
        if end is End.STOPPED:
            self.strike.close()
            self.pins.close()
        if end in (End.KILLED, End.KILLED_ALONE):
            self.pins.kill(self.strike)
        if end is End.KILLED:
            assert secure_lines.main(["--config", str(self.file)], self.pins.kernel) == 0

    def close(self) -> None:
        self.strike.close()
        self.pins.close()


@pytest.mark.parametrize("wiring", WIRINGS, ids=lambda one: f"{one.fail}-{one.active_high}")
@pytest.mark.parametrize(
    "situation", EVERY_SITUATION, ids=lambda one: f"{one.end.name}-{one.was.name}-{one.freed.name}"
)
def test_every_row_is_what_the_line_does(wiring: StrikeWiring, situation: Situation, tmp_path: Path) -> None:
    for lease in LEASES[situation.was]:
        unit = Unit(wiring, situation.freed, tmp_path)
        unit.bring(lease)
        running = unit.pins.now(STRIKE)
        unit.pins.changes.clear()
        unit.end(situation.end)
        assert [running, *unit.pins.levels(STRIKE)] == levels(wiring, situation)
        unit.close()


def test_every_row_of_the_table_is_walked() -> None:
    walked = {(one.end, one.was) for one in EVERY_SITUATION}
    assert {(one.end, one.was) for one in situations()} <= walked


@pytest.mark.parametrize("wiring", WIRINGS, ids=lambda one: f"{one.fail}-{one.active_high}")
@pytest.mark.parametrize("freed", Freed)
def test_a_start_in_an_emergency_frees_the_door_in_one_step(wiring: StrikeWiring, freed: Freed, tmp_path: Path) -> None:
    """After a kill and ``gate-secure-lines``, the next start finds the mark."""
    unit = Unit(wiring, freed, tmp_path)
    unit.bring(Standing())
    unit.end(End.KILLED)
    was_free = unit.pins.now(STRIKE) is wiring.released_level
    unit.pins.changes.clear()
    unit.pins.factory = unit.pins.another({STRIKE: wiring.secured_level})
    unit.strike = unit.start(standing=unit.mark.is_set())
    assert unit.pins.levels(STRIKE) == ([] if was_free else [wiring.released_level])
    unit.strike.secure()
    unit.mark.clear()
    unit.pins.changes.clear()
    unit.end(End.STOPPED)
    assert unit.pins.now(STRIKE) is levels(wiring, Situation(End.STOPPED, Was.SECURED, freed))[-1]
    unit.close()
