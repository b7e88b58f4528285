"""A day's signals as lines of JSON, with the effects they had, so that the day can be replayed exactly.

A run begins with a line of settings and memory; each further line is one signal, when it came, and its effects.  The
values hold no name, number or text of a code, so neither does the file; what an issuer wrote freely is left out.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from gate.access.access_point import AccessPoint
from gate.access.effects import Effect
from gate.access.memory import Memory
from gate.access.settings import Settings
from gate.access.signals import Presented, Signal
from gate.credential.instant import Instant
from gate.credential.model import PassFacts, Rejected, Verdict
from gate.policy.passback import Crossings
from gate.ports import AdapterError, DiskError, is_of_the_disk
from gate.service import codec
from gate.service.threads import Beat

log = logging.getLogger(__name__)

_BLOCK = 64 * 1024
_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Run:
    """The start of a run of the service."""

    settings: Settings
    memory: Memory
    crossings: Crossings = field(default_factory=Crossings)


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
        """Open the file and cut off a line that a kill has torn. Raises ``AdapterError``."""
        self._path = path
        self._lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self._file = _appending(path)

    def write(self, line: Line) -> None:
        """Hand over a line; never blocks."""
        self._lines.put(_impersonal(line))

    def run(self, stop: threading.Event, beat: Beat) -> None:
        """Write until stopped, and then what is left. A disk that fails ends the log, never the service."""
        writing = True
        while not stop.is_set() or not self._lines.empty():
            beat()
            try:
                line = self._lines.get(timeout=0.2)
            except queue.Empty:
                continue
            writing = writing and self._written(line)

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _written(self, line: Line) -> bool:
        try:
            self._file.write(codec.encode(line, Line) + b"\n")
        except OSError as error:
            log.error("the signal log %s ends here: %s; free its disk, or empty log.signals", self._path, error)  # noqa: TRY400  (the trace says nothing to an administrator)
            return False
        return True


def _appending(path: Path) -> BinaryIO:
    try:
        path.touch(mode=_MODE)
        file = path.open("a+b", buffering=0)
        try:
            file.truncate(_end_of_lines(file))
        except BaseException:
            file.close()
            raise
    except OSError as error:
        kind = DiskError if is_of_the_disk(error) else AdapterError
        raise kind(f"the signal log {path} cannot be written: {error.strerror}; correct log.signals") from error
    return file


def _end_of_lines(file: BinaryIO) -> int:
    """Where the last whole line ends."""
    end = file.seek(0, os.SEEK_END)
    while end:
        begin = max(0, end - _BLOCK)
        file.seek(begin)
        newline = file.read(end - begin).rfind(b"\n")
        if newline >= 0:
            return begin + newline + 1
        end = begin
    return 0


def _impersonal(line: Line) -> Line:
    """The same without what the core does not look at: free text, and all that a health certificate states."""
    if not isinstance(line, Handled) or not isinstance(line.signal, Presented):
        return line
    return replace(line, signal=replace(line.signal, verdict=_without_text(line.signal.verdict)))


def _without_text(verdict: Verdict) -> Verdict:
    if isinstance(verdict, Rejected):
        return replace(verdict, detail="")
    facts = verdict.facts
    return replace(verdict, facts=replace(facts, purpose="") if isinstance(facts, PassFacts) else type(facts)())


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
            point = AccessPoint(line.settings, line.memory, line.crossings)
            continue
        if point is None:
            raise ValueError("line 1: the log does not begin with a run")
        effects = point.handle(line.signal, line.at)
        same = effects == line.effects
        yield None if same else Difference(number, line.signal, line.effects, effects)
