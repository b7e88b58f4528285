"""The collector of chunks: any order, any repetition, sets apart, and nothing that waits for ever."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential.shc_chunks import MAX_CHUNKS, MAX_DIGITS, MAX_SETS, PATIENCE_NS, Collected, Collector
from gate.credential.shc_text import chunk_of
from tests.credential.shc_minting import CLINIC, Clinic, chunks

CARD = CLINIC.valid()
OTHER = Clinic().valid()


def offered(*codes: str, gap_ns: int = 1) -> tuple[Collector, list[Collected]]:
    """The codes one after the other."""
    collector, found = Collector(), []
    for number, code in enumerate(codes):
        collector, one = collector.offer(code.encode(), number * gap_ns)
        found.append(one)
    return collector, found


def cards(found: list[Collected]) -> list[str]:
    return [one.card.decode() for one in found if one.card is not None]


@given(st.data())
@settings(deadline=None)
def test_any_order_with_any_repetition_makes_the_card_once(data: st.DataObject) -> None:
    parts = chunks(CARD, data.draw(st.integers(2, 12)))
    order = data.draw(st.permutations(parts))
    last = order[-1]
    repeated = data.draw(st.lists(st.sampled_from(order[:-1]), max_size=8))
    _, found = offered(*order[:-1], *repeated, last)
    assert cards(found) == [CARD]
    assert found[-1].card == CARD.encode()


def test_it_says_what_is_missing() -> None:
    parts = chunks(CARD, 3)
    collector, found = offered(parts[1], parts[1], parts[0])
    assert [one.missing for one in found] == [(1, 3), (1, 3), (3,)]
    assert [one.missing for one in collector.sets] == [(3,)]


def test_a_whole_card_leaves_nothing_behind() -> None:
    collector, _ = offered(*chunks(CARD, 3))
    assert collector == Collector()


def test_sets_of_another_number_of_chunks_are_apart() -> None:
    two, three = chunks(CARD, 2), chunks(OTHER, 3)
    _, found = offered(two[0], three[2], three[0], two[1], three[1])
    assert cards(found) == [CARD, OTHER]


def test_a_chunk_that_contradicts_begins_a_new_set() -> None:
    first, second = chunks(CARD, 3), chunks(OTHER, 3)
    _, found = offered(first[2], second[2], second[0], second[1])
    assert cards(found) == [OTHER]


@pytest.mark.parametrize(("gap_ns", "complete"), [(PATIENCE_NS - 1, True), (PATIENCE_NS, False)])
def test_a_set_waits_for_its_next_chunk_so_long(gap_ns: int, *, complete: bool) -> None:
    _, found = offered(*chunks(CARD, 3), gap_ns=gap_ns)
    assert bool(cards(found)) is complete


@pytest.mark.parametrize(
    "code", ["", "hello", CARD, "shc:/1/2/", "shc:/0/2/56", "shc:/3/2/56", "shc:/1/2/5x", f"shc:/1/{MAX_CHUNKS + 1}/56"]
)
def test_what_is_no_chunk_changes_nothing(code: str) -> None:
    collector, _ = offered(chunks(CARD, 3)[0])
    assert collector.offer(code.encode(), 1) == (collector, Collected())


def test_a_single_chunk_is_a_card_at_once() -> None:
    _, found = offered("shc:/1/1/" + CARD[5:])
    assert cards(found) == [CARD]


def test_what_is_kept_is_bounded() -> None:
    collector = Collector()
    for number in range(200):
        code = f"shc:/1/{number % (MAX_CHUNKS - 1) + 2}/" + "5" * 2000
        collector, _ = collector.offer(code.encode(), number)
        assert len(collector.sets) <= MAX_SETS
    collector, found = Collector(), Collected()
    for number in range(1, 6):
        collector, found = collector.offer(f"shc:/{number}/6/".encode() + b"5" * 2000, number)
    assert (collector, found) == (Collector(), Collected())
    assert MAX_DIGITS < 5 * 2000


def test_a_chunk_says_no_digits_when_it_is_printed() -> None:
    chunk = chunk_of(chunks(CARD, 2)[0].encode())
    assert chunk is not None
    collector, found = offered(*chunks(CARD, 2))
    waiting, _ = offered(chunks(CARD, 2)[0])
    for shown in (repr(chunk), repr(collector), repr(waiting), repr(found)):
        assert chunk.digits.decode()[:8] not in shown


@given(st.binary(max_size=60))
def test_anything_is_a_chunk_or_not(code: bytes) -> None:
    Collector().offer(code, 0)
    Collector().offer(b"shc:/" + code, 0)
