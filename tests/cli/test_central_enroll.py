"""`gate central enroll`, `enroll-serve`, `sign`, `revoke`, `certificates`, `crl`, with an authority of `gate pki`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.issued import SqlIssued
from gate.central.adapters.sql.office import SqlOffice
from gate.cli.main import main
from gate.wire import token as tokens
from gate.wire.token import Token
from tests.broker import HOST, free_port
from tests.central.office import ENDS_S, configured
from tests.certificates import now
from tests.e2e.living import Systemd

REGISTRY = '[[site]]\nid = "office-1"\nname = "Kantor"\n[[gate]]\nid = "gate-1"\nsite = "office-1"\n'


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki")
    assert main(["pki", "ca", "--out", str(folder)]) == 0
    where = ["--ca", str(folder), "--out", str(folder)]
    assert main(["pki", "issue", "centre.enroll", "--host", HOST, *where]) == 0
    return folder


@pytest.fixture
def config(tmp_path: Path, keys: Path) -> Path:
    (tmp_path / "registry.toml").write_text(REGISTRY)
    port = free_port()
    enrol = {
        "address": f"{HOST}:{port}",
        "host": HOST,
        "port": port,
        "ca": str(keys / "ca.crt"),
        "ca_key": str(keys / "ca.key"),
        "tls_certificate": str(keys / "centre.enroll.crt"),
        "tls_key": str(keys / "centre.enroll.key"),
        "crl": "revoked.crl",
    }
    store = {"url": f"sqlite:///{tmp_path}/centre.db"}
    return configured(tmp_path, {"store": store, "registry": {"files": ["registry.toml"]}, "enrol": enrol})


def central(config: Path, *words: object) -> int:
    return main(["central", *map(str, words), "--config", str(config)])


def token_of(config: Path, capsys: pytest.CaptureFixture[str], *more: str) -> Token:
    capsys.readouterr()
    assert central(config, "enroll", "office-1", "gate-1", *more) == 0
    found = tokens.read(capsys.readouterr().out)
    assert isinstance(found, Token)
    return found


def enroll(token: Token, folder: Path, *more: object) -> int:
    return main(["enroll", tokens.write(token), "--config", "none", "--out", str(folder), *map(str, more)])


def test_a_gate_enrols_at_the_process_which_stops_in_order(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    systemd = Systemd(tmp_path / "notify")
    environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
    command = [sys.executable, "-m", "gate.cli.main", "central", "enroll-serve", "--config", str(config)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        systemd.wait_for("READY=1")
        token = token_of(config, capsys)
        assert enroll(token, tmp_path / "gate") == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDS_S) == 0
        assert process.stderr is not None
        log = process.stderr.read()
    finally:
        process.kill()
        process.communicate()
        systemd.socket.close()
    assert "gate-1 of office-1 has its certificate" in log
    assert tokens.write(token).split("/")[-2] not in log, "the secret is nowhere"
    assert tokens.write(token).split("/")[-2].encode() not in (tmp_path / "centre.db").read_bytes()


def test_a_carried_request_is_signed(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token, there = token_of(config, capsys), tmp_path / "gate"
    assert enroll(token, there, "--request", tmp_path / "request") == 0
    assert central(config, "sign", tmp_path / "request", "--out", tmp_path / "answer") == 0
    assert enroll(token, there, "--answer", tmp_path / "answer") == 0
    capsys.readouterr()
    assert central(config, "sign", tmp_path / "request") == 0
    assert '"certificate"' in capsys.readouterr().out, "again the same, for an answer that got lost"
    (tmp_path / "request").write_text("x")
    assert central(config, "sign", tmp_path / "request") == 1
    assert "refused (malformed)" in capsys.readouterr().err


def given_out(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> x509.Certificate:
    token, there = token_of(config, capsys), tmp_path / "gate"
    assert enroll(token, there, "--request", tmp_path / "request") == 0
    assert central(config, "sign", tmp_path / "request", "--out", tmp_path / "answer") == 0
    assert enroll(token, there, "--answer", tmp_path / "answer") == 0
    return x509.load_pem_x509_certificate((there / "gate-1.crt").read_bytes())


def listed(config: Path) -> set[int]:
    found = x509.load_pem_x509_crl((config.parent / "revoked.crl").read_bytes())
    assert found.next_update_utc is not None
    assert found.next_update_utc - now() > timedelta(days=3000), "a list that runs out shuts out everybody"
    return {one.serial_number for one in found}


def test_a_revocation_is_kept_listed_and_explained(
    config: Path, tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = given_out(config, tmp_path, capsys)
    assert central(config, "crl") == 0
    assert listed(config) == set()
    before = x509.load_pem_x509_crl((tmp_path / "revoked.crl").read_bytes()).last_update_utc
    where = ["--ca", str(keys), "--out", str(tmp_path)]
    assert main(["pki", "issue", "gate-1", *where]) == 0
    by_hand = x509.load_pem_x509_certificate((tmp_path / "gate-1.crt").read_bytes())
    capsys.readouterr()
    assert central(config, "revoke", "gate-1", "--reason", "stolen", "--certificate", tmp_path / "gate-1.crt") == 0
    out = capsys.readouterr().out
    assert "2 certificates count no more" in out
    assert "user gate-1\n    topic deny #" in out
    assert listed(config) == {made.serial_number, by_hand.serial_number}
    after = x509.load_pem_x509_crl((tmp_path / "revoked.crl").read_bytes()).last_update_utc
    assert after > before, "a broker that has read both takes the later one"
    assert central(config, "certificates", "gate-1") == 0
    assert capsys.readouterr().out.count("revoked") == 2
    assert central(config, "certificates", "--json") == 0
    told = {(one["reason"], one["revoked_by"]) for one in json.loads(capsys.readouterr().out)}
    assert told == {("stolen", f"uid-{os.getuid()}")}


def test_a_gate_that_nobody_knows_is_not_revoked(config: Path, tmp_path: Path) -> None:
    assert central(config, "revoke", "gate-9", "--reason", "lost") == 2
    database = open_database(f"sqlite:///{tmp_path}/centre.db")
    acts = list(SqlOffice(database).audit())
    database.close()
    assert acts == []


def test_a_token_that_was_not_used_is_gone_with_the_revocation(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = token_of(config, capsys)
    assert central(config, "revoke", "gate-1", "--reason", "lost") == 0
    assert enroll(token, tmp_path / "gate", "--request", tmp_path / "request") == 0
    assert central(config, "sign", tmp_path / "request") == 1
    assert "refused (revoked)" in capsys.readouterr().err


def test_how_long_a_token_may_be_used_is_configured_or_said(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = open_database(f"sqlite:///{tmp_path}/centre.db")
    try:
        for more, length in (((), timedelta(hours=24)), (("--valid-for", "7d"), timedelta(days=7))):
            ticket = SqlIssued(database).ticket(token_of(config, capsys, *more).id)
            assert ticket is not None
            assert (ticket.expires - ticket.made, ticket.by) == (length, f"uid-{os.getuid()}")
    finally:
        database.close()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("enroll", "office-1", "gate-9"), "the registry has no gate gate-9"),
        (("enroll", "office-2", "gate-1"), "at office-1, not at office-2"),
        (("revoke", "gate-9", "--reason", "lost"), "Neither the registry nor the certificates"),
        (("revoke", "gate-1", "--reason", "x", "--certificate", "{keys}/ca.crt"), "is no certificate of gate-1"),
        (("sign", "{keys}/none"), "Cannot read"),
    ],
)
def test_what_cannot_be_is_told(
    config: Path, keys: Path, words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert central(config, *(word.format(keys=keys) for word in words)) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "command", "told"),
    [
        ('address = "127', 'address = "" #', "enroll office-1 gate-1", "enrol.address is empty"),
        ("ca_key = ", "#", "enroll-serve", "enrol.ca_key is empty"),
        ("tls_key = ", "ca_key2 = ", "enroll-serve", "ca_key2"),
        ("ca.key", "centre.enroll.key", "enroll-serve", "is not the key of"),
        ("ca.crt", "none.crt", "enroll office-1 gate-1", "cannot read"),
        ("registry.toml", "none.toml", "enroll office-1 gate-1", "cannot be read"),
        ('"files" = ["registry.toml"]', "", "enroll office-1 gate-1", "only a gate that the registry has"),
        ("crl = ", "#", "crl", "enrol.crl is empty"),
    ],
)
def test_what_is_missing_for_a_command_is_told(
    config: Path, old: str, new: str, command: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = config.read_text().replace("files = [", '"files" = [')
    assert old in text
    config.write_text(text.replace(old, new))
    assert central(config, *command.split()) == 2
    assert told in capsys.readouterr().err


def test_a_key_of_the_authority_that_others_may_read_is_not_used(
    config: Path, tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ca.key").write_bytes((keys / "ca.key").read_bytes())
    (tmp_path / "ca.key").chmod(0o644)
    config.write_text(config.read_text().replace(str(keys / "ca.key"), "ca.key"))
    assert central(config, "enroll-serve") == 2
    assert "others may read" in capsys.readouterr().err
