"""Holds a published message to its schema, and to nothing more than its schema: a field we forgot to describe fails."""

from __future__ import annotations

import copy
import json
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from gate.wire import schemas, topics
from gate.wire.topics import VERSION

SCHEMAS = schemas.load()
REGISTRY: Registry[Any] = Registry().with_resources((id_, Resource.from_contents(s)) for id_, s in SCHEMAS.items())


def check(topic: str, payload: bytes) -> dict[str, Any]:
    """The message, if it is what the contract says for its topic; an assertion otherwise."""
    address = topics.parse(topic)
    assert address is not None, f"{topic} is no topic of the contract"
    if address.leaf == topics.AVAILABILITY:
        return check_availability(payload)
    if address.gate == "site":
        return check_site(address.leaf, payload)
    message = check_event(payload)
    kind = message["type"].split(".")[1]
    assert address.leaf in ({"evt/door", "evt/officer"} if kind == "alarm" else {f"evt/{kind}"})
    assert message["source"] == topic.removesuffix(f"/{address.leaf}")
    return message


def check_event(payload: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(payload)
    _validate(_closed(message["dataschema"]), message)
    return message


def check_availability(payload: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(payload)
    _validate(_closed(f"urn:gate:{VERSION}:availability"), message)
    return message


def check_site(leaf: str, payload: bytes) -> dict[str, Any]:
    gate, _, kind = leaf.partition("/")
    message: dict[str, Any] = json.loads(payload)
    _validate(_closed(f"urn:gate:{VERSION}:site.{kind}"), message)
    assert message["gate"] == gate
    return message


def _closed(id_: str) -> dict[str, Any]:
    """The published schema is open for later fields; what we publish today has none but the described ones."""
    schema = copy.deepcopy(SCHEMAS[id_])
    schema["$id"] = f"{id_}:closed"
    schema["unevaluatedProperties"] = False
    if "data" in schema["properties"]:
        data = schema["properties"]["data"]
        data.update({"$ref": f"urn:gate:{VERSION}:event#/$defs/data", "unevaluatedProperties": False})
        data["properties"].get("rule", {})["additionalProperties"] = False
        for part in ("credential", "trust", "attestation"):
            for choice in data["properties"].get(part, {}).get("oneOf", ()):
                choice["additionalProperties"] = False
    return schema


def _validate(schema: dict[str, Any], message: dict[str, Any]) -> None:
    found = sorted(error.message for error in Draft202012Validator(schema, registry=REGISTRY).iter_errors(message))
    assert not found, f"{schema['$id']}: {'; '.join(found)}\n{message}"
