"""Events that wait for a disk: in order and bounded; alarms go last, and nobody is answered before it is recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.ports import Entry, RecordKind
from gate.service import waiting as waiting_module
from gate.service.waiting import Lost, Waiting

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def at(ticket: int) -> datetime:
    return NOON + timedelta(minutes=ticket)


def add(waiting: Waiting, ticket: int, kind: RecordKind = RecordKind.ORDINARY) -> None:
    waiting.add(ticket, Entry("access", lambda _: b"", None, kind, at(ticket)), at(ticket))


def tickets(waiting: Waiting, most: int = 1000) -> list[int]:
    return [ticket for ticket, _ in waiting.oldest(most)]


@given(st.lists(st.booleans(), max_size=30), st.lists(st.integers(0, 9), max_size=9), st.integers(1, 12))
def test_of_more_than_fit_the_oldest_that_are_no_alarms_go_first_and_the_rest_keeps_its_order(
    kinds: list[bool], takes: list[int], most: int
) -> None:
    waiting, model, gone = Waiting(most), list[tuple[int, bool]](), list[int]()
    for ticket, is_alarm in enumerate(kinds):
        add(waiting, ticket, RecordKind.ALARM if is_alarm else RecordKind.ORDINARY)
        model.append((ticket, is_alarm))
        if len(model) > most:
            oldest = next((one for one in model if not one[1]), model[0])
            model.remove(oldest)
            gone.append(oldest[0])
        assert len(waiting) == len(model)
        assert tickets(waiting) == [one[0] for one in model]
        assert (waiting.lost.count if waiting.lost else 0) == len(gone)
        if takes and ticket % 3 == 2:
            count = min(takes.pop(), len(model))
            waiting.taken(count)
            del model[:count]
            assert waiting.lost is None
            assert [*waiting.answers()] == gone
            gone.clear()


def test_what_is_lost_is_counted_with_its_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_module, "_ANSWERED", 2)
    waiting = Waiting(2)
    for ticket in range(5):
        add(waiting, ticket)
    assert waiting.lost == Lost(3, 0, at(0), at(2))
    for ticket in (5, 6, 7):
        add(waiting, ticket, RecordKind.ALARM)
    assert waiting.lost == Lost(6, 1, at(0), at(5))
    assert tickets(waiting) == [6, 7]
    assert [*waiting.answers()] == [], "it is not recorded yet"
    waiting.taken(1)
    assert [[*waiting.answers()] for _ in range(4)] == [[0, 1], [2, 3], [4, 5], []]


def test_a_part_of_them_is_looked_at() -> None:
    waiting = Waiting()
    for ticket in range(5):
        add(waiting, ticket)
    assert tickets(waiting, 2) == [0, 1]
