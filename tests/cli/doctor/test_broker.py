"""The checks of the way to the centre: on the real broker, with and without its access list, and without a broker."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gate.access.alarm import AlarmKind
from gate.access.answers import AlarmStatus
from gate.adapters.clock_system import SystemClock
from gate.adapters.mqtt_paho.tls import TlsFiles
from gate.cli.checks import link
from gate.cli.checks.finding import Verdict
from gate.cli.checks.unit import Unit
from gate.ports import Disconnected
from gate.simulation.broker import PrivateBroker
from gate.wire.command import Response, read_response
from tests.adapters.test_mosquitto_config import CONFIG
from tests.adapters.test_mqtt_publisher import connected
from tests.adapters.test_mqtt_tls import address
from tests.broker import HOST, free_port, running
from tests.certificates import Authority, Pair, broker_lines, now
from tests.cli.doctor.bench import Bench, Case, judged
from tests.cli.doctor.test_files import QUIET, says
from tests.contract.test_publisher import message
from tests.subscriber import subscribed

OK, WARN, FAIL = Verdict.OK, Verdict.WARN, Verdict.FAIL


@dataclass(frozen=True)
class Site:
    """A broker with the shipped access list, and who signs certificates."""

    authority: Authority
    broker: PrivateBroker

    def unit(self, bench: Bench, own: Pair, **changes: object) -> Unit:
        files = {"mqtt.tls_ca": self.authority.ca, "mqtt.tls_certificate": own.certificate, "mqtt.tls_key": own.key}
        place = {"mqtt.host": HOST, "mqtt.port": self.broker.port}
        return real_time(bench, {**place, **{key: str(path) for key, path in files.items()}, **changes})


def real_time(bench: Bench, changes: dict[str, object]) -> Unit:
    """OpenSSL judges by the machine's clock."""
    return bench.unit(changes, clock=lambda kept: SystemClock(kept=kept))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    authority = Authority(folder / "ours")
    shutil.copy(CONFIG / "acl", folder)
    own = (f"acl_file {folder / 'acl'}", "use_username_as_clientid true")
    lines = (*broker_lines(authority, authority.issue("broker")), *own)
    with running(folder, *lines) as broker:
        yield Site(authority, broker)


@contextmanager
def open_to_all(bench: Bench) -> Iterator[PrivateBroker]:
    (bench.folder / "broker").mkdir()
    with running(bench.folder / "broker") as broker:
        yield broker


def at(broker_port: int, **changes: object) -> dict[str, object]:
    return {"mqtt.host": HOST, "mqtt.port": broker_port, **changes}


def test_a_gate_with_its_certificate_is_let_in_and_kept_to_its_own(bench: Bench, site: Site) -> None:
    unit = site.unit(bench, site.authority.issue("gate-1"))
    for check, words in (
        ("broker", "TLS 1.3"),
        ("access-list", "gate/v1/office-1/gate-1"),
        ("certificate", "good until"),
    ):
        judged(Case(check, OK, lambda _: unit, words), bench)


def test_the_gate_that_runs_is_not_thrown_out(bench: Bench, site: Site) -> None:
    own = site.authority.issue("gate-1")
    running_gate = {"control.socket": str(bench.gate(says(QUIET)).path)}
    unit = site.unit(bench, own, **running_gate)
    files = TlsFiles(now, site.authority.ca, own.certificate, own.key)
    with connected(address(site.broker.port, files)) as link:
        link.until_connected()
        judged(Case("broker", OK, lambda _: unit, "the gate that runs has no complaint, with TLS 1.3"), bench)
        judged(Case("access-list", OK, lambda _: unit, "not tried"), bench)
        link.until_answered({link.publisher.publish(message("still here"))})
        assert not any(isinstance(event, Disconnected) for event in link.seen)
        stopped = site.unit(bench, own)
        judged(Case("broker", OK, lambda _: stopped, "lets the gate in"), bench)
        link.until_disconnected()  # so it would have been


def test_while_the_gate_runs_a_broker_that_is_no_good_is_told_all_the_same(bench: Bench, site: Site) -> None:
    other = Authority(bench.folder / "other")
    running_gate = {"control.socket": str(bench.gate(says(QUIET)).path)}
    ours, theirs = site.authority.issue("gate-1"), other.issue("gate-1")
    wrong = site.unit(bench, ours, **running_gate, **{"mqtt.tls_ca": str(other.ca)})
    judged(Case("broker", FAIL, lambda _: wrong, "is not signed by"), bench)
    stranger = site.unit(bench, theirs, **running_gate, **{"mqtt.tls_ca": str(site.authority.ca)})
    judged(Case("broker", FAIL, lambda _: stranger, "does not accept the gate's certificate"), bench)
    gone = bench.unit(at(free_port(), **running_gate))
    judged(Case("broker", FAIL, lambda _: gone, "cannot reach the broker"), bench)


