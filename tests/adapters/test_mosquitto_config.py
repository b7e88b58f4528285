"""The shipped configuration of the broker, on the real Mosquitto: what it lets nobody do, and what it keeps."""

from __future__ import annotations

import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes

from gate.adapters.mqtt_paho.client import properties_of
from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.adapters.mqtt_paho.subscriber import PahoSubscriber, Source
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.cli.main import main
from gate.pki import making
from gate.ports import Connected, Disconnected, LinkEvent, LinkFault, Message
from gate.simulation.broker import PrivateBroker
from tests.broker import HOST
from tests.certificates import now
from tests.contract.test_publisher import Link, message
from tests.subscriber import Centre

CONFIG = Path(__file__).parents[2] / "config" / "mosquitto"
HERE = ("cafile", "certfile", "keyfile", "acl_file")
NOT_IN_A_TEST = ("listener", "log_dest", "log_type", "persistence_location")
ROOT = "gate/v1/office-1"
OF_A_GATE = ("availability", "state", "info", "evt/access", "evt/batch", "alarm/3", "res/release")


def lines(folder: Path) -> tuple[str, ...]:
    """The shipped lines, with the files of this test; the listener is the private broker's."""
    shipped = (CONFIG / "mosquitto.conf").read_text().splitlines()
    kept = [line.split(maxsplit=1) for line in shipped if line and not line.startswith("#")]
    moved = [
        f"{name} {folder / Path(value).name}" if name in HERE else f"{name} {value}"
        for name, value in kept
        if name not in NOT_IN_A_TEST
    ]
    return (*moved, f"persistence_location {folder}/", "log_type all")


