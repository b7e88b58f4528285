"""The registrar's listener and the gate's side of it, over real TLS: who is heard, and who cannot hold it up."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.adapters import registrar_https
from gate.adapters.own_certificate import CertificateFiles
from gate.adapters.registrar_https import HttpsRegistrar
from gate.central.adapters import listener
from gate.central.adapters.listener import Listener, ListenerFiles, ListenError
from gate.central.rate import MOST_ADDRESSES, Rate
from gate.pki import checking, making, requests
from gate.pki.errors import PkiError
from gate.ports import AdapterError
from gate.wire import enrolment
from gate.wire.enrolment import Issued, Refusal, Refused
from tests.broker import HOST, free_port
from tests.central.registrars import GATE, Place, authority, listener_files, listening

KEY = making.new_key()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Place]:
    with listening(tmp_path) as found:
        yield found


def enrolled(centre: Place, folder: Path) -> CertificateFiles:
    """As ``gate enroll`` does it."""
    token = centre.token()
    pem = registrar_https.fetch_authority(token.address)
    checking.authority_of(pem, token.pin)
    found = registrar_https.enrol(token.address, pem, enrolment.ask(token, requests.made(GATE, KEY)))
    assert isinstance(found, Issued)
    files = CertificateFiles(folder / "own-ca.crt", folder / "gate-1.crt", folder / "gate-1.key")
    files.keep_key(making.key_to_pem(KEY))
    files.keep_authority(found.authority)
    files.replace(found.certificate)
    return files


def test_a_gate_enrols_and_renews(centre: Place, tmp_path: Path) -> None:
    files = enrolled(centre, tmp_path)
    assert files.key.stat().st_mode & 0o777 == 0o600
    registrar = HttpsRegistrar(centre.address, files.ca, files.certificate, files.key)
    found = registrar.renew(enrolment.ask_again(requests.made(GATE, KEY)))
    assert isinstance(found, Issued)
    assert found.certificate != files.read()[0]
    centre.store.revoke(GATE, "lost", "uid-7", centre.at)
    refused = registrar.renew(enrolment.ask_again(requests.made(GATE, KEY)))
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.REVOKED


def test_a_renewal_without_a_certificate_is_refused(centre: Place) -> None:
    pem = registrar_https.fetch_authority(centre.address)
    context = ssl.create_default_context(cadata=pem.decode())
    body = enrolment.ask_again(requests.made(GATE, KEY))
    answer = registrar_https._exchange(centre.address, context, "POST", enrolment.RENEW, body)
    found = enrolment.read_answer(answer)
    assert isinstance(found, Refused)
    assert found.reason is Refusal.UNKNOWN_CERTIFICATE


def test_older_tls_is_not_spoken_and_no_session_can_be_resumed(centre: Place) -> None:
    """A session that is resumed would show no certificate, whatever it was begun with."""
    context = ssl.create_default_context(cadata=making.certificate_to_pem(centre.authority.certificate).decode())
    host, port = centre.address.split(":")
    with (
        socket.create_connection((host, int(port)), 10) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as s,
    ):
        s.sendall(f"GET {enrolment.AUTHORITY} HTTP/1.0\r\n\r\n".encode())
        assert b"BEGIN CERTIFICATE" in b"".join(iter(lambda: s.recv(4096), b""))
        assert s.version() == "TLSv1.3"
        assert s.session is None or not s.session.has_ticket
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection((host, int(port)), 10) as plain, pytest.raises(ssl.SSLError, match="VERSION"):
        context.wrap_socket(plain, server_hostname=HOST)


def test_a_certificate_of_another_authority_is_not_let_in(centre: Place, tmp_path: Path) -> None:
    files, other = enrolled(centre, tmp_path), authority()
    foreign = making.issued(other, GATE, KEY.public_key(), (), (centre.at, centre.length))
    files.replace(making.certificate_to_pem(foreign))
    with pytest.raises(AdapterError, match="cannot ask"):
        HttpsRegistrar(centre.address, files.ca, files.certificate, files.key).renew(b"{}")


def test_nothing_is_sent_to_a_listener_that_is_not_the_centre_s(centre: Place, tmp_path: Path) -> None:
    token = centre.token()
    with listening(tmp_path / "false") as false:
        pem = registrar_https.fetch_authority(false.address)
        with pytest.raises(PkiError, match="another authority than the token names"):
            checking.authority_of(pem, token.pin)
        right = making.certificate_to_pem(centre.authority.certificate)
        with pytest.raises(AdapterError, match="nothing was sent"):
            registrar_https.enrol(false.address, right, b"secret")


def test_a_gate_s_certificate_cannot_play_the_centre(centre: Place, tmp_path: Path) -> None:
    """It is of the same authority, and for clients alone."""
    key = making.new_key()
    stolen = making.issued(centre.authority, "gate-2", key.public_key(), (), (centre.at, centre.length))
    files = listener_files(tmp_path, centre.authority)
    files.certificate.write_bytes(making.certificate_to_pem(stolen))
    files.key.write_bytes(making.key_to_pem(key))
    with _bare(files) as port, pytest.raises(AdapterError, match="nothing was sent"):
        registrar_https.enrol(f"{HOST}:{port}", making.certificate_to_pem(centre.authority.certificate), b"secret")


class _bare:  # noqa: N801  (used as a function)
    """Accepts one TLS connection with these files."""

    def __init__(self, files: ListenerFiles) -> None:
        self._context = listener._context(files)
        self._socket = socket.create_server((HOST, 0))

    def __enter__(self) -> int:
        from gate.service.threads import Worker  # noqa: PLC0415  (for this helper alone)

        self._worker = Worker("bare", lambda _stop, _beat: self._accept(), lambda _: None)
        self._worker.start()
        return int(self._socket.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        assert self._worker.stop(10)
        self._socket.close()

    def _accept(self) -> None:
        link, _ = self._socket.accept()
        link.settimeout(5)
        with link, suppress(OSError):
            self._context.wrap_socket(link, server_side=True).close()


def plain_talk(centre: Place, text: bytes, most: int = 4096) -> bytes:
    """What comes back for these bytes in TLS."""
    context = ssl.create_default_context(cadata=making.certificate_to_pem(centre.authority.certificate).decode())
    port = int(centre.address.rpartition(":")[2])
    with (
        socket.create_connection((HOST, port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as secure,
    ):
        secure.sendall(text)
        found = b""
        while chunk := secure.recv(most):
            found += chunk
        return found


HEAD = f"POST {enrolment.ENROL} HTTP/1.1\r\nHost: x\r\n".encode()


@pytest.mark.parametrize(
    "text",
    [
        HEAD + b"\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 99999\r\n\r\n",
        HEAD + b"Content-Length: 1e3\r\n\r\n",
        HEAD + "Content-Length: ٣\r\n\r\n".encode(),
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\nx",
        HEAD.replace(b"/v1/enrol", b"/v1/other") + b"Content-Length: 1\r\n\r\nx",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["none", "negative", "long", "exponent", "arabic", "chunked", "path", "root"],
)
def test_what_is_no_request_is_told_in_one_answer(centre: Place, text: bytes) -> None:
    answer = plain_talk(centre, text)
    assert answer.startswith(b"HTTP/1.0 400")
    assert b'"malformed"' in answer


def test_the_listener_outlives_noise_and_says_nothing_of_itself(centre: Place) -> None:
    port = int(centre.address.rpartition(":")[2])
    for noise in (b"", b"\x00" * 100, b"GET / HTTP/1.0\r\n\r\n"):
        with socket.create_connection((HOST, port), timeout=10) as plain:
            plain.sendall(noise)
    answer = plain_talk(centre, b"DELETE / HTTP/1.1\r\n\r\n")
    assert b"Python" not in answer
    assert registrar_https.fetch_authority(centre.address)


def test_who_never_ends_a_request_is_dropped_by_the_deadline_and_holds_up_nobody(
    centre: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "DEADLINE_S", 0.5)
    port = int(centre.address.rpartition(":")[2])
    silent = [socket.create_connection((HOST, port), timeout=10) for _ in range(5)]
    assert registrar_https.fetch_authority(centre.address)
    assert plain_talk(centre, HEAD + b"Content-Length: 5\r\n\r\nx") == b"", "the rest never came"
    for one in silent:
        assert one.recv(1) == b""
        one.close()


def test_a_stop_waits_for_nobody(tmp_path: Path) -> None:
    before_s = time.monotonic()
    with listening(tmp_path) as centre:
        silent = socket.create_connection((HOST, int(centre.address.rpartition(":")[2])), timeout=10)
        assert registrar_https.fetch_authority(centre.address), "the silent one is being served by now"
    assert time.monotonic() - before_s < listener.DEADLINE_S
    silent.close()


def test_a_head_without_end_is_cut(centre: Place) -> None:
    assert b"200" not in plain_talk(centre, HEAD + b"x: y\r\n" * 3000)[:20]


@pytest.mark.parametrize("bound", ["AT_ONCE", "AT_ONCE_OF_ONE"])
def test_only_so_many_are_served_at_once(
    centre: Place, bound: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(listener, bound, 2)
    monkeypatch.setattr(listener, "DEADLINE_S", 1.0)
    other = tmp_path / "small"
    with listening(other) as small:
        port = int(small.address.rpartition(":")[2])
        held = [socket.create_connection((HOST, port), timeout=10) for _ in range(2)]
        with pytest.raises(AdapterError):
            registrar_https.fetch_authority(small.address)
        for one in held:
            assert one.recv(1) == b""
            one.close()
        assert certificate_is_there(small), "the places are free again"
    assert centre.address != small.address


def certificate_is_there(place: Place) -> bool:
    """Whether it answers, once what is being closed has been."""
    for _ in range(100):
        with suppress(AdapterError):
            return bool(registrar_https.fetch_authority(place.address))
    return False


def test_an_address_that_asks_too_often_is_told_to_wait(tmp_path: Path) -> None:
    with listening(tmp_path, Rate(3, 1000.0)) as centre:
        for _ in range(3):
            registrar_https.fetch_authority(centre.address)
        assert b'"too_many"' in registrar_https.fetch_authority(centre.address)


@given(asks=st.lists(st.floats(0, 100), max_size=60))
@settings(max_examples=50)
def test_a_rate_is_never_exceeded_in_any_span(asks: list[float]) -> None:
    rate = Rate(4, 2.0)
    allowed = [now for now in sorted(asks) if rate.allows("10.0.0.1", now)]
    for start, begin in enumerate(allowed):
        for count, end in enumerate(allowed[start:], 1):
            assert count <= 4 + (end - begin) / 2.0 + 1e-6


def test_one_household_has_one_rate_and_a_crowd_is_forgotten() -> None:
    rate = Rate(1, 60.0)
    assert rate.allows("2001:db8::1", 0)
    assert not rate.allows("2001:db8::2", 0)
    assert rate.allows("2001:db8:0:1::1", 0)
    assert rate.allows("::ffff:10.0.0.1", 0)
    assert not rate.allows("10.0.0.1", 0)
    for number in range(MOST_ADDRESSES):
        rate.allows(f"name-{number}", 0)
    assert rate.allows("10.0.0.1", 0)
    assert len(rate._free_s) == MOST_ADDRESSES


def test_what_it_cannot_listen_with_is_told(centre: Place, tmp_path: Path) -> None:
    files = ListenerFiles(tmp_path / "none", tmp_path / "none", tmp_path / "none")
    with pytest.raises(ListenError, match="gate pki"):
        Listener(HOST, 0, files, centre.registrar, Rate(1, 1))
    taken = int(centre.address.rpartition(":")[2])
    with pytest.raises(ListenError, match="cannot listen"):
        Listener(HOST, taken, listener_files(tmp_path, centre.authority), centre.registrar, Rate(1, 1))


def test_a_centre_that_is_not_there_is_told() -> None:
    for address in (f"{HOST}:{free_port()}", "nonsense"):
        with pytest.raises(AdapterError):
            registrar_https.fetch_authority(address)
