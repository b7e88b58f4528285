"""TLS 1.3 to the broker with the centre's own certificate, and in words why it does not work.

Rules: the files are read anew for every connection, so that a renewed certificate needs no restart. Nothing here ever
goes on without TLS.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. Without ``certificate`` and ``key`` the broker has to know the centre by a password."""

    ca: Path
    certificate: Path | None = None
    key: Path | None = None


class TlsError(OSError):
    """There can be no connection for this reason; an OSError, so that paho tries again."""


def secured(plain: socket.socket, host: str, files: TlsFiles, timeout_s: float) -> ssl.SSLSocket:
    """``plain`` after the handshake; it is closed where that fails. Raises ``TlsError`` or ``TimeoutError``."""
    try:
        context = _context(files)
        secure = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        plain.close()
        raise
    try:
        secure.settimeout(timeout_s)
        secure.do_handshake()
    except BaseException as error:
        secure.close()
        if isinstance(error, OSError) and not isinstance(error, TimeoutError):
            raise TlsError(explained(error)) from error
        raise
    return secure


def explained(error: OSError) -> str:
    """What an error of the handshake, or soon after it, says about the two certificates."""
    if isinstance(error, ssl.SSLCertVerificationError):
        told = f"the broker's certificate does not hold: {error.verify_message}"
        return f"{told}; look at broker.host, broker.tls_ca and the clock of this machine"
    reason = (isinstance(error, ssl.SSLError) and error.reason) or str(error)
    if "ALERT" in reason:
        return f"the broker does not accept the centre's certificate ({reason}); look at broker.tls_certificate"
    return f"TLS with the broker fails ({reason}); look at broker.port, and that the broker speaks TLS 1.3"


def _context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(files.ca)
    except OSError as error:
        raise TlsError(_unusable("broker.tls_ca", files.ca, error)) from error
    if files.certificate is not None and files.key is not None:
        try:
            context.load_cert_chain(files.certificate, files.key, password=_no_password)
        except (OSError, ValueError) as error:
            place = f"{files.certificate} with {files.key}"
            raise TlsError(_unusable("broker.tls_certificate, broker.tls_key", place, error)) from error
    return context


def _unusable(key: str, path: Path | str, error: Exception) -> str:
    told = (isinstance(error, OSError) and error.strerror) or str(error)
    return f"cannot use {path} ({key}): {told}"


def _no_password() -> str:
    """OpenSSL would ask at the terminal."""
    raise ValueError("the key is locked with a password; store it without one, readable by its user alone")
