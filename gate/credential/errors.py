"""What goes wrong while a credential or a bundle is read. ``Refusal`` and ``MalformedError`` never leave ``verify``."""

from __future__ import annotations

from gate.credential.model import RejectReason


class MalformedError(ValueError):
    """The bytes do not have the shape that they must have; the text says which, and quotes none of them."""


class Refusal(Exception):  # noqa: N818  (a verdict on its way out, not a fault of the program)
    """Ends an examination with its reason. ``detail`` is in our own words: it quotes nothing that the code holds."""

    def __init__(self, reason: RejectReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class TrustError(ValueError):
    """A trust bundle or a key file cannot be used; the text says why and what to do."""


class UnknownSignerError(TrustError):
    """Somebody signed it whom the bundle does not name; a newer bundle may."""
