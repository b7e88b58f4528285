"""What only a real MQTT 5 broker shows: the will and its delay, refusals with their reasons, passwords, order."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from gate.adapters.mqtt_paho.back_off import BackOff, Retry
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.ports import Acknowledged, AdapterError, Connected, Contested, Deaf, Heard, LinkFault, Message
from tests.broker import HOST, Broker, free_port, running
from tests.contract.test_publisher import FAREWELL, WILL, Link, message
from tests.network import between
from tests.subscriber import subscribed


@contextmanager
def connected(address: BrokerAddress) -> Iterator[Link]:
    link = Link(PahoPublisher(address))
    link.start()
    try:
        yield link
    finally:
        link.publisher.close(FAREWELL, 2.0)


def address(broker: Broker) -> BrokerAddress:
    return BrokerAddress(HOST, broker.port, "gate-s-g", WILL, will_delay_s=1)


def cut(link: Link) -> None:
    """End the connection as a pulled cable does: without a DISCONNECT."""
    assert isinstance(link.publisher, PahoPublisher)
    client = link.publisher._client
    assert client is not None
    found = client.socket()
    assert isinstance(found, socket.socket)
    with suppress(OSError):
        found.shutdown(socket.SHUT_RDWR)


def test_the_will_is_published_retained_when_the_gate_stays_away(tmp_path: Path) -> None:
    with running(tmp_path) as broker, subscribed(broker) as centre:
        with connected(address(broker)) as link:
            link.until_connected()
            client = link.publisher._client  # type: ignore[attr-defined]
            client._back_off = BackOff(Retry(first_s=60), lambda: 1.0)
            cut(link)
            centre.until(lambda: centre.payloads("availability") == [WILL.payload])
        with subscribed(broker) as later:
            later.until(lambda: [found.retained for found in later.deliveries] == [True])


def test_a_short_break_fires_no_will(tmp_path: Path) -> None:
    with running(tmp_path) as broker, subscribed(broker) as centre:
        with connected(replace(address(broker), will_delay_s=5)) as link:
            link.until_connected()
            cut(link)
            link.until_connected()
            link.until_answered({link.publisher.publish(message("back"))})
        centre.until(lambda: bool(centre.payloads("availability")))
        assert centre.payloads("availability") == [FAREWELL.payload]


def test_a_half_open_connection_is_noticed_at_both_ends_and_replaced(tmp_path: Path) -> None:
    """Nothing arrives any more, and no end is told: the keepalive has to find out."""
    with running(tmp_path) as broker, subscribed(broker) as centre, between(broker) as network:
        at = replace(address(broker), port=network.port, keepalive_s=1, retry=Retry(first_s=0.1, longest_s=0.1))
        with connected(at) as link:
            link.until_connected()
            network.frozen = True
            began_s = time.monotonic()
            link.until_disconnected()
            assert time.monotonic() - began_s < 4
            centre.until(lambda: centre.payloads("availability") == [WILL.payload])
            assert time.monotonic() - began_s < 1.5 + at.will_delay_s + 8, "Mosquitto looks every 5 s"
            network.frozen = False
            link.until_connected()
            link.until_answered({link.publisher.publish(message("back"))})
            centre.until(lambda: centre.payloads("evt/access") == [b"back"])


def test_a_topic_that_is_not_allowed_is_not_taken_and_the_next_is(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic read gate/#\ntopic write gate/v1/s/g/evt/access\n")
    with running(tmp_path, "allow_anonymous true", f"acl_file {acl}") as broker, subscribed(broker):  # noqa: SIM117
        with connected(address(broker)) as link:
            link.until_connected()
            door = link.publisher.publish(message("door", "gate/v1/s/g/evt/door"))
            access = link.publisher.publish(message("access"))
            link.until_answered({door, access})
    assert (link.answers[door].taken, link.answers[access].taken) == (False, True)
    assert "authorized" in link.answers[door].reason


SECURITY = next(Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"), None)


@pytest.mark.skipif(SECURITY is None, reason="this Mosquitto came without its dynamic security plugin")
def test_what_may_not_be_heard_is_told(tmp_path: Path) -> None:
    """Mosquitto's access list takes such a subscription and delivers nothing; its other access control says no."""
    denies = tmp_path / "security.json"
    denies.write_text('{"defaultACLAccess": {"publishClientSend": true, "subscribe": false}}')
    plugin = (f"plugin {SECURITY}", f"plugin_opt_config_file {denies}")
    with running(tmp_path, "allow_anonymous true", *plugin) as broker:  # noqa: SIM117
        with connected(replace(address(broker), subscribe=("gate/v1/s/site/#",))) as link:
            told = link.until(lambda event: isinstance(event, Deaf))
    assert isinstance(told, Deaf)
    assert "authorized" in told.reason


