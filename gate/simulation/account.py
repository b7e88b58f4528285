"""The account at the end: what the core decided, the journal holds and the centre received; nothing may be lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gate.access.effects import Persist
from gate.adapters.journal_sqlite import JournalReader
from gate.service import signal_log
from gate.service.signal_log import Handled
from gate.simulation.observer import Message
from gate.wire import chain


@dataclass(frozen=True, slots=True)
class Account:
    """The numbers of a run that has been stopped."""

    decided: int
    stored: int
    received: int
    """Different events that reached the centre, however often."""
    lost: int
    chain_intact: bool
    replay_differs: int
    """Recorded signals that had other effects in a replay."""

    @property
    def balanced(self) -> bool:
        """Whether everything that was decided is stored and was received, and replays identically."""
        even = self.decided == self.stored == self.received and self.lost == 0
        return even and self.chain_intact and self.replay_differs == 0


def settle(folder: Path, messages: Sequence[Message]) -> Account:
    """Draw up the account from the files of the gate and the messages at the centre."""
    with JournalReader(folder / "journal.db") as journal:
        records = list(journal.records())
        intact = isinstance(chain.verify(journal.ulid, [record.body for record in records]), chain.Intact)
        stored = {(journal.ulid, record.seq) for record in records}
    received = {
        (data["journal"], data["seq"])
        for message in messages
        if isinstance(message.payload, dict)
        and isinstance(data := message.payload.get("data"), dict)
        and str(message.payload.get("type", "")).startswith("gate.")
    }
    lines = list(signal_log.read(folder / "signals.jsonl"))
    decided = sum(isinstance(effect, Persist) for line in lines if isinstance(line, Handled) for effect in line.effects)
    differs = sum(difference is not None for difference in signal_log.replay(iter(lines)))
    return Account(decided, len(stored), len(received), len(stored - received), intact, differs)
