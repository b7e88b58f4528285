"""What a retired gate wipes, and what it leaves: by name, also when a disk or a person is in the way."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gate.service import retirement
from gate.service.config import load
from gate.service.config_schema import Config
from gate.service.retired_mark import mark_of
from gate.service.retirement import Count
from gate.simulation.office import Office
from tests.e2e.conftest import office as office  # noqa: PLC0414  (a fixture)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEPT = (
    *("journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock", "signals.jsonl"),
    *("journal.db.key", "journal.db.key.pub", ".journal.db.key.new"),
    *("epochs/2026-W47", "epochs/2026-W48", "trust/last-good.bundle", "trust/standing.json", "trust/status/ab12"),
    *("trust/delivered/trust.bundle", "trust/delivered/status/ab12.7.delta", "trust/delivered/rules-version"),
    *("lists/office.ab12.deny", "status/one.statuslist", "status/one.delta"),
)
LEFT = (
    "gate.toml",
    "journal.db.jsonl",
    "journal.db-of-last-year",
    "trust.bundle",
    "root.pub",
    "epochs/notes.txt",
    "lists/README",
    "status/README",
    "trust/other",
    "x.db",
)


@pytest.fixture
def config(tmp_path: Path, office: Office) -> Config:
    path = office.set_up(tmp_path, 1883)
    for name in (*KEPT, *LEFT):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_bytes(b"x")
    return load(path)


def test_what_the_gate_kept_goes_and_nothing_else(config: Config, tmp_path: Path) -> None:
    assert retirement.wipe(config) == []
    assert [name for name in KEPT if (tmp_path / name).exists()] == []
    assert [name for name in LEFT if not (tmp_path / name).exists()] == []
    assert retirement.wipe(config) == [], "a second time, after a power cut, does no harm"


def test_what_cannot_be_deleted_is_told_and_the_rest_goes(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "signals.jsonl"
    path.unlink()
    path.mkdir()  # nothing that can be unlinked, for whoever it is
    assert retirement.wipe(config) == [path]
    assert "delete it by hand" in caplog.text
    assert not (tmp_path / "journal.db").exists()


def test_the_mark_keeps_its_day_and_the_count(config: Config) -> None:
    assert not mark_of(config).exists()
    retirement.retire(config, NOW)
    assert retirement.count_of(config) == Count("2026-11-25T12:00:00+00:00", 0)
    retirement.store(config, Count("2026-11-25T12:00:00+00:00", 7))
    retirement.retire(config, NOW.replace(year=2027))
    assert retirement.count_of(config).openings == 7
    assert mark_of(config).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damaged", [b"", b"[]", b"{}", b'{"since": 1, "openings": "x"}'])
def test_a_damaged_mark_is_still_a_mark(config: Config, damaged: bytes) -> None:
    mark_of(config).write_bytes(damaged)
    assert retirement.count_of(config) == Count("unknown")
