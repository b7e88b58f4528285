"""The table of channels, and one message of every type: each is what its schema and its channel say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gate.access.alarm import Alarm, AlarmKind
from gate.wire import batch, contract, envelope, health, jsontext, schemas, state, topics
from gate.wire.contract import CHANNELS
from gate.wire.envelope import NotAnEvent
from tests.wire.examples import EVENTS, FORGED, GRANTED, IDENTITY, NOON, PLACE, ULID_A, ULID_B
from tests.wire.messages import FEEDS, HEALTH, INSIDE, STATE, TOLD, UNKNOWN_HEALTH, record
from tests.wire.validate import REGISTRY, SCHEMAS, check, check_sent

EVERY = FEEDS | TOLD
LATER = {"info": {"status_lists"}}
"""Fields that were added to v1 later: what a gate of an earlier version says without them is right for ever."""


@pytest.mark.parametrize("name", EVERY)
def test_every_message_is_what_the_contract_says(name: str) -> None:
    check_sent(EVERY[name])


@pytest.mark.parametrize("name", INSIDE)
def test_what_is_signed_has_a_schema_too(name: str) -> None:
    Draft202012Validator(SCHEMAS[f"urn:gate:v1:{name}"], registry=REGISTRY).validate(INSIDE[name])


@pytest.mark.parametrize("name", [name for name, message in EVERY.items() if message.content_type.endswith("json")])
def test_no_field_of_a_message_may_be_missing(name: str) -> None:
    message = EVERY[name]
    found: Any = json.loads(message.payload)
    outer = found[0] if isinstance(found, list) else found
    for field in outer:
        if field in LATER.get(name, ()):
            continue
        less = {key: value for key, value in outer.items() if key != field}
        with pytest.raises((AssertionError, KeyError)):
            check(message.topic, json.dumps([less] if isinstance(found, list) else less).encode())


def test_every_channel_has_an_example_and_its_schemas_exist() -> None:
    seen = {channel.name for message in EVERY.values() if (channel := contract.channel_of(message.topic))}
    assert seen == {channel.name for channel in CHANNELS} - {"status"}
    named = {schema for channel in CHANNELS for schema in channel.schemas}
    assert {f"urn:gate:v1:{schema}" for schema in named} == set(schemas.load()), "a schema that no channel holds"


def test_every_type_that_a_schema_names_has_an_example() -> None:
    kinds = [schema.get("properties", {}).get("type", {}) for schema in schemas.load().values()]
    named = {
        type_ for kind in kinds for type_ in (*kind.get("enum", ()), *([kind["const"]] if "const" in kind else ()))
    }
    assert named == set(FEEDS)


def test_a_channel_is_found_by_its_topic_and_no_other() -> None:
    for channel in CHANNELS:
        example = channel.address.replace("{site}", "s").replace("{gate}", "g")
        for part in ("{number}", "{verb}", "{list}", "{digest}"):
            example = example.replace(part, "7")
        assert contract.channel_of(example) == channel
        assert contract.channel_of(f"{example}/more") is None
        assert contract.channel_of(f"x/{example}") is None
    for topic in ("gate/v1/all/g/state", "gate/v1/s/site/state", "gate/v1/s/g/alarm/", "gate/v1/s//state", ""):
        assert contract.channel_of(topic) is None


def test_what_is_not_known_is_null() -> None:
    found = check(topics.below(IDENTITY, "health"), health.encode(UNKNOWN_HEALTH, IDENTITY))
    assert (found["camera"], found["temperature_c"], found["throttled"], found["disk"]) == (None,) * 4
    assert found["journal"] == {"waiting": 0, "unconfirmed": 0, "oldest": None}


def test_where_nobody_is_counted_and_where_any_number_may_be_inside() -> None:
    topic = topics.below(IDENTITY, "state")
    assert STATE.occupancy is not None
    uncounted = replace(STATE, occupancy=None)
    unbounded = replace(STATE, occupancy=replace(STATE.occupancy, capacity=0))
    assert check(topic, state.encode(uncounted, IDENTITY))["occupancy"] is None
    assert check(topic, state.encode(unbounded, IDENTITY))["occupancy"] == {"inside": 12, "capacity": None}


@pytest.mark.parametrize("kind", AlarmKind)
def test_every_kind_of_alarm_can_stand_open(kind: AlarmKind) -> None:
    alarm = Alarm(7, kind, NOON, visit=3, acknowledged_by="uid-1001", escalated=True)
    found = check(topics.alarm(IDENTITY, 7), state.encode_alarm(alarm, ULID_A, IDENTITY))
    assert found["silent"] is (kind is AlarmKind.DURESS)


def test_an_empty_payload_clears_an_alarm_and_nothing_else() -> None:
    assert check(topics.alarm(IDENTITY, 7), b"") is None
    with pytest.raises(ValueError, match="Expecting value"):
        check(topics.below(IDENTITY, "state"), b"")


@given(EVENTS, st.booleans())
def test_any_event_can_be_told_before_it_is_recorded(event: Any, offline: bool) -> None:  # noqa: FBT001  (hypothesis)
    early = envelope.provisional(event, IDENTITY, ULID_B, offline=offline)
    late = envelope.encode(event, PLACE, IDENTITY, ULID_B, offline=offline)
    topic = topics.below(IDENTITY, "live")
    first, then = check(topic, early), check(topic, late)
    assert first["id"] == then["id"], "so that a screen replaces the one by the other"
    told = {name: value for name, value in first["data"].items() if name != "provisional"}
    assert then["data"] == told | {"journal": PLACE.journal, "seq": PLACE.seq, "prev": PLACE.prev}
    found = envelope.decode(early)
    assert isinstance(found, envelope.Received)
    assert found.place is None


@given(st.lists(EVENTS, min_size=1, max_size=5))
def test_a_batch_gives_back_the_very_records(events: list[Any]) -> None:
    bodies = [record(event) for event in events]
    payload = batch.encode(bodies)
    check(topics.below(IDENTITY, "evt/batch"), payload)
    assert batch.decode(payload) == tuple(bodies)


def test_a_batch_is_of_one_to_fifty_events() -> None:
    body = record(GRANTED)
    assert batch.decode(batch.encode([body] * batch.MOST)) == (body,) * batch.MOST
    for bodies in ([], [body] * (batch.MOST + 1)):
        with pytest.raises(ValueError, match="1 to 50"):
            batch.encode(bodies)
        assert isinstance(batch.decode(b"[" + b",".join(bodies) + b"]"), NotAnEvent)


@pytest.mark.parametrize("payload", [b"", b"{}", b"[1]", b"[{}", b"[[]]", b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_batch_says_so(payload: bytes) -> None:
    found = batch.decode(payload)
    assert isinstance(found, NotAnEvent)
    assert found.problem


@given(st.binary(max_size=60))
def test_no_batch_raises(payload: bytes) -> None:
    assert isinstance(batch.decode(payload), NotAnEvent | tuple)


def test_a_broken_message_and_one_sent_in_another_way_are_caught() -> None:
    """What holds every published message to the contract in the tests would see a fault."""
    good = TOLD["health"]
    worse = json.loads(good.payload) | {"name": "somebody"}
    for bad in (
        replace(good, payload=json.dumps(worse).encode()),
        replace(good, qos=1),
        replace(good, expiry_s=None),
        replace(good, expiry_s=181),
        replace(good, content_type="text/plain"),
        replace(good, topic="gate/v1/jkt-01/front/helth"),
        replace(TOLD["state"], expiry_s=5),
        replace(FEEDS["gate.access.granted.v1"], topic="gate/v1/jkt-01/front/evt/door"),
        replace(FEEDS["gate.access.granted.v1"], topic="gate/v1/jkt-01/back/evt/access"),
        replace(TOLD["open_alarm"], topic="gate/v1/jkt-01/front/alarm/2"),
        replace(TOLD["evt_batch"], payload=b"[" + record(FORGED) + b" ]"),
    ):
        with pytest.raises(AssertionError):
            check_sent(bad)


def test_a_health_message_holds_only_plain_figures() -> None:
    found = jsontext.load(health.encode(HEALTH, IDENTITY))
    assert isinstance(found, dict)
    assert datetime.fromisoformat(found["journal"]["oldest"]) == NOON.utc.replace(microsecond=123000)
    assert found["disk"] == {"free_mb": 9000, "total_mb": 29000}
