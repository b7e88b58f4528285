"""The announcement to Home Assistant: as its documentation asks, and able to show but never to order."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from gate.policy.site import Direction
from gate.wire import discovery, health, topics
from gate.wire.topics import Identity
from tests.wire.examples import IDENTITY
from tests.wire.messages import INFO, TOLD
from tests.wire.validate import check

SHARED = {
    "platform",
    "unique_id",
    "name",
    "state_topic",
    "value_template",
    "device_class",
    "entity_category",
    "expire_after",
}
"""Options of both (home-assistant.io/integrations: sensor.mqtt, binary_sensor.mqtt)."""
OPTIONS = {"sensor": SHARED | {"options", "state_class", "unit_of_measurement"}, "binary_sensor": SHARED}


def announced(direction: Direction = Direction.ENTRY, identity: Identity = IDENTITY) -> Any:
    payload = discovery.encode(identity, INFO.version, INFO.hardware, direction)
    return check(discovery.topic(identity), payload)


def test_it_has_what_the_documentation_requires() -> None:
    found = announced()
    assert set(found) == {"device", "origin", "availability", "components", "qos"}
    assert found["device"]["identifiers"]
    assert found["origin"]["name"]
    assert re.fullmatch("homeassistant/device/[a-zA-Z0-9_-]+/config", discovery.topic(IDENTITY))


@pytest.mark.parametrize("name", json.loads(TOLD["discovery"].payload)["components"])
def test_every_component_has_a_platform_an_id_and_only_options_that_its_platform_knows(name: str) -> None:
    one = announced()["components"][name]
    assert set(one) <= OPTIONS[one["platform"]]
    assert {"platform", "unique_id", "state_topic", "value_template"} <= set(one)
    assert not [option for option in one if "command" in option], "it can be looked at, and that is all"
    assert ("options" in one) == (one.get("device_class") == "enum")


def test_every_template_names_a_field_that_the_message_on_its_topic_has() -> None:
    for one in announced()["components"].values():
        (message,) = [told for told in TOLD.values() if told.topic == one["state_topic"]]
        path = re.findall(r"value_json\.([a-z_.]+)", one["value_template"])
        assert path
        place = json.loads(message.payload)
        for step in path[0].split("."):
            place = place[step]
        assert place is not None


def test_the_modes_are_those_that_a_state_can_have() -> None:
    schema = json.loads(TOLD["state"].payload)
    options = announced()["components"]["mode"]["options"]
    assert schema["mode"] in options
    assert len(options) == 4


def test_what_a_dead_gate_said_last_is_not_shown_for_ever() -> None:
    for one in announced()["components"].values():
        on_health = one["state_topic"].endswith(f"/{topics.HEALTH}")
        assert one.get("expire_after") == (health.EXPIRY_S if on_health else None)
    assert announced()["availability"][0]["topic"] == topics.availability(IDENTITY)


def test_ids_are_unique_among_the_gates_of_all_sites_and_a_gate_that_counts_nobody_shows_no_number() -> None:
    other = Identity("jkt-02", "front", "entrance", "boot-1")
    ids = [one["unique_id"] for who in (IDENTITY, other) for one in announced(identity=who)["components"].values()]
    assert len(ids) == len(set(ids))
    assert "inside" not in announced(Direction.BOTH)["components"]


def test_nothing_in_it_tells_of_a_silent_alarm() -> None:
    assert "alarm" not in json.dumps(announced())