def test_what_is_larger_than_any_message_of_a_gate_is_not_even_delivered(tmp_path: Path) -> None:
    with running(tmp_path) as broker, connected(replace(address(broker), subscribe=("gate/v1/s/site/#",))) as link:
        link.until_connected()
        with connected(BrokerAddress(HOST, broker.port, "other", WILL)) as other:
            other.until_connected()
            for text in ("x" * 300_000, "small"):
                other.until_answered({other.publisher.publish(message(text, "gate/v1/s/site/x/crossing"))})
        heard = link.until(lambda event: isinstance(event, Heard))
        assert heard == Heard("gate/v1/s/site/x/crossing", b"small")


def test_what_the_broker_kept_while_the_link_was_away_is_told_apart(tmp_path: Path) -> None:
    topic = "gate/v1/s/g/cmd/release"
    with running(tmp_path) as broker, ExitStack() as links:
        hears = replace(address(broker), subscribe=("gate/v1/s/g/cmd/+",), will_delay_s=9)
        link = links.enter_context(connected(hears))
        staff = links.enter_context(connected(replace(address(broker), client_id="staff")))
        link.until_connected()
        staff.until_connected()
        cut(link)
        link.until_disconnected()
        staff.until_answered({staff.publisher.publish(message("kept", topic))})
        assert link.until(lambda event: isinstance(event, Heard)) == Heard(topic, b"kept", queued=True)
        link.until_answered({link.publisher.publish(message("so it has subscribed", "gate/v1/s/g/res/release"))})
        staff.until_answered({staff.publisher.publish(message("now", topic))})
        assert link.until(lambda event: isinstance(event, Heard)) == Heard(topic, b"now")


def test_what_is_asked_for_is_heard_until_it_is_not_asked_for_any_more(tmp_path: Path) -> None:
    here, there = "gate/v1/s/all/one", "gate/v1/s/all/two"
    with running(tmp_path) as broker, ExitStack() as links:
        link = links.enter_context(connected(address(broker)))
        staff = links.enter_context(connected(replace(address(broker), client_id="staff")))
        assert isinstance(link.publisher, PahoPublisher)
        staff.until_connected()
        link.until_connected()
        for topic in (here, there):
            kept = replace(message("kept", topic), retain=True)
            staff.until_answered({staff.publisher.publish(kept)})
        link.publisher.subscribe([here, there])
        heard = [link.until(lambda event: isinstance(event, Heard)) for _ in range(2)]
        assert {one.topic for one in heard if isinstance(one, Heard) and one.retained and not one.queued} == {
            here,
            there,
        }
        link.publisher.unsubscribe([here])
        link.until_answered({link.publisher.publish(message("so it has unsubscribed"))})
        staff.until_answered({staff.publisher.publish(message("unheard", here))})
        staff.until_answered({staff.publisher.publish(message("heard", there))})
        assert link.until(lambda event: isinstance(event, Heard)) == Heard(there, b"heard")


