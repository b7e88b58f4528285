"""Our pins on a fake of the kernel: what is asked of it, in which order, and what the wires do meanwhile."""

from __future__ import annotations

import errno
import itertools
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import gpiozero
import pytest
from gpiod.line import Bias, Clock, Direction, Edge
from gpiozero import exc
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gate.access.effects import Held
from gate.access.modes import DoorMode
from gate.access.strike_wiring import FailMode, StrikeWiring
from gate.adapters.gpio_gpiozero import GpioStrike
from gate.adapters.gpio_gpiozero.inputs import DEBOUNCE_S
from gate.adapters.pins_gpiod import lines
from gate.adapters.pins_gpiod.factory import GpiodFactory, gpiod_factory
from gate.ports import AdapterError
from gate.service.threads import Worker
from tests.adapters.fake_gpiod import PATH, FakeKernel
from tests.pins import LONG_S, GpiodPins

STRIKE = 17
LAMP = 22
BUTTON = 23
ROOT = Path(__file__).parents[2]

BOTH_POLARITIES = pytest.mark.parametrize("active_high", [True, False], ids=["active-high", "active-low"])
FOREVER = Held(DoorMode.UNLOCKED, 1 << 62)


@pytest.fixture
def pins() -> Iterator[GpiodPins]:
    made = GpiodPins()
    yield made
    made.kernel.refusals.clear()
    made.close()


def output(pins: GpiodPins, pin: int = STRIKE, *, active_high: bool = True, **more: Any) -> Any:
    return kept(pins, gpiozero.DigitalOutputDevice(pin, active_high=active_high, pin_factory=pins.factory, **more))


def button(pins: GpiodPins, pin: int = BUTTON, *, bounce_time: float | None = None) -> Any:
    return kept(pins, gpiozero.DigitalInputDevice(pin, pull_up=True, bounce_time=bounce_time, pin_factory=pins.factory))


def kept(pins: GpiodPins, device: Any) -> Any:
    """Nobody closes it before the pins are; gpiozero closes a device that is forgotten."""
    pins.kept.append(device)
    return device


def whats(pins: GpiodPins, pin: int = STRIKE) -> list[str]:
    return [op.what for op in pins.kernel.of(pin)]


class Untouchable:
    """A kernel that must not be asked for anything."""

    def paths(self) -> list[str]:
        raise AssertionError("touched")

    def open(self, path: str) -> Any:
        raise AssertionError(path)

    def now_ns(self) -> int:
        raise AssertionError("touched")