@dataclass
class Site:
    """A broker as shipped, and certificates for whoever connects."""

    folder: Path
    broker: PrivateBroker

    def tls(self, name: str, ca: str = "ca") -> TlsFiles:
        return TlsFiles(now, self.folder / f"{ca}.crt", self.folder / f"{name}.crt", self.folder / f"{name}.key")

    def address(self, name: str, **changes: object) -> BrokerAddress:
        will = Message(f"{ROOT}/{name}/availability", b"{}", retain=True, content_type="application/json")
        address = BrokerAddress(HOST, self.broker.port, f"office-1/{name}", will, will_delay_s=1, tls=self.tls(name))
        return replace(address, **changes)  # type: ignore[arg-type]  # by name

    @contextmanager
    def gate(self, name: str, **changes: object) -> Iterator[Link]:
        link = Link(PahoPublisher(self.address(name, **changes)))
        link.start()
        try:
            link.until_connected()
            yield link
        finally:
            link.publisher.close(None, 2.0)

    @contextmanager
    def centre(self, *filters: str, name: str = "centre.ingest") -> Iterator[Centre]:
        found = Centre(anything=True)
        source = Source(HOST, self.broker.port, filters or (f"{ROOT}/#",), tls=self.tls(name))
        subscriber = PahoSubscriber(source)
        subscriber.start(found.news.put)
        try:
            found.until_subscribed()
            yield found
        finally:
            subscriber.close()

    def why_not(self, address: BrokerAddress) -> Disconnected:
        event = self.first_of(address)
        assert isinstance(event, Disconnected), "it was let in"
        return event

    def first_of(self, address: BrokerAddress) -> LinkEvent:
        """Whether it is let in, or why not."""
        link = Link(PahoPublisher(address))
        link.start()
        try:
            return link.until(lambda event: isinstance(event, Connected | Disconnected))
        finally:
            link.publisher.close(None, 2.0)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the README says, with `gate pki`."""
    folder = tmp_path_factory.mktemp("pki")
    where = ["--ca", str(folder), "--out", str(folder)]
    assert main(["pki", "ca", "--out", str(folder)]) == 0
    assert main(["pki", "issue", "broker", "--host", HOST, *where]) == 0
    for name in ("gate-1", "gate-2", "centre.ingest", "centre.publish", "staff.desk-1"):
        assert main(["pki", "issue", name, *where]) == 0
    return folder


@pytest.fixture
def site(tmp_path: Path, keys: Path) -> Iterator[Site]:
    for path in keys.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "acl").write_bytes((CONFIG / "acl").read_bytes())
    with PrivateBroker(tmp_path, lines=lines(tmp_path)) as broker:
        yield Site(tmp_path, broker)


def say(link: Link, topic: str, text: str = "{}") -> bool:
    """Whether the broker took it."""
    handle = link.publisher.publish(message(text, topic))
    link.until_answered({handle})
    return link.answers[handle].taken


def test_a_gate_says_what_it_is_and_nothing_for_another(site: Site) -> None:
    with site.centre() as centre, site.gate("gate-1") as gate:
        own = OF_A_GATE
        assert [say(gate, f"{ROOT}/gate-1/{leaf}") for leaf in own] == [True] * len(own)
        assert say(gate, f"{ROOT}/site/gate-1/occupancy")
        foreign = (
            *(f"{ROOT}/gate-2/{leaf}" for leaf in own),
            *(f"{ROOT}/gate-1/cmd/release", f"{ROOT}/gate-2/cmd/release", f"{ROOT}/gate-1/ack"),
            *(f"{ROOT}/site/gate-2/occupancy", "gate/v1/office-2/gate-1/evt/access", "gate/v1/all/trust", "x"),
        )
        refused = [gate.publisher.publish(message("{}", topic)) for topic in foreign]
        gate.until_answered(set(refused))
        assert {gate.answers[handle].taken for handle in refused} == {False}
        assert {gate.answers[handle].reason for handle in refused} == {"Not authorized"}, "MQTT 5 says so: 0x87"
        assert say(gate, f"{ROOT}/gate-1/evt/door", "last")
        centre.until(lambda: centre.payloads("evt/door") == [b"last"])
        assert not [one.topic for one in centre.deliveries if one.topic in foreign], "the centre sees none of them"


def test_a_will_on_another_gate_is_published_to_nobody(site: Site) -> None:
    """Mosquitto lets such a client in, and looks at the access list when it would publish the will."""
    foreign = Message(f"{ROOT}/gate-2/availability", b"forged", retain=True, content_type="application/json")
    with site.centre() as centre:
        with site.gate("gate-1", will=foreign, will_delay_s=0):
            pass  # closed without a farewell: the broker has to publish the will now
        with site.gate("gate-1", will_delay_s=0):
            pass
        centre.until(lambda: bool(centre.payloads("gate-1/availability")))
        assert centre.payloads("gate-2/availability") == []
    with site.centre() as later, site.gate("gate-2") as gate:
        say(gate, f"{ROOT}/gate-2/evt/access", "last")
        later.until(lambda: later.payloads("evt/access") == [b"last"])
        assert later.payloads("gate-2/availability") == [], "nor was it retained"


def test_a_gate_hears_its_own_commands_and_nobody_else_s_whatever_it_subscribes_to(site: Site) -> None:
    everything = ("#", "gate/#", f"{ROOT}/+/cmd/+", f"{ROOT}/gate-2/evt/#", "$SYS/#")
    with ExitStack() as stack:
        curious = stack.enter_context(site.gate("gate-1", subscribe=everything))
        staff = stack.enter_context(site.gate("staff.desk-1", will=_nothing()))
        other = stack.enter_context(site.gate("gate-2"))
        say(other, f"{ROOT}/gate-2/evt/access")
        say(staff, f"{ROOT}/gate-2/cmd/release", "not for you")
        say(staff, f"{ROOT}/gate-1/cmd/release", "for you")
        heard = curious.until(lambda event: hasattr(event, "payload"))
        assert heard.topic == f"{ROOT}/gate-1/cmd/release"  # type: ignore[union-attr]  # it has a payload


def test_what_is_for_all_gates_is_said_by_who_publishes_alone_and_every_gate_hears_it(site: Site) -> None:
    told = ("gate/v1/all/trust", f"gate/v1/all/trust/chunk/{'ab' * 32}/0", "gate/v1/all/status/ministry")
    with ExitStack() as stack:
        gate = stack.enter_context(site.gate("gate-1", subscribe=("gate/v1/all/#",)))
        publisher = stack.enter_context(site.gate("centre.publish", will=_nothing()))
        for name in ("centre.ingest", "staff.desk-1", "gate-2"):
            with site.gate(name, will=_nothing()) as other:
                assert not any(say(other, topic) for topic in told), name
        assert all(say(publisher, topic, "for all") for topic in told)
        assert not say(publisher, f"{ROOT}/gate-1/cmd/release")
        heard = [gate.until(lambda event: hasattr(event, "payload")) for _ in told]
        assert {one.topic for one in heard} == set(told)  # type: ignore[union-attr]  # they have a payload


def test_staff_commands_and_confirms_nothing_and_the_centre_confirms_and_asks_for_records_alone(site: Site) -> None:
    with site.gate("staff.desk-1", will=_nothing()) as staff, site.gate("centre.ingest", will=_nothing()) as centre:
        own = (f"gate-1/{leaf}" for leaf in ("cmd/release", "cmd/replay", "ack", *OF_A_GATE))
        leaves = (*own, "site/gate-1/x")
        for link, allowed in (
            (staff, {"gate-1/cmd/release", "gate-1/cmd/replay"}),
            (centre, {"gate-1/ack", "gate-1/cmd/replay"}),
        ):
            for leaf in leaves:
                handle = link.publisher.publish(message("{}", f"{ROOT}/{leaf}"))
                link.until_answered({handle})
                heard = "No matching subscribers" if leaf in allowed else "Not authorized"
                assert link.answers[handle].reason == heard, leaf


def test_a_stolen_gate_is_shut_out_by_two_lines_and_a_reload(site: Site) -> None:
    with site.centre() as centre, site.gate("gate-2") as stolen, site.gate("gate-1") as good:
        assert say(stolen, f"{ROOT}/gate-2/evt/access", "before")
        acl = site.folder / "acl"
        acl.write_text(acl.read_text().replace("#user gate-9\n#topic deny #", "user gate-2\ntopic deny #"))
        process = site.broker._process
        assert process is not None
        process.send_signal(signal.SIGHUP)
        while say(stolen, f"{ROOT}/gate-2/evt/access", "again"):
            pass  # each answer of the broker is a moment later
        assert say(good, f"{ROOT}/gate-1/evt/access", "good")
        centre.until(lambda: b"good" in centre.payloads("evt/access"))


# Who gets in at all.


def test_without_a_certificate_nobody_gets_in(site: Site) -> None:
    why = site.why_not(site.address("gate-1", tls=TlsFiles(now, site.folder / "ca.crt")))
    assert why.fault is LinkFault.OWN_CERTIFICATE, why.reason


def test_a_certificate_of_another_authority_does_not_let_in(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert main(["pki", "ca", "--out", str(other)]) == 0
    assert main(["pki", "issue", "gate-1", "--ca", str(other), "--out", str(other)]) == 0
    foreign = TlsFiles(now, site.folder / "ca.crt", other / "gate-1.crt", other / "gate-1.key")
    assert site.why_not(site.address("gate-1", tls=foreign)).fault is LinkFault.OWN_CERTIFICATE
    untrusting = replace(site.tls("gate-1"), ca=other / "ca.crt")
    assert site.why_not(site.address("gate-1", tls=untrusting)).fault is LinkFault.BROKER_UNTRUSTED


def test_the_broker_itself_refuses_an_expired_certificate_and_older_tls(site: Site) -> None:
    """The gate does not even show one that has expired; somebody else might."""
    assert _let_in(site, site.folder / "gate-2.crt")
    assert not _let_in(site, _expired(site, "gate-2"))
    assert not _let_in(site, site.folder / "gate-2.crt", ssl.TLSVersion.TLSv1_2)


def test_plain_text_gets_nowhere(site: Site) -> None:
    why = site.why_not(site.address("gate-1", tls=None))
    assert why.fault is not LinkFault.REFUSED, why.reason


def test_under_mqtt_3_1_1_a_forged_event_is_acknowledged_and_still_reaches_nobody(site: Site) -> None:
    with site.centre() as centre:
        client = Client(CallbackAPIVersion.VERSION2, client_id="x", protocol=MQTTProtocolVersion.MQTTv311)
        client.tls_set(str(site.folder / "ca.crt"), str(site.folder / "gate-1.crt"), str(site.folder / "gate-1.key"))
        client.connect(HOST, site.broker.port)
        client.loop_start()
        try:
            for topic in (f"{ROOT}/gate-2/evt/access", f"{ROOT}/gate-1/evt/access"):
                info = client.publish(topic, b"old", 1)
                info.wait_for_publish(10)
                assert info.is_published(), "acknowledged, as mosquitto #547 says: the gate speaks MQTT 5 alone"
        finally:
            client.disconnect()
            client.loop_stop()
        centre.until(lambda: any(one.topic == f"{ROOT}/gate-1/evt/access" for one in centre.deliveries))
        assert not [one for one in centre.deliveries if "gate-2" in one.topic]


def test_nobody_pushes_another_one_off_by_its_client_id(site: Site) -> None:
    with site.gate("gate-1") as good, site.gate("gate-2", client_id="office-1/gate-1"):
        for _ in range(3):
            say(good, f"{ROOT}/gate-1/evt/access")
        assert "already connected" not in site.broker.log()
        assert f"New client connected from {HOST}" in site.broker.log(), "the log would tell"


def test_a_packet_of_300_kb_ends_the_connection_of_who_sends_it(site: Site) -> None:
    with site.centre() as centre, site.gate("gate-1") as gate:
        gate.publisher.publish(message("x" * 300_000, f"{ROOT}/gate-1/evt/access"))
        gate.until(lambda event: isinstance(event, Disconnected))
        with site.gate("gate-2") as other:
            assert say(other, f"{ROOT}/gate-2/evt/access", "small")
        centre.until(lambda: centre.payloads("gate-2/evt/access") == [b"small"])
        assert centre.payloads("gate-1/evt/access") == []


# What it keeps.


def test_what_is_acknowledged_outlives_a_kill_of_the_broker(site: Site) -> None:
    """Mosquitto saves when there is more than one change, so the last one may be missing: 199 of 200 were kept."""
    kept, texts = _kept_through_a_kill(site)
    assert kept == texts[: len(kept)], "in order, and none but the last may be missing"
    assert len(kept) >= len(texts) - 2, f"{len(kept)} of {len(texts)} were kept"


def test_without_those_lines_what_is_acknowledged_is_lost(site: Site) -> None:
    """The same with the settings that Mosquitto has by itself, so that the test above shows something."""
    site.broker.stop()
    site.broker.lines = tuple(line for line in site.broker.lines if not line.startswith("autosave"))
    site.broker.start()
    kept, _ = _kept_through_a_kill(site)
    assert kept == []


def _kept_through_a_kill(site: Site) -> tuple[list[str], list[str]]:
    with _session(site) as client:
        client.subscribe(f"{ROOT}/+/evt/#", 1)
        while not client.user_data_get()["subscribed"]:
            client.loop(0.1)
    texts = [f"{number}" for number in range(200)]
    with site.gate("gate-1") as gate:
        handles = {gate.publisher.publish(message(text, f"{ROOT}/gate-1/evt/access")) for text in texts}
        gate.until_answered(handles)
        assert all(gate.answers[handle].taken for handle in handles)
        site.broker.stop(kill=True)
    site.broker.start()
    with _session(site) as client:
        found: list[bytes] = client.user_data_get()["heard"]
        idle = 0
        while len(found) < len(texts) and idle < 20:
            before = len(found)
            client.loop(0.1)
            idle = 0 if len(found) > before else idle + 1
    return [text.decode() for text in found], texts


@contextmanager
def _session(site: Site) -> Iterator[Client]:
    """The centre's session, as a centre begins it; what it hears is in its user data."""
    data: dict[str, object] = {"heard": [], "subscribed": False}
    client = Client(CallbackAPIVersion.VERSION2, client_id="centre", protocol=MQTTProtocolVersion.MQTTv5, userdata=data)
    ca, certificate, key = (str(site.folder / name) for name in ("ca.crt", "centre.ingest.crt", "centre.ingest.key"))
    client.tls_set(ca, certificate, key)
    client.on_subscribe = lambda *_: data.update(subscribed=True)

    def hear(_client: Client, held: dict[str, list[bytes]], heard: MQTTMessage) -> None:
        held["heard"].append(bytes(heard.payload))

    client.on_message = hear
    kept = properties_of(PacketTypes.CONNECT, SessionExpiryInterval=3600)
    client.connect(HOST, site.broker.port, clean_start=False, properties=kept)
    while not client.is_connected():
        client.loop(0.1)
    try:
        yield client
    finally:
        client.disconnect(properties=properties_of(PacketTypes.DISCONNECT, SessionExpiryInterval=3600))
        client.loop(0.1)
        client._sock_close()


