"""What a real service leaves standing at the broker, and that it is all back soon after the broker forgot it."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

from gate.credential.model import Colour
from gate.simulation.office import Office
from tests.broker import running as broker_running
from tests.e2e.living import observed, recorded, running, until
from tests.pictures import qr, saved
from tests.subscriber import Centre, subscribed

STANDING = {"availability", "state", "info", "health", "config"}


def standing(centre: Centre) -> dict[str, Any]:
    """The newest message of each retained topic by its leaf; every one was held to the contract when it came."""
    found: dict[str, Any] = {}
    for one in centre.deliveries:
        leaf = one.topic.partition("/front-door/")[2]
        if leaf in STANDING:
            found[leaf] = json.loads(one.payload)
    return found


def test_all_of_it_is_there_and_is_back_within_ten_seconds(tmp_path: Path, office: Office) -> None:
    picture = saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png")
    with broker_running(tmp_path) as broker:
        config = office.set_up(tmp_path, broker.port)
        config.write_text(config.read_text().replace("[mqtt]", "[mqtt]\nhome_assistant = true"))
        with running(config, notify=tmp_path / "notify") as (process, systemd):
            systemd.wait_for("STATUS=broker connected")
            with subscribed(broker, "gate/#", "homeassistant/#") as centre, observed(config) as observer:
                centre.until(lambda: set(standing(centre)) == STANDING)
                observer.do("show", picture=str(picture))
                until(observer, lambda: recorded(config, "access.granted"))
                centre.until(lambda: standing(centre)["state"]["occupancy"]["inside"] == 1)
                centre.until(lambda: len(centre.payloads("/live")) >= 2)
            broker.stop()  # it keeps nothing on a disk
            broker.start()
            began_s = time.monotonic()
            with subscribed(broker, "gate/#", "homeassistant/#") as centre:
                centre.until(lambda: set(standing(centre)) == STANDING)
                assert time.monotonic() - began_s < 10
                found = standing(centre)
                process.send_signal(signal.SIGTERM)
                assert process.wait(10) == 0
                centre.until(lambda: standing(centre)["availability"]["state"] == "stopped")
    assert found["state"]["mode"] == "locked"
    assert (found["info"]["trust"]["version"], found["info"]["rules"][0]["id"]) == (1, "visitor-pass")
    assert found["health"]["camera"]["fps"] > 0
    assert found["health"]["disk"]["free_mb"] > 0
    assert found["config"]["device"]["identifiers"]
