"""A unit on the bench: its files in a folder of the test, and every part of it made good or bad at will."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gate.access.answers import Reply
from gate.access.signals import Ordered
from gate.adapters.clock_system import SystemClock, Timex
from gate.cli.checks import table
from gate.cli.checks.finding import Finding, Verdict
from gate.cli.checks.person import Person
from gate.cli.checks.unit import Unit
from gate.cli.checks.ways import Ways
from gate.cli.doctor import examined
from gate.service.config import load
from tests.adapters.fake_gpiod import PI_4B, FakeKernel
from tests.service.config_files import changed_toml
from tests.service.control_gate import ControlledGate, controlled_gate

GPIOD = {"pins.factory": "gpiod"}
AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def clock(*, synced: bool = True, at: datetime = AT) -> Callable[[bool], SystemClock]:
    """One that stands at a moment of the tests' certificates."""
    answer = Timex(maxerror=1000 if synced else 16_000_000)
    return lambda kept: SystemClock(kept=kept, read_utc=lambda: at, ask=lambda: answer)


@dataclass
class Bench:
    """``folder`` holds the configuration and the gate's own files, ``root`` the system's."""

    folder: Path
    kernel: FakeKernel = field(default_factory=FakeKernel)
    heard: io.StringIO = field(default_factory=io.StringIO)
    running: ExitStack = field(default_factory=ExitStack)
    """What runs until the test is over."""

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def file(self, name: str, content: str | bytes, mode: int = 0o600) -> Path:
        """A file of the gate, or of the system where its name begins with root/."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return path

    def gate(self, reply: Callable[[Ordered], Reply | None]) -> ControlledGate:
        """A gate that runs here and answers so; its socket is ``path``."""
        return self.running.enter_context(controlled_gate(reply))

    def unit(self, changes: Mapping[str, object] | None = None, *, answers: str = "", **ways: Any) -> Unit:
        """``answers`` are the lines that the person at the door says."""
        own = {"journal.path": "journal.db", "control.socket": "control.sock", "door.emergency_mark": "emergency"}
        folders = {"trust.epoch_dir": "epochs", "trust.state_dir": "trust", "trust.lists_dir": "lists"}
        config = load(self.file("gate.toml", changed_toml({**own, **folders, **(changes or {})})))
        usual = Ways(
            root=self.root,
            gpio=lambda: self.kernel,
            revision=lambda: PI_4B,
            clock=clock(),
            person=Person(self.heard, io.StringIO(answers)),
            watch_s=0.05,
            card_s=0.05,
            release_s=0.05,
        )
        return Unit(config, replace(usual, **ways))


Make = Callable[[Bench], Unit]


@dataclass(frozen=True)
class Case:
    """What a check says of a unit; ``words`` and ``advice`` must be in it."""

    check: str
    verdict: Verdict
    make: Make
    words: str = ""
    advice: str = ""

    @property
    def id(self) -> str:
        return f"{self.check}-{self.verdict}-{self.make.__name__}"


def found(case: Case, bench: Bench) -> Finding:
    """What the check finds, as the command asks it."""
    return examined(table.ALL[case.check], case.make(bench))


def judged(case: Case, bench: Bench) -> None:
    """Hold the check to the case."""
    finding = found(case, bench)
    assert finding.verdict is case.verdict, finding
    assert case.words in finding.said
    assert case.advice in finding.advice
    assert "the check itself failed" not in finding.said
    assert bool(finding.advice) is (finding.verdict is not Verdict.OK), "what is not well has advice, and nothing else"


def cases(*found: Case) -> list[Any]:
    """For parametrize."""
    return [pytest.param(case, id=case.id) for case in found]
