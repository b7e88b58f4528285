"""``gate watch``: as a program against a real broker, and its lines one by one, hostile ones too."""

from __future__ import annotations

import argparse
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.alarm import AlarmKind
from gate.access.command import CommandRefusal
from gate.access.events import AccessResult, AlarmStep, DoorCondition, Event, LockResult, OpenedBy
from gate.access.modes import DoorMode
from gate.access.officer import HoldEnd, HoldReason
from gate.access.orders import FollowUpOutcome
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.mqtt_paho.subscriber import Delivery
from gate.cli import watch
from gate.cli.watch_lines import Style, as_line, as_object
from gate.cli.watch_words import _WORDS, LANGUAGES, Words
from gate.credential.model import Colour, RejectReason
from gate.policy.decision import PolicyReason
from gate.policy.trust_age import TrustAge
from gate.ports import Message
from gate.wire import availability, envelope, topics
from gate.wire.availability import Presence
from gate.wire.contract import Way
from tests.broker import HOST, Broker, free_port, running
from tests.contract.test_publisher import Link
from tests.wire.examples import FORGED, GRANTED, IDENTITY, NOON, OTHERS, PLACE, ULID_B
from tests.wire.messages import TOLD
from tests.wire.validate import SCHEMAS, channel_of

NOON_HERE = NOON.utc.astimezone().strftime("%H:%M:%S")
ONLINE = availability.encode(Presence.ONLINE, "boot-1", NOON.utc)
CHECK = watch._check(Words("en"))
PLAIN = Style(Words("en"), coloured=False, plain=True)
COLOURED = Style(Words("en"), coloured=True, plain=False)


def body(event: Event, *, offline: bool = False) -> bytes:
    return envelope.encode(event, PLACE, IDENTITY, ULID_B, offline=offline)


def delivery(payload: bytes, leaf: str = "evt/access") -> Delivery:
    return Delivery(f"gate/v1/jkt-01/front/{leaf}", payload, retained=False)


def line(payload: bytes, leaf: str = "evt/access", style: Style = PLAIN) -> str:
    return as_line(delivery(payload, leaf), CHECK, style)


def changed(**fields: Any) -> bytes:
    return json.dumps(json.loads(body(GRANTED)) | fields).encode()


def is_reported(name: str) -> bool:
    """Whether a gate says it below its own root."""
    topic = TOLD[name].topic
    return channel_of(topic).way is Way.UP and topic.startswith("gate/")


def test_a_granted_visit_reads_as_one_line() -> None:
    assert line(body(GRANTED)) == (
        f"{NOON_HERE}  jkt-01/front  GREEN      granted  meets the rules, let in by the gate  #1"
    )


def test_the_same_in_indonesian() -> None:
    assert line(body(GRANTED), style=Style(Words("id"), coloured=False, plain=True)) == (
        f"{NOON_HERE}  jkt-01/front  HIJAU      diizinkan  memenuhi aturan, dibuka oleh gerbang  #1"
    )


def test_colour_only_repeats_the_words() -> None:
    coloured = line(body(GRANTED), style=COLOURED)
    assert "\x1b[32m✓ GREEN" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m|✓ ", "", coloured) == line(body(GRANTED))


def test_an_officers_admission_names_the_reason_and_who_opened() -> None:
    event = replace(
        GRANTED, colour=Colour.RED, reason="admitted_by_officer", opened_by=OpenedBy.OFFICER, officer_reason="ill"
    )
    assert "RED        granted  the officer let them in, let in by the officer (ill)  #1" in line(body(event))


