"""The facts document: what counts, from when on, and that nothing in it names a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.model import Colour
from gate.policy.facts import NOTHING, Place, completed, facts_document
from gate.policy.shown import Exposure, Finding, LabTest, Method, Pass, Shown, Vaccination
from gate.policy.shown_by import shown_by
from gate.policy.strict import RuleError
from tests.access.examples import valid

WIB, WITA, WIT = 420, 480, 540
NOON = datetime(2022, 8, 1, 5, 0, tzinfo=UTC)
"""12:00 in WIB."""
HERE = Place(NOON, "office-1", WIB)
TODAY = date(2022, 8, 1)
DAY, SECOND, HOUR = timedelta(days=1), timedelta(seconds=1), timedelta(hours=1)


def facts(shown: Shown, place: Place = HERE) -> dict[str, Any]:
    found: dict[str, Any] = facts_document(shown, place)["facts"]
    return found


def negative_pcr(taken: datetime) -> LabTest:
    return LabTest(Method.PCR, Finding.NEGATIVE, taken)


def positive(taken: datetime) -> LabTest:
    return LabTest(Method.ANTIGEN, Finding.POSITIVE, taken)


def test_a_credential_that_shows_nothing_gives_the_empty_document() -> None:
    assert facts(Shown("")) == NOTHING["facts"]


def test_a_pass_gives_its_colour_and_purpose_and_no_other_fact() -> None:
    found = facts_document(shown_by(valid(Colour.YELLOW)), HERE)
    assert found["facts"].pop("pass") == {"known": True, "colour": "yellow", "purpose": "visit"}
    assert (found["facts"].pop("kind"), found["facts"].pop("proves")) == ("pass", ["pass"])
    assert found["facts"].items() <= NOTHING["facts"].items()
    assert found["external"] == {"validationClock": "2022-08-01T05:00:00.000Z", "site": "office-1"}


@pytest.mark.parametrize(
    ("born", "years"),
    [
        (date(2004, 8, 1), 18),
        (date(2004, 8, 2), 17),
        (date(2004, 7, 31), 18),
        (date(2022, 8, 1), 0),
        (date(2022, 8, 2), None),
        (None, None),
    ],
)
def test_age_is_in_completed_years_of_the_local_day(born: date | None, years: int | None) -> None:
    assert facts(Shown("x", born=born))["age"] == {"known": years is not None, "years": years}


@pytest.mark.parametrize(("day", "years"), [(date(2022, 2, 28), 17), (date(2022, 3, 1), 18), (date(2024, 2, 29), 20)])
def test_who_was_born_on_a_leap_day_has_a_birthday_in_march_in_other_years(day: date, years: int) -> None:
    noon = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    assert facts(Shown("x", born=date(2004, 2, 29)), Place(noon, "", WIB))["age"]["years"] == years


@pytest.mark.parametrize(("offset", "hour"), [(WIB, 17), (WITA, 16), (WIT, 15)])
def test_the_birthday_begins_at_local_midnight(offset: int, hour: int) -> None:
    midnight = datetime(2022, 7, 31, hour, tzinfo=UTC)
    born = Shown("x", born=date(2004, 8, 1))
    assert facts(born, Place(midnight - SECOND, "", offset))["age"]["years"] == 17
    assert facts(born, Place(midnight, "", offset))["age"]["years"] == 18


VACCINATIONS = [
    (Vaccination(1, 2, TODAY), 1, False, False),
    (Vaccination(2, 2, TODAY), 2, True, False),
    (Vaccination(1, 1, TODAY), 1, True, False),
    (Vaccination(2, 1, TODAY), 2, True, True),
    (Vaccination(3, 2, TODAY), 3, True, True),
    (Vaccination(3, 3, TODAY), 3, True, True),
    (Vaccination(2, 3, TODAY), 2, False, False),
    (Vaccination(1, 1, TODAY, booster=True), 1, True, True),
    (Vaccination(1, 0, None), 1, True, False),
    (Vaccination(0, 2, TODAY), 0, False, False),
]


@pytest.mark.parametrize(("given_", "doses", "complete", "booster"), VACCINATIONS)
def test_doses_make_a_series_complete_or_a_booster(
    given_: Vaccination,
    doses: int,
    complete: bool,  # noqa: FBT001  (a column of the table)
    booster: bool,  # noqa: FBT001  (a column of the table)
) -> None:
    found = facts(Shown("x", vaccination=given_))["vaccination"]
    assert (found["doses"], found["complete"], found["booster"]) == (doses, complete, booster)
    assert found["known"] is (doses > 0)


@pytest.mark.parametrize(("last", "days"), [(TODAY, 0), (TODAY - DAY, 1), (date(2022, 7, 1), 31)])
def test_days_since_the_dose_are_counted_on_the_calendar(last: date, days: int) -> None:
    assert facts(Shown("x", vaccination=Vaccination(2, 2, last)))["vaccination"]["days"] == days


def test_what_speaks_for_the_holder_counts_only_once_it_has_happened() -> None:
    tomorrow = TODAY + DAY
    tests = (negative_pcr(NOON + SECOND),)
    shown = Shown("x", vaccination=Vaccination(2, 2, tomorrow), tests=tests)
    found = facts(shown)
    assert found["vaccination"] == NOTHING["facts"]["vaccination"]
    assert found["test"] == NOTHING["facts"]["test"]
    assert facts(Shown("x", first_positive=tomorrow))["recovery"]["known"] is False


@pytest.mark.parametrize(
    "shown",
    [
        Shown("x", tests=(positive(NOON + 5 * DAY),)),
        Shown("x", first_positive=TODAY + DAY),
        Shown("x", exposure=Exposure(positive=True, positive_on=TODAY + DAY)),
        Shown("x", exposure=Exposure(positive=True)),
    ],
)
def test_what_speaks_against_the_holder_counts_as_today_when_its_day_is_unknown_or_to_come(shown: Shown) -> None:
    assert facts(shown)["positive"] == {"known": True, "days": 0, "negative_pcr_days": []}


def test_a_contact_of_an_unknown_day_counts_as_today() -> None:
    assert facts(Shown("x", exposure=Exposure(contact=True)))["contact"]["days"] == 0


@pytest.mark.parametrize(
    ("ago", "hours"), [(SECOND, 0), (HOUR - SECOND, 0), (HOUR, 1), (72 * HOUR - SECOND, 71), (72 * HOUR, 72)]
)
def test_hours_of_a_test_are_completed_ones(ago: timedelta, hours: int) -> None:
    found = facts(Shown("x", tests=(negative_pcr(NOON - ago),)))["test"]
    assert found == {"known": True, "kind": "pcr", "result": "negative", "hours": hours}


def test_the_newest_test_counts_and_the_newest_positive_day() -> None:
    tests = (positive(NOON - 9 * DAY), negative_pcr(NOON - 2 * DAY), positive(NOON - 4 * DAY), negative_pcr(NOON - DAY))
    found = facts(Shown("x", first_positive=TODAY - 30 * DAY, tests=tests))
    assert (found["test"]["result"], found["test"]["hours"]) == ("negative", 24)
    assert found["positive"] == {"known": True, "days": 4, "negative_pcr_days": [2, 3]}
    assert found["recovery"] == {"known": True, "days": 30}


@pytest.mark.parametrize(("offset", "hour"), [(WIB, 17), (WITA, 16), (WIT, 15)])
def test_a_day_since_a_test_begins_at_local_midnight(offset: int, hour: int) -> None:
    """One second before and after the midnight that begins the 14th day."""
    midnight = datetime(2022, 8, 14, hour, tzinfo=UTC)
    shown = Shown("x", tests=(positive(datetime(2022, 8, 1, 3, tzinfo=UTC)),))
    assert facts(shown, Place(midnight - SECOND, "", offset))["positive"]["days"] == 13
    assert facts(shown, Place(midnight, "", offset))["positive"]["days"] == 14
    assert facts(shown, Place(midnight + SECOND, "", offset))["positive"]["days"] == 14


def test_negative_antigen_and_unclear_tests_clear_nothing() -> None:
    tests = (
        LabTest(Method.ANTIGEN, Finding.NEGATIVE, NOON - 2 * DAY),
        LabTest(Method.PCR, Finding.UNCLEAR, NOON - DAY),
        negative_pcr(NOON - 20 * DAY),
    )
    exposure = Exposure(positive=True, positive_on=TODAY - 8 * DAY)
    assert facts(Shown("x", tests=tests, exposure=exposure))["positive"]["negative_pcr_days"] == []


def test_a_negative_test_to_come_clears_nothing() -> None:
    tests = (negative_pcr(NOON), negative_pcr(NOON + SECOND + DAY))
    exposure = Exposure(positive=True, positive_on=TODAY - 8 * DAY, contact=True, contact_on=TODAY - 6 * DAY)
    found = facts(Shown("x", tests=tests, exposure=exposure))
    assert (found["positive"]["negative_pcr_days"], found["contact"]["negative_pcr_days"]) == ([8], [6])


def test_of_many_negative_tests_the_newest_are_looked_at() -> None:
    tests = tuple(negative_pcr(NOON - day * DAY) for day in range(40))
    exposure = Exposure(positive=True, positive_on=TODAY - 60 * DAY)
    assert facts(Shown("x", tests=tests, exposure=exposure))["positive"]["negative_pcr_days"] == [*range(45, 61)]


DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  (hypothesis adds the zone)
TESTS = st.builds(LabTest, st.sampled_from(Method), st.sampled_from(Finding), MOMENTS)
SHOWN = st.builds(
    Shown,
    st.sampled_from(["pass", "x"]),
    st.none() | DAYS,
    st.none() | st.builds(Vaccination, st.integers(-1, 9), st.integers(-1, 9), st.none() | DAYS, st.booleans()),
    st.none() | DAYS,
    st.lists(TESTS, max_size=5).map(tuple),
    st.builds(Exposure, st.booleans(), st.none() | DAYS, st.booleans(), st.none() | DAYS),
    st.none() | st.builds(Pass, st.just("visit"), st.none() | st.sampled_from(Colour)),
)
PLACES = st.builds(Place, MOMENTS, st.just("office-1"), st.integers(-14 * 60, 14 * 60))


@given(SHOWN, PLACES)
def test_every_document_is_json_with_every_field_and_nothing_else(shown: Shown, place: Place) -> None:
    document = facts_document(shown, place)
    assert json.loads(json.dumps(document)) == document == completed(document)
    assert [*_leaves(document)] == [*_leaves(NOTHING)]


@given(SHOWN, PLACES)
def test_no_document_tells_a_day_of_the_holders_life(shown: Shown, place: Place) -> None:
    """Numbers of days and years are there; the birth date and the days of doses and tests are not."""
    document = facts_document(shown, place)
    document["external"]["validationClock"] = None
    text = json.dumps(document)
    assert not any(f"{year}-" in text for year in range(1900, 2101))


def test_documents_of_one_credential_share_nothing() -> None:
    facts(Shown("x"))["positive"]["negative_pcr_days"].append(9)
    assert facts(Shown("x"))["positive"]["negative_pcr_days"] == []


def _leaves(document: dict[str, Any], path: str = "") -> Iterator[str]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}.{name}")
        else:
            yield f"{path}.{name}"


@pytest.mark.parametrize(
    ("partial", "told"),
    [
        (None, "document"),
        ({"fact": {}}, "fact"),
        ({"facts": {"vacination": {}}}, "vacination"),
        ({"facts": {"vaccination": 2}}, "vaccination"),
        ({"facts": {"vaccination": {"dosis": 2}}}, "dosis"),
        ({"facts": {"vaccination": {"doses": {}}}}, "doses"),
    ],
)
def test_a_slip_of_the_pen_in_a_partial_document_is_told(partial: Any, told: str) -> None:
    with pytest.raises(RuleError, match=told):
        completed(partial)
