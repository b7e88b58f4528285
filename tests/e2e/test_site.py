"""Two real services of one office with the same pseudonyms: what happens at one door is known at the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gate.credential.model import Colour
from gate.service import signal_log
from gate.simulation.observer import Observer
from gate.simulation.office import Office
from tests.broker import running as broker_running
from tests.e2e.living import observed, recorded, records_of, running, until
from tests.pictures import qr, saved

SITE = '\n[passback]\nmode = "hard"\n\n[occupancy]\ncapacity = 5\n'
WEEKS_SECRET = bytes(range(32))


def gate(folder: Path, office: Office, name: str, port: int) -> Path:
    """The configuration of one gate of the office, with the pseudonym key that all were given."""
    (folder / name).mkdir()
    config = office.set_up(folder / name, port)
    text = config.read_text().replace('id = "front-door"', f'id = "{name}"')
    config.write_text(text.replace('epoch_dir = "epochs"', 'epoch_dir = "epochs"\nepoch_shared = true') + SITE)
    epochs = folder / name / "epochs"
    epochs.mkdir()
    week = office.now.isocalendar()
    key = epochs / f"{week.year}-W{week.week:02}"
    key.write_bytes(WEEKS_SECRET)
    key.chmod(0o600)
    return config


def reasons(config: Path) -> list[tuple[str, str]]:
    visits: list[dict[str, Any]] = [json.loads(body) for body in records_of(config)]
    access = [one for one in visits if one["dataschema"] == "urn:gate:v1:access"]
    return [(one["type"].split(".")[2], one["data"]["reason"]) for one in access]


def show(observer: Observer, picture: Path) -> None:
    observer.do("show", picture=None)
    observer.do("show", picture=str(picture))


def test_who_entered_at_one_door_is_held_at_the_other_and_after_its_restart(tmp_path: Path, office: Office) -> None:
    picture = saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png")
    with broker_running(tmp_path) as broker:
        north, south = (gate(tmp_path, office, name, broker.port) for name in ("north", "south"))
        with running(north, notify=tmp_path / "n1") as (first, systemd):
            systemd.wait_for("STATUS=broker connected")
            with running(south, notify=tmp_path / "n2") as (second, other):
                other.wait_for("STATUS=broker connected")
                with observed(north) as at_north, observed(south) as at_south:
                    show(at_north, picture)
                    until(at_north, lambda: recorded(north, "access.granted"))
                    until(at_south, lambda: b'"way":"in"' in (south.parent / "signals.jsonl").read_bytes())
                    show(at_south, picture)
                    until(at_south, lambda: recorded(south, "access.held"))
                second.kill()
                second.wait(10)
            first.kill()
            first.wait(10)
    assert reasons(north) == [("granted", "rule_met")]
    assert reasons(south) == [("held", "passback")]
    with running(north, notify=tmp_path / "n3") as (_, systemd):  # the broker is gone now, the journal is not
        systemd.wait_for("READY=1")
        with observed(north) as at_north:
            show(at_north, picture)
            until(at_north, lambda: recorded(north, "access.held"))
    assert reasons(north)[-1] == ("held", "passback")
    for config in (north, south):
        results = list(signal_log.replay(signal_log.read(config.parent / "signals.jsonl")))
        assert results == [None] * len(results)
        assert results
