"""The registrar's listener: HTTPS with the standard library, for one request each.

Rules: TLS 1.3 alone; a client may show a certificate, and must for a renewal. A connection has a deadline for all of
it, a body a bound, an address a rate, and only so many are served at once; who gets nothing is told at most one line.
What a client sends is in no log. Each connection has a thread, which ends by the deadline.
"""

from __future__ import annotations

import io
import logging
import socket
import socketserver
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from gate.central.rate import Rate
from gate.central.registrar import Registrar
from gate.wire import enrolment
from gate.wire.enrolment import Issued, Refusal, Refused

log = logging.getLogger(__name__)

DEADLINE_S: Final = 10.0
"""For one connection, from its first byte to its last."""
AT_ONCE: Final = 64
AT_ONCE_OF_ONE: Final = 16
"""The same from one address, so that one cannot take every place."""
MOST_HEAD_BYTES: Final = 8 * 1024
LOOK_S: Final = 0.2
_STATUS = {
    Refusal.MALFORMED: HTTPStatus.BAD_REQUEST,
    Refusal.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Refusal.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""All others are FORBIDDEN; what counts is the answer's body."""
_TOO_MANY = Refused(Refusal.TOO_MANY, "too many requests from this address; try again in a minute")


class ListenError(Exception):
    """It cannot listen; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class ListenerFiles:
    """PEM files: the authority, and the listener's own certificate, issued with its hosts by that authority."""

    authority: Path
    certificate: Path
    key: Path


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens from the start; ``run`` serves. Raises ``ListenError``."""

    daemon_threads = False
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, files: ListenerFiles, registrar: Registrar, rate: Rate) -> None:
        self.registrar = registrar
        self._rate = rate
        self._lock = threading.Lock()
        self._open: set[ssl.SSLSocket] = set()
        self._served: Counter[str] = Counter()
        """How many connections of each address are served now."""
        self._context = _context(files)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise ListenError(f"cannot listen at {host}:{port}: {error.strerror}; correct the address") from error

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Serve until stopped; connections that are open then are cut. Closes the listener."""
        self.timeout = LOOK_S
        try:
            while not stop.is_set():
                beat()
                self.handle_request()
        finally:
            with self._lock:
                for one in self._open:
                    with suppress(OSError):
                        socket.socket.shutdown(one, socket.SHUT_RDWR)
            self.server_close()

    def allows(self, address: str) -> bool:
        """Whether this address may ask now."""
        with self._lock:
            return self._rate.allows(address, time.monotonic())

    def process_request(self, request: Any, client_address: Any) -> None:
        address = str(client_address[0])
        with self._lock:
            free = self._served.total() < AT_ONCE and self._served[address] < AT_ONCE_OF_ONE
            self._served[address] += free
        if free:
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._served.subtract([str(client_address[0])])
                self._served += Counter()  # forgets who has none

    def finish_request(self, request: Any, client_address: Any) -> None:
        until_s = time.monotonic() + DEADLINE_S
        request.settimeout(DEADLINE_S)
        with (
            self._context.wrap_socket(request, server_side=True, do_handshake_on_connect=False) as secure,
            self._while_open(secure),
        ):
            secure.do_handshake()
            bounded: Any = _Bounded(secure, until_s)  # all that the handler needs of a socket
            _Handler(bounded, client_address, self)

    @contextmanager
    def _while_open(self, secure: ssl.SSLSocket) -> Iterator[None]:
        """Known as open, so that a stop can cut it."""
        with self._lock:
            self._open.add(secure)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(secure)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  (socketserver's)
        log.debug("a connection to the registrar ended early")


class _Bounded(io.RawIOBase):
    """A secure socket with a deadline for all that is read and written, and a bound on what is read."""

    def __init__(self, secure: ssl.SSLSocket, until_s: float) -> None:
        super().__init__()
        self.secure = secure
        self._until_s = until_s
        self._left = MOST_HEAD_BYTES + enrolment.MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._set_timeout()
        got = self.secure.recv_into(buffer, min(len(buffer), max(self._left, 0)) or 1)
        self._left -= got
        if self._left < 0:
            raise TimeoutError("more than anybody needs to say")
        return got

    def send(self, data: bytes) -> None:
        self._set_timeout()
        self.secure.sendall(data)

    def _set_timeout(self) -> None:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the deadline of the connection")
        self.secure.settimeout(left_s)


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Listener
    server_version = "gate"
    sys_version = ""

    def setup(self) -> None:
        bounded: Any = self.request
        self.bounded: _Bounded = bounded
        self.rfile = io.BufferedReader(bounded, 4096)
        self.answered = io.BytesIO()
        self.wfile = self.answered

    def handle(self) -> None:
        self.handle_one_request()
        self.bounded.send(self.answered.getvalue())

    def finish(self) -> None:
        """Nothing to flush; the listener closes the connection."""

    def do_GET(self) -> None:
        """The authority's certificate."""
        if self._allowed():
            if self.path == enrolment.AUTHORITY:
                self._send(HTTPStatus.OK, enrolment.PEM_TYPE, self.server.registrar.authority_pem)
            else:
                self._answer(Refused(Refusal.MALFORMED, "there is nothing here"))

    def do_POST(self) -> None:
        """A request for a certificate."""
        if not self._allowed():
            return
        body = self._body()
        if body is None or self.path not in {enrolment.ENROL, enrolment.RENEW}:
            self._answer(Refused(Refusal.MALFORMED, "this is no request for a certificate"))
        elif self.path == enrolment.ENROL:
            self._answer(self.server.registrar.enrol(body))
        else:
            self._answer(self._renewed(body))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (http.server's)
        """Nothing that a client chose is written anywhere."""

    def _renewed(self, body: bytes) -> Issued | Refused:
        der = self.bounded.secure.getpeercert(binary_form=True)
        if der is None:
            return Refused(Refusal.UNKNOWN_CERTIFICATE, "a renewal needs the certificate that is to be renewed")
        return self.server.registrar.renew(x509.load_der_x509_certificate(der), body)

    def _allowed(self) -> bool:
        allowed = self.server.allows(str(self.client_address[0]))
        if not allowed:
            self._answer(_TOO_MANY)
        return allowed

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        plain = length.isascii() and length.isdecimal() and len(length) < len("1000000")
        if not plain or "Transfer-Encoding" in self.headers or int(length) > enrolment.MOST_BYTES:
            return None
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else None

    def _answer(self, what: Issued | Refused) -> None:
        if isinstance(what, Refused):
            log.info("%s is refused: %s", self.path if self.path in _PATHS else "a request", what.reason)
        status = HTTPStatus.OK if isinstance(what, Issued) else _STATUS.get(what.reason, HTTPStatus.FORBIDDEN)
        self._send(status, enrolment.CONTENT_TYPE, enrolment.answer(what))

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


_PATHS = (enrolment.ENROL, enrolment.RENEW, enrolment.AUTHORITY)


def _context(files: ListenerFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_OPTIONAL
    context.num_tickets = 0  # a session that is resumed would show no certificate
    try:
        context.load_verify_locations(files.authority)
        context.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (OSError, ValueError) as error:
        told = (isinstance(error, OSError) and error.strerror) or str(error)
        raise ListenError(
            f"cannot use {files.authority}, {files.certificate} and {files.key}: {told}; issue them with gate pki"
        ) from error
    return context


def _no_password() -> str:
    """OpenSSL would ask at the terminal."""
    raise ValueError("the key is locked with a password; store it without one")
