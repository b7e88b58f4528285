"""Noise on the inputs: what is not still for 50 ms never acts, a press does, and what was told is how the line is.

The kernel does the debouncing; here it is the fake's, which follows Linux' own (``fake_gpiod.py``).  So this shows that
the adapter asks for it, loses nothing of it and adds nothing to it; that a kernel does it is for a kernel to show.
gpiozero's mock does not debounce at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from gpiod.line import Value
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.access.inputs import InputLine
from gate.access.signals import InputChanged
from gate.adapters.gpio_gpiozero import GpioInputs
from gate.adapters.gpio_gpiozero.inputs import DEBOUNCE_S
from tests.pins import GpiodPins, RecordedPins

ADMIT, EMERGENCY = InputLine.ADMIT, InputLine.EMERGENCY
PINS = {ADMIT: 5, EMERGENCY: 20}
DEBOUNCE_MS = DEBOUNCE_S * 1000
MS = 1_000_000
LONG_UPTIME_NS = 400 * 24 * 3600 * 1_000_000_000 + 123_456_789
"""More than a year: as seconds in a float it has lost its nanoseconds."""
BOUNCES_MS = st.lists(st.integers(1, 40), max_size=15).map(lambda one: one[: len(one) // 2 * 2])
"""An even number of short times: the contact ends as it began."""


class Desk:
    """Two inputs on a board whose time stands still until it is told to pass."""

    def __init__(self, pins: GpiodPins) -> None:
        self.pins = pins
        self.inputs = GpioInputs(pins.factory, PINS)
        self.changes: list[InputChanged] = []
        self.connect(EMERGENCY, closed=True)
        self.rest()
        self.inputs.listen(self.changes.append)
        self.changes.clear()

    def connect(self, line: InputLine, *, closed: bool) -> None:
        self.pins.kernel.connect(PINS[line], False if closed else None)

    def noise(self, line: InputLine, times_ms: list[int], *, closed: bool) -> None:
        """The contact goes to and fro, so long each time; it begins and ends as ``closed`` says."""
        for n, ms in enumerate(times_ms):
            self.connect(line, closed=closed is not (n % 2 == 0))
            self.pins.kernel.skip(ms)
        self.connect(line, closed=closed)

    def rest(self) -> None:
        """Still for as long as it needs to count, and everybody has been told."""
        self.pins.kernel.skip(DEBOUNCE_MS)
        self.pins.settle()

    def told(self) -> list[tuple[InputLine, bool]]:
        return [(change.line, change.active) for change in self.changes]


@contextmanager
def desk() -> Iterator[Desk]:
    pins = GpiodPins()
    pins.kernel.stop_clock(LONG_UPTIME_NS)
    made = Desk(pins)
    try:
        yield made
    finally:
        made.inputs.close()
        pins.close()


@pytest.mark.parametrize("line", PINS)
@pytest.mark.parametrize("ms", range(1, 41))
def test_a_spike_never_acts(line: InputLine, ms: int) -> None:
    with desk() as one:
        at_rest = line is EMERGENCY
        for _ in range(20):
            one.noise(line, [ms, 40], closed=at_rest)
        one.rest()
        assert one.told() == []


@pytest.mark.parametrize("ms", [50, 51, 60, 100, 400, 5000])
def test_a_press_acts_once_and_ends_once(ms: int) -> None:
    with desk() as one:
        one.connect(ADMIT, closed=True)
        one.pins.kernel.skip(ms)
        one.connect(ADMIT, closed=False)
        one.rest()
        assert one.told() == [(ADMIT, True), (ADMIT, False)]


@settings(max_examples=100, deadline=None)
@given(before=BOUNCES_MS, down=BOUNCES_MS, during=BOUNCES_MS, up=BOUNCES_MS, held_ms=st.integers(400, 3000))
def test_a_press_of_400_ms_between_any_noise_acts_exactly_once(
    before: list[int], down: list[int], during: list[int], up: list[int], held_ms: int
) -> None:
    with desk() as one:
        one.noise(ADMIT, before, closed=False)
        one.noise(ADMIT, down, closed=True)
        one.pins.kernel.skip(held_ms // 2)
        one.noise(ADMIT, during, closed=True)
        one.pins.kernel.skip(held_ms - held_ms // 2)
        one.noise(ADMIT, up, closed=False)
        one.rest()
        assert one.told() == [(ADMIT, True), (ADMIT, False)]


@settings(max_examples=100, deadline=None)
@given(train=st.lists(st.tuples(st.booleans(), st.integers(1, 120)), max_size=30))
def test_what_is_told_is_each_level_that_was_still_with_the_kernels_own_time(train: list[tuple[bool, int]]) -> None:
    with desk() as one:
        expected: list[tuple[bool, int]] = []
        closed, edge_ns, told = False, one.pins.kernel.now_ns(), False
        for level, ms in [*train, (False, 60), (False, 60)]:
            if level is not closed:
                closed, edge_ns = level, one.pins.kernel.now_ns()
                one.connect(ADMIT, closed=closed)
            one.pins.kernel.skip(ms)
            due_ns = edge_ns + round(DEBOUNCE_MS * MS)
            if closed is not told and one.pins.kernel.now_ns() >= due_ns:
                told = closed
                expected.append((told, due_ns))
        one.pins.settle()
        assert [(change.active, change.at_ns) for change in one.changes] == expected


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_lost_edge_is_found_and_the_story_stays_whole(lost: int) -> None:
    with desk() as one:
        owner = one.pins.kernel.wires[PINS[ADMIT]].owner
        assert owner is not None
        with one.pins.factory.lock:
            for n in range(lost):
                one.connect(ADMIT, closed=n % 2 == 0)
                one.pins.kernel.skip(DEBOUNCE_MS)
            owner.lose_edges()
        one.rest()
        assert one.told() == ([(ADMIT, True)] if lost % 2 else [])
        one.connect(ADMIT, closed=lost % 2 == 0)
        one.rest()
        assert [active for _, active in one.told()] == [n % 2 == 0 for n in range(len(one.changes))]
        assert one.changes[-1].active is (lost % 2 == 0)


def test_edges_that_come_while_the_level_is_read_turn_no_time_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The level is read after the edges; what happens in between is seen in the level, and then comes as edges."""
    with desk() as one:
        owner: Any = one.pins.kernel.wires[PINS[ADMIT]].owner
        read, busy = owner.get_value, iter([True])

        def reading(offset: int) -> Value:
            if next(busy, False):
                for n in range(3):
                    one.connect(ADMIT, closed=n % 2 == 0)
                    one.pins.kernel.skip(DEBOUNCE_MS)
            value: Value = read(offset)
            return value

        with one.pins.factory.lock:
            monkeypatch.setattr(owner, "get_value", reading)
        one.pins.settle()
        one.rest()
        times = [change.at_ns for change in one.changes]
        assert times == sorted(times)
        assert all(first.active is not second.active for first, second in itertools.pairwise(one.changes))
        assert one.changes[-1].active


