"""How a gate announces itself to Home Assistant: one retained message of its MQTT device discovery. Pure.

Rules: it only shows, and no component has a command topic; nothing that would tell of a silent alarm is shown. The form
is that of home-assistant.io/integrations/mqtt, "Device discovery payload", and of its sensor and binary_sensor pages.
"""

from __future__ import annotations

from typing import Any

from gate.access.modes import DoorMode
from gate.policy.site import Direction
from gate.wire import availability, health, jsontext, topics
from gate.wire.info import Hardware
from gate.wire.topics import Identity

CONTENT_TYPE = "application/json"
_PREFIX = "homeassistant"
_MODES = [mode.value for mode in DoorMode if mode is not DoorMode.ACCESSED]

Component = dict[str, Any]


def topic(identity: Identity) -> str:
    """Where the announcement stands."""
    return f"{_PREFIX}/device/{identity.gate}/config"


def encode(identity: Identity, version: str, hardware: Hardware, direction: Direction) -> bytes:
    """The payload."""
    counted = {"inside": _inside(identity)} if direction is not Direction.BOTH else {}
    components = {"mode": _mode(identity), "problem": _problem(identity)} | counted | _figures(identity)
    return jsontext.dump(
        {
            "device": {
                "identifiers": [_unique(identity, "gate")],
                "name": f"{identity.site} {identity.gate}",
                "model": hardware.model or hardware.machine,
                "sw_version": version,
            },
            "origin": {"name": "gate", "sw_version": version},
            "availability": [
                {
                    "topic": topics.availability(identity),
                    "value_template": (
                        f"{{{{ 'online' if value_json.state == '{availability.Presence.ONLINE}' else 'offline' }}}}"
                    ),
                }
            ],
            "components": {name: one | {"unique_id": _unique(identity, name)} for name, one in components.items()},
            "qos": 1,
        }
    )


def _unique(identity: Identity, name: str) -> str:
    return f"{identity.site}_{identity.gate}_{name}"


def _mode(identity: Identity) -> Component:
    return {
        "platform": "sensor",
        "name": "Door mode",
        "device_class": "enum",
        "options": _MODES,
        "state_topic": topics.below(identity, topics.STATE),
        "value_template": "{{ value_json.mode }}",
    }


def _problem(identity: Identity) -> Component:
    return {
        "platform": "binary_sensor",
        "name": "Problem",
        "device_class": "problem",
        "entity_category": "diagnostic",
        "state_topic": topics.below(identity, topics.STATE),
        "value_template": "{{ 'ON' if value_json.health else 'OFF' }}",
    }


def _inside(identity: Identity) -> Component:
    return {
        "platform": "sensor",
        "name": "People inside",
        "state_class": "measurement",
        "state_topic": topics.below(identity, topics.STATE),
        "value_template": "{{ value_json.occupancy.inside }}",
    }


def _figures(identity: Identity) -> dict[str, Component]:
    """What ``health`` tells; unknown as soon as it does not come any more."""
    warmth = {"device_class": "temperature", "unit_of_measurement": "°C"}
    room = {"device_class": "data_size", "unit_of_measurement": "MB"}
    figures = {
        "temperature": ("Temperature", "value_json.temperature_c", warmth),
        "disk": ("Free disk", "value_json.disk.free_mb if value_json.disk else None", room),
        "unconfirmed": ("Unconfirmed records", "value_json.journal.unconfirmed", {}),
    }
    return {
        name: {
            "platform": "sensor",
            "name": title,
            "state_class": "measurement",
            "entity_category": "diagnostic",
            "expire_after": health.EXPIRY_S,
            "state_topic": topics.below(identity, topics.HEALTH),
            "value_template": f"{{{{ {value} }}}}",
            **kind,
        }
        for name, (title, value, kind) in figures.items()
    }
