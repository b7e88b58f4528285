"""The contract as an AsyncAPI 3.0 document, made from the table of channels and the schemas. Pure.

It describes the gate: what it sends and what it receives. ``gate/wire/schemas/asyncapi.json`` is this document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from gate.wire.contract import CHANNELS, JOSE, Channel, Way
from gate.wire.topics import VERSION

DIALECT = "application/schema+json;version=2020-12"
_URN = f"urn:gate:{VERSION}:"
_PARAMETER = re.compile("{([a-z]+)}")
_BINDING = "0.2.0"
_ABOUT = (
    "What a gate tells the centre and the gates of its site, and what it hears, over MQTT 5. docs/events.md says what "
    "a reader can rely on. Unknown fields are to be ignored and unknown types kept; nothing here ever names a person."
)
_PARAMETERS = {
    "site": "The office: lower-case letters, digits and hyphens, at most 63; never all.",
    "gate": "The unit, named like the site; never site.",
    "number": "The number of the alarm in its journal, or of the chunk in its file, which begins with 0.",
    "verb": "The verb of the command, such as identify.",
    "list": "The name of the list: lower-case letters, digits, dots and hyphens.",
    "digest": "The SHA-256 of the whole file, in lower-case hex.",
}
_BINARY = {"type": "string", "format": "binary"}
_TOKEN = {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"}

Schemas = Mapping[str, dict[str, Any]]
Examples = Mapping[str, Any]


def document(schemas: Schemas, examples: Examples) -> dict[str, Any]:
    """The document. ``schemas`` are by their ``$id``, ``examples`` by the name of what they are examples of."""
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:gate:{VERSION}",
        "info": {
            "title": "gate",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{broker}",
                "protocol": "mqtt",
                "protocolVersion": "5",
                "description": "Any MQTT 5 broker, with TLS and its access list wherever it can be reached by others.",
                "variables": {"broker": {"description": "Its name or address, and the port."}},
            }
        },
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": dict(_operations()),
        "components": {
            "messages": {
                name: _message(name, channel, schemas, examples) for channel in CHANNELS for name in _names(channel)
            },
            "schemas": {
                id_.removeprefix(_URN): {"schemaFormat": DIALECT, "schema": _local(schema, id_.removeprefix(_URN))}
                for id_, schema in sorted(schemas.items())
            },
        },
    }


def _names(channel: Channel) -> tuple[str, ...]:
    """The messages of a channel; one that is not JSON is called like its channel."""
    return channel.schemas or (channel.name,)


def _channel(channel: Channel) -> dict[str, Any]:
    parameters = {name: {"description": _PARAMETERS[name]} for name in _PARAMETER.findall(channel.address)}
    return {
        "address": channel.address,
        "description": channel.what,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _names(channel)},
    } | ({"parameters": parameters} if parameters else {})


def _operations() -> Iterable[tuple[str, dict[str, Any]]]:
    for channel in CHANNELS:
        if channel.way is not Way.DOWN:
            yield f"send_{channel.name}", _operation(channel, "send")
        if channel.way is not Way.UP:
            yield f"receive_{channel.name}", _operation(channel, "receive")


def _operation(channel: Channel, action: str) -> dict[str, Any]:
    binding: dict[str, Any] = {"qos": channel.qos, "retain": channel.retain, "bindingVersion": _BINDING}
    if channel.expiry_s is not None:
        binding["messageExpiryInterval"] = channel.expiry_s
    reply = {"reply": {"channel": {"$ref": "#/channels/result"}}} if channel.name == "command" else {}
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "summary": channel.what,
        "bindings": {"mqtt": binding},
    } | reply


def _message(name: str, channel: Channel, schemas: Schemas, examples: Examples) -> dict[str, Any]:
    schema = schemas.get(f"{_URN}{name}", {})
    found = {"name": name, "title": schema.get("title", channel.what), "contentType": channel.content_type}
    if "description" in schema:
        found["description"] = schema["description"]
    if channel.content_type == JOSE:
        found |= {"payload": _TOKEN, "x-signed": {"$ref": f"#/components/schemas/{name}"}}
    elif not channel.schemas:
        found |= {"payload": _BINARY}
    else:
        found |= {"payload": {"$ref": f"#/components/schemas/{name}"}}
    if name in examples:
        found |= {
            "x-signed-example" if channel.content_type == JOSE else "examples": _examples(name, channel, examples)
        }
    return found


def _examples(name: str, channel: Channel, examples: Examples) -> Any:
    return examples[name] if channel.content_type == JOSE else [{"payload": examples[name]}]


def _local(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """The schema with references that hold within the document."""
    found = _refer(schema, name)
    return {key: value for key, value in found.items() if key not in {"$id", "$schema"}}


def _refer(part: Any, name: str) -> Any:
    if isinstance(part, dict):
        return {key: _target(value, name) if key == "$ref" else _refer(value, name) for key, value in part.items()}
    return [_refer(one, name) for one in part] if isinstance(part, list) else part


def _target(reference: str, name: str) -> str:
    whole, _, inner = reference.partition("#")
    return f"#/components/schemas/{whole.removeprefix(_URN) or name}/schema{inner}"
