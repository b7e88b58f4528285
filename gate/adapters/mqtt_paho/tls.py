"""TLS 1.3 to the broker with the gate's own certificate, and in words why it does not work.

Rules: the files are read anew for every connection, so that a renewed certificate needs no restart. Nothing here ever
goes on without TLS. OpenSSL judges by the machine's clock, which is what "not valid yet" then says.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gate.ports import LinkFault

if TYPE_CHECKING:
    from cryptography import x509

_VERIFY: Final = {
    9: (LinkFault.BROKER_NOT_YET_VALID, "is not valid yet; look at this machine's clock first"),
    10: (LinkFault.BROKER_EXPIRED, "has expired; renew it at the broker, or look at this machine's clock"),
    62: (LinkFault.BROKER_OTHER_HOST, "is for another name; correct mqtt.host, or the certificate"),
    64: (LinkFault.BROKER_OTHER_HOST, "is for another address; correct mqtt.host, or the certificate"),
}
"""By OpenSSL's X509_V_ERR numbers."""
_UNTRUSTED: Final = "is not signed by the authority in mqtt.tls_ca"
_TOO_OLD: Final = ("UNSUPPORTED_PROTOCOL", "ALERT_PROTOCOL_VERSION", "WRONG_SSL_VERSION", "VERSION_TOO_LOW")
_NO_TLS: Final = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNEXPECTED_EOF", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO")
_OWN: Final = (
    "ALERT_CERTIFICATE",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_UNSUPPORTED_CERTIFICATE",
    "ALERT_NO_CERTIFICATE",
    "ALERT_UNKNOWN_CA",
    "ALERT_ACCESS_DENIED",
    "ALERT_DECRYPT_ERROR",
)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. Without ``certificate`` and ``key`` the broker has to know the gate by a password."""

    now: Callable[[], datetime]
    """What time it is, UTC."""
    ca: Path
    certificate: Path | None = None
    key: Path | None = None


class TlsError(OSError):
    """There can be no connection for this reason; an OSError, so that paho tries again."""

    def __init__(self, fault: LinkFault, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was read from the files."""

    context: ssl.SSLContext
    until: datetime | None
    """The end of the gate's own certificate, UTC."""


def load(files: TlsFiles) -> Credentials:
    """Read all files. Raises ``TlsError`` with the one thing to mend."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(files.ca)
    except (OSError, ssl.SSLError) as error:
        raise TlsError(LinkFault.BROKER_UNTRUSTED, _unusable("mqtt.tls_ca", files.ca, error)) from error
    if files.certificate is None or files.key is None:
        return Credentials(context, None)
    own = _own(files.certificate)
    _in_time(own, files.certificate, files.now())
    try:
        context.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (OSError, ValueError) as error:
        raise TlsError(LinkFault.OWN_CERTIFICATE, _unusable("mqtt.tls_key", files.key, error)) from error
    return Credentials(context, own.not_valid_after_utc)


def until(files: TlsFiles) -> datetime | None:
    """The end of the gate's own certificate, UTC; None without one or when it cannot be read."""
    try:
        return None if files.certificate is None else _own(files.certificate).not_valid_after_utc
    except TlsError:
        return None


def explained(error: OSError, place: str) -> tuple[LinkFault, str]:
    """What an error of the handshake, or soon after it, says about the broker at this place (host:port)."""
    if isinstance(error, TlsError):
        return error.fault, str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        fault, what = _VERIFY.get(error.verify_code, (LinkFault.BROKER_UNTRUSTED, _UNTRUSTED))
        return fault, f"the certificate of the broker at {place} {what} ({error.verify_message})"
    told = (error.reason or str(error)) if isinstance(error, ssl.SSLError) else str(error)
    if any(sign in told for sign in _OWN):
        return _own_refused(told, place)
    if any(sign in told for sign in _TOO_OLD):
        return LinkFault.TLS_TOO_OLD, f"the broker at {place} has no TLS 1.3, and the gate takes nothing older ({told})"
    if any(sign in told for sign in _NO_TLS) or isinstance(error, ssl.SSLEOFError | ConnectionResetError):
        return LinkFault.NO_TLS, (
            f"the broker at {place} does not answer in TLS; correct mqtt.port, or switch its TLS on: "
            f"the gate never goes on without ({told})"
        )
    return LinkFault.TLS, f"TLS with the broker at {place} fails: {told}"


def _own_refused(told: str, place: str) -> tuple[LinkFault, str]:
    if "CERTIFICATE_EXPIRED" in told:
        return LinkFault.OWN_EXPIRED, f"the broker at {place} says that the gate's certificate has expired ({told})"
    return LinkFault.OWN_CERTIFICATE, f"the broker at {place} does not accept the gate's certificate ({told})"


def _own(path: Path) -> x509.Certificate:
    from cryptography import x509  # noqa: PLC0415  (only a gate with a certificate loads it)

    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TlsError(LinkFault.OWN_CERTIFICATE, _unusable("mqtt.tls_certificate", path, error)) from error


def _in_time(own: x509.Certificate, path: Path, now: datetime) -> None:
    begin, end = own.not_valid_before_utc, own.not_valid_after_utc
    if now >= end:
        raise TlsError(
            LinkFault.OWN_EXPIRED,
            f"the gate's certificate {path} has expired on {end:%Y-%m-%d}; put the renewed one there",
        )
    if now < begin:
        raise TlsError(
            LinkFault.OWN_NOT_YET_VALID,
            f"the gate's certificate {path} is not valid before {begin:%Y-%m-%d}, and this machine's clock says "
            f"{now:%Y-%m-%d}; look at the clock",
        )


def _unusable(key: str, path: Path, error: Exception) -> str:
    told = (isinstance(error, OSError) and error.strerror) or str(error)
    return f"cannot use {path} ({key}): {told}"


def _no_password() -> str:
    """OpenSSL would ask at the terminal; a key on a unit that starts by itself has no password."""
    raise ValueError("it is locked with a password; store it without one, readable by the user gate alone")