@pytest.mark.parametrize(
    ("event", "leaf", "text"),
    [
        (FORGED, "evt/access", "NO COLOUR  denied  signature is wrong: forged or altered, not let in  #2"),
        (OTHERS[0], "evt/door", "door is now locked down (officer)"),
        (OTHERS[1], "evt/system", "#2 a record was late by 251 ms, strike secured again"),
        (OTHERS[2], "evt/system", "service started, version 0.1.0"),
        (OTHERS[3], "evt/system", "service stopped (SIGTERM)"),
        (OTHERS[4], "evt/access", "#1 went through"),
        (OTHERS[5], "evt/door", "DOOR FORCED OPEN"),
        (OTHERS[6], "evt/door", "released for somebody who goes out, for 5000 ms"),
        (OTHERS[7], "evt/officer", "alarm 1: black status at the door #4, raised"),
        (OTHERS[8], "evt/officer", "alarm 1: black status at the door #4, followed up: isolated (uid-1001)"),
        (OTHERS[9], "evt/officer", "SILENT alarm 2: THE OFFICER IS FORCED, raised"),
        (OTHERS[10], "evt/system", "self-test with the relay (start)"),
        (OTHERS[11], "evt/system", "self-test ended, lock moved as told"),
        (OTHERS[12], "evt/system", "order refused: admit (uid-1005)"),
        (OTHERS[13], "evt/access", "anti-passback forgotten: #3 (uid-1001)"),
        (OTHERS[14], "evt/access", "anti-passback forgotten: everybody (uid-1001)"),
        (OTHERS[15], "evt/system", "people inside corrected: 12 -> 10 (uid-1001)"),
        (OTHERS[16], "evt/system", "closing time; not seen to leave: 3"),
        (OTHERS[17], "evt/system", "the clock is now synced (not set)"),
        (OTHERS[18], "evt/system", "records signed up to 100"),
        (OTHERS[19], "evt/system", "THE JOURNAL IS FULL, records given up: 7 (not confirmed: 5)"),
        (OTHERS[20], "evt/system", "A NEW JOURNAL WAS BEGUN: an older copy of the card was put back"),
        (OTHERS[21], "evt/system", "THE DISK IS DEAD, events lost: 900"),
        (OTHERS[22], "evt/system", "command release is taken (desk-1)"),
        (OTHERS[23], "evt/system", "command release is done"),
        (OTHERS[24], "evt/system", "command release refused: it was sent before (0a1b2c3d4e5f6071) +3"),
        (OTHERS[25], "evt/system", "THE GATE IS RETIRED, its door stands open (centre:0a1b2c3d4e5f6071)"),
        (
            replace(GRANTED, passback=True),
            "evt/access",
            "GREEN      granted  meets the rules, let in by the gate, ENTERED BEFORE WITHOUT LEAVING  #1",
        ),
    ],
)
def test_every_kind_of_event_has_words(event: Event, leaf: str, text: str) -> None:
    assert line(body(event), leaf) == f"{NOON_HERE}  jkt-01/front  {text}"


def test_every_value_of_the_contract_has_words_in_every_language() -> None:
    for kind in (RejectReason, PolicyReason, HoldReason, HoldEnd, Colour, AccessResult, OpenedBy, Presence):
        assert {member.value for member in kind} <= set(_WORDS)
    assert {f"mode_{mode}" for mode in DoorMode} <= set(_WORDS)
    assert {f"alarm_{one}" for kind in (AlarmKind, AlarmStep) for one in kind} <= set(_WORDS)
    assert {member.value for kind in (FollowUpOutcome, LockResult, DoorCondition) for member in kind} <= set(_WORDS)
    throttled = SCHEMAS["urn:gate:v1:health"]["properties"]["throttled"]["oneOf"][1]["items"]["enum"]
    assert {f"throttled_{one}" for one in throttled} | {f"trust_{age}" for age in TrustAge} - {"trust_fresh"} <= set(
        _WORDS
    )
    assert {f"command_{one}" for one in CommandRefusal} <= set(_WORDS)
    assert all(len(words) == len(LANGUAGES) and all(words) for words in _WORDS.values())
    assert {type(event) for event in (GRANTED, *OTHERS)} == set(get_args(Event)), "an event without a line"


@pytest.mark.parametrize(
    ("payload", "note"),
    [
        (body(GRANTED, offline=True), "[recorded before the broker was reached]"),
        (changed(source="gate/v1/jkt-01/back"), "[it names another gate as its source]"),
        (changed(subject=7), "[breaks the contract: $.subject: 7 is not of type 'string']"),
        (changed(data={}), "breaks the contract"),
    ],
)
def test_what_is_odd_about_a_message_is_noted(payload: bytes, note: str) -> None:
    assert note in line(payload)


