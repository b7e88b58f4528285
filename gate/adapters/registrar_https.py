"""The centre's registrar, over HTTPS with the standard library.

Rules: TLS 1.3 alone. Nothing is sent to a listener before its certificate was checked against the authority; only the
authority itself is fetched without, and whoever fetches it compares it with what the token pins. A request has a
deadline for each step, and what comes back a bound.
"""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path
from typing import Final

from gate.ports import AdapterError
from gate.wire import enrolment
from gate.wire.address import split
from gate.wire.enrolment import Issued, Refused

_TIMEOUT_S: Final = 10.0


def fetch_authority(address: str) -> bytes:
    """What this listener calls its authority, in PEM; not proved by anything. Raises ``AdapterError``."""
    context = _context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _exchange(address, context, "GET", enrolment.AUTHORITY, b"")


def enrol(address: str, authority: bytes, request: bytes) -> Issued | Refused:
    """Ask for the first certificate. Raises ``AdapterError``."""
    context = _context()
    context.load_verify_locations(cadata=authority.decode("ascii"))
    return _asked(address, context, enrolment.ENROL, request)


class HttpsRegistrar:
    """``ports.Registrar``: asks under the certificate in these files, which are read each time."""

    def __init__(self, address: str, ca: Path, certificate: Path, key: Path) -> None:
        self._address = address
        self._files = ca, certificate, key

    def renew(self, request: bytes) -> Issued | Refused:
        ca, certificate, key = self._files
        context = _context()
        try:
            context.load_verify_locations(ca)
            context.load_cert_chain(certificate, key, password=_no_password)
        except (OSError, ValueError) as error:
            raise AdapterError(f"cannot use {ca}, {certificate} and {key}: {_told(error)}") from error
        return _asked(self._address, context, enrolment.RENEW, request)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _asked(address: str, context: ssl.SSLContext, path: str, request: bytes) -> Issued | Refused:
    found = enrolment.read_answer(_exchange(address, context, "POST", path, request))
    if isinstance(found, str):
        raise AdapterError(f"{address} answers, but {found}")
    return found


def _exchange(address: str, context: ssl.SSLContext, method: str, path: str, body: bytes) -> bytes:
    place = split(address)
    if place is None:
        raise AdapterError(f"{address!r} is no host:port")
    link = http.client.HTTPSConnection(*place, timeout=_TIMEOUT_S, context=context)
    try:
        link.request(method, path, body or None, {"Content-Type": enrolment.REQUEST_TYPE, "Connection": "close"})
        with link.getresponse() as answer:
            return answer.read(enrolment.MOST_BYTES + 1)
    except ssl.SSLCertVerificationError as error:
        raise AdapterError(
            f"the certificate of {address} is not one of the centre's authority for that name "
            f"({error.verify_message}); nothing was sent"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise AdapterError(f"cannot ask {address}: {_told(error)}; look at the network and the address") from error
    finally:
        link.close()


def _told(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


def _no_password() -> str:
    """OpenSSL would ask at the terminal."""
    raise ValueError("the key is locked with a password; store it without one")
