"""The officer's commands on the real service, as the officer and as somebody else; and emergencies that outlive it."""

from __future__ import annotations

import grp
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gate.access.effects import Line
from gate.cli import ctl as _loaded  # noqa: F401  (before the test is an account that may not read it)
from gate.cli.main import main
from gate.credential.model import Colour
from gate.simulation.observer import Observer
from gate.simulation.office import Office
from tests.accounts import STRANGER, account, needs_root
from tests.e2e.living import lines_of, observed, recorded, records_of, running, until
from tests.pictures import qr, saved
from tests.service.control_gate import open_folder

GROUP = next(group for group in grp.getgrall() if group.gr_gid != 0)
"""Some group that every machine has."""
PINS = """
[pins]
acknowledge = 4
rex = 8
door_monitor = 12
lock_monitor = 16
emergency = 20
tamper = 21
"""


@pytest.fixture
def control(config: Path) -> Iterator[Path]:
    """The control socket of a gate with all that a door may have, where every account can reach it."""
    with open_folder() as folder:
        path = folder / "control.sock"
        mine = f'[control]\nsocket = "{path}"\ngroup = "{GROUP.gr_name}"\n'
        text = re.sub(r"\[control\]\nsocket = .*\n", mine, config.read_text())
        config.write_text(re.sub(r"\n\[pins\]\n(.+\n)*", PINS, text))
        yield path


@contextmanager
def working(config: Path, notify: Path) -> Iterator[tuple[subprocess.Popen[str], Observer]]:
    with running(config, notify=notify) as (process, systemd):
        systemd.wait_for("READY=1")
        with observed(config) as observer:
            yield process, observer


def ctl(control: Path, *words: str) -> int:
    return main(["ctl", *words, "--socket", str(control)])


