"""Trust from files: the weekly secret on the disk, and what is said when a file cannot be used."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gate.adapters.trust_files.epochs import EpochFiles, iso_week
from gate.adapters.trust_files.source import TrustFiles
from gate.credential.bundle import MAX_BYTES
from gate.credential.instant import ClockTrust
from gate.credential.keys import private_to_pem
from gate.ports import AdapterError
from tests.contract.test_trust_source import SteppedClock, paths_of
from tests.credential.minting import MINT, NOON, Mint, at, new_key

WEEK = timedelta(days=7)


class Site:
    """A folder with a bundle, a root key and the state of one gate."""

    def __init__(self, folder: Path) -> None:
        self.bundle, self.root = MINT.write_trust(folder)
        self.epoch_dir = folder / "state" / "epochs"
        self.clock = SteppedClock()
        self.shared = False

    def open(self) -> TrustFiles:
        return TrustFiles(paths_of(self.epoch_dir.parent, self.bundle, self.root), self.clock, shared=self.shared)

    def epochs(self) -> list[str]:
        return sorted(path.name for path in (self.epoch_dir).iterdir())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (datetime(2026, 3, 14, tzinfo=UTC), "2026-W11"),
        (datetime(2024, 12, 30, tzinfo=UTC), "2025-W01"),
        (datetime(2027, 1, 3, 23, 59, 59, tzinfo=UTC), "2026-W53"),
        (datetime(2027, 1, 4, tzinfo=UTC), "2027-W01"),
    ],
)
def test_an_epoch_is_an_iso_week(day: datetime, week: str) -> None:
    assert iso_week(at(day)) == week


def test_the_key_of_the_week_is_32_bytes_that_only_the_owner_reads_and_outlives_a_restart(site: Site) -> None:
    key = site.open().current().epoch
    path = site.epoch_dir / "2026-W11"
    assert (key.id, key.key) == ("2026-W11", path.read_bytes())
    assert len(key.key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert site.open().current().epoch == key


def test_two_gates_have_different_keys(tmp_path: Path, site: Site) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert site.open().current().epoch.key != Site(other).open().current().epoch.key


def test_this_week_and_the_one_before_are_kept(site: Site) -> None:
    trust = site.open()
    for _ in range(4):
        site.clock.utc += WEEK
        trust.current()
    assert site.epochs() == ["2026-W14", "2026-W15"]
    site.clock.utc += 9 * WEEK
    trust.current()
    assert site.epochs() == ["2026-W15", "2026-W24"]


def test_files_of_others_in_the_folder_are_left_alone(site: Site) -> None:
    site.open()
    (site.epoch_dir / "README").write_text("mine")
    site.clock.utc += 5 * WEEK
    site.open()
    assert "README" in site.epochs()


def test_an_unset_clock_goes_on_with_the_newest_key_and_deletes_none(site: Site) -> None:
    site.open()
    site.clock.utc += WEEK
    newest = site.open().current().epoch
    site.clock.utc -= 20 * WEEK
    site.clock.clock = ClockTrust.UNSET
    trust = site.open()
    assert trust.current().epoch == newest
    assert site.epochs() == ["2026-W11", "2026-W12"]
    site.clock.utc = NOON + 2 * WEEK
    site.clock.clock = ClockTrust.SYNCED
    assert trust.current().epoch.id == "2026-W13"
    assert site.epochs() == ["2026-W12", "2026-W13"]


def test_an_unset_clock_deletes_no_key_even_when_there_are_more_than_two(site: Site) -> None:
    site.open()
    for name in ("2026-W12", "2035-W01"):
        path = site.epoch_dir / name
        path.write_bytes(bytes(32))
        path.chmod(0o600)
    site.clock.clock = ClockTrust.UNSET
    assert site.open().current().epoch.id == "2035-W01"
    assert site.epochs() == ["2026-W11", "2026-W12", "2035-W01"]


def test_a_key_from_a_clock_that_was_wrong_is_deleted_once_the_time_is_known(site: Site) -> None:
    site.clock.utc += 500 * WEEK
    trust = site.open()
    site.clock.utc = NOON
    assert trust.current().epoch.id == "2026-W11"
    assert site.epochs() == ["2026-W11"]


def test_a_disk_that_fails_in_the_night_keeps_the_old_key_and_says_so_once_a_minute(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    trust = site.open()
    before = trust.current()
    site.clock.utc += WEEK
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", _raise_io_error)
        with caplog.at_level(logging.WARNING):
            assert trust.current() is before
            assert trust.current() is before
    assert len(caplog.records) == 1
    assert "2026-W11" in caplog.text
    assert trust.current() is before
    site.clock.mono_ns += 60_000_000_000
    assert trust.current().epoch.id == "2026-W12"


def _raise_io_error(_descriptor: int) -> None:
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize("nth", [1, 2])
def test_a_failure_at_any_sync_leaves_no_half_key(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, nth: int
) -> None:
    calls = 0
    really = os.fsync

    def fails_once(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == nth:
            _raise_io_error(descriptor)
        really(descriptor)

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fails_once)
        assert len(site.open().current().epoch.key) == 32, "the gate starts, with a key that it cannot keep"
    assert calls >= nth
    assert "Input/output error" in caplog.text
    assert len(site.open().current().epoch.key) == 32
    assert site.epochs() == ["2026-W11"]


def test_what_a_power_cut_left_of_a_new_key_is_no_obstacle(site: Site) -> None:
    (site.epoch_dir).mkdir(parents=True)
    (site.epoch_dir / ".2026-W11.new").write_bytes(b"torn")
    assert len(site.open().current().epoch.key) == 32
    assert site.epochs() == ["2026-W11"]


def spoil_state(site: Site) -> None:
    site.epoch_dir.parent.write_text("a file")


def spoil_key(site: Site) -> None:
    site.open()
    (site.epoch_dir / "2026-W11").write_bytes(b"short")


def lengthen_key(site: Site) -> None:
    site.open()
    (site.epoch_dir / "2026-W11").write_bytes(bytes(33))


def open_key(site: Site) -> None:
    site.open()
    (site.epoch_dir / "2026-W11").chmod(0o640)


def key_is_folder(site: Site) -> None:
    (site.epoch_dir / "2026-W11").mkdir(parents=True)


def other_root(site: Site) -> None:
    site.root.write_bytes(Mint().root_pem)


def private_root(site: Site) -> None:
    site.root.write_bytes(private_to_pem(new_key()))


def large_bundle(site: Site) -> None:
    with site.bundle.open("ab") as file:
        file.truncate(MAX_BYTES + 1)


CASES: list[tuple[Callable[[Site], object], str, str]] = [
    (lambda site: site.bundle.unlink(), "trust.bundle", "gate trust sign"),
    (lambda site: site.bundle.write_bytes(b""), "trust.bundle", "gate trust sign"),
    (lambda site: site.bundle.write_bytes(site.bundle.read_bytes()[:-1]), "trust.bundle", "cut short"),
    (large_bundle, "trust.bundle", "exceeds"),
    (lambda site: site.root.unlink(), "root.pub", "gate trust keygen"),
    (lambda site: site.root.write_bytes(b"text"), "root.pub", "gate trust keygen"),
    (other_root, "trust.bundle", "pin the right .pub"),
    (private_root, "root.pub", ".pub"),
    (spoil_state, "epochs", "writable"),
    (spoil_key, "2026-W11", "Delete it"),
    (lengthen_key, "2026-W11", "Delete it"),
    (open_key, "2026-W11", "chmod 600"),
    (key_is_folder, "epochs", "writable"),
]


@pytest.mark.parametrize(("spoil", "path", "advice"), CASES)
def test_a_file_that_cannot_be_used_is_named_with_advice(
    site: Site, spoil: Callable[[Site], object], path: str, advice: str
) -> None:
    spoil(site)
    with pytest.raises(AdapterError) as caught:
        site.open()
    assert path in str(caught.value)
    assert advice in str(caught.value)


def test_a_folder_of_epochs_is_only_read_when_a_week_begins(site: Site) -> None:
    trust = site.open()
    (site.epoch_dir / "2026-W11").unlink()
    (site.epoch_dir).rmdir()
    assert trust.current().epoch.id == "2026-W11"
    assert EpochFiles(site.epoch_dir).key(at()).key != trust.current().epoch.key


def test_last_weeks_key_is_at_hand_while_it_is_kept(site: Site) -> None:
    first = site.open().current().epoch
    assert first.previous is None
    site.clock.utc += WEEK
    second = site.open().current().epoch
    assert second.previous == first
    (site.epoch_dir / first.id).write_bytes(b"damaged")
    assert site.open().current().epoch.previous is None, "the gate works without it"


def two_gates(folder: Path) -> tuple[Site, Site]:
    """The second was given the first one's key."""
    gates = []
    for name in ("north", "south"):
        (folder / name).mkdir()
        gates.append(Site(folder / name))
        gates[-1].shared = True
    north, south = gates
    north.open()
    south.epoch_dir.mkdir(parents=True)
    path = south.epoch_dir / "2026-W11"
    path.write_bytes((north.epoch_dir / "2026-W11").read_bytes())
    path.chmod(0o600)
    return north, south


