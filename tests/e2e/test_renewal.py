"""The real service renews its certificate at a real registrar, the real broker takes the new one, nothing is lost."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from gate.adapters.clock_system import SystemClock
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.adapters.own_certificate import CertificateFiles
from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.issued import SqlIssued
from gate.central.registrar import certified
from gate.central.registry import Gate, Registry, Site
from gate.credential.model import Colour
from gate.pki import making, withdrawing
from gate.pki.withdrawing import Withdrawn
from gate.simulation.broker import PrivateBroker
from gate.simulation.office import GATE, SITE, Office
from tests.broker import HOST
from tests.central.registrars import Place, authority, listening
from tests.certificates import now
from tests.e2e.living import observed, recorded, records_of, running, until
from tests.pictures import qr, saved
from tests.subscriber import Centre, subscribed

LIFE = timedelta(days=30)
WAIT_S = 20.0


@dataclass
class World:
    """A gate whose certificate is due, its registrar, and a broker that goes by a list of revoked certificates."""

    folder: Path
    place: Place
    broker: PrivateBroker
    config: Path
    own: CertificateFiles
    green: Path

    def certificate(self) -> x509.Certificate:
        return making.certificate_from_pem(self.own.read()[0], "its own")

    def until_renewed(self, old: x509.Certificate) -> None:
        until_s = time.monotonic() + WAIT_S
        while self.certificate() == old:
            assert time.monotonic() < until_s, "it was not renewed"

    def revoke(self, *gone: x509.Certificate) -> None:
        """Write the broker's list."""
        listed = [Withdrawn(one.serial_number, now()) for one in gone]
        (self.folder / "revoked.crl").write_bytes(withdrawing.listed(self.place.authority, listed, now()))


def _issue(place: Place, folder: Path, name: str, *hosts: str) -> TlsFiles:
    key = making.new_key()
    made = making.issued(place.authority, name, key.public_key(), hosts, (now(), LIFE))
    files = CertificateFiles(folder / "ca.crt", folder / f"{name}.crt", folder / f"{name}.key")
    files.keep_key(making.key_to_pem(key))
    files.replace(making.certificate_to_pem(made))
    return TlsFiles(now, files.ca, files.certificate, files.key)


def _own(place: Place, folder: Path) -> CertificateFiles:
    """A certificate that was issued long ago: less than a third of its life is left."""
    folder.mkdir()
    key = making.new_key()
    begun = now() - LIFE * 0.7
    made = making.issued(place.authority, GATE, key.public_key(), (), (begun, LIFE))
    place.store.record(certified(made, SITE, begun))
    files = CertificateFiles(folder / "ca.crt", folder / "own.crt", folder / "own.key")
    files.keep_authority(making.certificate_to_pem(place.authority.certificate))
    files.keep_key(making.key_to_pem(key))
    files.replace(making.certificate_to_pem(made))
    return files


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    office = Office.from_seed(random.Random(3), SystemClock().now().utc)  # noqa: S311  (a test that can be repeated)
    database = open_database(f"sqlite:///{tmp_path}/registrar.db")
    registry = Registry.of([Site(SITE, "Kantor")], [Gate(GATE, SITE)])
    place = Place(SqlIssued(database), authority(), registry=registry, length=LIFE)
    with listening(tmp_path / "registrar", place=place):
        (tmp_path / "ca.crt").write_bytes(making.certificate_to_pem(place.authority.certificate))
        own = _own(place, tmp_path / "own")
        server = _issue(place, tmp_path, "broker", HOST)
        broker = PrivateBroker(
            tmp_path,
            lines=(
                "allow_anonymous true",
                f"cafile {tmp_path}/ca.crt",
                f"certfile {server.certificate}",
                f"keyfile {server.key}",
                f"crlfile {tmp_path}/revoked.crl",
                "require_certificate true",
                "use_identity_as_username true",
                "tls_version tlsv1.3",
            ),
        )
        config = office.set_up(tmp_path, broker.port)
        tls = f'tls_ca = "{own.ca}"\ntls_certificate = "{own.certificate}"\ntls_key = "{own.key}"\n'
        port = f"port = {broker.port}\n"
        config.write_text(config.read_text().replace(port, f'{port}{tls}renew_at = "{place.address}"\n'))
        green = saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png")
        found = World(tmp_path, place, broker, config, own, green)
        found.revoke()
        with broker:
            yield found
    database.close()


def test_the_next_connection_has_the_new_certificate_and_no_event_is_lost(world: World) -> None:
    old = world.certificate()
    desk = _issue(world.place, world.folder, "staff.desk-1")
    with (
        subscribed(world.broker, tls=desk) as centre,
        running(world.config, notify=world.folder / "notify") as (process, systemd),
    ):
        systemd.wait_for("STATUS=broker connected")
        world.until_renewed(old)
        assert world.certificate().public_key() == old.public_key()
        world.broker.stop(kill=True)
        with observed(world.config) as observer:
            observer.do("show", picture=str(world.green))
            until(observer, lambda: recorded(world.config, "access.granted"))
        world.revoke(old)  # it would not be let in again
        world.broker.start()
        centre.until(lambda: _all_arrived(world, centre))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not recorded(world.config, "alarm.raised")


def _all_arrived(world: World, centre: Centre) -> bool:
    return set(records_of(world.config)) <= set(centre.records())


def test_a_refusal_is_an_alarm_while_the_door_works_on(world: World) -> None:
    old = world.certificate()
    world.place.store.revoke(GATE, "lost", "uid-7", now())
    with running(world.config, notify=world.folder / "notify") as (process, systemd):
        systemd.wait_for("STATUS=broker connected")
        with observed(world.config) as observer:
            until(observer, lambda: recorded(world.config, "alarm.raised"))
            observer.do("show", picture=str(world.green))
            until(observer, lambda: recorded(world.config, "access.granted"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    raised = [body for body in records_of(world.config) if b"gate.alarm.raised" in body]
    assert any(b"certificate_ends" in body for body in raised)
    assert world.certificate() == old
