"""Any life of a strike: starts, leases, emergencies, failing writes, stops, kills and ``gate-secure-lines``.

After every step the whole history of the wire is what follows from the steps: nothing is released that nobody wanted,
nothing is secured in an emergency, and there is no pulse.
"""

from __future__ import annotations

import errno
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gate.access.effects import Held, Momentary, Standing
from gate.access.modes import DoorMode
from gate.access.strike_wiring import FailMode, StrikeWiring
from gate.adapters.emergency_mark import FileMark
from gate.adapters.gpio_gpiozero import GpioStrike
from gate.cli import secure_lines
from tests.pins import GpiodPins
from tests.service.config_files import changed_toml

STRIKE = 17
FAR_NS = 1 << 62
LEASES = [Momentary(FAR_NS), Held(DoorMode.UNLOCKED, FAR_NS)]


class Lives(RuleBasedStateMachine):
    """One board, one process after the other."""

    @initialize(fail=st.sampled_from(FailMode), active_high=st.booleans(), keeps=st.booleans(), pull=st.booleans())
    def begin(self, *, fail: FailMode, active_high: bool, keeps: bool, pull: bool) -> None:
        self.open = ExitStack()
        folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        self.wiring = StrikeWiring(fail, active_high)
        self.pins = GpiodPins({STRIKE: self.wiring.secured_level}, keeps_drive=keeps)
        wire = self.pins.kernel.wires[STRIKE]
        wire.rest = wire.level = pull
        self.mark = FileMark(folder / "emergency")
        self.file = folder / "gate.toml"
        door = {"door.lock": str(fail), "door.active_high": active_high, "door.emergency_mark": str(self.mark._path)}
        self.file.write_text(changed_toml({"pins.factory": "gpiod", **door}))
        self.strike: GpioStrike | None = None
        self.expected = [pull]

    def drives(self, *, released: bool) -> None:
        self.takes(self.wiring.released_level if released else self.wiring.secured_level)

    def takes(self, level: bool) -> None:  # noqa: FBT001  (a level)
        if level is not self.expected[-1]:
            self.expected.append(level)

    def given_back(self) -> None:
        if not self.pins.kernel.keeps_drive:
            self.takes(self.pins.kernel.wires[STRIKE].rest)

    @precondition(lambda self: self.strike is None)
    @rule()
    def start(self) -> None:
        self.pins.factory = self.pins.another({STRIKE: self.wiring.secured_level})
        standing = self.mark.is_set()
        self.strike = GpioStrike(
            self.pins.factory, STRIKE, self.wiring, standing=standing, longest_momentary_s=1e10, longest_held_s=1e10
        )
        self.drives(released=standing)

    @precondition(lambda self: self.strike is not None)
    @rule(lease=st.sampled_from(LEASES))
    def release(self, lease: Momentary | Held) -> None:
        assert self.strike is not None
        self.mark.clear()
        self.strike.release(lease)
        self.drives(released=True)

    @precondition(lambda self: self.strike is not None)
    @rule()
    def emergency(self) -> None:
        assert self.strike is not None
        self.mark.set()
        self.strike.release(Standing())
        self.drives(released=True)

    @precondition(lambda self: self.strike is not None)
    @rule()
    def secure(self) -> None:
        assert self.strike is not None
        self.mark.clear()
        self.strike.secure()
        self.drives(released=False)

    @precondition(lambda self: self.strike is not None)
    @rule(lease=st.sampled_from([None, LEASES[0], Standing()]))
    def a_line_that_cannot_be_written_follows_as_soon_as_it_can(self, lease: Momentary | Standing | None) -> None:
        assert self.strike is not None
        self.pins.kernel.refusals[STRIKE] = OSError(errno.EIO, "Input/output error")
        with suppress(OSError):
            self.strike.secure() if lease is None else self.strike.release(lease)
        del self.pins.kernel.refusals[STRIKE]
        self.strike.rest()
        emergency = isinstance(lease, Standing)
        (self.mark.set if emergency else self.mark.clear)()
        self.drives(released=emergency)

    @precondition(lambda self: self.strike is not None)
    @rule(in_order=st.booleans())
    def stop(self, *, in_order: bool) -> None:
        """In order, or by an exception that nobody caught: then the factory alone ends in order."""
        assert self.strike is not None
        if in_order:
            self.strike.close()
            self.pins.factory.close()
        else:
            self.pins.factory.close()
            self.pins.kill(self.strike)
        self.drives(released=self.mark.is_set())
        self.given_back()
        self.strike = None

    @precondition(lambda self: self.strike is not None)
    @rule()
    def kill(self) -> None:
        assert self.strike is not None
        self.pins.kill(self.strike)
        self.given_back()
        self.strike = None

    @precondition(lambda self: self.strike is None)
    @rule()
    def secure_after_the_service(self) -> None:
        assert secure_lines.main(["--config", str(self.file)], self.pins.kernel) == 0
        self.drives(released=self.mark.is_set())
        self.given_back()

    @invariant()
    def the_wire_did_what_was_wanted_and_nothing_else(self) -> None:
        if hasattr(self, "expected"):
            assert [self.expected[0], *self.pins.levels(STRIKE)] == self.expected

    def teardown(self) -> None:
        if hasattr(self, "open"):
            if self.strike is not None:
                self.kill()
            self.pins.close()
            self.open.close()


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