def test_what_the_gate_that_runs_says_of_its_link_counts(bench: Bench) -> None:
    alarm = AlarmStatus(1, AlarmKind.LINK_TAKEN_OVER, "taken_over", None, False, False, False, False)  # noqa: FBT003
    gate = bench.gate(says(replace(QUIET, alarms=(alarm,))))
    unit = bench.unit(at(free_port(), **{"control.socket": str(gate.path)}))
    for check in ("broker", "access-list"):
        judged(Case(check, FAIL, lambda _: unit, "link_taken_over"), bench)


def test_a_certificate_of_another_name_may_not_speak(bench: Bench, site: Site) -> None:
    unit = site.unit(bench, site.authority.issue("gate-2"))
    judged(Case("broker", OK, lambda _: unit), bench)
    judged(Case("access-list", FAIL, lambda _: unit, "does not let it write"), bench)


def test_a_certificate_that_ends_is_warned_of_and_one_that_has_ended_fails(bench: Bench, site: Site) -> None:
    ending = site.unit(bench, site.authority.issue("ending", end=timedelta(days=29)))
    judged(Case("certificate", WARN, lambda _: ending, "it ends on"), bench)
    ended = site.unit(bench, site.authority.issue("ended", begin=-timedelta(days=9), end=-timedelta(days=1)))
    for check in ("certificate", "broker", "access-list"):
        judged(Case(check, FAIL, lambda _: ended, "has expired"), bench)


def test_a_broker_of_another_authority_fails(bench: Bench, site: Site) -> None:
    other = Authority(bench.folder / "other")
    unit = site.unit(bench, other.issue("gate-1"), **{"mqtt.tls_ca": str(other.ca)})
    judged(Case("broker", FAIL, lambda _: unit, "is not signed by"), bench)


def test_a_broker_without_an_access_list_is_warned_of(bench: Bench) -> None:
    with open_to_all(bench) as broker:
        unit = bench.unit(at(broker.port))
        judged(Case("broker", OK, lambda _: unit, "lets the gate in"), bench)
        judged(Case("access-list", WARN, lambda _: unit, "other gates' names"), bench)
        judged(Case("certificate", OK, lambda _: unit, "no TLS"), bench)


def test_a_broker_elsewhere_without_tls_is_warned_of(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gate.cli.checks.broker.HERE", ())
    with open_to_all(bench) as broker:
        unit = bench.unit(at(broker.port))
        judged(Case("broker", WARN, lambda _: unit, "without TLS"), bench)


def test_what_the_doctor_says_there_means_nothing_and_stays_nowhere(bench: Bench) -> None:
    with open_to_all(bench) as broker:
        with subscribed(broker, "#") as centre:
            judged(Case("access-list", WARN, lambda bench: bench.unit(at(broker.port))), bench)
            centre.until(lambda: len(centre.deliveries) >= 2)
            heard = {one.topic: (one.retained, one.expiry_s, read_response(one.payload)) for one in centre.deliveries}
        assert heard.keys() == {
            f"gate/v1/office-1/{name}/res/diagnose" for name in ("gate-1", "doctor-of-another-gate")
        }
        for retained, expiry_s, answer in heard.values():
            assert (retained, expiry_s) == (False, 1)
            assert isinstance(answer, Response)
            assert answer.status == "no_answer"


@pytest.mark.parametrize("check", ["broker", "access-list"])
def test_without_a_broker_both_fail(bench: Bench, check: str) -> None:
    unit = bench.unit(at(free_port()))
    judged(Case(check, FAIL, lambda _: unit, "cannot reach the broker"), bench)


@pytest.mark.parametrize(("check", "words"), [("broker", "does not answer"), ("access-list", "no answer")])
def test_something_else_at_the_brokers_port_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, check: str, words: str
) -> None:
    monkeypatch.setattr(link, "WAIT_S", 0.2)
    monkeypatch.setattr("gate.cli.checks.broker.WAIT_S", 0.2)
    with socket.create_server((HOST, 0)) as mute:
        unit = bench.unit(at(mute.getsockname()[1]))
        judged(Case(check, FAIL, lambda _: unit, words), bench)


def test_a_password_file_that_is_missing_fails(bench: Bench) -> None:
    unit = bench.unit(at(free_port(), **{"mqtt.username": "gate-1", "mqtt.password_file": "missing"}))
    judged(Case("broker", FAIL, lambda _: unit, "password"), bench)
    judged(Case("access-list", FAIL, lambda _: unit, "password"), bench)


def test_a_gate_with_a_password_needs_no_certificate(bench: Bench, site: Site, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    login = {"mqtt.username": "gate-1", "mqtt.password_file": "password", "mqtt.tls_ca": str(site.authority.ca)}
    unit = bench.unit(at(site.broker.port, **login))
    judged(Case("certificate", OK, lambda _: unit, "by a password"), bench)


JUDGED = {("broker", OK), ("broker", WARN), ("broker", FAIL), ("access-list", OK), ("access-list", WARN),
          ("access-list", FAIL), ("certificate", OK), ("certificate", WARN), ("certificate", FAIL)}  # fmt: skip
"""What the tests above hold; ``test_doctor`` counts."""
