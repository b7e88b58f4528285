"""The checks of the lines: who has them, what is active at rest, lamps, strike; on a made-up kernel or a real gate."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gpiod
import pytest

from gate.access.answers import Reply, Status
from gate.access.inputs import InputLine
from gate.access.memory import Memory
from gate.access.orders import Order, SelfTest
from gate.access.signals import Ordered
from gate.adapters.journal_sqlite import SqliteJournal
from gate.cli.checks import table
from gate.cli.checks.finding import Verdict
from gate.cli.checks.person import CONSENT, Person
from gate.cli.checks.unit import Unit
from gate.cli.doctor import examined
from gate.ports import Entry
from gate.service import codec
from tests.adapters.fake_gpiod import FakeKernel
from tests.cli.doctor.bench import GPIOD, Bench, Case, cases, judged
from tests.cli.doctor.test_files import QUIET
from tests.contract.test_journal import build

OK, WARN, FAIL = Verdict.OK, Verdict.WARN, Verdict.FAIL
STRIKE, ADMIT, MONITOR, MONITOR_OPEN, EMERGENCY = 17, 5, 12, 13, 20
WIRED = GPIOD | {"pins.door_monitor": MONITOR, "pins.door_monitor_open": MONITOR_OPEN, "pins.emergency": EMERGENCY}
LAMPS = (22, 23, 24, 25, 27)


def simulated(bench: Bench) -> Unit:
    return bench.unit()


def closed_loops(bench: Bench, *pins: int) -> None:
    """Contacts to ground that are closed."""
    for pin in pins:
        bench.kernel.connect(pin, level=False)


def free_lines(bench: Bench) -> Unit:
    return bench.unit(WIRED)


def lines_of_the_gate(bench: Bench) -> Unit:
    taken(bench, "gate")
    return bench.unit(WIRED)


def a_line_of_somebody_else(bench: Bench) -> Unit:
    taken(bench, "spi0 CS1")
    return bench.unit(WIRED)


def taken(bench: Bench, by: str) -> None:
    request = bench.kernel.open("/dev/gpiochip0").request_lines(
        {ADMIT: gpiod.LineSettings()}, consumer=by, event_buffer_size=1
    )
    bench.running.callback(request.release)


def no_header(bench: Bench) -> Unit:
    bench.kernel.label = "gpio-mockup"
    return bench.unit(WIRED)


def no_library(bench: Bench) -> Unit:
    def missing() -> Any:
        raise ImportError("No module named 'gpiod'")

    return bench.unit(WIRED, gpio=missing)


def all_at_rest(bench: Bench) -> Unit:
    closed_loops(bench, MONITOR, EMERGENCY)
    return bench.unit(WIRED)


def an_open_door(bench: Bench) -> Unit:
    closed_loops(bench, MONITOR_OPEN, EMERGENCY)
    return bench.unit(WIRED)


def a_button_of_the_other_kind(bench: Bench) -> Unit:
    closed_loops(bench, MONITOR, EMERGENCY, ADMIT)
    return bench.unit(WIRED)


def a_cut_emergency_loop(bench: Bench) -> Unit:
    closed_loops(bench, MONITOR)
    return bench.unit(WIRED)


def a_short_circuit(bench: Bench) -> Unit:
    """The loop of the door says closed, the other contact open."""
    closed_loops(bench, MONITOR, MONITOR_OPEN, EMERGENCY)
    return bench.unit(WIRED)


def a_gate_that_sees_a_pressed_button(bench: Bench) -> Unit:
    status = replace(QUIET, active_inputs=(InputLine.ADMIT,))
    return bench.unit(WIRED | {"control.socket": str(bench.gate(answering(status)).path)})


def answering(status: Status = QUIET, *, done: bool = True) -> Callable[[Ordered], Reply]:
    """A gate that tells how it is, and does a self-test or not."""

    def reply(ordered: Ordered) -> Reply:
        return Reply(done=done or not isinstance(ordered.order, SelfTest), text="a visitor is here", status=status)

    return reply


def with_gate(bench: Bench, answers: str, *, done: bool = True) -> Unit:
    return bench.unit(WIRED | {"control.socket": str(bench.gate(answering(done=done)).path)}, answers=answers)


def lamps_that_are_seen(bench: Bench) -> Unit:
    return bench.unit(WIRED, answers="y\n" * len(LAMPS))


def a_lamp_that_stays_dark(bench: Bench) -> Unit:
    return bench.unit(WIRED, answers="y\nn\ny\ny\ny\n")


def nobody_at_the_door(bench: Bench) -> Unit:
    return bench.unit(WIRED)


def lamps_of_the_gate(bench: Bench) -> Unit:
    return with_gate(bench, "y\n")


def dark_lamps_of_the_gate(bench: Bench) -> Unit:
    return with_gate(bench, "n\n")


def a_gate_that_is_busy(bench: Bench) -> Unit:
    return with_gate(bench, "y\n", done=False)


def a_busy_gate_and_consent(bench: Bench) -> Unit:
    return with_gate(bench, f"{CONSENT}\ny\n", done=False)


def a_lock_that_works(bench: Bench) -> Unit:
    closed_loops(bench, EMERGENCY)
    return bench.unit(WIRED, answers=f"{CONSENT}\ny\n")


def a_lock_of_the_gate(bench: Bench) -> Unit:
    return with_gate(bench, f"{CONSENT}\ny\n")


def no_consent(bench: Bench) -> Unit:
    return bench.unit(WIRED, answers="yes\n")


def a_lock_that_stays_shut(bench: Bench) -> Unit:
    closed_loops(bench, EMERGENCY)
    return bench.unit(WIRED, answers=f"{CONSENT}\nn\n")


def an_open_emergency_loop(bench: Bench) -> Unit:
    return bench.unit(WIRED, answers=f"{CONSENT}\ny\n")


def an_emergency_in_force(bench: Bench) -> Unit:
    bench.file("emergency", "")
    return bench.unit(WIRED, answers=f"{CONSENT}\ny\n")


def an_emergency_that_the_journal_remembers(bench: Bench) -> Unit:
    journal = SqliteJournal(bench.folder / "journal.db")
    journal.commit([Entry("access", build, codec.encode(Memory(emergency=True), Memory))])
    journal.close()
    return bench.unit(WIRED, answers=f"{CONSENT}\ny\n")


CASES = (
    Case("pins", OK, free_lines, "11 lines of pinctrl-bcm2711, all free"),
    Case("pins", OK, lines_of_the_gate, "1 of them by the gate"),
    Case("pins", WARN, simulated),
    Case("pins", FAIL, a_line_of_somebody_else, "admit by spi0 CS1"),
    Case("pins", FAIL, no_header, "gpio-mockup"),
    Case("pins", FAIL, no_library, "gpiod"),
    Case("inputs", OK, all_at_rest, "5 inputs at rest"),
    Case("inputs", WARN, simulated),
    Case("inputs", WARN, an_open_door, "door_monitor, door_monitor_open"),
    Case("inputs", FAIL, a_button_of_the_other_kind, "admit"),
    Case("inputs", FAIL, a_cut_emergency_loop, "emergency"),
    Case("inputs", FAIL, a_short_circuit, "contradict"),
    Case("inputs", FAIL, a_gate_that_sees_a_pressed_button, "admit"),
    Case("inputs", FAIL, no_header, "gpio-mockup"),
    Case("lamps", OK, lamps_that_are_seen, "red, yellow, green, attention, buzzer"),
    Case("lamps", OK, lamps_of_the_gate),
    Case("lamps", WARN, simulated),
    Case("lamps", WARN, a_gate_that_is_busy, "a visitor is here"),
    Case("lamps", FAIL, a_lamp_that_stays_dark, ": yellow"),
    Case("lamps", FAIL, nobody_at_the_door, "red, yellow, green, attention, buzzer"),
    Case("lamps", FAIL, dark_lamps_of_the_gate),
    Case("lamps", FAIL, no_header, "gpio-mockup"),
    Case("strike", OK, a_lock_that_works),
    Case("strike", OK, a_lock_of_the_gate),
    Case("strike", WARN, simulated),
    Case("strike", WARN, no_consent, "nobody at the door consented"),
    Case("strike", WARN, nobody_at_the_door, "nobody at the door consented"),
    Case("strike", WARN, a_busy_gate_and_consent, "a visitor is here"),
    Case("strike", WARN, an_open_emergency_loop, "emergency"),
    Case("strike", FAIL, a_lock_that_stays_shut),
    Case("strike", FAIL, an_emergency_in_force, "an emergency"),
    Case("strike", FAIL, an_emergency_that_the_journal_remembers, "an emergency"),
)


@pytest.mark.parametrize("case", cases(*CASES))
def test_what_the_doctor_says(case: Case, bench: Bench) -> None:
    judged(case, bench)
    assert not any(wire.owner for pin, wire in enumerate(bench.kernel.wires) if pin != ADMIT), "a line was not let go"
    assert not any(bench.kernel.wires[pin].level for pin in (STRIKE, *LAMPS))


def driven(bench: Bench, pin: int) -> list[bool]:
    """The levels that this output was claimed with and brought to, in order."""
    ops = [op for op in bench.kernel.of(pin) if op.what in {"request", "write"}]
    return [bool(op.settings.output_value if op.settings else op.level) for op in ops]


def test_the_strike_is_released_once_and_only_after_consent(bench: Bench) -> None:
    judged(Case("strike", OK, a_lock_that_works), bench)
    assert driven(bench, STRIKE)[:2] == [False, True]
    assert driven(bench, STRIKE).count(True) == 1
    assert driven(bench, STRIKE)[-1] is False


@pytest.mark.parametrize(
    "make",
    [no_consent, nobody_at_the_door, an_open_emergency_loop, an_emergency_in_force],
    ids=lambda make: make.__name__,
)
def test_else_the_strike_is_not_even_claimed(bench: Bench, make: Callable[[Bench], Unit]) -> None:
    judged(Case("strike", FAIL if make is an_emergency_in_force else WARN, make), bench)
    assert bench.kernel.of(STRIKE) == []


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_whoever_goes_away_meanwhile_leaves_the_strike_secured(bench: Bench, number: signal.Signals) -> None:
    def hang_up(pin: int, level: bool, _at_ns: int) -> None:  # noqa: FBT001  (as OnChange)
        if pin == STRIKE and level:
            os.kill(os.getpid(), number)

    bench.kernel = FakeKernel(keeps_drive=True, on_change=hang_up)
    closed_loops(bench, EMERGENCY)
    handler = signal.getsignal(number)
    unit = bench.unit(WIRED, answers=f"{CONSENT}\ny\n", release_s=30.0)
    with pytest.raises((SystemExit, KeyboardInterrupt)):
        examined(table.ALL["strike"], unit)
    assert driven(bench, STRIKE)[-1] is False
    assert not bench.kernel.wires[STRIKE].level
    assert signal.getsignal(number) is handler


def test_each_lamp_is_lit_alone_while_it_is_asked_about(bench: Bench) -> None:
    lit: list[list[int]] = []

    class Watching(Person):
        def agrees(self, question: str) -> bool:
            assert question.endswith("and nothing else?")
            lit.append([pin for pin in LAMPS if bench.kernel.wires[pin].level])
            return True

    unit = bench.unit(WIRED, person=Watching())
    judged(Case("lamps", OK, lambda _: unit), bench)
    assert lit == [[pin] for pin in LAMPS]


def test_the_gate_that_runs_is_asked_for_its_own_self_test(bench: Bench) -> None:
    gate = bench.gate(answering())
    unit = bench.unit(WIRED | {"control.socket": str(gate.path)}, answers=f"y\n{CONSENT}\ny\n")
    judged(Case("lamps", OK, lambda _: unit), bench)
    judged(Case("strike", OK, lambda _: unit), bench)
    asked: list[Order] = [ordered.order for ordered in gate.ordered if isinstance(ordered.order, SelfTest)]
    assert asked == [SelfTest(), SelfTest(relay=True)]
    assert bench.kernel.ops == []


def test_the_lines_are_asked_about_without_touching_them(bench: Bench) -> None:
    judged(Case("pins", OK, free_lines), bench)
    assert bench.kernel.ops == []


def test_the_questions_are_asked_of_a_person(bench: Bench) -> None:
    judged(Case("lamps", OK, lamps_that_are_seen), bench)
    assert bench.heard.getvalue().count("[y/n]") == len(LAMPS)