def test_a_type_of_a_later_version_is_shown_and_not_blamed() -> None:
    for type_ in ("gate.lift.called.v1", "gate.access.granted.v2", "gate.access.lifted.v1", "x"):
        shown = line(changed(type=type_))
        assert f"message of an unknown type: {type_}" in shown
        assert "breaks" not in shown


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (ONLINE, f"gate is online ({NOON_HERE})"),
        (availability.encode(Presence.OFFLINE, "boot-1", None), "gate was lost"),
        (b'{"state":"on_fire","boot":"b","since":"soon"}', "on fire (soon)  [breaks the contract: $.state: "),
        (b"online", "not a message of a gate: not JSON"),
    ],
)
def test_availability_has_words(payload: bytes, text: str) -> None:
    assert text in line(payload, "availability")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("state", f"door is locked ({NOON_HERE}), 12/40 inside, AMISS: camera sees nothing; the time is a lower bound"),
        ("info", "version 0.7.0, Raspberry Pi 4 Model B Rev 1.5, trust bundle 7"),
        ("health", "29.8 frames a second, 54.5 °C, 9000 MB free, 3 records unconfirmed, UNDER VOLTAGE"),
        ("open_alarm", "alarm 1: black status at the door #4, open"),
        ("result", "answer to identify: done: the lamps blink"),
    ],
)
def test_what_stands_and_what_is_answered_has_words(name: str, text: str) -> None:
    message = TOLD[name]
    shown = as_line(Delivery(message.topic, message.payload, retained=False), CHECK, PLAIN)
    assert shown == f"{' ' * 8}  jkt-01/front  {text}"


def test_an_alarm_that_is_over_and_a_gate_that_is_well() -> None:
    assert line(b"", "alarm/7").endswith("  jkt-01/front  alarm 7: over")
    assert as_object(delivery(b"", "alarm/7"), CHECK)["payload"] is None
    assert "problem" not in as_object(delivery(b"", "alarm/7"), CHECK)
    well = json.loads(TOLD["state"].payload) | {"health": [], "occupancy": None}
    assert line(json.dumps(well).encode(), "state").endswith(f"door is locked ({NOON_HERE}), all is well")


def test_an_event_that_is_told_before_it_is_recorded_says_so() -> None:
    early = envelope.provisional(GRANTED, IDENTITY, ULID_B, offline=False)
    assert line(early, "live") == f"{line(body(GRANTED))}  [not recorded yet]"
    assert line(body(GRANTED), "live") == line(body(GRANTED))
    assert "breaks the contract" in line(early, "evt/access")


@pytest.mark.parametrize("name", [name for name in TOLD if is_reported(name)])
def test_every_message_of_a_gate_breaks_nothing(name: str) -> None:
    message = TOLD[name]
    for part in watch._unfolded(Delivery(message.topic, message.payload, retained=False)):
        assert "problem" not in as_object(part, CHECK)
        assert "unknown" not in as_line(part, CHECK, PLAIN)


@pytest.mark.parametrize("name", ["state", "info", "health", "open_alarm", "result"])
def test_what_breaks_the_contract_is_noted_for_each(name: str) -> None:
    message = TOLD[name]
    broken = json.loads(message.payload)
    broken.pop(max(broken))
    assert "[breaks the contract: " in as_line(
        Delivery(message.topic, json.dumps(broken).encode(), retained=False), CHECK, PLAIN
    )


def test_a_batch_is_shown_event_by_event() -> None:
    message = TOLD["evt_batch"]
    parts = watch._unfolded(Delivery(message.topic, message.payload, retained=False))
    assert [as_line(part, CHECK, PLAIN) for part in parts] == [line(body(GRANTED)), line(body(FORGED))]
    rubbish = Delivery(message.topic, b"[]", retained=False)
    assert watch._unfolded(rubbish) == (rubbish,)
    assert "not a message of a gate" in as_line(rubbish, CHECK, PLAIN)


HOSTILE = "\x1b]0;owned\x07\r\n\u202egrant\u2028\ud800\x9b31m"


def harmless(shown: str) -> bool:
    return shown.isprintable()


