"""A visitor who turned black at the centre is held at every connected door, and at one that was away on its return.

And the service as a whole goes by what is published, and says so where it refuses it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.adapters.clock_system import SystemClock
from gate.central import publishing
from gate.credential.bundle import sign_bundle
from gate.credential.model import Colour
from gate.simulation.office import Office
from gate.wire.pointer import Kind, Place
from tests import doors
from tests.broker import running as broker_running
from tests.doors import GRANTED, HELD, Absent, Publisher
from tests.e2e.living import observed, recorded, records_of, running, until
from tests.pictures import qr, saved
from tests.service.published import BLACK, GREEN, Desk

WITHIN_S = 2.0


def test_every_door_holds_the_visitor_and_so_does_one_that_was_away(tmp_path: Path) -> None:
    """Three doors; the tests of the system tier have a hundred."""
    desk, numbers, away = Desk(SystemClock().now().utc), [0, 1, 2], 3
    doors.furnish(tmp_path, desk, [*numbers, away])
    with broker_running(tmp_path) as broker:
        centre = Publisher(broker.port)
        try:
            centre.say(desk.snapshot(GREEN, GREEN))
            absent = Absent(broker.port, tmp_path / f"gate-{away}", desk.code(0))
            with doors.running(broker.port, tmp_path, desk.code(0), numbers, 1) as house:
                house.until(GRANTED, numbers)
                began_s = centre.say([desk.change(1, {0: BLACK})])
                held = house.until(HELD, numbers)
                assert max(held.values()) - began_s < WITHIN_S
                assert absent.returns().seconds < WITHIN_S
                centre.say([desk.change(2, {0: GREEN})])
                house.until(GRANTED, numbers)
        finally:
            centre.close()


def test_the_service_takes_a_bundle_while_it_runs_and_tells_what_it_refuses(tmp_path: Path, office: Office) -> None:
    picture = str(saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png"))
    place, desk = Place(Kind.TRUST), Ed25519PrivateKey.generate()
    before = office.bundle()
    issuer = replace(before.issuers[0], revoked_keys=frozenset({before.issuers[0].keys[0].kid}))
    raw = sign_bundle(replace(before, version=2, issuers=(issuer,)), office.root)
    torn, in_force = raw[:-1], tmp_path / "trust" / "last-good.bundle"
    with broker_running(tmp_path) as broker:
        config = office.set_up(tmp_path, broker.port)
        centre = Publisher(broker.port)
        with running(config, notify=tmp_path / "notify") as (_, systemd):
            systemd.wait_for("STATUS=broker connected")
            with observed(config) as observer:
                centre.say(publishing.file(place, publishing.pointer_to(place, 2, torn), torn, desk))
                until(observer, lambda: any(b'"update_refused"' in body for body in records_of(config)))
                centre.say(publishing.file(place, publishing.pointer_to(place, 2, raw), raw, desk))
                until(observer, lambda: in_force.read_bytes() == raw)
                observer.do("show", picture=picture)
                until(observer, lambda: recorded(config, "access.held"))
        centre.close()
    (held,) = [body for body in records_of(config) if b'"gate.access.held.v1"' in body]
    assert b'"reason":"issuer_revoked"' in held
    assert b'"version":2' in held
