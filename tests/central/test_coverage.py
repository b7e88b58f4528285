"""Coverage: local days in every zone of the country, and numbers that add up."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.central.archive import Use
from gate.central.coverage import Coverage, Heard, Numbers, coverage, day_of, days
from gate.central.registry import Gate, Registry, Site

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
WIB, WIT = "Asia/Jakarta", "Asia/Jayapura"
Place = tuple[str, str]


@pytest.mark.parametrize(
    ("zone", "day", "begin", "hours"),
    [
        ("Asia/Jakarta", date(2026, 11, 25), datetime(2026, 11, 24, 17, tzinfo=UTC), 24),
        ("Asia/Makassar", date(2026, 12, 1), datetime(2026, 11, 30, 16, tzinfo=UTC), 24),
        ("Asia/Jayapura", date(2028, 2, 29), datetime(2028, 2, 28, 15, tzinfo=UTC), 24),
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        ("Europe/Berlin", date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
    ],
)
def test_a_day_is_the_office_s_own(zone: str, day: date, begin: datetime, hours: int) -> None:
    assert day_of(zone, day, NOON) == (begin, begin + timedelta(hours=hours))


def test_today_is_not_the_same_day_everywhere() -> None:
    evening = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)  # 23:00 in Jakarta, 01:00 in Jayapura
    registry = Registry.of([Site("a", "A", timezone=WIB), Site("b", "B", timezone=WIT)], [])
    assert {zone: end for zone, (_, end) in days(registry, None, evening).items()} == {
        WIB: datetime(2026, 11, 25, 17, tzinfo=UTC),
        WIT: datetime(2026, 11, 26, 15, tzinfo=UTC),
    }


_NAMES = [(site, f"{site}-{number}") for site in ("a", "b", "c") for number in range(3)]
_PLACES = st.lists(st.sampled_from(_NAMES), unique=True)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Registry, Heard, dict[Place, Use]]:
    sites = [
        Site(one, one, timezone=draw(st.sampled_from([WIB, WIT])), planned_gates=draw(st.integers(0, 4)))
        for one in "abc"
    ]
    installed = st.sampled_from([None, TODAY, TODAY + timedelta(days=1)])
    retired = st.sampled_from([None, None, TODAY, TODAY + timedelta(days=1)])
    gates = [Gate(name, site, installed=draw(installed), retired=draw(retired)) for site, name in draw(_PLACES)]
    uses = {place: Use(draw(st.integers(0, 2)), draw(st.booleans())) for place in draw(_PLACES)}
    return Registry.of(sites, gates), Heard(draw(_PLACES), draw(_PLACES)), uses


def covered(registry: Registry, heard: Heard, uses: dict[Place, Use]) -> Coverage:
    return coverage(registry, heard, dict.fromkeys((WIB, WIT), uses), dict.fromkeys((WIB, WIT), TODAY))


@given(cases())
def test_all_is_the_sum_of_the_offices_and_each_number_counts_what_it_says(
    case: tuple[Registry, Heard, dict[Place, Use]],
) -> None:
    registry, heard, uses = case
    found = covered(*case)
    gates = [one for one in registry.gates.values() if one.retired != TODAY]
    assert found.gates.installed == sum(one.installed == TODAY for one in gates)
    assert found.gates.alive == sum((one.site, one.id) in heard.alive for one in gates)
    assert found.gates.used == sum(uses.get((one.site, one.id), Use(0, officer=False)).visits > 0 for one in gates)
    assert found.gates.officer == sum(uses.get((one.site, one.id), Use(0, officer=False)).officer for one in gates)
    assert found.gates.planned >= len(gates)
    columns = zip(*(astuple(one) for one in found.sites.values()), strict=True)
    assert astuple(found.gates) == tuple(sum(column) for column in columns)
    again = zip(*(astuple(one) for one in found.sites.values()), strict=True)
    assert astuple(found.offices)[1:] == tuple(sum(number > 0 for number in column) for column in again)[1:]
    assert found.offices.planned == len(registry.sites)
    assert set(found.unknown) == {f"{site}/{name}" for site, name in heard.ever if name not in registry.gates}


def test_the_used_day_is_that_of_the_office_s_zone() -> None:
    registry = Registry.of(
        [Site("a", "A", timezone=WIB), Site("b", "B", timezone=WIT)], [Gate("x", "a"), Gate("y", "b")]
    )
    used = {("a", "x"): Use(1, officer=False), ("b", "y"): Use(1, officer=True)}
    found = coverage(registry, Heard([], []), {WIB: used, WIT: {}}, dict.fromkeys((WIB, WIT), TODAY))
    assert found.sites == {"a": Numbers(1, 0, 0, 1, 0), "b": Numbers(1, 0, 0, 0, 0)}


def test_an_office_of_which_nobody_has_said_how_many_gates_it_is_to_have_is_an_office() -> None:
    """Or else what is reported of the offices would be the better the less is entered of them."""
    found = covered(Registry.of([Site("a", "A"), Site("b", "B")], [Gate("x", "a")]), Heard([], [("a", "x")]), {})
    assert (found.offices.planned, found.offices.alive) == (2, 1)


def test_a_gate_that_was_replaced_is_not_planned_any_more() -> None:
    gates = [Gate("old", "a", installed=TODAY - timedelta(days=9), retired=TODAY), Gate("new", "a", installed=TODAY)]
    found = covered(Registry.of([Site("a", "A", planned_gates=1)], gates), Heard([], [("a", "new")]), {})
    assert found.gates == Numbers(planned=1, installed=1, alive=1)