def test_hostile_text_can_do_no_more_than_appear() -> None:
    data = json.loads(body(GRANTED))["data"]
    poisoned = data | dict.fromkeys(("reason", "opened_by", "officer_reason", "visit", "colour"), HOSTILE)
    for type_ in ("gate.access.granted.v1", "gate.door.mode_changed.v1", "gate.system.started.v1", HOSTILE):
        shown = line(changed(type=type_, source=HOSTILE, data=poisoned | {"mode": HOSTILE, "version": HOSTILE}))
        assert harmless(shown)
    assert harmless(line(json.dumps({"state": HOSTILE, "boot": HOSTILE, "since": HOSTILE}).encode(), "availability"))
    assert harmless(as_line(Delivery(f"gate/v1/{HOSTILE}/g/evt/x", body(GRANTED), retained=False), CHECK, PLAIN))
    for name in ("state", "info", "health", "open_alarm", "result"):
        poisoned = dict.fromkeys(json.loads(TOLD[name].payload), HOSTILE)
        for value in (HOSTILE, [HOSTILE], {"inside": HOSTILE, "model": HOSTILE, "fps": HOSTILE, "version": HOSTILE}):
            payload = json.dumps(dict.fromkeys(poisoned, value)).encode()
            assert harmless(as_line(Delivery(TOLD[name].topic, payload, retained=False), CHECK, PLAIN))
    assert harmless(as_line(Delivery(HOSTILE, b"", retained=False), CHECK, PLAIN))


_ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
_DATA = json.loads(body(GRANTED))["data"]
_STANDING = sorted(
    {field for name in ("state", "info", "health", "result") for field in json.loads(TOLD[name].payload)}
)


@given(
    payload=st.binary(max_size=80)
    | _ANY.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(st.sampled_from(["type", "source", "data", "time"]), _ANY).map(lambda more: changed(**more))
    | st.dictionaries(st.sampled_from([*_DATA]), _ANY).map(lambda more: changed(data=_DATA | more))
    | st.dictionaries(st.sampled_from(_STANDING), _ANY).map(lambda found: json.dumps(found).encode()),
    leaf=st.sampled_from(
        [
            *("evt/access", "evt/door", "evt/system", "evt/batch", "evt/x", "x", "availability", "live", "state"),
            *("info", "health", "alarm/1", "res/identify"),
        ]
    ),
    topic=st.none() | st.text(max_size=30),
)
def test_any_message_on_any_topic_makes_one_harmless_line(payload: bytes, leaf: str, topic: str | None) -> None:
    got = delivery(payload, leaf) if topic is None else Delivery(topic, payload, retained=True)
    assert harmless(as_line(got, CHECK, PLAIN))
    assert json.dumps(as_object(got, CHECK), allow_nan=False).isascii()


def test_the_object_for_a_machine_says_what_is_wrong() -> None:
    assert as_object(delivery(body(GRANTED)), CHECK) == {
        "topic": "gate/v1/jkt-01/front/evt/access",
        "retained": False,
        "payload": json.loads(body(GRANTED)),
    }
    assert "not JSON" in as_object(delivery(b"x"), CHECK)["problem"]
    assert "subject" in as_object(delivery(changed(subject=7)), CHECK)["problem"]


def test_without_jsonschema_it_says_so_once_and_shows_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "gate.adapters.schema_jsonschema", None)
    check = watch._check(Words("en"))
    assert "shown unchecked (pip install 'gate[central]')" in capsys.readouterr().err
    assert "breaks" not in as_line(delivery(changed(subject=7)), check, PLAIN)


# From here on as a program.


