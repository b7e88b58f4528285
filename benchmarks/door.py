"""At the door, under full decode load: exit button to strike, emergency input to free, how late the relock is (B17).

The whole service runs in a process of its own, on mock pins, with broker, journal and a stage full of hostile pictures.
The same is asked of a tutorial's loop, which looks at the same pictures.  A mock debounces nothing: at a real button
the kernel's 50 ms come first, in the service alone.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.baselines.door_loop import DoorLoop
from benchmarks.hostile import hostile, written
from gate.access.effects import Momentary, Release
from gate.adapters import pins_mock
from gate.adapters.clock_system import SystemClock
from gate.service.signal_log import Handled, read
from gate.simulation.broker import PrivateBroker
from gate.simulation.house import House
from gate.simulation.office import Office

STRIKE, REX, EMERGENCY = 17, 12, 16
RELEASE_S = 0.5
LONG_S = 10.0
PICTURES = 6
LOOP_SHARE = 4
"""The tutorial's loop is slow, and is asked a fourth as often."""
TARGETS_MS = {
    "request to exit -> strike": ("worst", 200, 50),
    "emergency input -> free": ("worst", 100, 20),
    "relock, late by": ("p99", 50, 10),
}
"""What is looked at, the target, and the stretch."""

Rgb = npt.NDArray[np.uint8]


class Door(Protocol):
    """A door whose lines are worked from outside. Times are monotonic ns; ``LONG_S`` at most is waited."""

    def press(self) -> tuple[int, int, int]:
        """Press the exit button: when it was pressed, released and secured."""

    def alarm(self) -> tuple[int, int]:
        """Open the emergency loop, and close it again: when it was opened and the strike released."""


