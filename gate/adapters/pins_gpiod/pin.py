"""One line of the header, as gpiozero wants it: claimed at its level at rest, and at rest again before it is let go.

A line stays requested until its factory is closed; in between it is only reconfigured.  Every use of the line happens
under the factory's lock; listeners are called without it.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from gpiozero import exc
from gpiozero.pins.pi import PiPin

from gate.adapters.pins_gpiod.lines import Change, Input, Line, Output

log = logging.getLogger(__name__)

EDGES = {"both": (False, True), "rising": (True,), "falling": (False,), "none": ()}


class Ticks(float):
    """The time of a change as gpiozero passes it on, in seconds; ``mono_ns`` is the same without a float's loss."""

    __slots__ = ("mono_ns",)
    mono_ns: int

    @classmethod
    def at(cls, mono_ns: int) -> Ticks:
        ticks = cls(mono_ns / 1e9)
        ticks.mono_ns = mono_ns
        return ticks


class GpiodPin(PiPin):  # type: ignore[misc]  # gpiozero is untyped
    """One line of the header, as gpiozero wants it."""

    def __init__(self, factory: Any, info: Any) -> None:
        super().__init__(factory, info)
        self._line = Line(factory.header, self._number)
        self._when_changed: Any = None
        self._first = False
        """The level it was claimed with as an output."""
        self._edges = "both"
        self._rest: Input = Input(info.pull or "floating")
        self._told: bool | None = False
        """The level that was told last; None when the listener has failed, so that it is told again."""
        self._told_ns = 0
        """When it took that level."""

    def output_with_state(self, state: Any) -> None:
        """Claim the line as an output; ``state`` must be its level at rest."""
        level = self._level(state)
        rest = self._factory.secured.get(self._number, level)
        if level is not rest:
            raise exc.PinInvalidState(
                f"{self!r} is secured when {_word(rest)}, and cannot begin {_word(level)}: "
                "is its active_high as the wiring is?"
            )
        with self._factory.use():
            self._unwatch()
            self._line.set_up(Output(level))
            self._first = level

    def input_with_pull(self, pull: str) -> None:
        self._check_pull(pull)
        with self._factory.use():
            self._unwatch()
            self._line.set_up(Input(pull))

    def close(self) -> None:
        """Bring an output to rest and hold it; tell of no more edges of an input. The line stays ours."""
        self.when_changed = None
        with self._factory.lock:
            if isinstance(self._line.setup, Input):
                self._line.set_up(self._rest)
            else:
                self.go_to_rest()

    def go_to_rest(self) -> None:
        """Drive an output to its level at rest; nothing for any other line. Under the factory's lock."""
        if isinstance(self._line.setup, Output):
            self._line.write(self._factory.secured.get(self._number, self._first))

    def free(self) -> None:
        """Give the line back as it is. Under the factory's lock."""
        if self._watched():
            self._factory.reader.unwatch(self._line.fileno())
        self._line.free()

    def forget(self) -> None:
        """In a forked child: close our copy of the line's descriptor."""
        self._when_changed_lock = threading.RLock()
        self._when_changed = None
        self._line.free()

    def _get_function(self) -> str:
        return "output" if isinstance(self._line.setup, Output) else "input"

    def _set_function(self, value: str) -> None:
        if value == "input":
            self.input_with_pull(self._rest.pull)
        elif value == "output":
            raise exc.PinInvalidState(
                f"{self!r} must be told its first level: with initial_value=None it would stay as it is found, "
                "and there is no PWM"
            )
        else:
            raise exc.PinInvalidFunction(f'invalid function "{value}" for pin {self!r}')

    def _get_state(self) -> int:
        with self._factory.use():
            return int(self._line.read())

    def _set_state(self, value: Any) -> None:
        level = self._level(value)
        with self._factory.use():
            if not isinstance(self._line.setup, Output):
                raise exc.PinSetInput(f"cannot set state of pin {self!r}: it is not an output")
            self._line.write(level)

    def _level(self, value: Any) -> bool:
        if value not in (0, 1):
            raise exc.PinInvalidState(f'invalid state "{value}" for pin {self!r}: there is no PWM')
        return bool(value)

    def _input(self) -> Input:
        setup = self._line.setup
        if not isinstance(setup, Input):
            raise exc.PinFixedPull(f"{self!r} is not an input")
        return setup

    def _get_pull(self) -> str:
        setup = self._line.setup
        return setup.pull if isinstance(setup, Input) else "floating"

    def _set_pull(self, value: str) -> None:
        with self._factory.use():
            now = self._input()
            self._check_pull(value)
            self._line.set_up(Input(value, now.debounce_s, now.watched))

    def _check_pull(self, value: str) -> None:
        if value not in ("floating", "up", "down"):
            raise exc.PinInvalidPull(f'invalid pull "{value}" for pin {self!r}')
        if self._info.pull not in (value, ""):
            raise exc.PinFixedPull(f"{self!r} has a physical pull-{self._info.pull} resistor")

    def _get_bounce(self) -> float | None:
        setup = self._line.setup
        return (setup.debounce_s or None) if isinstance(setup, Input) else None

    def _set_bounce(self, value: float | None) -> None:
        if value is not None and value < 0:
            raise exc.PinInvalidBounce("bounce must be 0 or greater")
        with self._factory.use():
            now = self._input()
            self._line.set_up(Input(now.pull, value or 0.0, now.watched))

    def _get_edges(self) -> str:
        return self._edges

    def _set_edges(self, value: str) -> None:
        if value not in EDGES:
            raise exc.PinInvalidEdges(f'invalid edges "{value}" for pin {self!r}')
        self._edges = value

    def _enable_event_detect(self) -> None:
        with self._factory.use():
            now = self._input()
            self._line.set_up(Input(now.pull, now.debounce_s, watched=True))
            self._told_ns, self._told = self._factory.ticks_ns(), self._line.read()
            self._factory.reader.watch(self._line.fileno(), self._look)

    def _disable_event_detect(self) -> None:
        with self._factory.lock:
            self._unwatch()

    def _unwatch(self) -> None:
        if self._watched():
            now = self._input()
            self._factory.reader.unwatch(self._line.fileno())
            self._line.set_up(Input(now.pull, now.debounce_s))

    def _watched(self) -> bool:
        setup = self._line.setup
        return isinstance(setup, Input) and setup.watched

    def _look(self) -> None:
        """On the reader's thread: tell what has changed, without the lock."""
        for change in self._changes():
            if change.level in EDGES[self._edges]:
                try:
                    self._call_when_changed(Ticks.at(change.mono_ns), int(change.level))
                except Exception:  # one deaf listener must not end the others'
                    log.exception("telling that %r changed has failed", self)
                    self._told = None

    def _changes(self) -> list[Change]:
        """Every change since the last look; one whose edge was lost is found by the level."""
        with self._factory.lock:
            if not self._watched():
                return []
            read_ns, level = self._factory.ticks_ns(), self._line.read()
            new: list[Change] = []
            for change in _with_a_lost_one(self._line.changes(), self._told, Change(level, read_ns)):
                # An edge from before a found level is in that level: to tell it now would turn time back.
                if change.level is not self._told and change.mono_ns > self._told_ns:
                    self._told, self._told_ns = change.level, change.mono_ns
                    new.append(change)
            return new

    def _call_when_changed(self, ticks: float, state: int) -> None:
        """The base class reads the listener twice, and another thread may clear it in between."""
        listener = self._when_changed
        method = listener() if listener is not None else None
        if method is not None:
            method(ticks, state)


def _with_a_lost_one(edges: list[Change], told: bool | None, found: Change) -> list[Change]:  # noqa: FBT001  (a level)
    """The edges in order, and the level that was found before they were read, where none of them explains it."""
    before = [edge for edge in edges if edge.mono_ns <= found.mono_ns]
    after = edges[len(before) :]
    last = before[-1].level if before else told
    if found.level is last or any(edge.level is found.level for edge in after):
        return edges
    return [*before, found, *after]


def _word(level: bool) -> str:  # noqa: FBT001  (a level)
    return "high" if level else "low"
