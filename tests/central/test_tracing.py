"""Who was inside together: examples, and every moment looked at one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.central.tracing import Crossing, Pseudonym, Span, Way, contacts, stays

START = datetime(2026, 11, 23, tzinfo=UTC)
PEOPLE = tuple(Pseudonym(f"{number:032x}", "2026-W48") for number in range(4))
ANA, BUDI, CICI, _ = PEOPLE
LAST = 40
LONGEST = 6


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def went(who: Pseudonym, way: Way, at: int, gate: str = "front") -> Crossing:
    return Crossing(who, way, minute(at), gate)


def span(begin: int, end: int) -> Span:
    return Span(minute(begin), minute(end))


def inside(crossings: Sequence[Crossing], at: datetime) -> bool:
    """What the rule says of one moment: entered not long ago, or about to leave, with nothing seen in between."""
    longest = timedelta(minutes=LONGEST)
    before = [one for one in crossings if one.at <= at]
    after = [one for one in crossings if one.at >= at]
    last = max((one.at for one in before), default=None)
    next_ = min((one.at for one in after), default=None)
    entered = any(one.at == last and one.way is not Way.OUT and at - one.at <= longest for one in before)
    leaves = any(one.at == next_ and one.way is not Way.IN and one.at - at <= longest for one in after)
    return entered or leaves


@st.composite
def traffic(draw: st.DrawFn) -> list[Crossing]:
    """Each pseudonym crosses at moments of its own."""
    found: list[Crossing] = []
    for who in PEOPLE:
        times = draw(st.lists(st.integers(0, LAST), max_size=5))
        found += [went(who, draw(st.sampled_from(Way)), at, draw(st.sampled_from(("front", "back")))) for at in times]
    return draw(st.permutations(found))


@given(crossings=traffic(), begin=st.integers(-5, LAST), length=st.integers(0, LAST))
def test_exactly_those_are_found_who_shared_a_moment(crossings: list[Crossing], begin: int, length: int) -> None:
    window = span(begin, begin + length)
    of = {who: [one for one in crossings if one.who == who] for who in PEOPLE}
    moments = [minute(at) for at in range(begin, begin + length + 1)]
    expected = {(who, at) for who in PEOPLE[1:] for at in moments if inside(of[ANA], at) and inside(of[who], at)}
    found = contacts(crossings, ANA, window, timedelta(minutes=LONGEST))
    assert expected == {
        (one.stay.who, at) for one in found for at in moments if one.shared.begin <= at <= one.shared.end
    }
    assert all(window.begin <= one.shared.begin <= one.shared.end <= window.end for one in found)


@given(traffic())
def test_contact_is_mutual(crossings: list[Crossing]) -> None:
    window, longest = span(-LONGEST, LAST + LONGEST), timedelta(minutes=LONGEST)
    met = {who: {one.stay.who for one in contacts(crossings, who, window, longest)} for who in PEOPLE}
    assert all(who in met[other] for who in PEOPLE for other in met[who])


@pytest.mark.parametrize(
    ("crossings", "begin", "end", "entry_seen", "exit_seen"),
    [
        ([went(ANA, Way.IN, 10), went(ANA, Way.OUT, 14, "back")], 10, 14, True, True),
        ([went(ANA, Way.IN, 10)], 10, 16, True, False),
        ([went(ANA, Way.OUT, 10)], 4, 10, False, True),
        ([went(ANA, Way.IN, 10), went(ANA, Way.OUT, 30)], 10, 16, True, False),
    ],
)
def test_what_is_known_of_a_stay(
    crossings: list[Crossing], begin: int, end: int, *, entry_seen: bool, exit_seen: bool
) -> None:
    first = stays(crossings, timedelta(minutes=LONGEST))[0]
    assert (first.span, first.entry_seen, first.exit_seen) == (span(begin, end), entry_seen, exit_seen)


def test_a_second_entry_ends_a_stay_whose_exit_nobody_saw() -> None:
    found = stays([went(ANA, Way.IN, 0), went(ANA, Way.IN, 3)], timedelta(minutes=LONGEST))
    assert [(one.span, one.exit_seen) for one in found] == [(span(0, 3), False), (span(3, 9), False)]


def test_a_door_that_is_both_says_neither() -> None:
    found = stays([went(ANA, Way.EITHER, 10)], timedelta(minutes=LONGEST))
    assert [(one.span, one.entry_seen, one.exit_seen) for one in found] == [
        (span(4, 10), False, False),
        (span(10, 16), False, False),
    ]


def test_who_leaves_as_another_enters_has_met_them_and_gates_are_named() -> None:
    crossings = [went(ANA, Way.IN, 0), went(ANA, Way.OUT, 5, "back"), went(BUDI, Way.IN, 5), went(CICI, Way.IN, 6)]
    found = contacts(crossings, BUDI, span(0, 20), timedelta(minutes=LONGEST))
    assert [(one.stay.who, one.shared, one.stay.gates) for one in found] == [
        (ANA, span(5, 5), ("front", "back")),
        (CICI, span(6, 11), ("front",)),
    ]


def test_nobody_is_found_for_a_pseudonym_that_was_not_there() -> None:
    assert contacts([went(BUDI, Way.IN, 5)], ANA, span(0, 20), timedelta(minutes=LONGEST)) == ()
