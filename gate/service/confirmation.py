"""When a record need not be sent again: the broker has taken it, or the centre says that it has stored it.

Rules: a broker that is killed may lose what it has taken, so ``centre`` is the promise that holds; there a PUBACK only
makes room. An ack of another journal, or of more than was ever sent, changes nothing here: a replaced card is a new
journal, and an older copy of one is a matter of ``contradiction``. Owned by the outbox.
"""

from __future__ import annotations

import enum
import logging
from typing import Protocol

from gate.ports import Journal
from gate.wire.ack import Ack

log = logging.getLogger(__name__)

FIRST_PATIENCE_S = 60.0
"""Without an ack for so long, the centre is asked: by the oldest record that it lacks; the time doubles each time."""
LAST_PATIENCE_S = 900.0
SETTLE_S = 5.0
"""A centre that has been away and acknowledges nothing more for so long lacks the rest."""


@enum.unique
class Again(enum.Enum):
    """What is to be sent again."""

    NOTHING = enum.auto()
    OLDEST = enum.auto()
    """A centre that is away is told one record, so that a broker which keeps all for it is not filled with copies."""
    ALL = enum.auto()
    """It is there, and does not have the rest."""


@enum.unique
class AckVerdict(enum.Enum):
    """What became of an ack."""

    TAKEN = "taken"
    NOTHING_NEW = "nothing new"
    OTHER_JOURNAL = "it is for another journal"
    NEVER_SENT = "it is for more than was ever sent"
    NO_ACK = "it is none"
    NOT_ASKED = "the broker's word counts here"


class Confirmation(Protocol):
    """What the outbox asks."""

    @property
    def unsettled(self) -> set[int]:
        """Records that are taken but not marked in the journal yet."""

    def taken(self, seqs: tuple[int, ...], now_s: float, *, was_aside: bool = False) -> None:
        """The broker has taken these."""

    def acknowledged(self, ack: Ack, sent_up_to: int, now_s: float) -> AckVerdict:
        """The centre has stored these; ``sent_up_to`` is the newest record that ever went out."""

    def settle(self, journal: Journal) -> int:
        """Mark in the journal what is confirmed; how many more there are. Raises ``AdapterError``; call again."""

    def overdue(self, now_s: float) -> Again:
        """What of that which is not confirmed is to be sent again now."""

    def due_s(self) -> float | None: ...


class ByBroker:
    """A PUBACK with plain success confirms."""

    def __init__(self) -> None:
        self.unsettled: set[int] = set()

    def taken(self, seqs: tuple[int, ...], now_s: float, *, was_aside: bool = False) -> None:  # noqa: ARG002  (as above)
        self.unsettled.update(seqs)

    def acknowledged(self, ack: Ack, sent_up_to: int, now_s: float) -> AckVerdict:  # noqa: ARG002  (see NOT_ASKED)
        return AckVerdict.NOT_ASKED

    def settle(self, journal: Journal) -> int:
        if not self.unsettled:
            return 0
        journal.confirm(sorted(self.unsettled))
        count = len(self.unsettled)
        self.unsettled.clear()
        return count

    def overdue(self, now_s: float) -> Again:  # noqa: ARG002  (never)
        return Again.NOTHING

    def due_s(self) -> float | None:
        return None


class ByCentre:
    """Only the centre's own ack confirms; but for a record that was set aside, of which an ack says nothing."""

    def __init__(self, journal_ulid: str, former: str | None = None) -> None:
        """``former``: the journal before, of which the centre may have spoken last."""
        self.unsettled: set[int] = set()
        self._journal = journal_ulid
        self._former = former
        self._acked = 0
        self._settled = 0
        self._newest_taken = 0
        self._patience_s = FIRST_PATIENCE_S
        self._due_s: float | None = None
        self._asked = False
        """Whether the centre was asked by its oldest record, and not told everything since."""
        self._is_there = False
        """Whether it has said anything since it was asked."""

    def taken(self, seqs: tuple[int, ...], now_s: float, *, was_aside: bool = False) -> None:
        if was_aside:
            self.unsettled.update(seqs)
            return
        self._newest_taken = max(self._newest_taken, *seqs)
        if self._due_s is None and self._newest_taken > self._acked:
            self._due_s = now_s + self._patience_s

    def acknowledged(self, ack: Ack, sent_up_to: int, now_s: float) -> AckVerdict:
        if ack.journal == self._former:
            return AckVerdict.NOTHING_NEW
        if ack.journal != self._journal:
            return AckVerdict.OTHER_JOURNAL
        if ack.seq > sent_up_to:
            return AckVerdict.NEVER_SENT
        self._is_there = True
        if ack.seq <= self._acked and not self._asked:
            return AckVerdict.NOTHING_NEW
        verdict = AckVerdict.TAKEN if ack.seq > self._acked else AckVerdict.NOTHING_NEW
        self._acked, self._patience_s = max(ack.seq, self._acked), FIRST_PATIENCE_S
        wait_s = SETTLE_S if self._asked else self._patience_s
        self._due_s = now_s + wait_s if self._newest_taken > self._acked else None
        return verdict

    def settle(self, journal: Journal) -> int:
        if self._settled == self._acked and not self.unsettled:
            return 0
        before = journal.backlog()
        journal.confirm_up_to(self._journal, self._acked)
        journal.confirm(sorted(self.unsettled))
        self._settled = self._acked
        self.unsettled.clear()
        return before - journal.backlog()

    def overdue(self, now_s: float) -> Again:
        if self._due_s is None or now_s < self._due_s:
            return Again.NOTHING
        self._due_s = None
        if self._asked and self._is_there:
            log.warning("the centre is there again; what it lacks is sent again")
            self._asked = False
            return Again.ALL
        log.warning(
            "the centre has acknowledged nothing for %d s; it is told its oldest record again", self._patience_s
        )
        self._patience_s = min(2 * self._patience_s, LAST_PATIENCE_S)
        self._asked, self._is_there = True, False
        return Again.OLDEST

    def due_s(self) -> float | None:
        return self._due_s
