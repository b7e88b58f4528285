"""The Journal port: what the other side has, by number, by the centre's ack, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import AckVerdict, Aside, Entry, Journal, Space
from tests.contract.test_journal import build, entry, seqs
from tests.wire.examples import ULID_A

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = SqliteJournal(tmp_path / "journal.db")
    made.commit([Entry("access", build, b"m", at=NOON + timedelta(minutes=n)) for n in range(1, 9)])
    yield made
    made.close()


def test_the_centre_confirms_up_to_a_number_and_may_say_it_again(journal: Journal) -> None:
    assert journal.confirm_up_to(journal.ulid, 3) is AckVerdict.TAKEN
    assert (seqs(journal), journal.backlog()) == ([4, 5, 6, 7, 8], 5)
    for again in (3, 1, 0, -5):
        assert journal.confirm_up_to(journal.ulid, again) is AckVerdict.TAKEN
    assert (seqs(journal), journal.backlog()) == ([4, 5, 6, 7, 8], 5)
    assert journal.confirm_up_to(journal.ulid, 8) is AckVerdict.TAKEN
    assert (seqs(journal), journal.backlog()) == ([], 0)


def test_an_ack_of_another_journal_or_beyond_the_last_record_changes_nothing(journal: Journal) -> None:
    """A replaced card, and a card that was put back to an older copy."""
    assert journal.confirm_up_to(ULID_A, 3) is AckVerdict.OTHER_JOURNAL
    assert journal.confirm_up_to("", 3) is AckVerdict.OTHER_JOURNAL
    assert journal.confirm_up_to(journal.ulid, 9) is AckVerdict.BEYOND
    assert (seqs(journal), journal.backlog()) == (list(range(1, 9)), 8)


def test_acks_of_a_replaced_card_touch_neither_the_old_nor_the_new_rows(tmp_path: Path, journal: Journal) -> None:
    new = SqliteJournal(tmp_path / "new.db")
    new.commit([entry() for _ in range(8)])
    assert new.confirm_up_to(journal.ulid, 5) is AckVerdict.OTHER_JOURNAL
    assert journal.confirm_up_to(new.ulid, 5) is AckVerdict.OTHER_JOURNAL
    assert seqs(new) == seqs(journal) == list(range(1, 9))
    new.close()


def test_confirmations_ahead_of_others_count_once_when_the_centre_comes_to_them(journal: Journal) -> None:
    for _ in range(2):
        journal.confirm([5, 3, 5])
    assert (seqs(journal), journal.backlog()) == ([1, 2, 4, 6, 7, 8], 6)
    journal.confirm_up_to(journal.ulid, 4)
    assert (seqs(journal), journal.backlog()) == ([6, 7, 8], 3)


def test_a_record_set_aside_holds_up_nobody_and_stays_unconfirmed_until_it_is_taken(journal: Journal) -> None:
    journal.set_aside(2, "0x99 payload format invalid")
    journal.set_aside(99, "there is none")
    assert journal.asides() == (Aside(2, "0x99 payload format invalid"),)
    assert (seqs(journal), journal.backlog()) == ([1, 3, 4, 5, 6, 7, 8], 8)
    journal.confirm([1, 3, 4])
    assert (seqs(journal), journal.backlog()) == ([5, 6, 7, 8], 5)
    journal.restore(2)
    assert journal.asides() == ()
    assert (seqs(journal), seqs(journal, 0, 2), seqs(journal, 2)) == ([2, 5, 6, 7, 8], [2, 5], [5, 6, 7, 8])
    journal.confirm([2])
    assert (seqs(journal), journal.backlog()) == ([5, 6, 7, 8], 4)


def test_a_confirmed_record_is_not_set_aside(journal: Journal) -> None:
    journal.confirm([1, 3])
    journal.set_aside(1, "no")
    journal.set_aside(3, "no")
    assert (journal.asides(), journal.backlog()) == ((), 6)


def test_what_was_given_back_and_refused_again_is_set_aside_again(journal: Journal) -> None:
    journal.set_aside(2, "refused")
    journal.restore(2)
    journal.set_aside(2, "again")
    journal.confirm([4])
    journal.unconfirm(4, 4)
    journal.set_aside(4, "x" * 1000)
    assert [(one.seq, len(one.reason)) for one in journal.asides()] == [(2, 5), (4, 200)]
    assert (seqs(journal), journal.backlog()) == ([1, 3, 5, 6, 7, 8], 8)


def test_the_centres_ack_says_nothing_of_what_was_set_aside_or_given_back(journal: Journal) -> None:
    """It was not sent when the centre said so: an ack that is kept at the broker comes again with each connection."""
    journal.set_aside(2, "refused")
    journal.set_aside(6, "refused")
    journal.confirm_up_to(journal.ulid, 7)
    assert ([one.seq for one in journal.asides()], seqs(journal), journal.backlog()) == ([2, 6], [8], 3)
    journal.restore(6)
    journal.confirm_up_to(journal.ulid, 8)
    assert (seqs(journal), journal.backlog()) == ([6], 2)
    journal.set_aside(6, "again")
    journal.confirm([2, 6])
    assert (journal.asides(), seqs(journal), journal.backlog()) == ((), [], 0)


@pytest.mark.parametrize(("first", "last", "again"), [(2, 3, [2, 3]), (5, 99, [7]), (6, 6, []), (9, 9, []), (4, 2, [])])
def test_what_the_centre_asks_for_again_is_unconfirmed_again(
    journal: Journal, first: int, last: int, again: list[int]
) -> None:
    journal.confirm([1, 2, 3, 4, 5, 7])
    journal.unconfirm(5, 5)
    assert journal.unconfirm(first, last) == len(again)
    assert (seqs(journal), journal.backlog()) == (sorted([5, 6, 8, *again]), 3 + len(again))
    assert journal.asides() == ()
    journal.confirm_up_to(journal.ulid, 4)
    assert journal.backlog() == 3 + len(again), "it has said as much before"
    journal.confirm([5, *again])
    assert seqs(journal) == [6, 8]
    journal.unconfirm(1, 2)
    journal.confirm_up_to(journal.ulid, 8)
    assert (seqs(journal), journal.backlog()) == ([], 0)


def test_a_range_is_a_page_of_all_records_in_order(journal: Journal) -> None:
    journal.confirm([1, 2, 3])
    assert [record.seq for record in journal.range(2, 5, 100)] == [2, 3, 4, 5]
    assert [record.seq for record in journal.range(2, 5, 2)] == [2, 3]
    assert [record.seq for record in journal.range(7, 2**40, 100)] == [7, 8]
    assert journal.range(5, 4, 10) == journal.range(1, 9, 0) == journal.range(1, 9, -1) == ()
    assert journal.range(3, 3, 1) == tuple(reversed(journal.newest(6)))[:1]


def test_figures_say_how_things_stand(journal: Journal) -> None:
    found = journal.figures()
    assert (found.last_seq, found.signed_seq, found.depth, found.aside, found.space) == (8, 0, 8, 0, Space.AMPLE)
    assert found.oldest_unconfirmed == NOON + timedelta(minutes=1)
    assert found.used_bytes > 8 * 500
    journal.set_aside(1, "refused")
    journal.confirm([2, 3])
    found = journal.figures()
    assert (found.depth, found.aside, found.oldest_unconfirmed) == (6, 1, NOON + timedelta(minutes=1))
    journal.confirm([1])
    assert journal.figures().oldest_unconfirmed == NOON + timedelta(minutes=4)
    journal.confirm_up_to(journal.ulid, 8)
    assert (journal.figures().depth, journal.figures().oldest_unconfirmed) == (0, None)