def test_messages_keep_their_order_through_an_outage(tmp_path: Path) -> None:
    with running(tmp_path) as broker, connected(address(broker)) as link:
        link.until_connected()
        broker.stop()
        link.until_disconnected()
        sent = [b"%d" % number for number in range(18)]
        for text in sent:
            link.publisher.publish(message(text.decode()))
        broker.start()
        with subscribed(broker) as centre:
            link.publisher.publish(message("end"))
            centre.until(lambda: b"end" in centre.payloads("evt/access"))
    arrived = [payload for payload in centre.payloads("evt/access") if payload != b"end"]
    assert arrived == [text for text in sent if text in set(arrived)]


def test_where_it_is_asked_for_what_is_unanswered_is_handed_back_before_the_link_is_told_of(tmp_path: Path) -> None:
    with running(tmp_path) as broker, connected(replace(address(broker), hand_back=True)) as link:
        link.until_connected()
        broker.stop()
        link.until_disconnected()
        handles = {link.publisher.publish(message(text)) for text in ("one", "two")}
        broker.start()
        back = [link.until(lambda event: isinstance(event, Acknowledged | Connected)) for _ in range(3)]
        assert isinstance(back[2], Connected)
        assert {one.handle for one in back if isinstance(one, Acknowledged) and one.returned} == handles
        link.until_answered({link.publisher.publish(message("three"))})


def test_many_messages_wrap_the_ids_without_a_clash(tmp_path: Path) -> None:
    with running(tmp_path) as broker, connected(address(broker)) as link:
        link.until_connected()
        client = link.publisher._client  # type: ignore[attr-defined]
        client._last_mid = 65_530
        handles = {link.publisher.publish(message(str(number))) for number in range(12)}
        link.until_answered(handles)
        assert {1, 65_535} <= handles


def test_an_id_that_is_still_waiting_is_passed_over(tmp_path: Path) -> None:
    with running(tmp_path) as broker, connected(address(broker)) as link:
        link.until_connected()
        broker.stop()
        link.until_disconnected()
        first = link.publisher.publish(message("first"))
        link.publisher._client._last_mid = first - 1  # type: ignore[attr-defined]
        second = link.publisher.publish(message("second"))
        broker.start()
        link.until_answered({first, second})
    assert second == first + 1


def test_a_wrong_password_is_told_and_a_right_one_works(tmp_path: Path) -> None:
    users, secret = tmp_path / "users", tmp_path / "secret"
    users.write_text("gate:secret\n")
    subprocess.run(["mosquitto_passwd", "-U", users], check=True)
    with running(tmp_path, "allow_anonymous false", f"password_file {users}") as broker:
        login = replace(address(broker), username="gate", password_file=secret)
        secret.write_text("wrong\n")
        with connected(login) as link:
            assert "refused the connection: Not authorized" in link.until_disconnected().reason
        secret.write_text("secret\n")
        with connected(login) as link:
            link.until_connected()


def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none"
    with pytest.raises(AdapterError, match=f"cannot read the broker's password from {missing}"):
        PahoPublisher(BrokerAddress(HOST, 1883, "x", WILL, username="gate", password_file=missing))


@pytest.mark.parametrize("host", ["a..b", "x" * 64])
def test_a_host_that_cannot_be_looked_up_is_refused_at_once(host: str) -> None:
    with pytest.raises(AdapterError, match="correct the broker's host"):
        PahoPublisher(BrokerAddress(host, 1883, "x", WILL))


def test_a_broker_that_never_answers_does_not_hold_up_the_closing() -> None:
    with socket.socket() as silent:
        silent.bind((HOST, 0))
        silent.listen()
        publisher = PahoPublisher(BrokerAddress(HOST, silent.getsockname()[1], "x", WILL))
        publisher.start(lambda _event: None)
        accepted, _ = silent.accept()
        publisher.close(FAREWELL, 0.5)
        accepted.close()


def test_nobody_there_is_told_with_the_reason() -> None:
    with connected(BrokerAddress(HOST, free_port(), "x", WILL)) as link:
        assert "refused" in link.until_disconnected().reason


def hello(boot: str) -> Message:
    return replace(WILL, payload=f'{{"state":"online","boot":"{boot}"}}'.encode())


