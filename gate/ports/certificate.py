"""The gate's own certificate, and who renews it."""

from __future__ import annotations

from typing import Protocol

from gate.wire.enrolment import Issued, Refused


class Registrar(Protocol):
    """The centre's registrar, who renews the gate's own certificate. Blocks for seconds."""

    def renew(self, request: bytes) -> Issued | Refused:
        """Ask under the present certificate. Raises ``AdapterError`` when there is no answer; it may be tried again."""


class OwnCertificate(Protocol):
    """The gate's own certificate, in a file that is replaced as a whole. PEM."""

    def read(self) -> tuple[bytes, bytes]:
        """The certificate and its key. Raises ``AdapterError``."""

    def authority(self) -> bytes:
        """Who issued it. Raises ``AdapterError``."""

    def replace(self, certificate: bytes) -> None:
        """Put another certificate for the same key in its place. Raises ``AdapterError``."""
