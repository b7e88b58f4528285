"""Lines of the board's header on libgpiod: requested once, from then on only reconfigured, until they are freed.

Nothing is touched before the first request.  No object here is safe for two threads; whoever holds them locks.  Levels
are those of the wire, high is True; what high means is the business of the floors above.  The command that secures the
lines after a crash imports this file, so it imports little.
"""

from __future__ import annotations

import errno
import glob
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import gpiod
from gpiod.line import Bias, Direction, Edge, Value

LABELS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")
"""The chips behind the header: Raspberry Pi 3 and Zero 2 W, 4, 5. On each, GPIO n is line n."""
CONSUMER = "gate"
EVENT_BUFFER = 1024
"""Edges that the kernel keeps for us; more is refused by it, fewer lets a noisy button overwrite its own press."""

Config = dict[Iterable[int | str] | int | str, gpiod.LineSettings | None]
BIASES = {"floating": Bias.DISABLED, "up": Bias.PULL_UP, "down": Bias.PULL_DOWN}


class Gpio(Protocol):
    """Where chips come from, and the clock of their edges: the kernel, or a test."""

    def paths(self) -> Sequence[str]: ...

    def open(self, path: str) -> gpiod.Chip: ...

    def now_ns(self) -> int: ...


class KernelGpio:
    """The chips of this machine."""

    def paths(self) -> Sequence[str]:
        return sorted(glob.glob("/dev/gpiochip*"))  # noqa: PTH207  (pathlib would cost the securing command its time)

    def open(self, path: str) -> gpiod.Chip:
        return gpiod.Chip(path)

    def now_ns(self) -> int:
        return time.monotonic_ns()


@dataclass(frozen=True, slots=True)
class Output:
    """Driven to this level."""

    level: bool


@dataclass(frozen=True, slots=True)
class Input:
    """Read, with this pull; its edges are told when it is ``watched``, after the kernel's debouncing."""

    pull: str
    debounce_s: float = 0.0
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """The line took this level at this monotonic time."""

    level: bool
    mono_ns: int


def find_chip(gpio: Gpio, labels: Sequence[str] = LABELS) -> gpiod.Chip:
    """The chip of the header, opened. Raises ``OSError`` that says what to do."""
    seen: list[str] = []
    for path in gpio.paths():
        try:
            chip = gpio.open(path)
        except PermissionError:
            seen.append(f"{path} may not be opened (for a user: adduser USER gpio, then log in again)")
            continue
        except OSError as error:
            seen.append(f"{path}: {error}")
            continue
        label = chip.get_info().label
        if label in labels:
            return chip
        chip.close()
        seen.append(f"{path} is {label}")
    found = "; ".join(seen) or "there is no /dev/gpiochip*"
    raise FileNotFoundError(errno.ENOENT, f"no chip of a Raspberry Pi's header ({', '.join(labels)}): {found}")


class Header:
    """The chip of the header, opened when it is first needed."""

    def __init__(self, gpio: Gpio) -> None:
        self._gpio = gpio
        self._chip: gpiod.Chip | None = None

    def now_ns(self) -> int:
        """The clock that the kernel times edges with."""
        return self._gpio.now_ns()

    def chip(self) -> gpiod.Chip:
        """The open chip. Raises ``OSError``."""
        if self._chip is None:
            self._chip = find_chip(self._gpio)
        return self._chip

    def close(self) -> None:
        """Requested lines stay requested."""
        if self._chip is not None:
            self._chip.close()
            self._chip = None


class Line:
    """One line of the header. Every method but ``free`` raises ``OSError``, as the kernel says it."""

    def __init__(self, header: Header, offset: int) -> None:
        self._header = header
        self._offset = offset
        self._request: gpiod.LineRequest | None = None
        self._setup: Output | Input | None = None

    @property
    def setup(self) -> Output | Input | None:
        """How the line was set up last; None while it is not ours."""
        return self._setup

    def set_up(self, setup: Output | Input) -> None:
        """Direction and level, or direction, pull and edges, in one step of the kernel: no other level in between."""
        config: Config = {self._offset: _settings(setup)}
        if self._request is None:
            self._request = self._requested(config)
        else:
            self._request.reconfigure_lines(config)
        self._setup = setup

    def write(self, level: bool) -> None:  # noqa: FBT001  (a level)
        """Drive an output; ``set_up`` would do it too, and drive it anew to the level that it is given."""
        self._live().set_value(self._offset, _value(level))

    def read(self) -> bool:
        """The level of the wire; of a debounced input, the debounced one."""
        return self._live().get_value(self._offset) is Value.ACTIVE

    def changes(self) -> list[Change]:
        """The edges that the kernel has kept, in order; never waits."""
        request = self._live()
        if not request.wait_edge_events(0):
            return []
        rising = gpiod.EdgeEvent.Type.RISING_EDGE
        return [Change(e.event_type is rising, e.timestamp_ns) for e in request.read_edge_events(EVENT_BUFFER)]

    def fileno(self) -> int:
        """Readable when there are changes."""
        return self._live().fd

    def free(self) -> None:
        """Give the line back. What it does then is the kernel's choice: secure it first."""
        request, self._request, self._setup = self._request, None, None
        if request is not None:
            request.release()

    def _live(self) -> gpiod.LineRequest:
        if self._request is None:
            raise OSError(errno.EBADF, f"GPIO{self._offset} is not claimed")
        return self._request

    def _requested(self, config: Config) -> gpiod.LineRequest:
        chip = self._header.chip()
        try:
            return chip.request_lines(config, consumer=CONSUMER, event_buffer_size=EVENT_BUFFER)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            holder = chip.get_line_info(self._offset).consumer or "the kernel"
            raise OSError(errno.EBUSY, f'GPIO{self._offset} is in use by "{holder}"') from error


def _settings(setup: Output | Input) -> gpiod.LineSettings:
    match setup:
        case Output(level):
            return gpiod.LineSettings(direction=Direction.OUTPUT, output_value=_value(level))
        case Input(pull, debounce_s, watched):
            return gpiod.LineSettings(
                direction=Direction.INPUT,
                bias=BIASES[pull],
                edge_detection=Edge.BOTH if watched else Edge.NONE,
                debounce_period=timedelta(seconds=debounce_s),
            )


def _value(level: bool) -> Value:  # noqa: FBT001  (a level)
    return Value.ACTIVE if level else Value.INACTIVE
