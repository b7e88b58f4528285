"""The envelope: what is published is what the schemas say, byte for byte the same each time, and readers never trip."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.alarm import Alarm
from gate.access.events import AlarmEvent, AlarmStep, Event
from gate.wire import availability, envelope, jsontext
from gate.wire.availability import Presence
from gate.wire.envelope import NotAnEvent, Received
from tests.wire.examples import (
    ASSISTED,
    BLACK,
    DRILL,
    DURESS,
    EVENTS,
    FORGED,
    GRANTED,
    IDENTITY,
    NOON,
    OTHERS,
    PLACE,
    ULID_B,
)
from tests.wire.validate import check, check_availability, check_event

GOLDEN = (
    b'{"data":{"assisted":null,"attestation":null,"boot":"boot-1","clock":"synced","colour":"green","credential":{"epoch":"2026-W47",'
    b'"fp":"00112233445566778899aabbccddeeff","issuer":"demo","kid":"0a1b","kind":"pass"},"decide_ms":2,'
    b'"decode_ms":80,"direction":"entry","drill":false,"journal":"01HZX5GQ7J8K9M0N1P2Q3R4S5T","mono_ms":5000,"officer":null,'
    b'"officer_reason":null,"offline":false,"opened_by":"auto","outcome":"grant","passage":"none","passback":false,'
    b'"prev":"0000000000000000000000000000000000000000000000000000000000000000","reason":"rule_met",'
    b'"release_ms":5000,"rule":{"id":"visitor-pass","version":1},"seq":1,"trust":{"age_s":3600,"version":7},'
    b'"visit":1},"datacontenttype":"application/json","dataschema":"urn:gate:v1:access",'
    b'"id":"01HZX5GQ7J8K9M0N1P2Q3R4S5V","source":"gate/v1/jkt-01/front","specversion":"1.0",'
    b'"subject":"entrance","time":"2026-11-21T12:00:00.123Z","type":"gate.access.granted.v1"}'
)


OTHER_TYPES = (
    "gate.door.mode_changed.v1",
    "gate.system.journal_late.v1",
    "gate.system.started.v1",
    "gate.system.stopped.v1",
    "gate.access.taken.v1",
    "gate.door.forced_open.v1",
    "gate.door.exit_requested.v1",
    "gate.alarm.raised.v1",
    "gate.alarm.followed_up.v1",
    "gate.alarm.raised.v1",
    "gate.system.self_test.v1",
    "gate.system.self_test_ended.v1",
    "gate.system.order_refused.v1",
    "gate.access.passback_reset.v1",
    "gate.access.passback_reset.v1",
    "gate.system.occupancy_corrected.v1",
    "gate.system.checked_out.v1",
    "gate.system.clock_changed.v1",
    "gate.system.chain_head.v1",
    "gate.system.records_dropped.v1",
    "gate.system.journal_begun.v1",
    "gate.system.events_lost.v1",
    "gate.system.command_taken.v1",
    "gate.system.command_ended.v1",
    "gate.system.command_refused.v1",
    "gate.system.retired.v1",
)
OTHER_FEEDS = (
    *("evt/door", "evt/system", "evt/system", "evt/system", "evt/access", "evt/door", "evt/door"),
    *("evt/officer", "evt/officer", "evt/officer", "evt/system", "evt/system", "evt/system"),
    *("evt/access", "evt/access", "evt/system", "evt/system", "evt/system"),
    *("evt/system", "evt/system", "evt/system", "evt/system"),
    *("evt/system", "evt/system", "evt/system", "evt/system"),
)


def encode(event: Event) -> bytes:
    return envelope.encode(event, PLACE, IDENTITY, ULID_B, offline=False)


def changed(**fields: Any) -> bytes:
    return json.dumps(json.loads(GOLDEN) | fields).encode()


def test_a_granted_visit_is_exactly_these_bytes() -> None:
    assert encode(GRANTED) == GOLDEN


@pytest.mark.parametrize(
    ("event", "topic", "type_"),
    [
        (GRANTED, "evt/access", "gate.access.granted.v1"),
        (FORGED, "evt/access", "gate.access.denied.v1"),
        (ASSISTED, "evt/access", "gate.access.granted.v1"),
        (DRILL, "evt/access", "gate.access.held.v1"),
        *zip(OTHERS, OTHER_FEEDS, OTHER_TYPES, strict=True),
    ],
)
def test_every_kind_of_event_has_its_type_feed_and_schema(event: Event, topic: str, type_: str) -> None:
    message = check(f"gate/v1/jkt-01/front/{topic}", encode(event))
    assert message["type"] == type_
    assert topic == f"evt/{event.feed}"


@given(EVENTS)
def test_any_event_fits_its_schema_is_ascii_and_reads_back(event: Event) -> None:
    body = encode(event)
    message = check_event(body)
    assert body.isascii()
    assert body == jsontext.dump(message)
    found = envelope.decode(body)
    assert isinstance(found, Received)
    assert (found.place, found.data, found.source) == (PLACE, message["data"], "gate/v1/jkt-01/front")
    assert abs(found.time - event.at.utc) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("event", "drill"),
    [
        (GRANTED, False),
        (DRILL, True),
        (AlarmEvent(NOON, AlarmStep.RAISED, BLACK), False),
        (AlarmEvent(NOON, AlarmStep.RAISED, replace(BLACK, drill=True)), True),
    ],
)
def test_what_a_drill_causes_says_so(event: Event, drill: bool) -> None:  # noqa: FBT001  (a table)
    assert check_event(encode(event))["data"]["drill"] is drill


@pytest.mark.parametrize(("alarm", "silent"), [(BLACK, False), (DURESS, True)])
def test_a_silent_alarm_says_that_nothing_at_the_door_may_show_it(alarm: Alarm, silent: bool) -> None:  # noqa: FBT001  (a table)
    assert check_event(encode(AlarmEvent(NOON, AlarmStep.RAISED, alarm)))["data"]["silent"] is silent


def test_a_bundle_issued_after_a_clock_that_is_not_set_has_no_negative_age() -> None:
    early = replace(GRANTED, at=replace(NOON, utc=NOON.utc - timedelta(days=400)))
    assert check_event(encode(early))["data"]["trust"]["age_s"] == 0


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_readers_never_raise_on_garbage(body: bytes) -> None:
    assert isinstance(envelope.decode(body), NotAnEvent | Received)
    assert isinstance(availability.decode(body), NotAnEvent | availability.Availability)


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.sampled_from([*json.loads(GOLDEN), "extra"]), _JSON)
def test_readers_never_raise_on_a_field_of_another_kind(name: str, value: Any) -> None:
    assert isinstance(envelope.decode(changed(**{name: value})), NotAnEvent | Received)


def test_readers_ignore_fields_and_keep_types_that_they_do_not_know() -> None:
    found = envelope.decode(changed(type="gate.lift.called.v7", floor=3))
    assert isinstance(found, Received)
    assert found.type == "gate.lift.called.v7"
    assert found.place == PLACE


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"\xff", "not UTF-8"),
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"[" * 50_000, "nested too deeply"),
        (b'{"a":' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a":NaN}', "NaN is not a number"),
        (b'{"a":1e999}', "1e999 is not a number"),
        (b'{"a":1,"a":2}', "given twice"),
        (b" " * 65_537, "longer than"),
        (changed(specversion="0.3"), "CloudEvents 1.0"),
        (changed(id=""), "missing"),
        (changed(source=5), "missing"),
        (changed(time="2026-11-21T12:00:00"), "offset"),
        (changed(time="9999-12-31T23:59:59-23:59"), "time"),
        (changed(time="noon"), "time"),
        (changed(data=[]), "data"),
    ],
)
def test_what_is_no_event_says_why(body: bytes, problem: str) -> None:
    found = envelope.decode(body)
    assert isinstance(found, NotAnEvent)
    assert problem in found.problem


@pytest.mark.parametrize("data", [{}, {"journal": "x", "seq": True, "prev": "y"}, {"journal": 1, "seq": 1, "prev": ""}])
def test_an_event_without_a_place_in_a_journal_is_still_an_event(data: dict[str, Any]) -> None:
    found = envelope.decode(changed(data=data))
    assert isinstance(found, Received)
    assert found.place is None


@pytest.mark.parametrize("state", Presence)
def test_availability_fits_its_schema_and_reads_back(state: Presence) -> None:
    since = None if state is Presence.OFFLINE else NOON.utc
    body = availability.encode(state, "boot-1", since)
    message = check_availability(body)
    assert availability.decode(body) == availability.Availability(state.value, "boot-1", message.get("since"))


def test_online_without_since_breaks_the_schema() -> None:
    with pytest.raises(AssertionError, match="since"):
        check_availability(availability.encode(Presence.ONLINE, "boot-1", None))


@pytest.mark.parametrize("body", [b"{}", b'{"state":1,"boot":"b"}', b"online"])
def test_what_is_no_availability_says_so(body: bytes) -> None:
    assert isinstance(availability.decode(body), NotAnEvent)
