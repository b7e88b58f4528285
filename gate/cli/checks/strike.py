"""Whether the strike lets go and locks again: only when somebody at the door consents, and never in an emergency."""

from __future__ import annotations

import threading
from contextlib import closing

from gate.access.effects import Momentary
from gate.access.inputs import InputLine
from gate.access.memory import Memory
from gate.adapters.gpio_gpiozero import GpioInputs, GpioStrike
from gate.adapters.journal_sqlite import JournalReader
from gate.cli.checks.claimed import claiming
from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.pins import AT_A_DOOR, SIMULATED
from gate.cli.checks.unit import Unit
from gate.cli.control_client import NoAnswer
from gate.ports import AdapterError
from gate.service import codec
from gate.service.config_schema import PinFactory
from gate.service.parts import in_emergency, inputs_of, mark_of, strike_wiring_of
from gate.wire.control import Request, Result

QUESTION = "Did the lock let go, and lock again?"
LOOK = "Look at docs/wiring.md: door.lock, door.active_high, the relay, the supply of the lock"


def check(unit: Unit) -> Finding:
    """Release it for a moment, and ask whoever stands there."""
    if unit.config.pins.factory is PinFactory.MOCK:
        return warn(SIMULATED, AT_A_DOOR)
    if in_emergency(_memory(unit), mark_of(unit.config)):
        return fail("an emergency is in force: the strike stays free", "End it first: gate ctl normal")
    if not unit.ways.person.consents("The strike will be released for a moment, and the door can be opened."):
        return warn("not tried: nobody at the door consented", "Run this again when somebody watches the door")
    return _tried(unit)


def _tried(unit: Unit) -> Finding:
    try:
        refused = _by_the_gate(unit) if unit.runs else _released(unit)
    except AdapterError as error:
        return fail(str(error), "See the check of the pins")
    if refused:
        return warn(refused, "Try it again when that is over")
    if not unit.ways.person.agrees(QUESTION):
        return fail("nobody saw it let go and lock again", LOOK)
    return ok("it was seen to let go and to lock again")


def _by_the_gate(unit: Unit) -> str:
    """Why not; empty: done."""
    answered = unit.order(Request("selftest", {"relay": True}))
    done = not isinstance(answered, NoAnswer) and answered.result is Result.DONE
    return "" if done else f"the gate does not do it now: {getattr(answered, 'text', answered)}"


def _released(unit: Unit) -> str:
    """Why not; empty: done. The adapter's own guard ends the release, whatever happens here."""
    config, seconds = unit.config, unit.ways.release_s
    with claiming(unit) as factory:
        if _emergency(unit, factory):
            return "the emergency input is active"
        strike = GpioStrike(factory, config.pins.strike, strike_wiring_of(config), longest_momentary_s=seconds)
        with closing(strike):
            strike.release(Momentary(factory.ticks_ns() + round(seconds * 1e9)))
            threading.Event().wait(seconds)
    return ""


def _memory(unit: Unit) -> Memory | None:
    """What the access point remembers; None where there is no journal yet. Raises ``AdapterError``."""
    path = unit.config.journal.path
    if not path.exists():
        return None
    with JournalReader(path) as reader:
        stored = reader.memory()
    return None if stored is None else codec.decode(stored, Memory)


def _emergency(unit: Unit, factory: object) -> bool:
    """Whether the loop is open: who would secure the strike then locks people in."""
    pin = inputs_of(unit.config).get(InputLine.EMERGENCY)
    if pin is None:
        return False
    found: list[bool] = []
    with closing(GpioInputs(factory, {InputLine.EMERGENCY: pin})) as inputs:
        inputs.listen(lambda change: found.append(change.active))
    return any(found)
