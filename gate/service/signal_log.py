"""A day's signals as lines of JSON, with the effects they had, so that the day can be replayed exactly.

A run begins with a line of settings and memory; each further line is one signal, when it came, and its effects.  The
values hold no name, number or text of a code, so neither does the file.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gate.access.access_point import AccessPoint, Settings
from gate.access.effects import Effect
from gate.access.memory import Memory
from gate.access.signals import Signal
from gate.credential.instant import Instant
from gate.service import codec
from gate.service.threads import Beat


@dataclass(frozen=True, slots=True)
class Run:
    """The start of a run of the service."""

    settings: Settings
    memory: Memory


@dataclass(frozen=True, slots=True)
class Handled:
    """One signal, and what the core asked for in answer to it."""

    at: Instant
    signal: Signal
    effects: tuple[Effect, ...]


Line = Run | Handled
codec.tagged(Line)


class SignalLog:
    """Writes the log on a thread of its own, since the controller never touches the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: queue.SimpleQueue[Line] = queue.SimpleQueue()

    def write(self, line: Line) -> None:
        """Hand over a line; never blocks."""
        self._lines.put(line)

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Write until stopped, and then what is left."""
        with self._path.open("ab") as file:
            while not stop.is_set() or not self._lines.empty():
                beat()
                try:
                    line = self._lines.get(timeout=0.2)
                except queue.Empty:
                    continue
                file.write(codec.encode(line, Line) + b"\n")
                file.flush()


@dataclass(frozen=True, slots=True)
class Difference:
    """A line whose effects were not the same again."""

    line: int
    signal: Signal
    recorded: tuple[Effect, ...]
    replayed: tuple[Effect, ...]


def read(path: Path) -> Iterator[Line]:
    """The lines of a log. ``ValueError`` names the first that is not one; a torn last line is left out."""
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            if not text.endswith(b"\n"):
                return
            try:
                yield codec.decode(text, Line)  # type: ignore[arg-type]  # a union is not a type to mypy
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error


def replay(lines: Iterator[Line]) -> Iterator[Difference | None]:
    """Run the signals through a fresh core; one result a signal, None where the effects are identical."""
    point: AccessPoint | None = None
    for number, line in enumerate(lines, 1):
        if isinstance(line, Run):
            point = AccessPoint(line.settings, line.memory)
            continue
        if point is None:
            raise ValueError("line 1: the log does not begin with a run")
        effects = point.handle(line.signal, line.at)
        same = effects == line.effects
        yield None if same else Difference(number, line.signal, line.effects, effects)