def status(control: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert ctl(control, "status", "--json") == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def events(config: Path, type_: str) -> list[dict[str, Any]]:
    """What the events of this type tell."""
    found = [json.loads(body) for body in records_of(config)]
    return [event["data"] for event in found if event["type"].startswith(f"gate.{type_}.")]


def stopped(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(10)


def test_the_officer_answers_a_hold_from_the_command_line(
    config: Path, control: Path, office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = saved(qr(office.genuine(Colour.RED)), tmp_path / "red.png")
    with working(config, tmp_path / "notify") as (process, observer):
        assert ctl(control, "admit") == 1, "nobody is on hold"
        observer.do("show", picture=str(picture))
        until(observer, lambda: recorded(config, "access.held"))
        observer.do("show", picture=None)
        assert status(control, capsys)["hold"]["colour"] == "red"
        assert ctl(control, "admit", "--visit", "99") == 1
        assert ctl(control, "admit") == 0
        assert "admitted visit 1" in capsys.readouterr().out
        until(observer, lambda: lines_of(observer, "strike") == [True])
        assert status(control, capsys)["active_inputs"] == ["lock_monitor"], "the simulated lock follows its line"
        until(observer, lambda: lines_of(observer, "strike") == [True, False])
        assert status(control, capsys)["active_inputs"] == []
        assert stopped(process) == 0
    (granted,) = events(config, "access.granted")
    assert granted["officer"] == f"uid-{os.geteuid()}"
    assert not control.exists()


@needs_root
def test_somebody_else_is_refused_with_a_clear_error_and_an_event(
    config: Path, control: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with working(config, tmp_path / "notify") as (process, observer):
        capsys.readouterr()
        with account():
            assert ctl(control, "emergency") == 3
        assert capsys.readouterr().err == (
            f"gate ctl: you are not in the group {GROUP.gr_name}: "
            f"sudo adduser NAME {GROUP.gr_name}, then log in again\n"
        )
        until(observer, lambda: recorded(config, "system.order_refused"))
        with account(STRANGER, STRANGER, GROUP.gr_gid):
            assert ctl(control, "lockdown") == 0
        until(observer, lambda: recorded(config, "door.mode_changed"))
        assert lines_of(observer, "strike") == []
        assert stopped(process) == 0
    (refused,) = events(config, "system.order_refused")
    assert (refused["by"], refused["verb"]) == (f"uid-{STRANGER}", "emergency")
    (changed,) = events(config, "door.mode_changed")
    assert (changed["mode"], changed["by"]) == ("locked_down", f"uid-{STRANGER}")


def test_a_drill_is_marked_as_one(config: Path, control: Path, tmp_path: Path) -> None:
    with working(config, tmp_path / "notify") as (process, observer):
        assert main(["drill", "black", "--socket", str(control)]) == 0
        until(observer, lambda: recorded(config, "alarm.raised"))
        observer.do("press", button="acknowledge")
        until(observer, lambda: recorded(config, "alarm.acknowledged"))
        assert ctl(control, "follow-up", "false_match") == 0
        assert ctl(control, "refuse") == 0
        until(observer, lambda: recorded(config, "access.denied"))
        assert stopped(process) == 0
    assert [event["drill"] for event in (*events(config, "access.held"), *events(config, "access.denied"))] == [
        True
    ] * 2


def test_the_relay_is_tested_on_demand(config: Path, control: Path, tmp_path: Path) -> None:
    with working(config, tmp_path / "notify") as (process, observer):
        assert ctl(control, "selftest", "--relay") == 0
        until(observer, lambda: lines_of(observer, "strike") == [True, False])
        until(observer, lambda: recorded(config, "system.self_test_ended"))
        assert stopped(process) == 0
    assert [event["lock"] for event in events(config, "system.self_test_ended")] == ["passed"]


def test_an_emergency_stays_through_a_kill_and_a_start_until_it_is_reset(
    config: Path, control: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = config.parent / "emergency"
    with working(config, tmp_path / "notify-1") as (process, observer):
        assert status(control, capsys)["mode"] == "locked"
        observer.do("input", line="emergency", active=True)
        until(observer, lambda: lines_of(observer, "strike") == [True])
        until(observer, lambda: recorded(config, "door.mode_changed"))
        assert ctl(control, "normal") == 1, "the loop is still open"
        assert mark.exists()
        process.kill()
        process.wait(10)
    with working(config, tmp_path / "notify-2") as (process, observer):
        assert status(control, capsys)["mode"] == "locked_open"
        assert lines_of(observer, "strike") == []
        assert stopped(process) == 0
    assert mark.exists()
    with working(config, tmp_path / "notify-3") as (process, observer):
        assert status(control, capsys)["mode"] == "locked_open"
        assert ctl(control, "normal") == 0
        until(observer, lambda: lines_of(observer, "strike") == [False])
        assert stopped(process) == 0
    assert not mark.exists()


def test_an_emergency_whose_record_was_lost_is_declared_again_by_its_mark(
    config: Path, control: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (config.parent / "emergency").touch()
    with working(config, tmp_path / "notify") as (process, observer):
        until(observer, lambda: recorded(config, "door.mode_changed"))
        assert status(control, capsys)["mode"] == "locked_open"
        assert lines_of(observer, "strike") == [], "it was free from the first moment, and stays so"
        assert stopped(process) == 0
    (changed,) = events(config, "door.mode_changed")
    assert (changed["mode"], changed["by"]) == ("locked_open", "emergency_mark")


def test_a_door_that_is_forced_open_is_told_by_its_monitor(config: Path, control: Path, tmp_path: Path) -> None:
    with working(config, tmp_path / "notify") as (process, observer):
        observer.do("door", open=True)
        until(observer, lambda: recorded(config, "door.forced_open"))
        until(observer, lambda: True in lines_of(observer, Line.ATTENTION.value))
        observer.do("door", open=False)
        until(observer, lambda: recorded(config, "door.normal"))
        assert ctl(control, "ack") == 0
        observer.do("press", button="rex")
        until(observer, lambda: recorded(config, "door.exit_requested"))
        assert stopped(process) == 0
