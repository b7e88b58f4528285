"""Requests, certificates and lists of withdrawn ones: what is right is taken, and every way of being wrong is told."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from hypothesis import example, given
from hypothesis import strategies as st

from gate.pki import checking, making, requests, withdrawing
from gate.pki.errors import PkiError
from gate.pki.making import Authority
from gate.pki.withdrawing import Withdrawn

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = making.new_key()


def authority() -> Authority:
    key = making.new_key()
    return Authority(making.self_signed("gate authority", key, NOON, 100 * DAY), key)


OURS, OTHERS = authority(), authority()


def issued(name: str = "gate-1", hosts: tuple[str, ...] = (), by: Authority = OURS, length: timedelta = DAY) -> bytes:
    return making.certificate_to_pem(making.issued(by, name, KEY.public_key(), hosts, (NOON, length)))


def request_of(name: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    how = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    made = x509.CertificateSigningRequestBuilder(subject).sign(key, how)
    return made.public_bytes(serialization.Encoding.DER)


def test_a_request_gives_the_key_it_was_made_with() -> None:
    assert requests.key_of(requests.made("gate-1", KEY), "gate-1") == KEY.public_key()


@pytest.mark.parametrize(
    ("der", "told"),
    [
        (request_of("gate-2", KEY), "not for the name gate-1"),
        (request_of("gate-1", ec.generate_private_key(ec.SECP384R1())), "not for a key on P-256"),
        (request_of("gate-1", ed25519.Ed25519PrivateKey.generate()), "not for a key on P-256"),
        (requests.made("gate-1", KEY)[:-1] + b"\0", "not signed by the key"),
        (b"", "no PKCS #10"),
        (b"\x30" * 100, "no PKCS #10"),
        (b"0" * 2049, "longer"),
    ],
    ids=["name", "p384", "ed25519", "signature", "empty", "noise", "long"],
)
def test_a_request_that_will_not_do_is_told(der: bytes, told: str) -> None:
    with pytest.raises(PkiError, match=told):
        requests.key_of(der, "gate-1")


@given(place=st.integers(0, len(requests.made("gate-1", KEY)) - 1), flip=st.integers(1, 255))
@example(place=7, flip=1)  # another version
def test_a_request_that_was_changed_anywhere_gives_no_other_key(place: int, flip: int) -> None:
    der = bytearray(requests.made("gate-1", KEY))
    der[min(place, len(der) - 1)] ^= flip
    try:
        found = requests.key_of(bytes(der), "gate-1")
    except PkiError:
        return
    assert found == KEY.public_key(), "only a byte that says nothing may change"


def test_the_pin_takes_one_authority_alone() -> None:
    pin = requests.fingerprint(OURS.key.public_key())
    assert checking.authority_of(making.certificate_to_pem(OURS.certificate), pin) == OURS.certificate
    with pytest.raises(PkiError, match="another authority than the token names"):
        checking.authority_of(making.certificate_to_pem(OTHERS.certificate), pin)
    with pytest.raises(PkiError, match="no certificate"):
        checking.authority_of(b"x", pin)


def checked(pem: bytes, name: str = "gate-1", now: datetime | None = NOON) -> x509.Certificate:
    return checking.client_certificate(pem, OURS.certificate, name, KEY.public_key(), now)


def test_a_certificate_for_this_gate_is_taken() -> None:
    assert making.name_of(checked(issued())) == "gate-1"
    old = making.issued(OURS, "gate-1", KEY.public_key(), (), (NOON - 9 * DAY, DAY))
    assert checked(making.certificate_to_pem(old), now=None) == old, "no clock says that it has ended"


def _of_another_key() -> bytes:
    made = making.issued(OURS, "gate-1", making.new_key().public_key(), (), (NOON, DAY))
    return making.certificate_to_pem(made)


@pytest.mark.parametrize(
    ("pem", "told", "now"),
    [
        (issued(by=OTHERS), "not issued by the authority", NOON),
        (_of_another_key(), "another key", NOON),
        (issued("gate-2"), "another name", NOON),
        (issued(hosts=("10.0.0.1",)), "not for a client", NOON),
        (making.certificate_to_pem(OURS.certificate), "not issued|another key", NOON),
        (issued(), "this machine's clock says", NOON + 2 * DAY),
        (issued(), "this machine's clock says", NOON - 2 * DAY),
        (b"", "no certificate", NOON),
    ],
    ids=["authority", "key", "name", "server", "itself", "late", "early", "empty"],
)
def test_a_certificate_that_will_not_do_is_told(pem: bytes, told: str, now: datetime) -> None:
    with pytest.raises(PkiError, match=told):
        checked(pem, now=now)


def test_openssl_takes_the_list_and_refuses_who_is_on_it_alone(tmp_path: Path) -> None:
    now = datetime.now(UTC)  # noqa: TID251  (OpenSSL looks at the machine's clock)
    key = making.new_key()
    ours = Authority(making.self_signed("gate authority", key, now, DAY * 10), key)
    gates = {n: making.issued(ours, n, KEY.public_key(), (), (now, DAY)) for n in ("gate-1", "gate-2")}
    (tmp_path / "ca.crt").write_bytes(making.certificate_to_pem(ours.certificate))
    listed = withdrawing.listed(ours, [Withdrawn(gates["gate-1"].serial_number, now)], now)
    (tmp_path / "list.crl").write_bytes(listed)
    for name, certificate in gates.items():
        (tmp_path / name).write_bytes(making.certificate_to_pem(certificate))
        command = ["openssl", "verify", "-crl_check", "-CAfile", "ca.crt", "-CRLfile", "list.crl", name]
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert (found.returncode == 0) == (name == "gate-2")
        assert (b"certificate revoked" in found.stderr) == (name == "gate-1")
