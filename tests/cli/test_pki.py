"""`gate pki`: what it makes is judged by OpenSSL, and nothing of it is lost by mistake."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from gate.cli.main import main


def gate(*arguments: object) -> int:
    return main(["pki", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert gate("ca", "--out", tmp_path) == 0
    assert (
        gate("issue", "broker", "--host", "broker.example", "--host", "10.0.0.5", "--ca", tmp_path, "--out", tmp_path)
        == 0
    )
    assert gate("issue", "gate-1", "--ca", tmp_path, "--out", tmp_path) == 0
    return tmp_path


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def openssl_takes(folder: Path, name: str, purpose: str, *more: str) -> bool:
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(folder / "ca.crt"), "-purpose", purpose, *more]
    return subprocess.run([*command, str(folder / f"{name}.crt")], capture_output=True, check=False).returncode == 0


def test_openssl_takes_each_for_its_purpose_alone(folder: Path) -> None:
    assert openssl_takes(folder, "broker", "sslserver", "-verify_hostname", "broker.example")
    assert openssl_takes(folder, "broker", "sslserver", "-verify_ip", "10.0.0.5")
    assert not openssl_takes(folder, "broker", "sslserver", "-verify_hostname", "other.example")
    assert openssl_takes(folder, "gate-1", "sslclient")
    assert not openssl_takes(folder, "gate-1", "sslserver"), "a gate cannot pretend to be the broker"
    assert not openssl_takes(folder, "broker", "sslclient")


def test_a_gate_s_certificate_names_the_gate_and_its_key_is_its_owner_s_alone(folder: Path) -> None:
    assert certificate(folder / "gate-1.crt").subject.rfc4514_string() == "CN=gate-1"
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.key")} == {0o600}
    usage = certificate(folder / "gate-1.crt").extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


@pytest.mark.parametrize("arguments", [("ca",), ("issue", "gate-1", "--ca", "{}")])
def test_nothing_is_overwritten_but_by_force(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    again = [argument.format(folder) for argument in arguments]
    assert gate(*again, "--out", folder) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert gate(*again, "--out", folder, "--force") == 0
    assert {path: path.read_bytes() for path in folder.iterdir()} != before


def test_a_certificate_that_is_there_leaves_no_key_of_another_beside_it(folder: Path) -> None:
    (folder / "gate-1.key").unlink()
    assert gate("issue", "gate-1", "--ca", folder, "--out", folder) == 2
    assert not (folder / "gate-1.key").exists()


def test_renewal_keeps_name_hosts_purpose_and_key_and_moves_the_end(folder: Path) -> None:
    for name in ("broker", "gate-1"):
        old, key = certificate(folder / f"{name}.crt"), (folder / f"{name}.key").read_bytes()
        assert gate("renew", folder / f"{name}.crt", "--ca", folder, "--valid-for", "700d") == 0
        new = certificate(folder / f"{name}.crt")
        assert new.not_valid_after_utc > old.not_valid_after_utc
        assert (new.subject, new.public_key()) == (old.subject, old.public_key())
        assert new.serial_number != old.serial_number
        assert (folder / f"{name}.key").read_bytes() == key
    assert openssl_takes(folder, "broker", "sslserver", "-verify_hostname", "broker.example")
    assert openssl_takes(folder, "gate-1", "sslclient")


def test_only_what_this_authority_issued_is_renewed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    assert gate("ca", "--out", other) == 0
    assert gate("renew", folder / "gate-1.crt", "--ca", other) == 2
    assert gate("renew", folder / "ca.crt", "--ca", folder) == 2
    assert capsys.readouterr().err.count("was not issued by the authority") == 2


def test_what_ends_is_shown_and_told_by_the_exit_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate("show", *sorted(folder.glob("*.crt"))) == 0
    shown = capsys.readouterr().out
    assert "broker (broker broker.example, 10.0.0.5)" in shown
    assert "gate-1 (client)" in shown
    assert "gate authority (authority)" in shown
    assert "364 days left" in shown
    assert gate("issue", "gate-2", "--ca", folder, "--out", folder, "--valid-for", "8h") == 0
    assert gate("show", folder / "gate-2.crt") == 1
    assert "RENEW IT" in capsys.readouterr().out


def test_no_certificate_outlives_its_authority(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate("issue", "gate-2", "--ca", folder, "--out", folder, "--valid-for", "4000d") == 2
    assert "shorten the validity" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["site", "all", "ca", "../x", "Gate", "a/b", "#", "+", "", "x" * 64])
def test_names_that_mean_something_else(folder: Path, name: str) -> None:
    with pytest.raises(SystemExit):
        gate("issue", name, "--ca", folder, "--out", folder)


def test_what_is_no_certificate_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "x.crt").write_text("x")
    assert gate("show", folder / "x.crt") == 2
    assert "no certificate in PEM" in capsys.readouterr().err
    (folder / "ca.key").write_bytes((folder / "gate-1.key").read_bytes())
    assert gate("issue", "gate-3", "--ca", folder, "--out", folder) == 2
    assert "is not the key of" in capsys.readouterr().err
