"""The signal log: what is written can be read and replayed; what a kill or a hand has damaged is told."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from gate.access.effects import Persist
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.orders import Admit, SetMode
from gate.access.settings import Settings
from gate.access.signals import Ordered, Presented, Signal, Stopping
from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import PassFacts, Rejected, RejectReason, Verdict, Verified
from gate.credential.verify import verify
from gate.ports import AdapterError
from gate.service.signal_log import Handled, Run, SignalLog, read, replay
from gate.service.threads import Worker
from tests.access.examples import rejected, valid
from tests.credential.hcert_minting import AUTHORITY, UCI
from tests.credential.minting import NOON
from tests.credential.shc_minting import CLINIC
from tests.service.stepped import Bench
from tests.service.stories import STORIES, Teller, told

Lines = Sequence[Run | Handled]
Story = tuple[bool, list[tuple[int, Signal | tuple[Verdict, bytes]]]]


def written(path: Path, lines: Iterable[Run | Handled]) -> None:
    """Write the lines as a run of the service does, to the end."""
    stop = threading.Event()
    stop.set()
    log = SignalLog(path)
    for line in lines:
        log.write(line)
    log.run(stop, lambda: None)
    log.close()


def differing(path: Path) -> list[int]:
    """The numbers of the lines whose effects are others now."""
    return [difference.line for difference in replay(read(path)) if difference is not None]


def test_the_file_is_for_the_services_user_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        SignalLog(tmp_path / "signals.jsonl").close()
    finally:
        os.umask(before)
    assert (tmp_path / "signals.jsonl").stat().st_mode & 0o777 == 0o600


def short_story() -> list[Run | Handled]:
    teller = Teller(Settings(), Memory())
    teller.happens(100, (valid(), b"code"))
    teller.happens(5000, Ordered(SetMode(DoorMode.UNLOCKED), "centre", 0))
    teller.tell(Stopping("told"))
    return teller.lines


@given(story=STORIES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_story_replays_into_identical_effects(tmp_path: Path, story: Story) -> None:
    path = tmp_path / "signals.jsonl"
    path.unlink(missing_ok=True)
    lines = told(story)
    written(path, lines)
    results = list(replay(read(path)))
    assert results == [None] * sum(isinstance(line, Handled) for line in lines)


def test_a_run_of_the_controller_replays_into_identical_effects(tmp_path: Path) -> None:
    path = tmp_path / "signals.jsonl"
    log = SignalLog(path)
    officer = Ordered(Admit("present"), "officer-1", 10**18)
    script: list[tuple[float, Signal | Verdict]] = [(1, valid()), (7, rejected(RejectReason.EXPIRED)), (8, officer)]
    bench = Bench(script, 20, signal_log=log)
    log.write(Run(bench.settings, bench.memory))
    bench.run()
    stop = threading.Event()
    stop.set()
    log.run(stop, lambda: None)
    log.close()
    lines = list(read(path))
    assert isinstance(lines[0], Run)
    effects = [effect for line in lines if isinstance(line, Handled) for effect in line.effects]
    assert len(effects) == len(bench.calls.made) - 1  # the controller's own last securing is no effect
    assert [what for _, what in bench.calls.of("persist")] == [one for one in effects if isinstance(one, Persist)]
    assert len(lines) < 100  # idle ticks are left out
    assert differing(path) == []


def test_it_is_written_while_the_service_runs(tmp_path: Path) -> None:
    path, beats = tmp_path / "signals.jsonl", threading.Semaphore(0)
    log = SignalLog(path)
    worker = Worker("signal log", lambda stop, _beat: log.run(stop, beats.release), lambda _: None)
    worker.start()
    lines = short_story()
    for line in lines:
        log.write(line)
    for _ in range(len(lines) + 1):
        assert beats.acquire(timeout=10)
    assert list(read(path)) == [_stripped(line) for line in lines]
    assert worker.stop(10)
    assert worker.error is None
    log.close()


def _stripped(line: Run | Handled) -> Run | Handled:
    if isinstance(line, Handled) and isinstance(line.signal, Presented) and isinstance(line.signal.verdict, Verified):
        facts = line.signal.verdict.facts
        assert isinstance(facts, PassFacts)
        verdict = replace(line.signal.verdict, facts=replace(facts, purpose=""))
        return replace(line, signal=replace(line.signal, verdict=verdict))
    return line


def test_several_runs_stand_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "signals.jsonl"
    for _ in range(3):
        written(path, short_story())
    assert sum(isinstance(line, Run) for line in read(path)) == 3
    assert differing(path) == []


def _torn(path: Path, keep: float) -> None:
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    path.write_bytes(whole[: last + int((len(whole) - last) * keep)])


@pytest.mark.parametrize("keep", [0.0, 0.01, 0.5, 0.99])
def test_a_torn_last_line_is_left_out(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "signals.jsonl"
    lines = short_story()
    written(path, lines)
    _torn(path, keep)
    assert len(list(read(path))) == len(lines) - 1
    assert differing(path) == []


@pytest.mark.parametrize("keep", [0.0, 0.01, 0.5, 0.99])
def test_the_run_after_a_kill_cuts_the_torn_line_off(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "signals.jsonl"
    lines = short_story()
    written(path, lines)
    _torn(path, keep)
    written(path, lines)
    assert len(list(read(path))) == 2 * len(lines) - 1
    assert differing(path) == []


@pytest.mark.parametrize("size", [1, 1000, 65535, 65536, 65537, 200_000])
def test_a_torn_line_of_any_length_is_cut_off(tmp_path: Path, size: int) -> None:
    path = tmp_path / "signals.jsonl"
    for whole in (b"", b"first\n", b"first\n\nlast\n"):
        path.write_bytes(whole + b"x" * size)
        SignalLog(path).close()
        assert path.read_bytes() == whole


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "signals.jsonl"
    written(path, short_story())
    lines = path.read_bytes().splitlines(keepends=True)
    for damage in (b"\n", b"{}\n", b"rubbish\n", lines[2][:-20] + b"\n", lines[2].replace(b'"is"', b'"was"', 1)):
        path.write_bytes(b"".join([*lines[:2], damage, *lines[3:]]))
        with pytest.raises(ValueError, match=r"^line 3: "):
            list(replay(read(path)))


def test_a_log_that_does_not_begin_with_a_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signals.jsonl"
    written(path, short_story()[1:])
    with pytest.raises(ValueError, match="does not begin with a run"):
        list(replay(read(path)))


def test_other_effects_are_found_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "signals.jsonl"
    lines = short_story()
    granted = next(
        number for number, line in enumerate(lines) if isinstance(line, Handled) and isinstance(line.signal, Presented)
    )
    line = lines[granted]
    assert isinstance(line, Handled)
    lines[granted] = replace(line, effects=line.effects[1:])
    written(path, lines)
    (difference,) = [found for found in replay(read(path)) if found is not None]
    assert difference.line == granted + 1
    assert difference.replayed == line.effects
    assert difference.recorded == line.effects[1:]


@pytest.mark.parametrize("verdict", [valid(), rejected(RejectReason.BAD_SIGNATURE), rejected(RejectReason.UNREADABLE)])
def test_nothing_that_somebody_wrote_freely_is_in_the_file(tmp_path: Path, verdict: Verdict) -> None:
    free = (
        replace(verdict, detail="signed for Budi Santoso")
        if isinstance(verdict, Rejected)
        else replace(verdict, facts=PassFacts("visit of Budi Santoso", None))
    )
    teller = Teller(Settings(), Memory())
    teller.happens(1, (free, b"digest"))
    teller.happens(3000, (free, b"digest"))
    path = tmp_path / "signals.jsonl"
    written(path, teller.lines)
    assert b"Budi" not in path.read_bytes()
    assert differing(path) == []


@pytest.mark.parametrize("code", [AUTHORITY.valid(), CLINIC.valid(rid="Er9vHZ1UMeA")], ids=["hc1", "shc"])
def test_nothing_that_a_health_certificate_states_is_in_the_file(tmp_path: Path, code: str) -> None:
    trust = AUTHORITY.trusting(AUTHORITY.issuer(), CLINIC.issuer())
    verdict = verify(code, trust, Instant(NOON, 0, ClockTrust.SYNCED))
    assert isinstance(verdict, Verified)
    teller = Teller(Settings(), Memory())
    teller.happens(1, (verdict, b"digest"))
    teller.happens(3000, (verdict, b"digest"))
    path = tmp_path / "signals.jsonl"
    written(path, teller.lines)
    for personal in (b"1998-", b"1951-", UCI.encode(), b"Er9vHZ1UMeA", b"EU/1/20/1528", b"2026-02-18", b"Hospital"):
        assert personal not in path.read_bytes()
    assert differing(path) == []


def test_a_place_that_cannot_be_written_is_told_with_advice(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "signals.jsonl"):
        with pytest.raises(AdapterError, match=r"the signal log .* cannot be written: .*; correct log\.signals"):
            SignalLog(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
def test_a_full_disk_ends_the_log_and_not_the_service(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "signals.jsonl"
    log = SignalLog(path)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, log._file.fileno())
    os.close(full)
    lines = short_story()
    for line in lines:
        log.write(line)
    stop = threading.Event()
    stop.set()
    log.run(stop, lambda: None)
    log.close()
    (told_once,) = caplog.records
    assert "ends here" in told_once.getMessage()
    assert "No space left" in told_once.getMessage()
