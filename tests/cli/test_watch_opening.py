"""What ``gate watch`` shows first, and what it shows first of what comes at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.mqtt_paho.subscriber import Away, Delivery, News
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.cli import watch
from gate.cli.watch_lines import Style
from gate.cli.watch_opening import Opening
from gate.cli.watch_words import Words
from gate.ports import Message
from gate.wire import availability
from gate.wire.availability import Presence
from tests.broker import HOST, running
from tests.certificates import Authority, broker_lines, now
from tests.cli.test_watch import HOSTILE, ONLINE, PLAIN, body, gate_at, harmless, tell, watching
from tests.contract.test_publisher import Link
from tests.wire.examples import GRANTED, ULID_A
from tests.wire.messages import TOLD

LOST = availability.encode(Presence.OFFLINE, "boot-1", None)
INDONESIAN = Style(Words("id"), coloured=False, plain=True)


def kept(site: str, gate: str, leaf: str, payload: bytes | dict[str, Any]) -> Delivery:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Delivery(f"gate/v1/{site}/{gate}/{leaf}", raw, retained=True)


def state(*alarms: int, health: list[str] | None = None) -> dict[str, Any]:
    told = json.loads(TOLD["state"].payload)
    return {**told, "alarms": list(alarms), "health": health or [], "occupancy": None, "journal": ULID_A}


def alarm(number: int, kind: str) -> dict[str, Any]:
    told = json.loads(TOLD["open_alarm"].payload)
    return {**told, "alarm": number, "kind": kind, "journal": ULID_A, "visit": None}


def shown(*deliveries: Delivery, style: Style = PLAIN) -> list[str]:
    opening = Opening()
    for one in deliveries:
        opening.add(one)
    return list(opening.lines(lambda _id, _message: None, style))


def test_alarms_come_first_and_then_offices_with_gates_that_are_amiss_before_others() -> None:
    lines = shown(
        kept("b-office", "north", "availability", ONLINE),
        kept("b-office", "north", "state", state()),
        kept("a-office", "front", "availability", ONLINE),
        kept("a-office", "front", "state", state(7)),
        kept("a-office", "front", "alarm/7", alarm(7, "tamper")),
        kept("a-office", "front", "alarm/6", alarm(6, "help")),
        kept("a-office", "aisle", "availability", ONLINE),
        kept("a-office", "aisle", "state", state()),
        kept("b-office", "south", "availability", LOST),
        kept("b-office", "south", "alarm/1", alarm(1, "black")),
    )
    assert [line.strip().split(",")[0] for line in lines] == [
        "b-office/south  alarm 1: black status at the door",
        "a-office/front  alarm 7: enclosure opened",
        "a-office: 2 of 2 gates online",
        "front  gate is online",
        "aisle  gate is online",
        "b-office: 1 of 2 gates online",
        "south  gate was lost",
        "north  gate is online",
    ]
    assert lines[2].endswith(", 1 alarms open")
    assert lines[4].endswith("all is well")


def test_of_one_topic_the_last_counts_and_nothing_kept_shows_nothing() -> None:
    lines = shown(kept("a", "x", "availability", LOST), kept("a", "x", "availability", ONLINE), style=INDONESIAN)
    assert lines == ["a: 1 dari 1 gerbang daring", "  x  gerbang daring"]
    assert shown() == []


@pytest.mark.parametrize("payload", [b"", b"[]", b"\xff", {"alarms": 7, "health": HOSTILE, "mode": [HOSTILE]}])
def test_rubbish_is_shown_inert(payload: bytes | dict[str, Any]) -> None:
    leaves = ("availability", "state", "info", "alarm/7", HOSTILE)
    lines = shown(*(kept(HOSTILE, HOSTILE, leaf, payload) for leaf in leaves), Delivery(HOSTILE, b"", retained=True))
    assert all(map(harmless, lines))


def test_of_what_comes_at_once_alarms_are_shown_first_and_order_is_kept_otherwise() -> None:
    visit = Delivery("gate/v1/a/x/evt/access", body(GRANTED), retained=False)
    raised = Delivery("gate/v1/a/y/evt/officer", json.dumps({"type": "gate.alarm.raised.v1"}).encode(), retained=False)
    other = Delivery("gate/v1/b/x/evt/access", body(GRANTED), retained=False)
    news: list[News] = [visit, other, raised, Away("gone"), other, raised]
    assert watch.arranged(news) == [raised, visit, other, Away("gone"), raised, other]


def test_over_tls_with_a_certificate_of_the_desk(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    own, gate = authority.issue("staff.desk-1"), authority.issue("front")
    with running(tmp_path, *broker_lines(authority, authority.issue("broker"))) as broker:
        files = ("--ca", authority.ca, "--cert", own.certificate, "--cert-key", own.key)
        with watching("--host", HOST, "--port", broker.port, *files) as program:
            assert program.err().endswith("watching; press Ctrl-C to end")
            tls = TlsFiles(now, authority.ca, gate.certificate, gate.key)
            will = Message("gate/v1/jkt-01/front/availability", LOST, retain=True, content_type="x")
            link = Link(PahoPublisher(BrokerAddress(HOST, broker.port, "front", will, tls=tls)))
            link.start()
            link.until_connected()
            tell(link, body(GRANTED))
            assert "GREEN" in program.out()
            link.publisher.close(None, 2.0)


def test_on_a_real_broker_the_standing_comes_first_and_then_what_happens(tmp_path: Path) -> None:
    with running(tmp_path) as broker, gate_at(broker) as link:
        for leaf, payload in (("state", state(7)), ("alarm/7", alarm(7, "black")), ("info", None)):
            tell(link, TOLD["info"].payload if payload is None else json.dumps(payload).encode(), leaf, retain=True)
        tell(link, ONLINE, "availability", retain=True)
        words = ("--host", HOST, "--port", broker.port, "--language", "id", "--plain", "--site", "jkt-01")
        with watching(*words) as program:
            assert "alarm 7: status hitam di pintu, terbuka" in program.out()
            assert program.out() == "jkt-01: 1 dari 1 gerbang daring, 1 alarm terbuka"
            assert program.out().startswith("  front  gerbang daring, pintu terkunci ")
            tell(link, body(GRANTED))
            assert "HIJAU" in program.out()
