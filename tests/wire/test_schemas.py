"""The schemas themselves: valid, complete, and open for the fields of a later version."""

from __future__ import annotations

import json
from typing import get_args

from jsonschema import Draft202012Validator

from gate.access.events import Event
from gate.wire import envelope, schemas
from gate.wire.contract import CHANNELS
from tests.wire.examples import ASSISTED, DRILL, FORGED, GRANTED, IDENTITY, OTHERS, PLACE, ULID_B
from tests.wire.validate import REGISTRY, SCHEMAS


def test_every_schema_is_a_valid_schema() -> None:
    for schema in schemas.load().values():
        Draft202012Validator.check_schema(schema)


def test_every_event_class_has_an_example_and_a_schema() -> None:
    examples = (GRANTED, FORGED, ASSISTED, DRILL, *OTHERS)
    assert {type(event) for event in examples} == set(get_args(Event))
    used = {envelope.schema_of(event.name) for event in examples}
    assert used <= {schema for channel in CHANNELS for schema in channel.schemas}, "an event that no feed holds"


def test_a_reader_of_today_accepts_a_field_of_tomorrow() -> None:
    message = json.loads(envelope.encode(GRANTED, PLACE, IDENTITY, ULID_B, offline=True))
    message["data"]["temperature"] = 36
    message["later"] = {}
    Draft202012Validator(SCHEMAS["urn:gate:v1:access"], registry=REGISTRY).validate(message)