def test_edges_from_before_a_level_that_was_found_are_not_told_after_it() -> None:
    with desk() as one:
        owner = one.pins.kernel.wires[PINS[ADMIT]].owner
        assert owner is not None
        with one.pins.factory.lock:
            one.connect(ADMIT, closed=True)
            one.pins.kernel.skip(DEBOUNCE_MS)
            owner.lose_edges()
        one.rest()
        assert one.told() == [(ADMIT, True)]
        for n, ago_ns in enumerate((2, 1)):
            owner.queue(PINS[ADMIT], n == 0, one.changes[0].at_ns - ago_ns)
        one.pins.settle()
        assert one.told() == [(ADMIT, True)]


def test_edges_from_before_the_first_report_are_not_told_after_it() -> None:
    with desk() as one:
        with one.pins.factory.lock:  # so that the reader comes later
            one.noise(ADMIT, [100, 100], closed=False)
            one.inputs.listen(one.changes.append)
        one.pins.settle()
        assert [change.initial for change in one.changes] == [True, True]


def test_without_the_time_of_an_edge_the_level_is_believed_and_not_the_edge() -> None:
    """Two threads may work a mock pin, and the slower one tells of its change last."""
    pins = RecordedPins()
    inputs = GpioInputs(pins.factory, {ADMIT: PINS[ADMIT]})
    changes: list[InputChanged] = []
    inputs.listen(changes.append)
    pins.factory.pin(PINS[ADMIT]).when_changed(0.0, 0)  # pressed, says somebody, but it is not
    assert [change.initial for change in changes] == [True]
    inputs.close()
    pins.close()