def _nothing() -> Message:
    """A will that anybody may have: none of the gate's topics is theirs."""
    return Message(f"{ROOT}/staff.desk-1/availability", b"{}", retain=False, content_type="application/json")


def _expired(site: Site, name: str) -> Path:
    key = making.key_from_pem((site.folder / "ca.key").read_bytes(), "ca.key")
    authority = making.Authority(x509.load_pem_x509_certificate((site.folder / "ca.crt").read_bytes()), key)
    own = making.key_from_pem((site.folder / f"{name}.key").read_bytes(), name)
    past = now() - timedelta(days=2)
    made = making.issued(authority, name, own.public_key(), (), (past, timedelta(days=1)))
    path = site.folder / "expired.crt"
    path.write_bytes(making.certificate_to_pem(made))
    return path


def _let_in(site: Site, certificate: Path, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bool:
    """Whether the broker lets gate-2 speak; in TLS 1.3 its no comes after the handshake."""
    context = ssl.create_default_context(cafile=site.folder / "ca.crt")
    context.maximum_version = newest
    context.load_cert_chain(certificate, site.folder / "gate-2.key")
    with socket.create_connection((HOST, site.broker.port), timeout=10) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=HOST) as secure:
                secure.sendall(bytes.fromhex("100d00044d515454050200140000") + b"\x00")
                return secure.recv(1) == b"\x20"  # CONNACK
        except (ssl.SSLError, ConnectionError):
            return False
