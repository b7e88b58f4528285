"""Two gates of one site over a real broker: together, apart, and back (scenario 21)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gate.access.alarm import AlarmKind
from gate.access.events import AccessResult
from gate.access.orders import Admit, ResetPassback, SetOccupancy
from gate.policy.occupancy import GateCount, Occupancy
from gate.policy.passback import Passback, PassbackMode
from gate.policy.site import Direction, SitePolicy
from tests.broker import Broker, running
from tests.service.site_gates import SiteGate, at_work
from tests.subscriber import subscribed
from tests.wire.validate import check

NORTH = SitePolicy(gate="north", passback=Passback(PassbackMode.HARD), occupancy=Occupancy(capacity=5))
SOUTH = replace(NORTH, gate="south")
OUT = replace(NORTH, gate="out", direction=Direction.EXIT)
ANNA, BUDI, CITRA = "aa" * 16, "bb" * 16, "cc" * 16
NOTE = GateCount("south")
GRANTED, HELD = AccessResult.GRANTED, AccessResult.HELD


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running(tmp_path) as started:
        yield started


def together(*gates: SiteGate, times: int = 1) -> None:
    for gate in gates:
        gate.until(lambda gate=gate: gate.joined >= times)  # type: ignore[misc]  # bound now


def result(gate: SiteGate, fp: str) -> tuple[AccessResult, str]:
    event = gate.show(fp)
    return event.result, event.reason


def seconds(since_ns: int, gate: SiteGate) -> float:
    return (gate.alarms()[0].at.mono_ns - since_ns) / 1e9


def test_who_entered_here_is_held_there_and_may_enter_after_leaving(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker, NORTH, SOUTH, OUT) as (north, south, out):
        together(north, south, out)
        assert result(north, ANNA) == (GRANTED, "rule_met")
        south.until_inside(1)
        assert result(south, ANNA) == (HELD, "passback")
        assert (south.visits()[0].at.mono_ns - north.visits()[0].at.mono_ns) / 1e9 <= 5
        assert south.order(Admit("known")).done
        north.until_inside(2)
        assert result(out, ANNA) == (GRANTED, "exit")
        for gate in (north, south, out):
            gate.until_inside(1)
        assert result(north, ANNA) == (GRANTED, "rule_met")
        assert [gate.alarms() for gate in (north, south, out)] == [[], [], []]


def test_gates_that_were_apart_agree_again_and_tell_the_pair_once(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker, NORTH, SOUTH) as (north, south):
        together(north, south)
        assert result(north, BUDI) == (GRANTED, "rule_met")
        south.until_inside(1)
        broker.stop()
        north.until(lambda: not north.recorder.counts().link.connected)
        south.until(lambda: not south.recorder.counts().link.connected)
        assert [result(north, ANNA), result(south, ANNA), result(south, CITRA)] == [(GRANTED, "rule_met")] * 3
        assert (north.inside(), south.inside()) == (2, 3)
        broker.start()
        together(north, south, times=2)
        back_ns = max(gate.visits()[-1].at.mono_ns for gate in (north, south))
        for gate in (north, south):
            gate.until_inside(4)
        south.until(lambda: bool(south.alarms()))
        alarm = south.alarms()[0].alarm
        assert (alarm.kind, alarm.visit, alarm.detail) == (AlarmKind.PASSBACK, 1, "north")
        assert seconds(back_ns, south) <= 10 + 5, "the link comes back within seconds, the alarm 3 s later"
        assert result(south, BUDI) == (HELD, "passback"), "and what was known before still is"
    assert [len(north.alarms()), len(south.alarms())] == [0, 1]


def test_a_restart_while_apart_forgets_nothing(tmp_path: Path, broker: Broker) -> None:
    broker.stop()
    with at_work(tmp_path, broker, NORTH, SOUTH) as (north, south):
        assert [result(north, ANNA), result(south, ANNA)] == [(GRANTED, "rule_met")] * 2
    with at_work(tmp_path, broker, NORTH) as (north,):
        assert result(north, ANNA) == (HELD, "passback")
        assert north.inside() == 1
    broker.start()
    with at_work(tmp_path, broker, NORTH, SOUTH) as (north, south):
        for gate in (north, south):
            gate.until_inside(2)
        south.until(lambda: bool(south.alarms()))
        assert north.alarms() == []
    with at_work(tmp_path, broker, NORTH, SOUTH) as (north, south):
        together(north, south)
        north.until_inside(2)
        assert result(south, ANNA) == (HELD, "passback")
    assert [event.step for event in south.alarms()] == [], "the pair is not told again"


def test_the_officers_word_holds_at_every_gate(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker, NORTH, SOUTH) as (north, south):
        together(north, south)
        result(north, ANNA)
        south.until_inside(1)
        assert south.order(ResetPassback()).done
        assert south.order(SetOccupancy(4)).text == "inside: 4, was 1"
        north.until_inside(4)
        assert result(north, ANNA) == (GRANTED, "rule_met")
        south.until_inside(5)
        assert result(south, BUDI) == (HELD, "full")


def test_strangers_on_the_sites_topics_change_nothing_and_are_counted(tmp_path: Path, broker: Broker) -> None:
    root = "gate/v1/jkt-01/site"
    count = {"gate": "south", "period": None, "entered": 99, "left": 0, "corrected": 0}
    hostile = [
        (f"{root}/south/occupancy", b"x"),
        (f"{root}/south/occupancy", b"{" * 60_000),
        (f"{root}/south/crossing", json.dumps(count).encode()),
        (f"{root}/west/occupancy", json.dumps(count).encode()),
        (f"{root}/south/unknown", b"{}"),
    ]
    with at_work(tmp_path, broker, NORTH, SOUTH) as (north, south):
        together(north, south)
        result(south, ANNA)
        north.until_inside(1)
        publisher = south.recorder._outside.publisher
        own = (f"{root}/north/occupancy", json.dumps(count | {"gate": "north", "entered": 7}).encode())
        for topic, payload in [*hostile, own]:
            publisher.publish(replace(south.recorder._site_message(NOTE), topic=topic, payload=payload, retain=False))
        result(south, BUDI)
        north.until_inside(2)
        assert north.recorder.counts().ignored == len(hostile)
        assert result(north, CITRA) == (GRANTED, "rule_met")


def test_everything_that_is_shared_is_what_the_schemas_say(tmp_path: Path, broker: Broker) -> None:
    with subscribed(broker, "gate/v1/jkt-01/site/#") as centre:
        with at_work(tmp_path, broker, NORTH, OUT) as (north, out):
            together(north, out)
            result(north, ANNA)
            result(out, ANNA)
            north.order(ResetPassback())
            kinds = {"occupancy", "crossing", "crossings"}
            centre.until(lambda: kinds <= {one.topic.rpartition("/")[2] for one in centre.deliveries})
        for delivery in centre.deliveries:
            check(delivery.topic, delivery.payload)