def test_two_with_one_name_find_out_and_do_not_throw_each_other_out_all_day(tmp_path: Path) -> None:
    """Mosquitto 2.0.11 closes the older connection without a word, so the gates have to see it themselves."""
    quick = Retry(first_s=0.1, longest_s=1.0, contested_s=1.0)
    with running(tmp_path) as broker, ExitStack() as links:
        at = address(broker)
        both = {name: links.enter_context(connected(replace(at, retry=quick))) for name in ("one", "two")}
        for number, name in enumerate(("one", "two", "one", "two")):
            both[name].until_connected()
            both[name].until_answered({both[name].publisher.publish(hello(f"{name}, {number}"))})
        assert [Contested() in link.seen for link in both.values()] == [True, True]
        both["one"].until_disconnected()
        began_s = time.monotonic()
        both["one"].until_connected()
        assert time.monotonic() - began_s > 0.9, "it came back too early"


def test_who_comes_back_to_its_own_words_or_to_its_will_is_alone(tmp_path: Path) -> None:
    quick = Retry(first_s=0.1, longest_s=0.1)
    with running(tmp_path) as broker, connected(replace(address(broker), retry=quick)) as link:
        for _ in range(3):
            link.until_connected()
            link.until_answered({link.publisher.publish(hello("mine")), link.publisher.publish(message("more"))})
            cut(link)
            link.until_disconnected()
        link.until_connected()
        link.until_answered({link.publisher.publish(message("last"))})
    assert Contested() not in link.seen


def test_what_an_earlier_run_left_is_nobody_else(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        with connected(address(broker)) as link:
            link.until_connected()
            link.until_answered({link.publisher.publish(hello("earlier"))})
        with connected(address(broker)) as link:
            for _ in range(2):
                link.until_connected()
                link.until_answered({link.publisher.publish(message("one"))})
                cut(link)
                link.until_disconnected()
    assert Contested() not in link.seen


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (0x00, LinkFault.LOST),
        (0x8B, LinkFault.LOST),
        (0x8D, LinkFault.LOST),
        (0x89, LinkFault.BUSY),
        (0x97, LinkFault.BUSY),
        (0x93, LinkFault.TOO_MUCH),
        (0x87, LinkFault.REFUSED),
        (0x98, LinkFault.LOST),
    ],
)
def test_the_reason_of_a_disconnect_is_told(code: int, fault: LinkFault) -> None:
    with socket.create_server((HOST, 0)) as server:  # noqa: SIM117  (one line too long)
        with connected(BrokerAddress(HOST, server.getsockname()[1], "x", WILL)) as link:
            peer, _ = server.accept()
            with peer:
                assert peer.recv(4096)[:1] == b"\x10", "CONNECT"
                peer.sendall(bytes([0x20, 0x06, 0x00, 0x00, 0x03, 0x21, 0x00, 0x05]))
                assert link.until_connected().receive_maximum == 5
                peer.sendall(bytes([0xE0, 0x01, code]))
                assert link.until_disconnected().fault is fault


def test_a_busy_broker_is_told_apart_from_one_that_refuses() -> None:
    for code, fault in ((0x89, LinkFault.BUSY), (0x9F, LinkFault.BUSY), (0x86, LinkFault.REFUSED)):
        with socket.create_server((HOST, 0)) as server:  # noqa: SIM117  (one line too long)
            with connected(BrokerAddress(HOST, server.getsockname()[1], "x", WILL)) as link:
                peer, _ = server.accept()
                with peer:
                    peer.sendall(bytes([0x20, 0x03, 0x00, code, 0x00]))
                    ended = link.until_disconnected()
        assert ended.fault is fault
        assert "refused the connection" in ended.reason


@pytest.mark.parametrize(("line", "told"), [("max_packet_size 9000", 9000), ("max_connections 9", 268_435_455)])
def test_the_largest_packet_that_the_broker_takes_is_told(tmp_path: Path, line: str, told: int) -> None:
    with running(tmp_path, "allow_anonymous true", line) as broker, connected(address(broker)) as link:
        assert link.until_connected().packet_bytes == told
