"""Visitors whose turn has not come: one who tries again, and one who waits behind somebody on hold."""

from __future__ import annotations

from dataclasses import dataclass

from gate.access.events import AccessEvent
from gate.access.signals import Presented
from gate.credential.model import CredentialRef
from gate.policy.status import Decision


@dataclass(frozen=True, slots=True)
class Hint:
    """A visitor was asked to try again; when that does not help by the deadline, the hold follows."""

    presented: Presented
    decision: Decision
    deadline_ns: int

    def is_of(self, credential: CredentialRef | None) -> bool:
        """Whether it is this credential that was shown."""
        return credential is not None and credential == self.presented.verdict.credential


@dataclass(frozen=True, slots=True)
class Queued:
    """The next visitor, as the code was read last, and when that was (monotonic ns)."""

    presented: Presented
    seen_ns: int
    held: AccessEvent | None = None
    """Told already that this visitor is held: nobody with a black status waits unseen."""