@dataclass(slots=True)
class ServiceDoor:
    """``gate run`` in a house."""

    house: House
    pictures: Sequence[Path]
    chance: random.Random
    _turn: int = 0

    def press(self) -> tuple[int, int, int]:
        self._next_picture()
        self.house.observer.lines.clear()
        began_ns = time.monotonic_ns()
        self.house.observer.do("press", button="rex")
        return began_ns, self._changed(on=True), self._changed(on=False)

    def alarm(self) -> tuple[int, int]:
        self._next_picture()
        self.house.observer.lines.clear()
        began_ns = time.monotonic_ns()
        self.house.observer.do("input", line="emergency", active=True)
        freed_ns = self._changed(on=True)
        self.house.observer.do("input", line="emergency", active=False)
        self.house.observer.do("order", verb="normal")
        self._changed(on=False)
        return began_ns, freed_ns

    def _next_picture(self) -> None:
        """Now and then another one, then a moment of any length, so that every part of a decoding is hit."""
        if self._turn % 20 == 0:
            picture = self.pictures[self._turn // 20 % len(self.pictures)]
            self.house.observer.do("show", picture=str(picture))
        self._turn += 1
        self.house.observer.wait_until(lambda: False, self.chance.uniform(0.0, 0.1))

    def _changed(self, *, on: bool) -> int:
        def found() -> list[int]:
            return [one.mono_ns for one in self.house.observer.lines if one.line == "strike" and one.on is on]

        if not self.house.observer.wait_until(lambda: bool(found()), LONG_S):
            raise TimeoutError(f"the strike was never {'released' if on else 'secured'}")
        return found()[0]


@dataclass(slots=True)
class LoopDoor:
    """The tutorial's loop on a thread of this process."""

    pictures: Sequence[Rgb]
    chance: random.Random
    factory: Any = None
    changes: list[tuple[bool, int]] = field(default_factory=list)
    _more: threading.Condition = field(default_factory=threading.Condition)
    turn: int = 0

    def __post_init__(self) -> None:
        self.factory = pins_mock.traced_factory(self._noted, [EMERGENCY])

    def capture(self) -> Rgb:
        self.turn += 1
        return self.pictures[self.turn // 20 % len(self.pictures)]

    def press(self) -> tuple[int, int, int]:
        """For as long as it takes: nobody lets go before the door opens."""
        self._pause()
        began_ns = time.monotonic_ns()
        pins_mock.close_contact(self.factory, REX)
        released_ns = self._changed(on=True)
        pins_mock.open_contact(self.factory, REX)
        return began_ns, released_ns, self._changed(on=False)

    def alarm(self) -> tuple[int, int]:
        self._pause()
        began_ns = time.monotonic_ns()
        pins_mock.open_contact(self.factory, EMERGENCY)
        freed_ns = self._changed(on=True)
        pins_mock.close_contact(self.factory, EMERGENCY)
        self._changed(on=False)
        return began_ns, freed_ns

    def _pause(self) -> None:
        self.changes.clear()
        threading.Event().wait(self.chance.uniform(0.0, 0.1))

    def _noted(self, pin: int, level: bool, mono_ns: int) -> None:  # noqa: FBT001  (gpiozero's order)
        if pin == STRIKE:
            with self._more:
                self.changes.append((level, mono_ns))
                self._more.notify_all()

    def _changed(self, *, on: bool) -> int:
        def found() -> list[int]:
            return [mono_ns for level, mono_ns in self.changes if level is on]

        with self._more:
            if not self._more.wait_for(lambda: bool(found()), LONG_S):
                raise TimeoutError(f"the relay was never {'on' if on else 'off'}")
            return found()[0]


def run(seed: int, times: int) -> dict[str, Any]:
    """Measure both doors; the result as JSON holds it."""
    chance = random.Random(seed)  # noqa: S311  (moments that can be repeated)
    pictures = hostile(seed, PICTURES)
    return {
        "seed": seed,
        "times": times,
        "gate": _service(pictures, chance, times),
        "tutorial loop": _loop(pictures, chance, max(1, times // LOOP_SHARE)),
    }


def _service(pictures: list[npt.NDArray[np.uint8]], chance: random.Random, times: int) -> dict[str, Any]:
    office = Office.from_seed(chance, SystemClock().now().utc)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        paths = written(pictures, folder)
        broker = PrivateBroker(folder)
        config = office.set_up(folder, broker.port)
        config.write_text(_changed(config.read_text()))
        house = stack.enter_context(House(folder, config, broker))
        door = ServiceDoor(house, paths, chance)
        pressed, freed = _worked(door, times)
        frames = len(house.observer.frames)
        house.stop_gate()
        leases = _leases(folder / "signals.jsonl")
    late_ns = [secured - _end_of(leases, released) for _, released, secured in pressed]
    return _table(pressed, freed, late_ns) | {"times": times, "frames": frames}


def _changed(config: str) -> str:
    """An exit button and an emergency loop, the shortest release, and a camera faster than any decoder."""
    changes = {
        "release_s = 1.0": f"release_s = {RELEASE_S}",
        "acknowledge = 4": f"acknowledge = 4\nrex = {REX}\nemergency = {EMERGENCY}",
        'source = "stage"': 'source = "stage"\nfps = 60',
    }
    for old, new in changes.items():
        if old not in config:
            raise AssertionError(f"{old} is not in the demo's configuration any more")
        config = config.replace(old, new)
    return config


def _leases(log: Path) -> list[tuple[int, int]]:
    """When each release was decided, and when it was to end."""
    return [
        (line.at.mono_ns, effect.lease.deadline_ns)
        for line in read(log)
        if isinstance(line, Handled)
        for effect in line.effects
        if isinstance(effect, Release) and isinstance(effect.lease, Momentary)
    ]


def _end_of(leases: list[tuple[int, int]], released_ns: int) -> int:
    return max(one for one in leases if one[0] <= released_ns)[1]


def _loop(pictures: list[npt.NDArray[np.uint8]], chance: random.Random, times: int) -> dict[str, Any]:
    door = LoopDoor([np.repeat(picture[:, :, None], 3, axis=2) for picture in pictures], chance)
    loop, stop = DoorLoop(door.factory, (STRIKE, REX, EMERGENCY), door.capture), threading.Event()
    thread = threading.Thread(target=loop.run, args=(stop, RELEASE_S))  # noqa: TID251  (a program beside the measuring)
    thread.start()
    try:
        pressed, freed = _worked(door, times)
    finally:
        stop.set()
        thread.join()
        loop.close()
    late_ns = [secured - released - int(RELEASE_S * 1e9) for _, released, secured in pressed]
    return _table(pressed, freed, late_ns) | {"times": times, "frames": door.turn}


def _worked(door: Door, times: int) -> tuple[list[tuple[int, int, int]], list[tuple[int, int]]]:
    return [door.press() for _ in range(times)], [door.alarm() for _ in range(times)]


def _table(pressed: list[tuple[int, int, int]], freed: list[tuple[int, int]], late_ns: list[int]) -> dict[str, Any]:
    exits, emergencies, relocks = TARGETS_MS
    return {
        exits: _row([released - began for began, released, _ in pressed]),
        emergencies: _row([free - began for began, free in freed]),
        relocks: _row(late_ns),
    }


def _row(spent_ns: list[int]) -> dict[str, float]:
    spent_ms = np.array(spent_ns) / 1e6
    return {
        "median": round(float(np.median(spent_ms)), 2),
        "p99": round(float(np.percentile(spent_ms, 99)), 2),
        "worst": round(float(spent_ms.max()), 2),
    }