class Program:
    """``gate watch`` as a process; its lines are read as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def out(self) -> str:
        return self._line(self.process.stdout)

    def err(self) -> str:
        return self._line(self.process.stderr)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(10)

    def _line(self, stream: IO[str] | None) -> str:
        assert stream is not None
        found = stream.readline()
        assert found, "it ended"
        return found.rstrip("\n")


@contextmanager
def watching(*arguments: object) -> Iterator[Program]:
    command = [sys.executable, "-m", "gate.cli.main", "watch", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Program(process)
        finally:
            process.kill()


@contextmanager
def gate_at(broker: Broker) -> Iterator[Link]:
    """Somebody who publishes."""
    topic = topics.availability(IDENTITY)
    farewell = Message(topic, availability.encode(Presence.STOPPED, "boot-1", NOON.utc), retain=True, content_type="x")
    link = Link(PahoPublisher(BrokerAddress(HOST, broker.port, "gate-test", farewell)))
    link.start()
    link.until_connected()
    try:
        yield link
    finally:
        link.publisher.close(farewell, 2.0)


def tell(link: Link, payload: bytes, leaf: str = "evt/access", site: str = "jkt-01", *, retain: bool = False) -> None:
    message = Message(f"gate/v1/{site}/front/{leaf}", payload, retain, "application/json")
    link.until_answered({link.publisher.publish(message)})


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running(tmp_path) as started:
        yield started


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_for_machines_every_message_is_one_line_of_json(broker: Broker, number: signal.Signals) -> None:
    with gate_at(broker) as link:
        tell(link, ONLINE, "availability", retain=True)
        with watching("--json", "--host", HOST, "--port", broker.port, "--site", "jkt-01") as program:
            assert json.loads(program.out()) == {"watch": "subscribed"}
            assert json.loads(program.out())["retained"] is True
            tell(link, body(GRANTED), site="elsewhere")
            tell(link, b"\x1b[2J")
            tell(link, body(GRANTED))
            assert json.loads(program.out())["problem"].startswith("not JSON")
            assert json.loads(program.out()) == as_object(delivery(body(GRANTED)), CHECK)
            assert program.end(number) == 0


def test_an_outage_is_told_once_and_nothing_that_follows_is_missed(broker: Broker) -> None:
    with watching("--host", HOST, "--port", broker.port) as program:
        assert program.err() == f"gate watch: {HOST}:{broker.port}: watching; press Ctrl-C to end"
        broker.stop()
        assert program.err().endswith("; still trying")
        broker.start()
        while "watching" not in program.err():
            pass
        with gate_at(broker) as link:
            tell(link, body(GRANTED))
        shown = program.out()
        assert "✓ GREEN" in shown
        assert "\x1b" not in shown, "a pipe is no terminal"


def test_without_a_broker_it_says_so_and_ctrl_c_ends_it() -> None:
    port = free_port()
    with watching("--host", HOST, "--port", port) as program:
        assert program.err().startswith(f"gate watch: cannot reach the broker at {HOST}:{port}: ")
        assert program.end(signal.SIGINT) == 0


def test_on_a_terminal_it_is_coloured(broker: Broker) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "gate.cli.main", "watch", "--host", HOST, "--port", str(broker.port)]
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, text=True, env=environment) as process:
        os.close(theirs)
        assert "watching" in Program(process).err()
        with gate_at(broker) as link:
            tell(link, body(GRANTED))
        shown = b""
        while b"\n" not in shown:
            shown += os.read(ours, 1024)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    os.close(ours)
    assert b"\x1b[32m" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "0"], "not a port"),
        (["--port", "x"], "not a port"),
        (["--site", "A/B"], "not a name"),
        (["--host", "a..b"], "correct the broker's host"),
        (["--config", "/nowhere/gate.toml"], "/nowhere/gate.toml"),
    ],
)
def test_what_a_user_gets_wrong_is_one_message_and_exit_code_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    watch.add_parser(parser.add_subparsers())
    try:
        args = parser.parse_args(["watch", *arguments])
        code = args.func(args)
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert message in capsys.readouterr().err


CONFIG = """
[site]
id = "jkt-01"
[gate]
id = "front"
[camera]
path = "pictures"
[trust]
bundle = "trust.bundle"
root_key = "root.key"
[mqtt]
host = "broker.example"
port = 8000
username = "gate"
password_file = "secret"
tls_ca = "ca.crt"
"""


def test_the_configuration_gives_the_broker_and_the_login_only_for_that_broker(tmp_path: Path) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(CONFIG)
    parser = argparse.ArgumentParser()
    watch.add_parser(parser.add_subparsers())
    args = parser.parse_args(["watch", "--config", str(file)])
    source = watch._source(args)
    assert (source.host, source.port, source.username) == ("broker.example", 8000, "gate")
    assert source.password_file == tmp_path / "secret"
    assert source.tls is not None
    assert source.tls.ca == tmp_path / "ca.crt"
    other = watch._source(parser.parse_args(["watch", "--config", str(file), "--host", "other"]))
    assert (other.host, other.username, other.password_file, other.tls) == ("other", None, None, None)


def test_what_comes_again_and_again_is_watched_only_where_it_is_asked_for() -> None:
    parser = argparse.ArgumentParser()
    watch.add_parser(parser.add_subparsers())
    usual, more = (
        watch._source(parser.parse_args(["watch", "--site", "s", *extra])).filters
        for extra in ((), ("--live", "--health"))
    )
    assert more == (*usual, "gate/v1/s/+/live", "gate/v1/s/+/health")
