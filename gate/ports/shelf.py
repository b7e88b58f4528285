"""What the broker delivers for all gates: where it is left, and why it is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gate.credential.trust import ListRef, TrustBundle
from gate.decoding import AdapterError


class RefusedUpdate(AdapterError):  # noqa: N818  (a verdict, not a fault of the program)
    """What the broker delivered is none that this gate takes; the text says why, and quotes nothing of it."""


class UnknownSigner(RefusedUpdate):
    """Nobody whom the gate's bundle names signed it; a newer bundle may bring the key."""


class Shelf(Protocol):
    """Where what the broker delivers is proved and left for ``TrustSource`` and ``RuleFile``. For one thread.

    Every method may raise ``AdapterError`` where the disk refuses, and ``RefusedUpdate`` where the content is no good.
    """

    def bundle(self, raw: bytes) -> TrustBundle:
        """The bundle, if the operator signed it and this gate may have it."""

    def put_bundle(self, raw: bytes) -> None:
        """Leave a bundle that was proved."""

    def lacks(self, bundle: TrustBundle) -> Sequence[ListRef]:
        """The deny lists that it names and that are not here."""

    def put_deny(self, raw: bytes, ref: ListRef) -> None: ...

    def forget_lists(self, bundle: TrustBundle) -> None:
        """Forget the deny lists that were delivered and are not of this bundle."""

    def has_snapshot(self, sha256: str) -> bool: ...

    def put_snapshot(self, raw: bytes, bundle: TrustBundle, utc: datetime) -> None: ...

    def put_change(self, raw: bytes, bundle: TrustBundle, utc: datetime) -> bool:
        """Leave the change of a status list; whether it is news."""

    def rules_version(self) -> int:
        """The version under which rules were left last; 0 for never."""

    def put_rules(self, raws: Sequence[bytes], version: int) -> None:
        """Leave these files of rules, in the place of those before. What of them counts, the bundle in force says."""
