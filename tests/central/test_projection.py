"""The rows of visits and alarms: what they say, and that no order or repetition of the records changes it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from functools import reduce
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.events import AlarmEvent, Event
from gate.access.orders import FollowUpOutcome
from gate.central.projection import Alarm, Visit, merged, merged_alarm, of
from gate.wire import envelope
from tests.central.stories import at, black_alarm, bodies, day
from tests.wire.examples import EVENTS, GRANTED, IDENTITY, PLACE, ULID_B

Rows = tuple[dict[int, Visit], dict[int, Alarm]]
DAY = bodies(day())


def rows(records: Iterable[tuple[int, bytes]]) -> Rows:
    visits: dict[int, Visit] = {}
    alarms: dict[int, Alarm] = {}
    for part in (of(seq, body) for seq, body in records):
        if isinstance(part, Visit):
            visits[part.number] = merged(visits[part.number], part) if part.number in visits else part
        elif part is not None:
            alarms[part.number] = merged_alarm(alarms[part.number], part) if part.number in alarms else part
    return visits, alarms


def test_a_day_at_a_door_in_rows() -> None:
    visits, alarms = rows(DAY)
    told = {
        number: (one.story.result, one.story.colour, one.story.officer, one.passage)
        for number, one in visits.items()
        if one.story is not None
    }
    assert told == {
        1: ("granted", "green", None, "taken"),
        2: ("denied", "red", "uid-1001", "none"),
        3: ("denied", "black", "uid-1001", "none"),
        4: ("granted", "green", None, "not_taken"),
    }
    assert visits[2].story is not None
    assert visits[2].story.ended is not None
    assert visits[2].story.ended - visits[2].begun == timedelta(minutes=1)
    found = alarms[1]
    assert (found.about.kind, found.about.visit, found.about.acknowledged_by) == ("black", 3, "uid-1001")
    times = (found.raised, found.escalated, found.acknowledged, found.followed_up, found.cleared)
    noon = at(10).utc.replace(microsecond=123000)
    assert times == tuple(noon + timedelta(minutes=minutes) for minutes in range(5))
    assert found.outcome == FollowUpOutcome.ISOLATED


def test_a_visitor_who_waits_has_not_ended() -> None:
    held = rows(DAY[2:3])[0][2].story
    assert held is not None
    assert held.ended is None


@given(order=st.permutations(DAY), again=st.lists(st.sampled_from(DAY), max_size=9))
def test_any_order_and_repetition_gives_the_same_rows(
    order: list[tuple[int, bytes]], again: list[tuple[int, bytes]]
) -> None:
    assert rows([*again, *order, *again]) == rows(DAY)


@given(story=st.lists(EVENTS, max_size=6), order=st.randoms(use_true_random=False))
def test_any_events_in_any_order_give_the_same_rows(story: list[Event], order: Random) -> None:
    records = bodies(story)
    shuffled = [*records, *records]
    order.shuffle(shuffled)
    assert rows(shuffled) == rows(records)


@given(cuts=st.lists(st.integers(0, len(DAY)), max_size=3), order=st.permutations(DAY))
def test_parts_may_be_merged_in_any_grouping(cuts: list[int], order: list[tuple[int, bytes]]) -> None:
    edges = [0, *sorted(cuts), len(DAY)]
    parts = [rows(order[start:end])[1] for start, end in pairwise(edges)]
    alarms = [part[1] for part in parts if 1 in part]
    assert reduce(merged_alarm, alarms) == rows(DAY)[1][1]


def test_every_step_of_an_alarm_is_known() -> None:
    steps = [event for event in black_alarm(1, 0, visit=1) if isinstance(event, AlarmEvent)]
    assert all(isinstance(of(seq, body), Alarm) for seq, body in bodies(steps))


GOOD = json.loads(envelope.encode(GRANTED, PLACE, IDENTITY, ULID_B, offline=False))


@pytest.mark.parametrize("number", [None, "1", -1, 2**60, True, 1.0])
def test_a_visit_without_a_sensible_number_gives_no_row(number: object) -> None:
    assert of(1, json.dumps(GOOD | {"data": GOOD["data"] | {"visit": number}}).encode()) is None


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", json.dumps(GOOD | {"type": "gate.access.v1"}).encode()])
def test_what_is_no_event_of_ours_gives_no_row(body: bytes) -> None:
    assert of(1, body) is None


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TYPES = ("access.granted", "access.taken", "alarm.raised", "alarm.followed_up")


@given(
    name=st.sampled_from(TYPES),
    data=st.dictionaries(
        st.sampled_from(
            [*GOOD["data"], "alarm", "kind", "detail", "silent", "acknowledged_by", "passage"],
        ),
        _ANYTHING,
    ),
)
def test_whatever_a_record_holds_no_text_can_harm_a_database_or_a_terminal(name: str, data: dict[str, object]) -> None:
    body = json.dumps(GOOD | {"type": envelope.type_of(name), "data": {"visit": 1, "alarm": 1} | data}).encode()
    part = of(7, body)
    details = part.story if isinstance(part, Visit) else part and part.about
    for value in () if details is None else (getattr(details, name) for name in details.__slots__):
        assert not isinstance(value, str) or (value.isprintable() and len(value) <= 120)