def test_making_a_factory_touches_nothing() -> None:
    GpiodFactory(gpio=Untouchable(), revision=lambda: 1 // 0).close()


# Outputs


@BOTH_POLARITIES
def test_direction_and_level_come_in_one_request(pins: GpiodPins, *, active_high: bool) -> None:
    output(pins, active_high=active_high)
    (op,) = pins.kernel.of(STRIKE)
    assert op.what == "request"
    assert op.settings is not None
    assert op.settings.direction is Direction.OUTPUT
    assert bool(op.settings.output_value) is not active_high


@BOTH_POLARITIES
def test_a_line_that_rests_at_its_secured_level_makes_no_pulse(pins: GpiodPins, *, active_high: bool) -> None:
    wire = pins.kernel.wires[STRIKE]
    wire.rest = wire.level = not active_high
    with output(pins, active_high=active_high):
        pass
    pins.close()
    assert pins.changes == []


def test_no_first_level_is_refused_and_nothing_is_claimed(pins: GpiodPins) -> None:
    with pytest.raises(exc.PinInvalidState, match="with initial_value=None it would stay"):
        output(pins, initial_value=None)
    assert pins.kernel.ops == []


@BOTH_POLARITIES
def test_a_first_level_that_is_not_the_secured_one_is_refused(*, active_high: bool) -> None:
    pins = GpiodPins({STRIKE: active_high})
    with pytest.raises(AdapterError, match=r"pin 17 for the strike .* is secured when (high|low), and cannot begin"):
        GpioStrike(pins.factory, STRIKE, StrikeWiring(active_high=active_high))
    assert pins.kernel.ops == []
    pins.close()


@BOTH_POLARITIES
def test_a_closed_output_is_secured_and_held_until_the_factory_frees_it(pins: GpiodPins, *, active_high: bool) -> None:
    line = output(pins, active_high=active_high)
    line.on()
    line.close()
    assert pins.now(STRIKE) is not active_high
    assert whats(pins) == ["request", "write", "write"]
    pins.close()
    assert whats(pins)[-2:] == ["write", "release"]
    assert pins.kernel.of(STRIKE)[-2].level is not active_high


def test_a_line_is_requested_once_and_then_reconfigured(pins: GpiodPins) -> None:
    for _ in range(3):
        output(pins).close()
    button(pins, STRIKE).close()
    output(pins).close()
    assert whats(pins).count("request") == 1
    assert "release" not in whats(pins)
    assert whats(pins).count("reconfigure") >= 4


@BOTH_POLARITIES
def test_a_factory_secures_all_before_it_frees_the_first(pins: GpiodPins, *, active_high: bool) -> None:
    for pin in (STRIKE, LAMP):
        output(pins, pin, active_high=active_high).on()
    pins.kernel.ops.clear()
    pins.close()
    assert [op.what for op in pins.kernel.ops] == ["write", "write", "release", "release"]
    assert all(op.level is not active_high for op in pins.kernel.ops[:2])
    pins.close()
    assert len(pins.kernel.ops) == 4


def test_a_line_that_cannot_be_secured_does_not_keep_the_others(pins: GpiodPins) -> None:
    for pin in (LAMP, STRIKE, LAMP + 2):
        output(pins, pin).on()
    pins.kernel.refusals[STRIKE] = OSError(errno.EIO, "broken")
    with pytest.raises(OSError, match="broken"):
        pins.close()
    assert not pins.now(LAMP)
    assert not pins.now(LAMP + 2)
    assert [op.what for op in pins.kernel.ops[-3:]] == ["release"] * 3


def test_a_closed_factory_claims_and_writes_nothing(pins: GpiodPins) -> None:
    line = output(pins)
    pins.close()
    pins.kernel.ops.clear()
    for use in (line.on, lambda: line.value, lambda: output(pins, LAMP), lambda: button(pins)):
        with pytest.raises(exc.GPIOZeroError, match="the pin factory is closed"):
            use()
    line.close()
    assert pins.kernel.ops == []


def test_a_line_that_another_program_has_is_told_with_its_name(pins: GpiodPins) -> None:
    output(pins)
    second = pins.another()
    with pytest.raises(AdapterError, match=r'pin 17 for the strike .* GPIO17 is in use by "gate".*Check \[pins\]'):
        GpioStrike(second, STRIKE, StrikeWiring())
    second.close()
    assert whats(pins) == ["request"]


@BOTH_POLARITIES
def test_after_a_kill_a_restart_secures_in_one_step(*, active_high: bool) -> None:
    pins = GpiodPins(keeps_drive=True)
    output(pins, active_high=active_high).on()
    pins.kernel.kill()
    pins.factory.forget()
    assert pins.now(STRIKE) is active_high
    pins.changes.clear()
    pins.factory = pins.another()
    output(pins, active_high=active_high)
    assert pins.levels(STRIKE) == [not active_high]
    pins.close()


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda pins: gpiozero.PWMLED(LAMP, pin_factory=pins.factory), exc.PinInvalidState),
        (lambda pins: setattr(output(pins, LAMP).pin, "frequency", 100), exc.PinPWMUnsupported),
        (lambda pins: pins.factory.spi(), exc.PinSPIUnsupported),
        (lambda pins: setattr(output(pins, LAMP).pin, "state", 0.5), exc.PinInvalidState),
        (lambda pins: setattr(button(pins).pin, "state", 1), exc.PinSetInput),
        (lambda pins: setattr(output(pins, LAMP).pin, "pull", "up"), exc.PinFixedPull),
        (lambda pins: setattr(output(pins, LAMP).pin, "function", "alt5"), exc.PinInvalidFunction),
        (lambda pins: gpiozero.DigitalInputDevice(2, pin_factory=pins.factory), exc.PinFixedPull),
        (lambda pins: setattr(button(pins).pin, "pull", "sideways"), exc.PinInvalidPull),
        (lambda pins: setattr(button(pins).pin, "bounce", -1), exc.PinInvalidBounce),
        (lambda pins: setattr(button(pins).pin, "edges", "some"), exc.PinInvalidEdges),
    ],
)
def test_what_a_line_cannot_do_is_refused(
    pins: GpiodPins, make: Callable[[GpiodPins], object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        make(pins)


# Inputs


def test_an_input_is_pulled_debounced_and_timed_by_the_kernel(pins: GpiodPins) -> None:
    button(pins, bounce_time=DEBOUNCE_S)
    settings = pins.kernel.wires[BUTTON].settings
    assert settings.direction is Direction.INPUT
    assert settings.bias is Bias.PULL_UP
    assert settings.edge_detection is Edge.BOTH
    assert settings.debounce_period.total_seconds() == DEBOUNCE_S
    assert settings.event_clock is Clock.MONOTONIC
    owner = pins.kernel.wires[BUTTON].owner
    assert owner is not None
    assert owner.event_buffer_size == 1024


def test_a_change_comes_with_the_time_that_the_kernel_gave_it(pins: GpiodPins) -> None:
    told: list[tuple[float, int]] = []
    pin = button(pins).pin
    listener: Callable[[float, int], None] = lambda ticks, state: told.append((ticks, state))  # noqa: E731  (must live)
    pin.when_changed = None
    pin.when_changed = listener
    pins.changes.clear()
    pins.press(BUTTON)
    assert told == [(change.mono_ns / 1e9, int(change.level)) for change in pins.changes]
    assert len(told) == 2


@pytest.mark.parametrize(("edges", "count"), [("both", 2), ("rising", 1), ("falling", 1), ("none", 0)])
def test_only_the_edges_asked_for_are_told(pins: GpiodPins, edges: str, count: int) -> None:
    told: list[int] = []
    pin = button(pins).pin
    listener: Callable[[float, int], None] = lambda _ticks, state: told.append(state)  # noqa: E731  (must live)
    pin.when_changed = None
    pin.edges = edges
    pin.when_changed = listener
    pins.press(BUTTON)
    assert len(told) == count


def test_a_press_whose_edge_was_lost_is_found_by_its_level(pins: GpiodPins) -> None:
    pressed = threading.Event()
    device = button(pins)
    device.when_activated = pressed.set
    owner = pins.kernel.wires[BUTTON].owner
    assert owner is not None
    with pins.factory.lock:
        pins.kernel.connect(BUTTON, level=False)
        owner.lose_edges()
    assert pressed.wait(LONG_S)
    assert device.is_active


def test_a_train_of_edges_is_told_as_it_was(pins: GpiodPins) -> None:
    presses: list[None] = []
    device = button(pins)
    device.when_activated = partial(presses.append, None)
    with pins.factory.lock:
        for _ in range(300):
            pins.kernel.connect(BUTTON, level=False)
            pins.kernel.connect(BUTTON, level=None)
    pins.settle()
    assert len(presses) == 300


def test_a_listener_that_fails_does_not_deafen_the_others(pins: GpiodPins, caplog: pytest.LogCaptureFixture) -> None:
    presses: list[None] = []
    failing, other = button(pins), button(pins, LAMP)
    failing.when_activated = lambda: 1 // 0
    other.when_activated = partial(presses.append, None)
    with caplog.at_level(logging.ERROR):
        pins.press(BUTTON)
    pins.press(LAMP)
    pins.press(BUTTON)
    assert len(presses) == 1
    assert "telling that GPIO23 changed has failed" in caplog.text


def test_an_input_may_be_closed_by_its_own_listener(pins: GpiodPins) -> None:
    device = button(pins)
    device.when_activated = device.close
    pins.press(BUTTON)
    assert device.closed
    assert pins.kernel.wires[BUTTON].settings.edge_detection is Edge.NONE


def test_the_factory_may_be_closed_by_a_listener(pins: GpiodPins) -> None:
    closed = threading.Event()
    device = button(pins)

    def close() -> None:
        pins.factory.close()
        closed.set()

    device.when_activated = close
    pins.kernel.connect(BUTTON, level=False)
    assert closed.wait(LONG_S)
    assert pins.kernel.wires[BUTTON].owner is None


def test_a_listener_holds_up_no_output(pins: GpiodPins) -> None:
    lamp, device = output(pins), button(pins)
    listening, written = threading.Event(), threading.Event()

    def listener() -> None:
        listening.set()
        assert written.wait(LONG_S)

    device.when_activated = listener
    pins.kernel.connect(BUTTON, level=False)
    assert listening.wait(LONG_S)
    lamp.on()
    written.set()
    assert pins.now(STRIKE)


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_the_threads_are_never_inside_the_library_together(pins: GpiodPins) -> None:
    lamp, device, writing = output(pins), button(pins), threading.Event()

    def write(stop: threading.Event, _beat: object) -> None:
        while not stop.is_set():
            lamp.toggle()
            writing.set()

    writer = Worker("writer", write, lambda _: None)
    writer.start()
    assert writing.wait(LONG_S)
    presses: list[None] = []
    device.when_activated = partial(presses.append, None)
    for _ in range(300):
        pins.press(BUTTON)
    assert writer.stop(LONG_S)
    assert writer.error is None  # the fake would have raised in one thread or the other
    assert len(presses) == 300


def test_one_daemon_thread_serves_all_inputs_and_ends_with_the_factory(pins: GpiodPins) -> None:
    before = set(threading.enumerate())
    for pin in range(20, 28):
        button(pins, pin)
    (thread,) = set(threading.enumerate()) - before
    assert thread.daemon
    pins.close()
    assert not thread.is_alive()


def test_outputs_need_no_thread(pins: GpiodPins) -> None:
    before = set(threading.enumerate())
    output(pins).on()
    assert set(threading.enumerate()) == before


# The end of a process


def test_a_forked_child_changes_no_line_and_holds_none(pins: GpiodPins) -> None:
    line = output(pins)
    line.on()
    device = button(pins)
    device.when_activated = lambda: None
    pins.kernel.ops.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 dislikes a fork beside threads; so do we
        child = os.fork()
    if child == 0:
        faults = 0
        try:
            line.close()
            device.close()
            pins.factory.close()
            faults += any(op.what != "release" for op in pins.kernel.ops)
            faults += any(wire.owner is not None for wire in pins.kernel.wires)
        finally:
            os._exit(faults)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert pins.kernel.ops == []
    assert pins.now(STRIKE)
    presses: list[None] = []
    device.when_activated = partial(presses.append, None)
    pins.press(BUTTON)
    assert len(presses) == 1


STORIES = {"held": "H", "emergency": "S", "emergency, then held": "SH", "emergency, then secured": "S-"}
"""What each strike of the process lived through: a lease that is held, a standing one, or secured."""
STRIKES = {
    9 + n: (StrikeWiring(fail, active_high), story)
    for n, (fail, active_high, story) in enumerate(itertools.product(FailMode, (True, False), STORIES.values()))
}

SCRIPT = """
import atexit, os, signal, sys
import gpiozero
from gate.access.effects import Held, Standing
from gate.access.modes import DoorMode
from gate.adapters.gpio_gpiozero import GpioStrike
from tests.adapters.test_gpio_pinfactory import STRIKES
from tests.pins import GpiodPins
@atexit.register
def tell():  # registered before the factory, so that it runs after it
    for pin in STRIKES:
        print(pin, *(op.what + (f"={{op.level:d}}" if op.level is not None else "") for op in pins.kernel.of(pin)))
pins = GpiodPins({{pin: wiring.secured_level for pin, (wiring, _) in STRIKES.items()}}, keeps_drive=True)
leases = {{"H": Held(DoorMode.UNLOCKED, 1 << 62), "S": Standing()}}
button = gpiozero.DigitalInputDevice(26, pull_up=True, pin_factory=pins.factory)
button.when_activated = print
strikes = []
for pin, (wiring, story) in STRIKES.items():
    strike = GpioStrike(pins.factory, pin, wiring)
    strikes.append(strike)
    for step in story:
        strike.release(leases[step]) if step in leases else strike.secure()
{end}
"""


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise RuntimeError", 1),
        ("signal.signal(15, lambda *_: sys.exit(4)); os.kill(os.getpid(), 15); signal.pause()", 4),
    ],
    ids=["end", "exit", "exception", "SIGTERM"],
)
def test_however_a_process_ends_the_lines_are_brought_to_rest_first(end: str, code: int) -> None:
    script = SCRIPT.format(end=end)
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60, cwd=ROOT
    )
    assert told.returncode == code, told.stderr
    lines = {int(line.split()[0]): line.split()[1:] for line in told.stdout.splitlines()}
    for pin, (wiring, story) in STRIKES.items():
        free, secured = (f"write={level:d}" for level in (wiring.released_level, wiring.secured_level))
        assert lines[pin] == ["request", *(secured if step == "-" else free for step in story), *lines[pin][-2:]]
        assert lines[pin][-2:] == [free if story == "S" else secured, "release"]


