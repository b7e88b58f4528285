"""The journal: the durable record of one gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from gate.ports.records import AckVerdict, Aside, Dropped, Entry, JournalFigures, Open, Record


class Journal(Protocol):
    """The durable, gapless, hash-chained record of one gate. Used by one thread."""

    @property
    def ulid(self) -> str: ...

    @property
    def former(self) -> str | None:
        """The ULID of the journal that this one was begun after; None where there was none."""

    def memory(self) -> bytes | None:
        """What was committed last as memory; None for a new journal."""

    def commit(self, entries: Sequence[Entry]) -> None:
        """Commit all entries in order, or none; on return they are on the disk. Raises ``AdapterError``."""

    def unconfirmed(self, after_seq: int, limit: int, without: frozenset[str] = frozenset()) -> tuple[Record, ...]:
        """The oldest records after ``after_seq`` that are neither confirmed nor set aside, in order.

        None of the feeds in ``without``.
        """

    def newest(self, limit: int) -> tuple[Record, ...]:
        """The newest records, confirmed or not, the newest first."""

    def range(self, from_seq: int, to_seq: int, limit: int) -> tuple[Record, ...]:
        """The first ``limit`` records of these numbers (inclusive), confirmed or not; what is gone is left out."""

    def backlog(self) -> int:
        """How many records are not confirmed, those set aside too, and those that are still to be carried over."""

    def confirm(self, seqs: Sequence[int]) -> None:
        """The centre or the broker has these; they need not be sent again."""

    def confirm_up_to(self, journal: str, seq: int) -> AckVerdict:
        """The centre has stored all of this journal up to ``seq``; whether that can be.

        It says nothing of a record that was set aside or given back since: those were not sent when it was said, and
        are confirmed by ``confirm`` alone.
        """

    def unconfirm(self, first: int, last: int) -> int:
        """The centre wants these again, both ends included; how many of them were confirmed.

        ``confirm`` confirms them again, and so does the centre's next ack that says more than the last one.
        """

    def begin_again(self, ulid: str, first: Entry) -> None:
        """From now on be a new journal with this ULID, whose first record this is; the memory stays.

        What the centre may lack of the journal before, ``open_records`` gives until ``carry`` has committed it: all
        that is not confirmed, and all that was committed since the journal was opened. The rest of it is deleted.
        Raises ``AdapterError``; then nothing has changed.
        """

    def open_records(self, limit: int) -> tuple[Open, ...]:
        """The oldest records of the journal before that are still to be carried over."""

    def carry(self, entries: Sequence[Entry], up_to: int) -> bool:
        """Commit these in the place of the open records up to number ``up_to``; whether any of that journal is left.

        A piece of what need not be carried goes too, so that this is called until nothing is left.
        """

    def set_aside(self, seq: int, reason: str) -> None:
        """Nobody takes this record: ``unconfirmed`` gives it no more, also after a restart."""

    def asides(self) -> tuple[Aside, ...]:
        """The records that are set aside, in order."""

    def restore(self, seq: int) -> None:
        """Try it again: ``unconfirmed`` gives it as before."""

    def flush(self) -> None:
        """Write what was confirmed, set aside or restored since the last commit; until then a kill may undo it."""

    def figures(self) -> JournalFigures:
        """How things stand; cheap."""

    def forget_before(self, time: datetime) -> int:
        """Delete confirmed records that are older, a bounded piece from the beginning; how many went.

        The chain then begins with a record that signs what was before it, so without signed heads all are kept.
        """

    def make_room(self, gap: Callable[[Dropped], Entry]) -> Dropped | None:
        """Over its budget, give up a bounded piece: what is confirmed, then unconfirmed, alarms last of all.

        ``gap`` makes the record that explains it, which is committed with it. None when there is room, or when nothing
        can be given up.
        """

    def close(self) -> None: ...
