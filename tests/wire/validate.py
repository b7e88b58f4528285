"""Holds a published message to its schema, and to nothing more than its schema: a field we forgot to describe fails."""

from __future__ import annotations

import copy
import json
import re
from functools import cache, lru_cache
from typing import Any, Protocol

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from gate.wire import batch, contract, envelope, jsontext, schemas, topics
from gate.wire.contract import Channel, Way
from gate.wire.topics import VERSION

SCHEMAS = schemas.load()
REGISTRY: Registry[Any] = Registry().with_resources((id_, Resource.from_contents(s)) for id_, s in SCHEMAS.items())
_NUMBERS = re.compile(rb'"(prev|seq)":("[0-9a-f]{64}"|[1-9][0-9]*)')
_FIRST = {b"prev": b'"prev":"' + b"0" * 64 + b'"', b"seq": b'"seq":1'}
LIVE = Draft202012Validator(SCHEMAS[f"urn:gate:{VERSION}:live"], registry=REGISTRY)


class Sent(Protocol):
    """A message as a publisher hands it over, or as a broker delivers it."""

    @property
    def topic(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def qos(self) -> int: ...
    @property
    def expiry_s(self) -> int | None: ...
    @property
    def content_type(self) -> str: ...


def check_sent(message: Sent) -> None:
    """An assertion unless the message is what the contract says for its topic, and is sent as it says."""
    _check_once(message.topic, _NUMBERS.sub(lambda found: _FIRST[found[1]], message.payload))
    channel = channel_of(message.topic)
    sent = (message.topic, message.qos, message.content_type)
    assert sent == (message.topic, channel.qos, channel.content_type)
    if channel.expiry_s is None:
        assert message.expiry_s is None, f"{message.topic} never expires"
    else:
        assert message.expiry_s is not None, f"{message.topic} expires"
        assert message.expiry_s <= channel.expiry_s


@lru_cache(maxsize=4096)
def _check_once(topic: str, payload: bytes) -> None:
    """Most records of a test differ by their place alone, and a schema takes milliseconds."""
    check(topic, payload)


def check(topic: str, payload: bytes) -> Any:
    """The message, if it is what the contract says for its topic; an assertion otherwise."""
    channel = channel_of(topic)
    if channel.content_type in {contract.JOSE, contract.DELTA, contract.BINARY}:
        return None  # signed: what is inside is for whoever can prove it
    if channel.name.startswith("evt_") and channel.name != "evt_batch":
        return _check_record(topic, channel, payload)
    match channel.name:
        case "open_alarm":
            return _check_alarm(topic, payload)
        case "evt_batch":
            return [check_event(body) for body in _bodies(payload)]
        case "live":
            return check_live(payload)
    return _check_plain(topic, channel, payload)


def channel_of(topic: str) -> Channel:
    """The channel of a topic; an assertion for a topic that is not in the contract."""
    channel = contract.channel_of(topic)
    assert channel is not None, f"{topic} is no topic of the contract"
    return channel


def check_event(payload: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(payload)
    _validate(_closed(message["dataschema"]), message)
    return message


def check_live(payload: bytes) -> dict[str, Any]:
    """A record, or what comes before it: then its own fields are held to the schema of its type."""
    message: dict[str, Any] = json.loads(payload)
    if "provisional" not in message["data"]:
        return check_event(payload)
    _validate(LIVE, message)
    name = message["type"].removeprefix("gate.").removesuffix(f".{VERSION}")
    place = {"journal": "0" * 26, "seq": 1, "prev": "0" * 64}
    whole = message | {"dataschema": f"urn:gate:{VERSION}:{envelope.schema_of(name)}"}
    whole["data"] = {key: value for key, value in message["data"].items() if key != "provisional"} | place
    check_event(jsontext.dump(whole))
    return message


def check_availability(payload: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(payload)
    _validate(_closed(f"urn:gate:{VERSION}:availability"), message)
    return message


def check_command(payload: bytes) -> dict[str, Any]:
    """What is inside the signature."""
    message: dict[str, Any] = json.loads(payload)
    _validate(_closed(f"urn:gate:{VERSION}:command"), message)
    return message


def _check_record(topic: str, channel: Channel, payload: bytes) -> dict[str, Any]:
    message = check_event(payload)
    assert message["dataschema"].removeprefix(f"urn:gate:{VERSION}:") in channel.schemas, channel.name
    assert message["source"] == topic.removesuffix(f"/evt/{channel.name.removeprefix('evt_')}")
    return message


def _check_alarm(topic: str, payload: bytes) -> dict[str, Any] | None:
    if not payload:
        return None
    message: dict[str, Any] = json.loads(payload)
    _validate(_closed(f"urn:gate:{VERSION}:open_alarm"), message)
    assert topic.endswith(f"/{topics.ALARM}/{message['alarm']}")
    return message


def _check_plain(topic: str, channel: Channel, payload: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(payload)
    (schema,) = channel.schemas
    _validate(_closed(f"urn:gate:{VERSION}:{schema}"), message)
    if channel.way is Way.SITE:
        assert message["gate"] == topic.split("/")[4]
    return message


def _bodies(payload: bytes) -> tuple[bytes, ...]:
    bodies = batch.decode(payload)
    assert isinstance(bodies, tuple), bodies
    assert batch.encode(bodies) == payload, "the records are there byte for byte"
    return bodies


@cache
def _closed(id_: str) -> Draft202012Validator:
    """The published schema is open for later fields; what we publish today has none but the described ones."""
    schema = copy.deepcopy(SCHEMAS[id_])
    schema["$id"] = f"{id_}:closed"
    schema["unevaluatedProperties"] = False
    if "data" in schema["properties"] and "dataschema" in schema["properties"]:
        data = schema["properties"]["data"]
        data.update({"$ref": f"urn:gate:{VERSION}:event#/$defs/data", "unevaluatedProperties": False})
        parts = data["properties"]
    else:
        parts = schema["properties"]
    for part in parts.values():
        _close(part)
    return Draft202012Validator(schema, registry=REGISTRY)


def _close(part: dict[str, Any]) -> None:
    """What has fields of its own has no others, wherever it stands."""
    if "properties" in part:
        part["additionalProperties"] = False
        for inner in part["properties"].values():
            _close(inner)
    for inner in (*part.get("oneOf", ()), part.get("items")):
        if isinstance(inner, dict):
            _close(inner)


def _validate(validator: Draft202012Validator, message: dict[str, Any]) -> None:
    found = sorted(error.message for error in validator.iter_errors(message))
    assert not found, f"{'; '.join(found)}\n{message}"
