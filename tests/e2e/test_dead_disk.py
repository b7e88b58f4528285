"""A gate that starts on a card that takes nothing any more decides as ever, and tells all of it when the card works."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gate.access.effects import Line
from gate.adapters.journal_sqlite import JournalReader
from gate.credential.model import Colour
from gate.simulation.office import Office
from gate.wire import chain
from tests.broker import Broker
from tests.broker import running as broker_running
from tests.e2e.living import lines_of, observed, running, until
from tests.pictures import qr, saved
from tests.subscriber import Centre, subscribed

DURABLE = ("epochs", "trust", "lists", "status", "journal.db")


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    """A small file system, where everything is that outlives a run."""
    folder = tmp_path / "card"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "none", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "broker"
    folder.mkdir()
    with broker_running(folder) as started:
        yield started


@pytest.fixture
def on_card(tmp_path: Path, office: Office, card: Path, broker: Broker) -> Path:
    path = office.set_up(tmp_path, broker.port)
    text = path.read_text().replace('signals = "signals.jsonl"', "")
    for name in DURABLE:
        text = text.replace(f'"{name}"', f'"{card.name}/{name}"')
    path.write_text(text)
    return path


def fill(card: Path) -> Callable[[], object]:
    """To the last byte; what makes room again."""
    with (card / "other").open("wb", buffering=0) as other, suppress(OSError):
        while other.write(bytes(512)):
            pass
    return (card / "other").unlink


def protect(card: Path) -> Callable[[], object]:
    """Read-only, as a card that wears out or a file system with errors; what makes it good."""
    subprocess.run(["mount", "-o", "remount,ro", card], check=True)
    return lambda: subprocess.run(["mount", "-o", "remount,rw", card], check=True)


def alarms(centre: Centre) -> set[str]:
    """The details of the alarms that stand or stood at the broker."""
    told = [json.loads(one.payload) for one in centre.deliveries if "/alarm/" in one.topic and one.payload]
    return {str(one["detail"]) for one in told}


def ran_before(config: Path, folder: Path, *, lockdown: bool) -> None:
    with running(config, notify=folder / "notify-0") as (process, systemd):
        systemd.wait_for("READY=1")
        if lockdown:
            with observed(config) as observer:
                observer.do("order", verb="lockdown")
                until(observer, lambda: True in lines_of(observer, Line.RED.value))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@pytest.mark.parametrize("spoil", [fill, protect], ids=["full", "read-only"])
def test_it_starts_lets_in_alarms_and_records_all_of_it_in_the_end(
    on_card: Path,
    office: Office,
    broker: Broker,
    card: Path,
    tmp_path: Path,
    spoil: Callable[[Path], Callable[[], object]],
) -> None:
    picture = saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png")
    ran_before(on_card, tmp_path, lockdown=False)
    mend = spoil(card)
    with subscribed(broker) as centre, running(on_card, notify=tmp_path / "notify-1") as (process, systemd):
        systemd.wait_for("READY=1")
        with observed(on_card) as observer:
            observer.do("show", picture=str(picture))
            until(observer, lambda: lines_of(observer, "strike") == [True, False])
        centre.until(lambda: "journal" in alarms(centre))
        before = len(centre.records())
        mend()
        centre.until(lambda: any(b"gate.access.granted" in body for body in centre.records()[before:]))
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "The gate starts without it; events wait in memory\n" in told
    assert "events cannot be recorded: works again" in told
    with JournalReader(card / "journal.db") as journal:
        bodies = [record.body for record in journal.records()]
        assert isinstance(chain.verify(journal.ulid, bodies), chain.Intact)
    assert sum(b"gate.system.started" in body for body in bodies) == 2
    assert sum(b"gate.access.granted" in body for body in bodies) == 1


def test_a_lockdown_is_read_from_a_card_that_takes_nothing(
    on_card: Path, office: Office, card: Path, tmp_path: Path
) -> None:
    picture = saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png")
    ran_before(on_card, tmp_path, lockdown=True)
    mend = protect(card)
    with running(on_card, notify=tmp_path / "notify-1") as (_process, systemd):
        systemd.wait_for("READY=1")
        with observed(on_card) as observer:
            observer.do("show", picture=str(picture))
            until(observer, lambda: True in lines_of(observer, Line.YELLOW.value))
            assert lines_of(observer, "strike") == []
    mend()
