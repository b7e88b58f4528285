"""A gate that is being retired keeps its records until each is confirmed, and then ends its mandate once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gate.access.answers import Reply
from gate.access.command import Retire
from gate.access.effects import Errand
from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import Acknowledged, AdapterError, Connected
from gate.service.command_line import RETRY_NS, CommandLine, Line
from gate.service.errands import Errands
from gate.service.outbox import Sending
from gate.service.recorder import Recorder
from tests.contract.test_journal import entry
from tests.service.test_commands import Bench
from tests.service.test_outbox import ScriptedBroker
from tests.service.test_recorder import FaultyJournal, SteppedClock, outside_of, persist
from tests.wire.examples import IDENTITY


class Unit:
    """A command line with a journal, and what it has done."""

    def __init__(self, folder: Path) -> None:
        self.done: list[str] = []
        self.broken = False
        self.bench = Bench()
        self.journal = SqliteJournal(folder / "journal.db")
        self.journal.commit([entry(), entry()])
        errands = Errands(None, lambda: None, lambda: self.done.append("restart"), self._retire)  # type: ignore[arg-type, return-value]  # any two equal values
        line = Line(self.journal, lambda _: None, lambda _count, _first: None, dict)
        self.line = CommandLine(self.bench.desk, errands, line)

    def turn(self, seconds: float = 0.25, *, settled: bool = True) -> list[str]:
        self.bench.pass_s(seconds)
        self.line.turn(settled=settled)
        return self.done

    def _retire(self) -> None:
        if self.broken:
            raise AdapterError("cannot write retired.json: no space left")
        self.done.append("retire")


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    made = Unit(tmp_path)
    yield made
    made.journal.close()


def test_the_mandate_ends_once_when_everything_is_recorded_sent_and_confirmed(unit: Unit) -> None:
    unit.journal.confirm([1, 2])
    assert unit.turn() == [], "nobody has said so"
    unit.journal.commit([entry()])
    unit.line.take(Errand(-1, Retire()))
    assert unit.turn() == [], "one record is not confirmed"
    unit.journal.confirm([3])
    assert unit.turn(settled=False) == [], "the broker is away, or an event waits for the disk"
    assert unit.turn() == ["retire", "restart"]
    assert unit.turn() == ["retire", "restart"], "once"


def test_the_recorder_waits_for_the_broker_and_for_events_that_the_disk_does_not_take(tmp_path: Path) -> None:
    """Of an earlier run that was killed while it waited."""
    done: list[str] = []
    journal, broker, clock = FaultyJournal(tmp_path / "journal.db"), ScriptedBroker(), SteppedClock()
    errands = Errands(None, lambda: None, lambda: done.append("restart"), lambda: done.append("retire"))  # type: ignore[arg-type, return-value]  # as above
    outside = outside_of(journal, broker, [], clock)
    outside = replace(outside, commands=Bench().desk, errands=errands, retiring=True)
    recorder = Recorder(outside, IDENTITY, Sending(batch=1))
    recorder.step(0)
    assert done == [], "the broker is not there"
    journal.failing = {journal.calls + 1}
    recorder.submit(persist(1))
    recorder._handle(Connected(10))
    recorder.step(0)
    assert (journal.backlog(), done) == (0, []), "nothing is unconfirmed, and an event waits for the disk"
    clock.move(1)
    recorder.step(0)
    assert (journal.backlog(), done) == (1, [])
    handle = next(handle for handle in range(len(broker.sent)) if broker.seq(handle) == 1)
    recorder._handle(Acknowledged(handle, taken=True, reason="Success"))
    for _ in range(2):
        recorder.step(0)
    assert done == ["retire", "restart"]
    journal.close()


def test_a_record_set_aside_is_not_confirmed(unit: Unit) -> None:
    unit.line.take(Errand(-1, Retire()))
    unit.journal.set_aside(1, "refused")
    unit.journal.confirm([2])
    assert unit.turn() == []


def test_a_mark_that_cannot_be_written_is_told_once_and_tried_again(
    unit: Unit, caplog: pytest.LogCaptureFixture
) -> None:
    unit.journal.confirm([1, 2])
    unit.line.take(Errand(-1, Retire()))
    unit.broken = True
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            unit.turn()
    assert len(caplog.records) == 1
    assert "keeps its records" in caplog.text
    unit.broken = False
    assert unit.turn(RETRY_NS / 1e9) == ["retire", "restart"]


def test_the_answer_says_what_comes(unit: Unit) -> None:
    reply, then = unit.line.errands.perform(Retire())
    assert isinstance(reply, Reply)
    assert "when every record is confirmed" in reply.text
    assert then is None
