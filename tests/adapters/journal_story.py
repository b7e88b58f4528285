"""Not a test: what happens to a journal on a disk that the tests rule, and what has to be there afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import AdapterError
from gate.wire import chain, chain_marks, envelope
from tests.adapters.test_journal_space import NOON, gap, head, plain

BUDGET = 60_000
CHECKPOINT_PAGES = 12
"""Far fewer than in service, so that a short story has checkpoints as a long one has."""


@dataclass(slots=True)
class Told:
    """What the world outside has been told so far."""

    bodies: dict[int, bytes] = field(default_factory=dict)
    """Every record that ever was acknowledged."""
    confirmed: set[int] = field(default_factory=set)
    """Those that somebody has confirmed, perhaps just now."""
    ulid: str = ""

    def copy(self) -> Told:
        return Told(dict(self.bodies), set(self.confirmed), self.ulid)


def opened(path: Path) -> SqliteJournal:
    journal = SqliteJournal(path, BUDGET)
    journal._db().execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return journal


def story(path: Path, told: Told, chance: Random, steps: int) -> Iterator[None]:
    """Commits in groups, confirmations, records set aside, room made, reopenings; a step a piece. May raise."""
    journal = opened(path)
    told.ulid = journal.ulid
    try:
        for number in range(steps):
            what = chance.random()
            if what < 0.1:
                journal.close()
                journal = opened(path)
            elif what < 0.35:
                _confirm(journal, told, chance)
            else:
                _commit(journal, told, chance, number)
            journal.make_room(gap)
            _note(journal, told)
            yield
    finally:
        journal.close()


def _commit(journal: SqliteJournal, told: Told, chance: Random, number: int) -> None:
    count = chance.choice((1, 1, 1, 2, 5, 20))
    journal.commit([*(plain(number) for _ in range(count)), *([head(number)] if chance.random() < 0.2 else [])])
    _note(journal, told)


def _confirm(journal: SqliteJournal, told: Told, chance: Random) -> None:
    last = max(told.bodies, default=0)
    for seq in chance.sample(range(1, last + 1), min(last, 2)):
        if chance.random() < 0.1:
            journal.set_aside(seq, "refused")
        else:
            told.confirmed.add(seq)
            journal.confirm([seq])
    upto = chance.randint(0, last)
    told.confirmed |= set(range(1, upto + 1))
    journal.confirm_up_to(journal.ulid, upto)
    journal.forget_before(NOON + timedelta(hours=chance.randint(0, 40)))


def _note(journal: SqliteJournal, told: Told) -> None:
    """Ask what is there now; it was acknowledged by the calls before."""
    told.bodies |= {record.seq: record.body for record in journal.range(1, 10**9, 10**9)}


def check(path: Path, told: Told) -> str:
    """Open what is left, and hold it to the promises; what it lacks of what was acknowledged, or ''.

    What is missing in between is explained, or the chain would not be whole.
    """
    journal = opened(path)
    try:
        (found,) = journal._db().execute("PRAGMA integrity_check").fetchone()
        assert found == "ok", found
        there = {record.seq: record.body for record in journal.range(1, 10**9, 10**9)}
        whole = chain.verify(journal.ulid, there.values())
        assert isinstance(whole, chain.Intact), whole
        depth = len(journal.unconfirmed(0, 10**9)) + journal.figures().aside
        assert journal.backlog() == depth, "what is counted is what is there"
        last, trimmed = max(there, default=0), set(range(1, whole.first))
        lacking = {seq for seq in told.bodies if seq > last} | (
            trimmed - told.confirmed - _explained({**told.bodies, **there})
        )
        changed = [seq for seq in told.bodies.keys() & there.keys() if told.bodies[seq] != there[seq]]
        if told.bodies and (lacking or changed or journal.ulid != told.ulid):
            return f"lacks {sorted(lacking)}, changed {changed}"
        journal.commit([plain()])
        return ""
    finally:
        journal.close()


def _explained(bodies: dict[int, bytes]) -> set[int]:
    """What was given up at the budget, as the journal itself says."""
    events = [event for body in bodies.values() if isinstance(event := envelope.decode(body), envelope.Received)]
    ranges = [one for event in events for one in chain_marks.ranges_of(event.data)]
    return {seq for one in ranges for seq in range(one.first, one.last + 1)}


def persevere(path: Path, told: Told, seed: int, steps: int) -> int:
    """Go on with the story whatever fails, as a service does that is started again; how often something failed."""
    failures, chance = 0, Random(seed)  # noqa: S311  (a story, not a secret)
    for _ in range(200):
        try:
            for _ in story(path, told, chance, steps):
                pass
        except AdapterError:
            failures += 1
        else:
            return failures
    raise AssertionError("it never works again")
