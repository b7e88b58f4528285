"""A lost gate is shut out of the real Mosquitto as shipped, by what `gate central revoke` writes and tells."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.cli.main import main
from gate.ports import Connected, Disconnected
from gate.simulation.broker import PrivateBroker
from tests.adapters.test_mosquitto_config import CONFIG, ROOT, Site, lines, say
from tests.broker import HOST
from tests.central.office import configured

REGISTRY = '[[site]]\nid = "office-1"\nname = "Kantor"\n' + "".join(
    f'[[gate]]\nid = "gate-{number}"\nsite = "office-1"\n' for number in (1, 2)
)


def central(folder: Path, *words: str) -> int:
    return main(["central", *words, "--config", str(folder / "central.toml")])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The broker goes by a list, which is empty; both gates have certificates of `gate pki`."""
    where = ["--ca", str(tmp_path), "--out", str(tmp_path)]
    assert main(["pki", "ca", "--out", str(tmp_path)]) == 0
    assert main(["pki", "issue", "broker", "--host", HOST, *where]) == 0
    for name in ("gate-1", "gate-2", "centre.ingest"):
        assert main(["pki", "issue", name, *where]) == 0
    (tmp_path / "acl").write_bytes((CONFIG / "acl").read_bytes())
    (tmp_path / "registry.toml").write_text(REGISTRY)
    enrol = {"ca": "ca.crt", "ca_key": "ca.key", "crl": "revoked.crl"}
    store = {"url": f"sqlite:///{tmp_path}/centre.db"}
    configured(tmp_path, {"store": store, "registry": {"files": ["registry.toml"]}, "enrol": enrol})
    assert central(tmp_path, "crl") == 0
    with PrivateBroker(tmp_path, lines=(*lines(tmp_path), f"crlfile {tmp_path}/revoked.crl")) as broker:
        yield Site(tmp_path, broker)


def revoke(site: Site, name: str = "gate-2") -> None:
    certificate = str(site.folder / f"{name}.crt")
    assert central(site.folder, "revoke", name, "--reason", "lost", "--certificate", certificate) == 0


def reload(site: Site) -> None:
    process = site.broker._process
    assert process is not None
    process.send_signal(signal.SIGHUP)


def until_shut_out(site: Site) -> Disconnected:
    """A reload takes a moment."""
    for _ in range(50):
        event = site.first_of(site.address("gate-2", client_id="another"))
        if isinstance(event, Disconnected):
            return event
    raise AssertionError("it is still let in")


def test_a_reload_refuses_a_new_connection_and_leaves_the_one_that_stands(site: Site) -> None:
    """That is why a restart, or the access list, belongs to it."""
    with site.centre(), site.gate("gate-2") as lost:
        revoke(site)
        reload(site)
        assert "CERTIFICATE_REVOKED" in until_shut_out(site).reason
        assert say(lost, f"{ROOT}/gate-2/evt/access"), "OpenSSL looks at the list in the handshake alone"


def test_a_restart_throws_the_lost_one_out_and_lets_the_others_in_again(site: Site) -> None:
    with site.centre() as centre, site.gate("gate-2") as lost, site.gate("gate-1") as good:
        revoke(site)
        site.broker.stop()
        site.broker.start()
        lost.until(lambda event: isinstance(event, Disconnected) and "CERTIFICATE_REVOKED" in event.reason)
        good.until(lambda event: isinstance(event, Connected))
        assert say(good, f"{ROOT}/gate-1/evt/access", "good")
        centre.until(lambda: b"good" in centre.payloads("evt/access"))


def test_the_lines_that_are_told_silence_a_connection_that_stands(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with site.centre(), site.gate("gate-2") as lost, site.gate("gate-1") as good:
        assert say(lost, f"{ROOT}/gate-2/evt/access", "before")
        capsys.readouterr()
        revoke(site)
        told = [line.strip() for line in capsys.readouterr().out.splitlines()]
        start = told.index("user gate-2")
        acl = site.folder / "acl"
        acl.write_text(acl.read_text() + "\n" + "\n".join(told[start : start + 2]) + "\n")
        reload(site)
        while say(lost, f"{ROOT}/gate-2/evt/access", "again"):
            pass  # each answer of the broker is a moment later
        assert say(good, f"{ROOT}/gate-1/evt/access", "good")


def test_a_new_unit_with_the_old_name_is_let_in(site: Site) -> None:
    revoke(site)
    where = ["--ca", str(site.folder), "--out", str(site.folder), "--force"]
    assert main(["pki", "issue", "gate-2", *where]) == 0
    reload(site)
    with site.centre(), site.gate("gate-2") as unit:
        assert say(unit, f"{ROOT}/gate-2/evt/access")
