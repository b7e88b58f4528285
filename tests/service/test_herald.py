"""What the gate tells beside its records: figures and live events by hand, and all of it with the real recorder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gate.access.effects import Persist
from gate.access.events import AlarmEvent, AlarmStep, ServiceStarted
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.adapters.journal_sqlite import SqliteJournal
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import TrustStamp
from gate.credential.trust import Trust
from gate.policy.site import SitePolicy
from gate.policy.status import Rule
from gate.ports import Connected, Disconnected, Message
from gate.service.certificate_end import CertificateEnd
from gate.service.condition import Condition
from gate.service.herald import Herald
from gate.service.outbox import Sending
from gate.service.recorder import Recorder
from gate.service.threads import Worker
from gate.service.vitals import Seen, Sources, Vitals
from gate.wire import availability, topics
from gate.wire.availability import Presence
from tests.adapters.test_board_linux import pi
from tests.broker import HOST, Broker, running
from tests.contract.test_journal import entry
from tests.credential.minting import MINT
from tests.service.retained import Retained
from tests.service.test_outbox import ScriptedBroker
from tests.service.test_recorder import FaultyJournal, RealClock, SteppedClock, outside_of, persist
from tests.subscriber import Centre, subscribed
from tests.wire.examples import BLACK, IDENTITY, NOON
from tests.wire.validate import check_sent

SITE = SitePolicy(gate="front")
STARTED = Persist(1, ServiceStarted(NOON, "0.7.0", DoorMode.LOCKED), Memory())
RAISED = Persist(2, AlarmEvent(NOON, AlarmStep.RAISED, BLACK), Memory(alarms=(BLACK,)))
CLEARED = Persist(3, AlarmEvent(NOON, AlarmStep.CLEARED, BLACK), Memory())


@dataclass(slots=True)
class Office:
    """``ports.TrustSource``, with a bundle of a chosen age."""

    stamp: TrustStamp

    def current(self) -> Trust:
        bundle = replace(
            MINT.trust.bundle, version=self.stamp.version, issued=self.stamp.issued, expires=self.stamp.expires
        )
        return replace(MINT.trust, bundle=bundle)

    def refresh(self) -> None: ...


def stamp(age: timedelta, version: int = 7) -> TrustStamp:
    return TrustStamp(version, NOON.utc - age, NOON.utc + timedelta(days=30))


class Unit:
    """A herald with a journal of its own, on a made-up Raspberry Pi."""

    def __init__(self, folder: Path, journal: SqliteJournal, started: Instant = NOON) -> None:
        self.office = Office(stamp(timedelta(hours=1)))
        self.seen: Seen | None = Seen(0, None, None)
        self.certificate = NOON.utc + timedelta(days=365)
        self.broker = Retained()
        sources = Sources(
            version="0.7.0",
            config="5e" * 32,
            site=SITE,
            rules=lambda: (Rule("visitor-pass", 1),),
            trust=self.office,
            journal=journal,
            board=pi(folder),
            camera=lambda: self.seen,
            dropped=lambda: 2,
            certificate=lambda: CertificateEnd(self.certificate),
        )
        self.herald = Herald(IDENTITY, Condition(IDENTITY, journal.ulid, SITE), Vitals(IDENTITY, sources, started))

    def greet(self) -> None:
        self.broker.take(self.herald.greeting())

    def due(
        self, passed_s: float, *, waiting: int = 0, unconfirmed: int = 0, clock: ClockTrust = ClockTrust.SYNCED
    ) -> None:
        utc = NOON.utc + timedelta(seconds=passed_s)
        now = Instant(utc, NOON.mono_ns + int(passed_s * 1e9), clock)
        self.broker.take(self.herald.due(now, waiting, unconfirmed))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    made = SqliteJournal(tmp_path / "journal.db")
    yield made
    made.close()


@pytest.fixture
def unit(tmp_path: Path, journal: SqliteJournal) -> Unit:
    return Unit(tmp_path, journal)


def test_it_says_what_the_unit_is(unit: Unit, journal: SqliteJournal) -> None:
    unit.greet()
    found = unit.broker.standing["info"]
    assert found["hardware"]["model"] == "Raspberry Pi 4 Model B Rev 1.5"
    assert (found["trust"]["version"], found["rules"]) == (7, [{"id": "visitor-pass", "version": 1}])
    assert (found["journal"], found["journal_key"]) == (journal.ulid, None)
    assert found["certificate_until"] == "2027-11-21T12:00:00.123Z"


def test_it_announces_itself_to_home_assistant_only_where_it_is_told_to(unit: Unit) -> None:
    unit.greet()
    assert not any(leaf.endswith("config") for leaf in unit.broker.standing)
    unit.herald.announcements = (unit.herald.vitals.discovery(),)
    for _ in range(2):  # after every connection
        (told,) = [one for one in unit.herald.greeting() if one.topic == "homeassistant/device/front/config"]
        check_sent(told)
        assert json.loads(told.payload)["device"]["model"] == "Raspberry Pi 4 Model B Rev 1.5"


def test_newer_trust_is_told_within_a_minute_and_the_same_not_again(unit: Unit) -> None:
    unit.greet()
    unit.due(0)
    before = unit.broker.count
    unit.office.stamp = stamp(timedelta(0), version=8)
    unit.due(59)
    assert unit.broker.count == before
    unit.due(60)
    assert unit.broker.standing["info"]["trust"]["version"] == 8
    before = unit.broker.count
    unit.due(120)
    assert unit.broker.count == before + 1, "the figures alone"


def test_the_figures_come_every_minute_and_at_once_after_a_connection(unit: Unit) -> None:
    times = []
    for passed_s in range(0, 240, 10):
        if passed_s == 130:
            unit.greet()
        unit.broker.standing.pop("health", None)
        unit.due(passed_s)
        times += [passed_s] if "health" in unit.broker.standing else []
    assert times == [0, 60, 120, 130, 190]


def test_the_figures(unit: Unit, journal: SqliteJournal) -> None:
    unit.due(0)
    assert unit.broker.standing["health"]["camera"] == {"fps": None, "frame_age_ms": None, "trouble": None}
    journal.commit([entry()])
    unit.seen = Seen(1800, NOON.mono_ns + 59_900_000_000, "covered")
    unit.due(60, waiting=3, unconfirmed=1)
    found = unit.broker.standing["health"]
    assert found["camera"] == {"fps": 30.0, "frame_age_ms": 100, "trouble": "covered"}
    assert found["journal"] == {"waiting": 3, "unconfirmed": 1, "oldest": "2026-11-21T12:00:00.123Z"}
    assert (found["temperature_c"], found["throttled"]) == (54.5, ["under_voltage", "throttled"])
    assert (found["uptime_s"], found["dropped"]) == (60, 2)
    assert found["disk"]["total_mb"] > 0


def test_a_journal_that_cannot_be_read_and_a_gate_without_a_camera(tmp_path: Path) -> None:
    broken = FaultyJournal(tmp_path / "other.db", failing=set(range(1, 9)))
    try:
        other = Unit(tmp_path, broken)
        other.seen = None
        other.due(0, unconfirmed=5)
        found = other.broker.standing["health"]
        assert (found["journal"]["oldest"], found["camera"]) == (None, None)
    finally:
        broken.close()


@pytest.mark.parametrize(
    ("age", "left", "clock", "reasons"),
    [
        (timedelta(hours=1), timedelta(days=31), ClockTrust.SYNCED, []),
        (timedelta(days=2), timedelta(days=31), ClockTrust.SYNCED, ["trust_warned"]),
        (timedelta(days=8), timedelta(days=31), ClockTrust.HOLDOVER, ["trust_degraded"]),
        (timedelta(hours=1), timedelta(days=29), ClockTrust.SYNCED, ["certificate_ends"]),
        (timedelta(days=8), timedelta(days=-1), ClockTrust.SYNCED, ["certificate_ends", "trust_degraded"]),
        (timedelta(days=8), timedelta(days=-1), ClockTrust.UNSET, []),
    ],
)
def test_what_no_alarm_tells_is_in_the_state(
    unit: Unit, age: timedelta, left: timedelta, clock: ClockTrust, reasons: list[str]
) -> None:
    unit.office.stamp, unit.certificate = stamp(age), NOON.utc + left
    unit.broker.take(unit.herald.took(STARTED, "01HZX5GQ7J8K9M0N1P2Q3R4S5V", offline=False))
    unit.due(1, clock=clock)
    assert unit.broker.state["health"] == reasons


# From here on with the real recorder.


def recorder_of(
    folder: Path, journal: SqliteJournal, publisher: ScriptedBroker | PahoPublisher, clock: SteppedClock
) -> Recorder:
    outside = outside_of(journal, publisher, [], clock)
    return Recorder(replace(outside, herald=Unit(folder, journal, clock.now()).herald), IDENTITY, Sending(window=20))


def leaves(broker: ScriptedBroker) -> list[str]:
    return [message.topic.split("/", 4)[4] for message in broker.sent]


def test_while_the_disk_fails_alarms_and_live_events_are_told_and_records_wait(tmp_path: Path) -> None:
    broker, clock = ScriptedBroker(), SteppedClock()
    journal = FaultyJournal(tmp_path / "journal.db")
    recorder = recorder_of(tmp_path, journal, broker, clock)
    recorder._inbox.put(Connected(20))
    recorder.submit(STARTED)
    recorder.step(0)
    journal.failing = set(range(journal.calls + 1, journal.calls + 50))
    before = len(broker.sent)
    recorder.submit(RAISED)
    recorder.step(0)
    now = leaves(broker)[before:]
    assert {"alarm/1", "state", "live"} <= set(now)
    assert not any(leaf.startswith("evt/") for leaf in now), "it is not recorded"
    journal.failing.clear()
    clock.move(10)
    recorder.submit(persist(9))
    recorder.step(0)
    recorder.step(0)
    later = leaves(broker)[before + len(now) :]
    assert "evt/officer" in later
    journal.close()


def test_an_event_is_live_before_and_after_its_record_under_one_id(tmp_path: Path) -> None:
    broker, journal = ScriptedBroker(), SqliteJournal(tmp_path / "journal.db")
    recorder = recorder_of(tmp_path, journal, broker, SteppedClock())
    recorder._inbox.put(Connected(20))
    recorder.step(0)
    recorder.submit(persist(4))
    recorder.step(0)
    early, late = (message for message in broker.sent if message.topic.endswith("/live"))
    (record,) = (message for message in broker.sent if message.topic.endswith("/evt/access"))
    assert late.payload == record.payload
    first, then = json.loads(early.payload), json.loads(late.payload)
    assert (first["id"], first["data"]["provisional"]) == (then["id"], True)
    journal.close()


def test_without_a_broker_nothing_is_kept_that_would_come_too_late(tmp_path: Path) -> None:
    broker, journal = ScriptedBroker(), SqliteJournal(tmp_path / "journal.db")
    recorder = recorder_of(tmp_path, journal, broker, SteppedClock())
    for signal in (STARTED, RAISED, CLEARED):
        recorder.submit(signal)
    recorder.step(0)
    assert broker.sent == []
    recorder._inbox.put(Connected(20))
    recorder.step(0)
    sent = leaves(broker)
    assert sent.count("state") == 1
    assert "live" not in sent
    assert sent.count("health") == 1
    assert [m.payload for m in broker.sent if m.topic.endswith("/alarm/1")] == [b""], (
        "whoever saw it before learns that"
    )
    recorder._inbox.put(Disconnected("away"))
    recorder.step(0)
    recorder.submit(persist(9))
    recorder.step(0)
    assert "live" not in leaves(broker)
    journal.close()


WILL = Message(
    topics.availability(IDENTITY),
    availability.encode(Presence.OFFLINE, IDENTITY.boot, None),
    retain=True,
    content_type=availability.CONTENT_TYPE,
)


@contextmanager
def at_work(folder: Path, broker: Broker) -> Iterator[Recorder]:
    publisher = PahoPublisher(BrokerAddress(HOST, broker.port, "gate-test", WILL, will_delay_s=1))
    recorder = recorder_of(folder, SqliteJournal(folder / "journal.db"), publisher, RealClock())
    worker = Worker("recorder", recorder.run, lambda _worker: None)
    worker.start()
    try:
        yield recorder
    finally:
        assert worker.stop(10)
        assert worker.error is None


RETAINED = {"availability", "state", "info", "health", "alarm/1"}


def standing(centre: Centre) -> set[str]:
    return {one.topic.split("/", 4)[4] for one in centre.deliveries if one.topic.split("/", 4)[4] in RETAINED}


def test_all_that_stands_is_back_after_a_broker_forgot_everything(tmp_path: Path) -> None:
    with running(tmp_path) as broker, at_work(tmp_path, broker) as recorder:
        for signal in (STARTED, RAISED):
            recorder.submit(signal)
        with subscribed(broker) as centre:
            centre.until(lambda: standing(centre) == RETAINED)
        broker.stop()  # it keeps nothing on a disk
        broker.start()
        with subscribed(broker) as centre:
            centre.until(lambda: standing(centre) == RETAINED)
            recorder.submit(CLEARED)
            centre.until(lambda: centre.payloads("alarm/1")[-1] == b"")
            centre.until(lambda: json.loads(centre.payloads("state")[-1])["alarms"] == [])
        with subscribed(broker) as late:
            late.until(lambda: standing(late) == RETAINED - {"alarm/1"})
            assert late.payloads("alarm/1") == []