@pytest.mark.parametrize("standing", [True, False])
def test_a_refused_claim_does_not_change_how_the_line_is_let_go(*, standing: bool) -> None:
    pins = GpiodPins({STRIKE: False}, keeps_drive=True)
    strike = GpioStrike(pins.factory, STRIKE, StrikeWiring(), standing=not standing)
    with pytest.raises(AdapterError, match="in use"):
        GpioStrike(pins.factory, STRIKE, StrikeWiring(), standing=standing)
    pins.factory.close()
    assert pins.now(STRIKE) is not standing
    pins.kill(strike)


# The board


@pytest.mark.parametrize("label", lines.LABELS)
def test_the_chip_of_the_header_is_known_by_its_label(label: str) -> None:
    chip = lines.find_chip(FakeKernel(label=label))
    assert chip.get_info().label == label


class Chips:
    """Several chips, or their errors, by path."""

    def __init__(self, found: dict[str, str | OSError]) -> None:
        self.found = found

    def paths(self) -> list[str]:
        return list(self.found)

    def open(self, path: str) -> Any:
        found = self.found[path]
        if isinstance(found, OSError):
            raise found
        return FakeKernel(label=found).open(PATH)

    def now_ns(self) -> int:
        return 0


def test_other_chips_are_passed_over() -> None:
    gone = OSError(errno.ENODEV, "No such device")
    chips = Chips({"/dev/gpiochip0": gone, "/dev/gpiochip1": "brcmvirt-gpio", "/dev/gpiochip2": "pinctrl-rp1"})
    assert lines.find_chip(chips).get_info().label == "pinctrl-rp1"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({}, r"there is no /dev/gpiochip\*"),
        ({"/dev/gpiochip0": "gpio-mockup"}, "/dev/gpiochip0 is gpio-mockup"),
        ({"/dev/gpiochip0": PermissionError(errno.EACCES, "no")}, "may not be opened .*adduser USER gpio"),
    ],
)
def test_no_chip_of_a_header_is_told_with_what_was_seen(found: dict[str, str | OSError], told: str) -> None:
    with pytest.raises(OSError, match=f"pinctrl-bcm2711.*{told}"):
        lines.find_chip(Chips(found))


