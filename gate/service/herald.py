"""The herald: what the gate tells beside its records. The recorder asks it on its own thread and sends what it gives.

Rules: it only makes messages, and remembers which of them the broker has to have again after each connection; what is
sent once (QoS 0) is sent at once or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gate.access.effects import Persist
from gate.access.site_notes import SiteNote
from gate.credential.instant import Instant
from gate.policy.occupancy import GateCount
from gate.ports import Message
from gate.service.condition import Condition
from gate.service.vitals import Vitals
from gate.wire import envelope, health, topics
from gate.wire.contract import LIVE_EXPIRY_S
from gate.wire.topics import Identity


class Tells(Protocol):
    """What the recorder asks for at each turn; every method returns at once."""

    def took(self, persist: Persist, event_id: str, *, offline: bool) -> Sequence[Message]:
        """The core wants an event kept; it is not on the disk yet."""

    def recorded(self, ticket: int, body: bytes) -> Sequence[Message]:
        """The event with this ticket is on the disk, as this record."""

    def heard(self, note: SiteNote) -> Sequence[Message]:
        """Another gate of the site tells something."""

    def greeting(self) -> Sequence[Message]:
        """The broker is there (again): everything that it has to retain."""

    def renamed(self, journal: str) -> Sequence[Message]:
        """The journal is a new one, with this ULID."""

    def due(self, now: Instant, waiting: int, unconfirmed: int) -> Sequence[Message]:
        """What is to be told because time has passed; how many events are not on the disk, and not confirmed."""


class Silent:
    """Tells nothing."""

    def took(self, _persist: Persist, _event_id: str, *, offline: bool) -> Sequence[Message]:  # noqa: ARG002  (the port's)
        return ()

    def recorded(self, _ticket: int, _body: bytes) -> Sequence[Message]:
        return ()

    def heard(self, _note: SiteNote) -> Sequence[Message]:
        return ()

    def greeting(self) -> Sequence[Message]:
        return ()

    def renamed(self, _journal: str) -> Sequence[Message]:
        return ()

    def due(self, _now: Instant, _waiting: int, _unconfirmed: int) -> Sequence[Message]:
        return ()


@dataclass(slots=True)
class Herald:
    """Tells the state, the alarms, the figures, and every event live."""

    identity: Identity
    condition: Condition
    vitals: Vitals
    announcements: tuple[Message, ...] = ()
    """What is to be retained beside all that, and never changes in a run."""
    _due_ns: int | None = None
    """When the next health message is due (monotonic); None: at once."""
    _info: Message = field(init=False)

    def __post_init__(self) -> None:
        self._info = self.vitals.info()

    def took(self, persist: Persist, event_id: str, *, offline: bool) -> Sequence[Message]:
        early = envelope.provisional(persist.event, self.identity, event_id, offline=offline)
        return [self._live(early), *self.condition.took(persist)]

    def recorded(self, ticket: int, body: bytes) -> Sequence[Message]:
        return [self._live(body), *self.condition.recorded(ticket)]

    def heard(self, note: SiteNote) -> Sequence[Message]:
        return self.condition.heard(note) if isinstance(note, GateCount) else ()

    def greeting(self) -> Sequence[Message]:
        self._due_ns = None
        self._info = self.vitals.info()
        return [*self.condition.standing(), self._info, *self.announcements]

    def renamed(self, journal: str) -> Sequence[Message]:
        return [*self.condition.renamed(journal), *self._changed_info()]

    def due(self, now: Instant, waiting: int, unconfirmed: int) -> Sequence[Message]:
        if self._due_ns is not None and now.mono_ns < self._due_ns:
            return ()
        self._due_ns = now.mono_ns + health.EVERY_S * 1_000_000_000
        changed = self.condition.judged(self.vitals.reasons(now))
        return [*changed, *self._changed_info(), self.vitals.health(now, waiting, unconfirmed)]

    def _changed_info(self) -> list[Message]:
        before, self._info = self._info, self.vitals.info()
        return [] if self._info == before else [self._info]

    def _live(self, body: bytes) -> Message:
        topic = topics.below(self.identity, topics.LIVE)
        return Message(topic, body, False, envelope.CONTENT_TYPE, qos=0, expiry_s=LIVE_EXPIRY_S)  # noqa: FBT003  (retain)