@pytest.mark.parametrize("weeks", [[1, 1, 1], [3], [41, 1], [300]])
def test_gates_that_were_given_one_key_go_on_alike_though_one_was_off_for_weeks(
    tmp_path: Path, weeks: list[int]
) -> None:
    north, south = two_gates(tmp_path)
    for gate, steps in ((north, weeks), (south, [sum(weeks)])):
        for step in steps:
            gate.clock.utc += step * WEEK
            gate.open()
    one, other = north.open().current().epoch, south.open().current().epoch
    assert (one.id, one.key) == (other.id, other.key)
    assert len(north.epochs()) == 2


def test_keys_that_are_not_shared_have_nothing_to_do_with_one_another(tmp_path: Path) -> None:
    north, south = two_gates(tmp_path)
    north.shared = south.shared = False
    for gate in (north, south):
        gate.clock.utc += WEEK
    assert north.open().current().epoch.key != south.open().current().epoch.key


def test_a_clock_that_is_not_synced_deletes_no_shared_key(tmp_path: Path) -> None:
    """It may be wrong, and the keys of the present could never be made again."""
    north, south = two_gates(tmp_path)
    north.clock.utc += 50 * WEEK
    north.clock.clock = ClockTrust.HOLDOVER
    north.open()
    north.clock.utc = NOON + WEEK
    north.clock.clock = ClockTrust.SYNCED
    south.clock.utc += WEEK
    assert north.open().current().epoch.key == south.open().current().epoch.key
