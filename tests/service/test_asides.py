"""Records that nobody takes: the centre is told, once and with what holds the chain together, that they do not come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.access.journal_events import RecordsDropped
from gate.adapters.journal_sqlite import SqliteJournal
from gate.service import asides as asides_module
from gate.service.asides import Asides, forgotten
from gate.wire import chain, envelope
from gate.wire.envelope import Received
from tests.contract.test_journal import entry
from tests.wire.examples import NOON


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    made = SqliteJournal(tmp_path / "journal.db")
    made.commit([entry() for _ in range(9)])
    yield made
    made.close()


def ranges(event: RecordsDropped | None) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in event.ranges] if event else []


def test_each_is_told_once_with_the_hashes_around_it(journal: SqliteJournal) -> None:
    asides = Asides(journal)
    assert asides.news(NOON) is None
    for seq in (2, 3, 7):
        journal.set_aside(seq, "too large")
    news = asides.news(NOON)
    assert news is not None
    assert (ranges(news), news.count, news.unconfirmed, news.alarms, news.why) == ([(2, 3), (7, 7)], 3, 3, 0, "aside")
    digests = {record.seq: chain.digest(record.body) for record in journal.range(1, 9, 9)}
    assert [(one.prev, one.head) for one in news.ranges] == [(digests[1], digests[3]), (digests[6], digests[7])]
    assert asides.news(NOON) == news, "until it is recorded"
    asides.told(news)
    assert asides.news(NOON) is None
    journal.set_aside(5, "too large")
    assert ranges(asides.news(NOON)) == [(5, 5)]


def test_what_is_forgotten_is_told_with_what_its_chain_begins_with(journal: SqliteJournal) -> None:
    assert forgotten(journal, NOON) is None
    journal._db().execute("DELETE FROM record WHERE seq < 5")
    event = forgotten(journal, NOON)
    assert event is not None
    assert (ranges(event), event.count, event.unconfirmed, event.why) == ([(1, 4)], 4, 0, "age")
    found = envelope.decode(journal.range(5, 5, 1)[0].body)
    assert isinstance(found, Received)
    assert found.place is not None
    assert (event.ranges[0].prev, event.ranges[0].head) == (chain.first_prev(journal.ulid), found.place.prev)


def test_many_are_told_in_pieces(journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asides_module, "MOST_RANGES", 2)
    asides = Asides(journal)
    for seq in (1, 3, 5, 7, 9):
        journal.set_aside(seq, "too large")
    told = []
    while (news := asides.news(NOON)) is not None:
        told.append(ranges(news))
        asides.told(news)
    assert told == [[(1, 1), (3, 3)], [(5, 5), (7, 7)], [(9, 9)]]
