"""From the configuration to what the core decides by: colours, hours and their calendar, anti-passback, occupancy."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gate.access.settings import Settings
from gate.credential.model import Colour
from gate.policy.occupancy import Occupancy
from gate.policy.passback import Passback, PassbackMode
from gate.policy.site import Direction
from gate.policy.status import Outcome
from gate.service.config import load
from gate.service.core_settings import settings_of
from tests.access.examples import SECOND, at
from tests.service.config_files import Raw, changed_toml


def settings(folder: Path, changes: dict[str, object] | None = None) -> Settings:
    file = folder / "gate.toml"
    file.write_text(changed_toml(changes or {}))
    return settings_of(load(file))


def test_by_default_green_is_let_in_at_any_time_and_nothing_is_shared(tmp_path: Path) -> None:
    site = settings(tmp_path).site
    assert [site.outcome(colour) for colour in Colour] == [Outcome.GRANT, *[Outcome.HOLD] * 3]
    assert site.open_to(Colour.GREEN, at(3 * SECOND))
    assert (site.gate, site.direction, site.shares) == ("gate-1", Direction.ENTRY, False)


@pytest.mark.parametrize(
    ("green", "yellow", "granted"),
    [("hold", "hold", ""), ("hold", "grant", "yellow"), ("grant", "grant", "green yellow")],
)
def test_what_a_colour_leads_to_is_the_sites_choice_but_not_for_red_and_black(
    tmp_path: Path, green: str, yellow: str, granted: str
) -> None:
    site = settings(tmp_path, {"policy.green": green, "policy.yellow": yellow}).site
    assert [colour for colour in Colour if site.outcome(colour) is Outcome.GRANT] == granted.split()


HOURS: dict[str, object] = {
    "schedule.utc_offset": "WITA",
    "schedule.unlocked": Raw('["mon-sun 00:00-24:00"]'),
    "schedule.green_hours": Raw('["mon-fri 08:00-16:00"]'),
    "schedule.closed_days": Raw('["2026-12-25"]'),
    "schedule.special_days": Raw('["2026-03-31 08:00-12:00"]'),
}


@pytest.mark.parametrize(
    ("local", "unlocked", "green", "yellow"),
    [
        ("2026-03-30 15:59", True, True, True),
        ("2026-03-30 16:00", True, False, True),
        ("2026-03-31 08:00", False, True, True),
        ("2026-03-31 12:00", False, False, False),
        ("2026-12-25 09:00", False, False, False),
        ("2026-12-26 09:00", True, False, True),
    ],
)
def test_each_colour_has_its_hours_and_the_calendar_counts_for_all(
    tmp_path: Path, local: str, *, unlocked: bool, green: bool, yellow: bool
) -> None:
    chosen = settings(tmp_path, HOURS)
    utc = datetime.fromisoformat(f"{local}+08:00").astimezone(UTC)
    hours = (chosen.schedule, chosen.site.green_hours, chosen.site.yellow_hours)
    assert [one is None or one.covers(utc) for one in hours] == [unlocked, green, yellow]


def test_anti_passback_and_occupancy(tmp_path: Path) -> None:
    changes: dict[str, object] = {"passback.mode": "timed", "passback.minutes": 30, "occupancy.capacity": 40}
    site = settings(tmp_path, {**changes, "occupancy.checkout": "18:00", "gate.direction": "entry"}).site
    assert site.passback == Passback(PassbackMode.TIMED, 30)
    assert site.occupancy == Occupancy(40, 18 * 60, 7 * 60)
    assert site.shares
    assert site.occupancy.period(datetime(2026, 3, 2, 10, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert site.occupancy.period(datetime(2026, 3, 2, 11, 0, tzinfo=UTC)) == date(2026, 3, 2)
