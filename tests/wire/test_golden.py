"""A message of v1 as it once was parses for ever, and keeps its meaning; see golden_v1/README.md."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gate.credential import jose
from gate.wire import availability, batch, contract, envelope, jsontext, site
from gate.wire.envelope import NotAnEvent, Received
from tests.wire import golden
from tests.wire.examples import NOON, PLACE, ULID_B
from tests.wire.golden import Golden
from tests.wire.messages import FEEDS, TOLD
from tests.wire.validate import REGISTRY, SCHEMAS, channel_of

NAMES = golden.names()
PLAIN = ("state", "info", "health", "open_alarm", "ack", "result", "discovery")


def fits(schema: str, message: Any) -> None:
    """The schema of today, which is open for what it does not know, takes the message of that day."""
    Draft202012Validator(SCHEMAS[schema], registry=REGISTRY).validate(message)


def test_every_type_of_message_has_its_file() -> None:
    assert set(NAMES) == set(FEEDS | TOLD), "python -m tests.wire.golden writes what is missing"


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("gate.")])
def test_an_event_of_that_day_reads_as_it_did(name: str) -> None:
    old = golden.read(name)
    found = envelope.decode(old.payload)
    assert isinstance(found, Received)
    assert (found.type, found.id, found.place) == (name, ULID_B, PLACE)
    assert (found.source, found.subject) == ("gate/v1/jkt-01/front", "entrance")
    assert abs(found.time - NOON.utc) < timedelta(milliseconds=1)
    assert jsontext.dump(json.loads(old.payload)) == old.payload, "its hash holds"
    fits(json.loads(old.payload)["dataschema"], json.loads(old.payload))
    assert channel_of(old.topic).name.startswith("evt_")


@pytest.mark.parametrize("name", PLAIN)
def test_what_stood_on_a_topic_still_fits(name: str) -> None:
    old = golden.read(name)
    assert channel_of(old.topic).name == name
    fits(f"urn:gate:v1:{name}", json.loads(old.payload))


def test_availability_of_that_day_reads_as_it_did() -> None:
    found = availability.decode(golden.read("availability").payload)
    assert found == availability.Availability("online", "boot-1", "2026-11-21T12:00:00.123Z")


def test_a_batch_of_that_day_gives_its_records() -> None:
    bodies = batch.decode(golden.read("evt_batch").payload)
    assert isinstance(bodies, tuple)
    found = [envelope.decode(body) for body in bodies]
    assert [one.type for one in found if isinstance(one, Received)] == [
        "gate.access.granted.v1",
        "gate.access.denied.v1",
    ]


def test_a_live_message_of_that_day_reads_as_an_event_without_a_place() -> None:
    old = golden.read("live")
    found = envelope.decode(old.payload)
    assert isinstance(found, Received)
    assert (found.place, found.data["provisional"], found.id) == (None, True, ULID_B)
    fits("urn:gate:v1:live", json.loads(old.payload))


@pytest.mark.parametrize("kind", ["occupancy", "crossing", "crossings"])
def test_what_gates_told_one_another_still_counts(kind: str) -> None:
    old = golden.read(f"site_{kind}")
    found = site.decode(old.topic, old.payload, "jkt-01", NOON.utc)
    assert isinstance(found, site.Told), found


@pytest.mark.parametrize("name", ["command", "trust", "rules", "deny", "snapshot", "notice"])
def test_what_was_signed_still_reads(name: str) -> None:
    old: Golden = golden.read(name)
    channel = contract.channel_of(old.topic)
    assert channel is not None
    claims = jsontext.load(jose.read(old.payload).payload)
    fits(f"urn:gate:v1:{channel.schemas[0]}", claims)


def test_a_reader_says_of_each_whether_it_is_an_event() -> None:
    for name in NAMES:
        payload = golden.read(name).payload
        is_event = name.startswith("gate.") or name == "live"
        assert isinstance(envelope.decode(payload), Received if is_event else NotAnEvent)
