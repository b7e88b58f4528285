"""Killing the service and stopping the broker lose no committed event."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gate.adapters.clock_system import SystemClock
from gate.adapters.journal_sqlite import JournalReader
from gate.credential.model import Colour
from gate.simulation.account import settle
from gate.simulation.broker import PrivateBroker
from gate.simulation.house import House
from gate.simulation.observer import Observer
from gate.simulation.office import Office
from gate.simulation.played import Seen
from gate.simulation.pose import poses
from gate.simulation.props import Shown
from gate.simulation.scene import render
from gate.simulation.symbols import symbol
from gate.simulation.visit import Door
from gate.wire import batch, jsontext
from tests.wire import validate

pytestmark = pytest.mark.timeout(180)


class Place:
    """A running house, and visitors for it."""

    def __init__(self, house: House, office: Office) -> None:
        self.house = house
        self.door = Door(house.observer)
        self._office = office
        self._count = 0

    def picture(self, colour: Colour) -> Path:
        self._count += 1
        path = self.house.folder / f"{self._count}.png"
        rng = np.random.default_rng(self._count)
        render((Shown(symbol(self._office.genuine(colour))),), poses(rng, 3)[-1], rng).save(path)
        return path

    def visit(self, colour: Colour, *, admit: bool = False) -> Seen:
        return self.door.visit([self.picture(colour)], admit=lambda _: admit)

    def stored(self) -> int:
        with JournalReader(self.house.folder / "journal.db") as journal:
            return sum(1 for _ in journal.records())

    def granted(self) -> int:
        """Grants in the journal."""
        with JournalReader(self.house.folder / "journal.db") as journal:
            return sum(b"gate.access.granted" in record.body for record in journal.records())

    def received(self) -> list[dict[str, Any]]:
        told = [message.payload for message in self.house.observer.messages if message.payload is not None]
        return [payload for payload in told if str(payload.get("type", "")).startswith("gate.")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    office = Office.from_seed(random.Random(7), SystemClock().now().utc)  # noqa: S311  (a test that can be repeated)
    broker = PrivateBroker(tmp_path)
    with House(tmp_path, office.set_up(tmp_path, broker.port), broker) as house:
        yield Place(house, office)


def _balanced(place: Place) -> None:
    messages = place.house.observer.messages
    place.house.observer.wait_until(lambda: settle(place.house.folder, messages).lost == 0, 30)
    account = settle(place.house.folder, messages)
    assert account.lost == 0
    assert account.stored == account.received
    assert account.chain_intact
    assert account.replay_differs == 0
    for message in messages:  # the watch takes a batch apart, and shows an empty payload as none
        payload = b"" if message.payload is None else jsontext.dump(message.payload)
        validate.check(message.topic, batch.encode([payload]) if message.topic.endswith("/evt/batch") else payload)
    stands = {message.topic.partition("/front-door/")[2] for message in messages}
    assert {"availability", "state", "info"} <= stands


def test_a_kill_in_the_middle_of_visits_loses_no_committed_event(place: Place) -> None:
    assert place.visit(Colour.GREEN).steps == (("granted", "rule_met"),)
    observer = place.house.observer
    observer.do("show", picture=str(place.picture(Colour.BLACK)))
    assert observer.wait_until(lambda: any("held" in event["type"] for event in place.received()), 20)
    place.house.stop_gate(kill=True)
    place.house.start_gate()
    place.door = Door(observer)
    assert observer.wait_until(
        lambda: any(e["data"].get("reason") == "service_restarted" for e in place.received()), 20
    ), "the hold that the service died with must end"
    assert place.visit(Colour.GREEN).steps == (("granted", "rule_met"),)
    assert place.house.stop_gate() == 0
    _balanced(place)


def test_kills_at_any_moment_of_a_grant(place: Place) -> None:
    observer = place.house.observer
    for changes in range(1, 5):
        observer.lines.clear()
        observer.do("show", picture=str(place.picture(Colour.GREEN)))
        assert observer.wait_until(partial(_changed, observer, changes), 10), "the visitor was not seen"
        place.house.stop_gate(kill=True)
        place.house.start_gate()
    assert place.house.stop_gate() == 0
    assert place.granted() >= 1, "no grant was committed before a kill"
    _balanced(place)


def _released(observer: Observer) -> list[bool]:
    return [change.on for change in observer.lines if change.line == "strike"]


def _changed(observer: Observer, count: int) -> bool:
    return len(observer.lines) >= count


def test_a_broker_that_is_away_delays_events_and_loses_none(place: Place) -> None:
    assert place.visit(Colour.GREEN).steps == (("granted", "rule_met"),)
    place.house.broker.stop()
    before, observer = place.stored(), place.house.observer
    for _ in range(2):
        observer.lines.clear()
        observer.do("show", picture=str(place.picture(Colour.GREEN)))
        assert observer.wait_until(lambda: _released(observer) == [True, False], 15), "a door works without a broker"
    assert observer.wait_until(lambda: place.stored() == before + 2, 10)
    place.house.broker.start()
    observer.wait_until(lambda: len(place.received()) >= before + 2, 60)
    offline = [event["data"]["offline"] for event in place.received() if "access" in event["type"]]
    assert offline[-2:] == [True, True]
    assert place.house.stop_gate() == 0
    _balanced(place)


def test_times_in_events_are_utc_and_recent(place: Place) -> None:
    place.visit(Colour.GREEN)
    times = [datetime.fromisoformat(event["time"]) for event in place.received()]
    assert all(time.utcoffset() == timedelta(0) for time in times)
    assert all(abs(datetime.now(UTC) - time) < timedelta(minutes=5) for time in times)  # noqa: TID251  (a real service)
