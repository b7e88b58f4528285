"""TLS to a real broker: only ever TLS 1.3 with a broker that proves its name, and every failure names its cause."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gate.adapters.mqtt_paho.back_off import Retry
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.ports import Connected, Disconnected, LinkFault
from tests.adapters.test_mqtt_publisher import connected
from tests.broker import HOST, Broker, running
from tests.certificates import YEAR, Authority, Pair, broker_lines, now
from tests.contract.test_publisher import WILL, Link, message
from tests.subscriber import subscribed

QUICK = Retry(first_s=0.2, longest_s=0.2)
DAY = timedelta(days=1)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ours")


@pytest.fixture
def own(authority: Authority) -> Pair:
    return authority.issue("gate-1")


def files(authority: Authority, own: Pair | None) -> TlsFiles:
    if own is None:
        return TlsFiles(now, authority.ca)
    return TlsFiles(now, authority.ca, own.certificate, own.key)


def address(port: int, tls: TlsFiles) -> BrokerAddress:
    return BrokerAddress(HOST, port, "gate-s-g", WILL, will_delay_s=1, tls=tls, retry=QUICK)


@contextmanager
def secured(folder: Path, authority: Authority, pair: Pair | None = None) -> Iterator[Broker]:
    with running(folder, *broker_lines(authority, pair or authority.issue("broker"))) as broker:
        yield broker


def why_not(port: int, tls: TlsFiles) -> Disconnected:
    """How the first attempt ends; there must be no connection."""
    with connected(address(port, tls)) as link:
        event = link.until(lambda event: isinstance(event, Connected | Disconnected))
        assert isinstance(event, Disconnected)
        assert "\n" not in event.reason
        return event


def test_events_travel_over_tls_1_3_under_the_name_of_the_certificate(
    tmp_path: Path, authority: Authority, own: Pair
) -> None:
    with secured(tmp_path, authority) as broker:
        tls = files(authority, own)
        with subscribed(broker, tls=tls) as centre, connected(address(broker.port, tls)) as link:
            link.until_connected()
            found = link.publisher._client.socket()  # type: ignore[attr-defined]
            assert found.version() == "TLSv1.3"
            link.until_answered({link.publisher.publish(message("secret"))})
            centre.until(lambda: centre.payloads("evt/access") == [b"secret"])
        assert "u'gate-1'" in broker.log()


def test_a_broker_of_another_authority_is_not_trusted(tmp_path: Path, authority: Authority, own: Pair) -> None:
    other = Authority(tmp_path / "theirs")
    with secured(tmp_path, other) as broker:
        ended = why_not(broker.port, files(authority, own))
    assert ended.fault is LinkFault.BROKER_UNTRUSTED
    assert "not signed by the authority in mqtt.tls_ca" in ended.reason


@dataclass(frozen=True, slots=True)
class Wrong:
    """A certificate of the broker that is no good, and what the gate says of it."""

    host: str
    begin: timedelta
    end: timedelta
    fault: LinkFault
    told: str


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong("192.0.2.1", -DAY, DAY, LinkFault.BROKER_OTHER_HOST, "for another address; correct mqtt.host"),
        Wrong(HOST, -2 * DAY, -DAY, LinkFault.BROKER_EXPIRED, "has expired; renew it at the broker"),
        Wrong(HOST, DAY, 2 * DAY, LinkFault.BROKER_NOT_YET_VALID, "not valid yet; look at this machine's clock"),
    ],
    ids=lambda wrong: wrong.fault.value,
)
def test_a_certificate_of_the_broker_that_is_wrong_is_named(
    tmp_path: Path, authority: Authority, own: Pair, wrong: Wrong
) -> None:
    with secured(tmp_path, authority, authority.issue("broker", wrong.host, wrong.begin, wrong.end)) as broker:
        ended = why_not(broker.port, files(authority, own))
    assert ended.fault is wrong.fault
    assert wrong.told in ended.reason


@contextmanager
def answered_by_hand(authority: Authority, own: Pair) -> Iterator[tuple[Link, socket.socket]]:
    """The first connection of a link, in the hands of the test, which plays the broker."""
    with socket.create_server((HOST, 0)) as server:  # noqa: SIM117  (one line too long)
        with connected(address(server.getsockname()[1], files(authority, own))) as link:
            peer, _ = server.accept()
            peer.settimeout(5)
            with peer:
                yield link, peer


def test_a_broker_without_tls_is_an_error_and_gets_no_word_in_the_clear(
    tmp_path: Path, authority: Authority, own: Pair
) -> None:
    with running(tmp_path) as broker:
        with subscribed(broker) as centre:
            ended = why_not(broker.port, files(authority, own))
        assert ended.fault is LinkFault.NO_TLS
        assert "never goes on without" in ended.reason
        assert centre.deliveries == []
        assert "gate-s-g" not in broker.log()


def test_a_server_that_answers_something_else_is_sent_nothing_but_the_hello(authority: Authority, own: Pair) -> None:
    with answered_by_hand(authority, own) as (link, peer):
        sent = peer.recv(65536)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        ended = link.until_disconnected()
        with suppress(ConnectionResetError):
            sent += peer.recv(65536)
    assert ended.fault is LinkFault.NO_TLS
    assert sent[:1] == b"\x16", "a TLS handshake record"
    assert b"MQTT" not in sent


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_older_tls_is_refused(authority: Authority, own: Pair, newest: ssl.TLSVersion) -> None:
    pair = authority.issue("broker")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1_1
    context.maximum_version = newest
    context.load_cert_chain(pair.certificate, pair.key)
    with answered_by_hand(authority, own) as (link, peer):
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(peer, server_side=True)
        ended = link.until_disconnected()
    assert ended.fault is LinkFault.TLS_TOO_OLD
    assert "no TLS 1.3" in ended.reason


def test_a_broker_that_asks_for_a_certificate_lets_nobody_in_without(tmp_path: Path, authority: Authority) -> None:
    with secured(tmp_path, authority) as broker:
        ended = why_not(broker.port, files(authority, None))
    assert ended.fault is LinkFault.OWN_CERTIFICATE
    assert "does not accept the gate's certificate" in ended.reason


def test_a_certificate_of_another_authority_is_refused_by_the_broker(tmp_path: Path, authority: Authority) -> None:
    stranger = Authority(tmp_path / "theirs").issue("gate-1")
    with secured(tmp_path, authority) as broker:
        ended = why_not(broker.port, files(authority, stranger))
    assert ended.fault is LinkFault.OWN_CERTIFICATE


def test_a_certificate_that_the_broker_finds_expired_is_named(tmp_path: Path, authority: Authority) -> None:
    old = authority.issue("gate-1", begin=-2 * DAY, end=-DAY)
    late = TlsFiles(lambda: now() - YEAR / 2, authority.ca, old.certificate, old.key)
    with secured(tmp_path, authority) as broker:
        known = why_not(broker.port, files(authority, old))
        late = replace(late, now=lambda: now() - 1.5 * DAY)
        told = why_not(broker.port, late)
    assert (known.fault, told.fault) == (LinkFault.OWN_EXPIRED, LinkFault.OWN_EXPIRED)
    assert "has expired on" in known.reason
    assert "the broker at" in told.reason


def test_without_a_clock_a_good_certificate_is_not_valid_yet(authority: Authority, own: Pair) -> None:
    ended = why_not(9, replace(files(authority, own), now=lambda: now() - 20 * YEAR))
    assert ended.fault is LinkFault.OWN_NOT_YET_VALID
    assert "look at the clock" in ended.reason


def _without(own: Pair, what: str, authority: Authority) -> TlsFiles:
    found = files(authority, own)
    match what:
        case "ca":
            authority.ca.unlink()
        case "certificate":
            own.certificate.write_text("not PEM")
        case "key":
            own.key.unlink()
        case "other key":
            shutil.copy(authority.issue("other").key, own.key)
        case "locked key":
            locked = authority.issue("locked", password=b"secret")
            return replace(found, certificate=locked.certificate, key=locked.key)
    return found


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("ca", "ca.pem (mqtt.tls_ca): No such file"),
        ("certificate", "gate-1.pem (mqtt.tls_certificate): "),
        ("key", "gate-1.key (mqtt.tls_key): No such file"),
        ("other key", "gate-1.key (mqtt.tls_key): [X509: KEY_VALUES_MISMATCH]"),
        ("locked key", "locked.key (mqtt.tls_key): it is locked with a password"),
    ],
)
def test_a_file_that_is_no_good_is_named(authority: Authority, own: Pair, what: str, told: str) -> None:
    ended = why_not(9, _without(own, what, authority))
    assert told in ended.reason
    assert ended.fault in (LinkFault.OWN_CERTIFICATE, LinkFault.BROKER_UNTRUSTED)


def test_a_renewed_certificate_is_taken_up_at_the_next_connection_without_a_restart(
    tmp_path: Path, authority: Authority
) -> None:
    old = authority.issue("gate-1", begin=-2 * DAY, end=-DAY)
    with secured(tmp_path, authority) as broker, connected(address(broker.port, files(authority, old))) as link:
        assert link.until_disconnected().fault is LinkFault.OWN_EXPIRED
        assert _days_left(link) == -1
        authority.issue("gate-1", end=90 * DAY)
        link.until_connected()
        assert _days_left(link) == 90


def _days_left(link: Link) -> int:
    assert isinstance(link.publisher, PahoPublisher)
    until = link.publisher.certificate_until
    assert until is not None
    return round((until - now()) / DAY)


def test_the_end_of_the_certificate_is_known_before_the_first_connection(authority: Authority) -> None:
    publisher = PahoPublisher(address(9, files(authority, authority.issue("gate-1", end=29 * DAY))))
    assert _days_left(Link(publisher)) == 29
    assert PahoPublisher(address(9, files(authority, None))).certificate_until is None


def test_a_handshake_that_hangs_is_given_up(authority: Authority, own: Pair) -> None:
    with answered_by_hand(authority, own) as (link, _):
        ended = link.until_disconnected()
    assert ended.fault is LinkFault.UNREACHABLE
    assert "timed out" in ended.reason
