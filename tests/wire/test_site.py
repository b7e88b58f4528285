"""What gates of a site tell one another: read back as it was written, and nothing else is read at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.site_notes import MOST_IN_SNAPSHOT, SiteNote, Snapshot
from gate.policy.occupancy import GateCount, Occupancy
from gate.policy.passback import Crossing, Crossings, Way
from gate.wire import jsontext, site
from gate.wire.site import AHEAD, EARLIEST, LATEST, NotANote, Told
from gate.wire.topics import Identity
from tests.wire.validate import check

ME = Identity("jkt-01", "north", "entry", "boot-1")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
IN = Crossing("ab" * 16, "2026-W47", Way.IN, NOON, "north", 7)
COUNT = GateCount("north", date(2026, 11, 20), 12, 3, -1)
SNAPSHOT = Snapshot((IN, replace(IN, fp="cd" * 16, way=Way.OUT, known=True)), NOON - timedelta(days=1))
NOTES: dict[str, SiteNote] = {"occupancy": COUNT, "crossing": IN, "crossings": SNAPSHOT}

_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 21), timezones=st.just(UTC)).map(  # noqa: DTZ001  (hypothesis wants them naive)
    lambda utc: utc.replace(microsecond=utc.microsecond // 1000 * 1000)
)
_COUNTED = st.integers(0, 10**9)
_CROSSINGS = st.builds(
    Crossing,
    fp=st.binary(min_size=1, max_size=32).map(bytes.hex),
    epoch=st.sampled_from(["2026-W47", "2027-W01"]),
    way=st.sampled_from(Way),
    utc=_MOMENTS,
    gate=st.just("north"),
    visit=_COUNTED,
    known=st.booleans(),
)
_COUNTS = st.builds(
    GateCount,
    st.just("north"),
    st.none() | st.dates(date(2020, 1, 1)),
    _COUNTED,
    _COUNTED,
    st.integers(-(10**9), 10**9),
)
ANY: st.SearchStrategy[SiteNote] = st.one_of(
    _CROSSINGS, _COUNTS, st.builds(Snapshot, st.lists(_CROSSINGS, max_size=5).map(tuple), st.none() | _MOMENTS)
)


def read(topic: str, payload: bytes, now: datetime | None = NOON) -> Told | NotANote:
    return site.decode(topic, payload, "jkt-01", now)


@given(ANY)
def test_a_note_is_read_as_it_was_told_and_is_what_the_schema_says(note: SiteNote) -> None:
    topic, payload = site.topic_of(note, ME), site.encode(note, ME)
    check(topic, payload)
    assert read(topic, payload) == Told("north", note)


def test_the_topics() -> None:
    assert {kind: site.topic_of(note, ME) for kind, note in NOTES.items()} == {
        kind: f"gate/v1/jkt-01/site/north/{kind}" for kind in NOTES
    }
    assert [site.is_retained(note) for note in NOTES.values()] == [True, False, True]
    assert site.subscription(ME) == "gate/v1/jkt-01/site/#"


def test_the_largest_snapshot_fits_into_a_message() -> None:
    full = Snapshot(tuple(replace(IN, fp="ab" * 32, visit=10**9, known=False) for _ in range(MOST_IN_SNAPSHOT)), NOON)
    payload = site.encode(full, ME)
    assert len(payload) < jsontext.MAX_BYTES
    assert isinstance(read(site.topic_of(full, ME), payload), Told)


@pytest.mark.parametrize(
    "topic",
    [
        "gate/v1/jkt-02/site/north/occupancy",
        "gate/v1/jkt-01/site/north/occupancy/more",
        "gate/v1/jkt-01/site/north",
        "gate/v1/jkt-01/site/occupancy",
        "gate/v1/jkt-01/site/South/occupancy",
        "gate/v1/jkt-01/site/south/occupancy",
        "gate/v1/jkt-01/site/north/state",
        "gate/v2/jkt-01/site/north/occupancy",
        "gate/v1/jkt-01/site//occupancy",
        "",
    ],
)
def test_a_note_counts_on_its_own_topic_alone(topic: str) -> None:
    assert isinstance(read(topic, site.encode(COUNT, ME)), NotANote)


WRONG: list[tuple[str, list[str], object]] = [
    ("occupancy", ["gate"], "south"),
    ("occupancy", ["gate"], None),
    ("occupancy", ["period"], "2026-02-30"),
    ("occupancy", ["period"], "20261120"),
    ("occupancy", ["period"], 5),
    ("occupancy", ["entered"], -1),
    ("occupancy", ["entered"], 10**9 + 1),
    ("occupancy", ["entered"], 1.0),
    ("occupancy", ["entered"], True),
    ("occupancy", ["left"], "3"),
    ("occupancy", ["corrected"], -(10**9) - 1),
    ("occupancy", ["name"], "Budi"),
    ("crossing", ["crossing"], None),
    ("crossing", ["crossing"], []),
    ("crossing", ["crossing", "fp"], ""),
    ("crossing", ["crossing", "fp"], "AB" * 16),
    ("crossing", ["crossing", "fp"], "ab" * 33),
    ("crossing", ["crossing", "fp"], "abc"),
    ("crossing", ["crossing", "fp"], "ab\n"),
    ("crossing", ["crossing", "epoch"], "now"),
    ("crossing", ["crossing", "way"], "through"),
    ("crossing", ["crossing", "way"], ["in"]),
    ("crossing", ["crossing", "way"], {}),
    ("crossing", ["crossing", "time"], "2026-11-21T12:00:00Z"),
    ("crossing", ["crossing", "time"], "2026-11-21T25:00:00.000Z"),
    ("crossing", ["crossing", "time"], "2026-11-21T12:05:00.001Z"),
    ("crossing", ["crossing", "time"], "9999-12-31T23:59:59.999Z"),
    ("crossing", ["crossing", "time"], "0001-01-01T00:00:00.000Z"),
    ("crossing", ["crossing", "visit"], -1),
    ("crossing", ["crossing", "known"], 0),
    ("crossing", ["crossing", "gate"], "south"),
    ("crossings", ["reset"], "2099-01-01T00:00:00.000Z"),
    ("crossings", ["reset"], 0),
    ("crossings", ["crossings"], {}),
    ("crossings", ["crossings"], [None]),
    ("crossings", ["crossings"], [json.loads(site.encode(IN, ME))["crossing"]] * (MOST_IN_SNAPSHOT + 1)),
]


def altered(kind: str, path: list[str], value: object) -> bytes:
    body: Any = json.loads(site.encode(NOTES[kind], ME))
    place = body
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return json.dumps(body).encode()


@pytest.mark.parametrize(("kind", "path", "value"), WRONG, ids=lambda value: str(value)[:30])
def test_one_wrong_field_and_nothing_of_it_counts(kind: str, path: list[str], value: object) -> None:
    found = read(f"gate/v1/jkt-01/site/north/{kind}", altered(kind, path, value))
    assert isinstance(found, NotANote)
    assert found.problem


@pytest.mark.parametrize("kind", NOTES)
def test_no_field_may_be_missing(kind: str) -> None:
    body = json.loads(site.encode(NOTES[kind], ME))
    for name in body:
        rest = {other: value for other, value in body.items() if other != name}
        assert isinstance(read(f"gate/v1/jkt-01/site/north/{kind}", json.dumps(rest).encode()), NotANote)


def test_a_clock_a_little_ahead_is_believed_and_one_that_is_not_set_cannot_tell() -> None:
    ahead, far = (site.encode(replace(IN, utc=NOON + later), ME) for later in (AHEAD, AHEAD + timedelta(seconds=1)))
    topic = site.topic_of(IN, ME)
    assert isinstance(read(topic, ahead), Told)
    assert isinstance(read(topic, far), NotANote)
    assert isinstance(read(topic, far, None), Told)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
@pytest.mark.parametrize("clock", [NOON, None], ids=["set", "unset"])
def test_a_time_at_the_edge_of_the_calendar_is_nobodys_whatever_the_clock(time: str, clock: datetime | None) -> None:
    for kind, path in (("crossing", ["crossing", "time"]), ("crossings", ["reset"])):
        found = read(f"gate/v1/jkt-01/site/north/{kind}", altered(kind, path, time), clock)
        assert isinstance(found, NotANote)


@pytest.mark.parametrize("moment", [EARLIEST, LATEST])
@pytest.mark.parametrize("offset_min", [-720, 840])
def test_what_is_believed_can_be_counted_with(moment: datetime, offset_min: int) -> None:
    told = read(site.topic_of(IN, ME), site.encode(replace(IN, utc=moment), ME), None)
    assert isinstance(told, Told)
    assert isinstance(told.note, Crossing)
    assert Occupancy(checkout_min=18 * 60, utc_offset_min=offset_min).period(told.note.utc) is not None
    assert Crossings().with_([told.note]).later(replace(IN, utc=EARLIEST)).utc > moment


@given(st.sampled_from(sorted(NOTES)), st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_nothing_that_is_sent_raises(kind: str, payload: bytes) -> None:
    assert isinstance(read(f"gate/v1/jkt-01/site/north/{kind}", payload), NotANote)


JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(JSON)
def test_no_json_in_any_place_raises(value: object) -> None:
    for kind, path, _ in WRONG:
        read(f"gate/v1/jkt-01/site/north/{kind}", altered(kind, path, value))


@given(st.text(max_size=40))
def test_no_topic_raises(topic: str) -> None:
    assert isinstance(read(f"gate/v1/jkt-01/site/{topic}", b"{}"), NotANote)
