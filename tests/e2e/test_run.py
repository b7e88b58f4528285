"""``gate run`` as systemd and as an administrator see it."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from gate.access.effects import Line
from gate.access.events import Event
from gate.access.memory import Memory
from gate.adapters.clock_system import SystemClock, ask_kernel, says_synced
from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import Colour
from gate.ports import Entry, RecordKind, Slot
from gate.service import codec
from gate.simulation.broker import free_port
from gate.simulation.office import BUNDLE_AGE, Office
from gate.wire import envelope
from gate.wire.envelope import Place, Received
from tests.contract.test_journal import build
from tests.e2e.living import RUN, lines_of, observed, recorded, records_of, running, until
from tests.pictures import qr, saved
from tests.wire.examples import GRANTED, IDENTITY, ULID_B


def test_systemd_is_told_ready_watchdog_status_and_stopping(config: Path, tmp_path: Path) -> None:
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        for told in ("READY=1", "STATUS=no broker", "WATCHDOG=1"):
            systemd.wait_for(told)
        assert systemd.heard.index("READY=1") < systemd.heard.index("WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        systemd.wait_for("STOPPING=1")
        assert process.wait(10) == 0


def test_a_stop_secures_a_released_strike_within_five_seconds(config: Path, office: Office, tmp_path: Path) -> None:
    config.write_text(config.read_text().replace("release_s = 1.0", "release_s = 15.0"))
    picture = saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png")
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        with observed(config) as observer:
            observer.do("show", picture=str(picture))
            until(observer, lambda: lines_of(observer, "strike") == [True])
            asked_s = time.monotonic()
            process.send_signal(signal.SIGTERM)
            until(observer, lambda: lines_of(observer, "strike") == [True, False])
        assert process.wait(10) == 0
        assert time.monotonic() - asked_s < 5
    assert b"gate.system.stopped" in records_of(config)[-1]


def test_lockdown_is_remembered_across_a_restart(config: Path, office: Office, tmp_path: Path) -> None:
    picture = saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png")
    with running(config, notify=tmp_path / "notify-1") as (process, systemd):
        systemd.wait_for("READY=1")
        with observed(config) as observer:
            observer.do("order", verb="lockdown")
            until(observer, lambda: True in lines_of(observer, Line.RED.value))
            until(observer, lambda: recorded(config, "door.mode_changed"))  # it acts before it is durable
        process.kill()
        process.wait(10)
    with running(config, notify=tmp_path / "notify-2") as (process, systemd):
        systemd.wait_for("READY=1")
        with observed(config) as observer:
            observer.do("show", picture=str(picture))
            until(observer, lambda: True in lines_of(observer, Line.YELLOW.value))
            observer.do("press", button="admit")
            until(observer, lambda: True in lines_of(observer, Line.ATTENTION.value))
            assert lines_of(observer, "strike") == []


def _foretold(source: str, config: Path, moment: datetime) -> None:
    """Let the bundle, or the journal's newest record, be of this moment."""
    if source == "bundle":
        text = config.read_text()
        Office.from_seed(random.Random(3), moment + BUNDLE_AGE).set_up(config.parent, free_port())  # noqa: S311  (a test that can be repeated)
        config.write_text(text)
        return
    event = replace(GRANTED, at=Instant(moment, 0, ClockTrust.SYNCED))
    journal = SqliteJournal(config.parent / "journal.db")
    journal.commit([Entry("access", lambda slot: _record(event, slot), codec.encode(Memory(), Memory))])
    journal.close()


def _record(event: Event, slot: Slot) -> bytes:
    return envelope.encode(event, Place(slot.journal, slot.seq, slot.prev), IDENTITY, ULID_B, offline=True)


@pytest.mark.parametrize("source", ["bundle", "journal"])
def test_a_clock_before_what_is_known_to_have_passed_is_unset(config: Path, tmp_path: Path, source: str) -> None:
    passed = (SystemClock().now().utc + timedelta(days=2)).replace(microsecond=0)
    _foretold(source, config, passed)
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    stopped = envelope.decode(records_of(config)[-1])
    assert isinstance(stopped, Received)
    assert (stopped.data["clock"], stopped.time) == ("unset", passed)