@pytest.mark.skipif(bool(lines.KernelGpio().paths()), reason="this machine has a GPIO chip")
def test_a_machine_without_a_chip_is_told_what_to_do() -> None:
    with pytest.raises(AdapterError, match=r'pins.factory = "gpiod" does not work here: .*pins.factory = "mock"'):
        gpiod_factory({STRIKE: False})


def test_other_programs_find_the_factory_by_its_name() -> None:
    (entry,) = [one for one in entry_points(group="gpiozero_pin_factories") if one.name == "gate-gpiod"]
    assert entry.load() is GpiodFactory


# Any life of a strike


class Life(RuleBasedStateMachine):
    """Starts, stops, kills and restarts in any order: the wire is energised only while somebody wants it so.

    A kill leaves the wire as it was on a kernel that keeps the drive, until the lines are secured or claimed again.
    """

    @initialize(active_high=st.booleans(), keeps_drive=st.booleans())
    def begin(self, *, active_high: bool, keeps_drive: bool) -> None:
        self.active_high = active_high
        self.pins = GpiodPins({STRIKE: not active_high}, keeps_drive=keeps_drive)
        wire = self.pins.kernel.wires[STRIKE]
        wire.rest = wire.level = not active_high  # the resistor of the wiring guide
        self.device: Any = None
        self.wanted = False
        self.orphan = False
        self.releases = 0

    @precondition(lambda self: self.device is None)
    @rule()
    def start(self) -> None:
        if self.pins.factory.closed:
            self.pins.factory = self.pins.another({STRIKE: not self.active_high})
        self.device = output(self.pins, active_high=self.active_high)
        self.wanted = self.orphan = False

    @precondition(lambda self: self.device is not None)
    @rule()
    def release(self) -> None:
        self.releases += not self.wanted
        self.device.on()
        self.wanted = True

    @precondition(lambda self: self.device is not None)
    @rule()
    def secure(self) -> None:
        self.device.off()
        self.wanted = False

    @precondition(lambda self: self.device is not None)
    @rule()
    def stop_the_device(self) -> None:
        self.device.close()
        self.device, self.wanted = None, False

    @rule()
    def stop_the_factory(self) -> None:
        self.pins.factory.close()
        self.device, self.wanted = None, False

    @rule()
    def kill(self) -> None:
        self.pins.kernel.kill()
        self.pins.factory.forget()
        self.orphan = self.orphan or (self.wanted and self.pins.kernel.keeps_drive)
        self.device, self.wanted = None, False

    @precondition(lambda self: self.pins.factory.closed)
    @rule()
    def secure_after_a_crash(self) -> None:
        header = lines.Header(self.pins.kernel)
        line = lines.Line(header, STRIKE)
        line.set_up(lines.Output(not self.active_high))
        line.free()
        self.orphan = False

    @invariant()
    def the_wire_does_what_is_wanted_and_nothing_in_between(self) -> None:
        energised = [level is self.active_high for level in self.pins.levels(STRIKE)]
        assert (self.pins.now(STRIKE) is self.active_high) is (self.wanted or self.orphan)
        assert energised == [n % 2 == 0 for n in range(len(energised))]
        assert sum(energised) == self.releases

    def teardown(self) -> None:
        self.pins.close()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