def test_a_clock_that_nothing_keeps_is_unset_until_it_has_been_set(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text().replace("[trust]", "[trust]\nclock_kept = false"))
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    stopped = envelope.decode(records_of(config)[-1])
    assert isinstance(stopped, Received)
    assert stopped.data["clock"] == ("synced" if says_synced(ask_kernel()) else "unset")


def failing(config: Path) -> str:
    """What a start that must fail says on stderr."""
    run = subprocess.run([*RUN, str(config)], capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 2
    assert run.stdout == ""
    assert "Traceback" not in run.stderr
    return run.stderr


def test_a_wrong_key_is_named_with_file_line_and_advice(config: Path) -> None:
    config.write_text(config.read_text().replace("release_s = 1.0", "relase_s = 1.0"))
    (message,) = failing(config).splitlines()
    assert message.startswith(f"{config}:")
    assert "door.relase_s" in message
    assert "release_s" in message


def test_all_that_is_missing_is_told_at_once(config: Path) -> None:
    config.write_text(
        config.read_text()
        .replace('source = "stage"', 'source = "pictures"\npath = "no-pictures"')
        .replace('bundle = "trust.bundle"', 'bundle = "no-bundle"')
        .replace('path = "journal.db"', 'path = "no-folder/journal.db"')
    )
    messages = failing(config)
    for missing in ("no-pictures", "no-bundle", "no-folder"):
        assert missing in messages


@pytest.mark.parametrize(("key", "waiting"), [("keep_days = 2", 0), ("disk_budget_mb = 8", 9500)])
def test_the_journal_is_kept_as_configured_and_a_key_that_others_may_read_is_told(
    config: Path, tmp_path: Path, key: str, waiting: int
) -> None:
    past = SystemClock().now().utc - timedelta(days=3)
    event = replace(GRANTED, at=Instant(past, 1, ClockTrust.SYNCED))
    old = Entry("access", partial(build, event=event), None, RecordKind.ORDINARY, past)
    journal = SqliteJournal(tmp_path / "journal.db")
    journal.commit([*[old] * 20, replace(old, kind=RecordKind.HEAD), *[old] * waiting])
    journal.confirm(range(1, 22))
    journal.close()
    (tmp_path / "journal.db.key").write_bytes(b"")
    config.write_text(config.read_text().replace("[journal]", f"[journal]\n{key}"))
    with running(config, notify=tmp_path / "notify") as (_, systemd):
        systemd.wait_for("READY=1")
        with observed(config) as observer:
            until(observer, lambda: any(b'"journal_key"' in body for body in _newest(config)))
            until(observer, lambda: _oldest(config) == 21)
            until(observer, lambda: not waiting or recorded(config, "system.records_dropped"))


def _newest(config: Path) -> list[bytes]:
    with JournalReader(config.parent / "journal.db") as journal:
        return [record.body for record in journal.newest(50)]


def _oldest(config: Path) -> int:
    with JournalReader(config.parent / "journal.db") as journal:
        return next(journal.records()).seq


def test_a_second_service_on_the_same_journal_is_refused(config: Path, tmp_path: Path) -> None:
    with running(config, notify=tmp_path / "notify") as (_, systemd):
        systemd.wait_for("READY=1")
        assert "journal" in failing(config)


def test_no_configuration_at_all() -> None:
    assert "/nowhere/gate.toml" in failing(Path("/nowhere/gate.toml"))


def test_a_folder_of_pictures_is_read(config: Path, office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    saved(qr(office.genuine(Colour.GREEN)), folder / "1.png")
    text = config.read_text().replace('source = "stage"', 'source = "pictures"\npath = "pictures"')
    config.write_text(text)
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        with observed(config) as observer:
            until(observer, lambda: recorded(config, "access.granted"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
