"""What every ``TrustSource`` keeps: a snapshot that verifies, the same for all threads, replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor  # noqa: TID251  (callers of the port; all end with the test)
from dataclasses import FrozenInstanceError
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gate.adapters.trust_files.source import TrustFiles, TrustPaths
from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import Verified
from gate.credential.verify import verify
from gate.ports import TrustSource
from tests.credential.minting import MINT, NOON, at


class SteppedClock:
    """A clock that a test sets."""

    def __init__(self, utc: datetime = NOON) -> None:
        self.utc = utc
        self.mono_ns = 0
        self.clock = ClockTrust.SYNCED

    def now(self) -> Instant:
        return Instant(self.utc, self.mono_ns, self.clock)


Made = tuple[TrustSource, SteppedClock]


def paths_of(folder: Path, bundle: Path, root: Path) -> TrustPaths:
    """Everything of one gate in one folder."""
    return TrustPaths(
        bundle=bundle,
        root_key=root,
        epoch_dir=folder / "epochs",
        state_dir=folder / "trust",
        lists_dir=folder / "lists",
        status_dir=folder / "status",
    )


def trust_files(folder: Path) -> Made:
    clock = SteppedClock()
    bundle, root = MINT.write_trust(folder)
    return TrustFiles(paths_of(folder, bundle, root), clock), clock


@pytest.fixture(params=[trust_files])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    make: Callable[[Path], Made] = request.param
    return make(tmp_path)


def test_a_pass_verifies_against_it(made: Made) -> None:
    assert isinstance(verify(MINT.valid(), made[0].current(), at()), Verified)


def test_the_snapshot_is_the_same_until_something_changes(made: Made) -> None:
    source, clock = made
    before = source.current()
    clock.utc += timedelta(hours=1)
    assert source.current() is before


def test_a_snapshot_cannot_be_changed(made: Made) -> None:
    with pytest.raises(FrozenInstanceError):
        made[0].current().bundle = None  # type: ignore[misc,assignment]  # that is what must fail


def test_a_new_week_is_a_new_epoch_and_the_old_snapshot_stays_as_it_was(made: Made) -> None:
    source, clock = made
    before = source.current()
    assert before.epoch.id == "2026-W11"
    clock.utc += timedelta(days=7)
    after = source.current()
    assert after.epoch.id == "2026-W12"
    assert after.epoch.key != before.epoch.key
    assert after.bundle == before.bundle
    assert before.epoch.id == "2026-W11"


def test_threads_that_meet_a_new_week_get_one_key(made: Made) -> None:
    source, clock = made
    for _ in range(5):
        clock.utc += timedelta(days=7)
        with ThreadPoolExecutor(8) as pool:
            keys = {future.result().epoch for future in [pool.submit(source.current) for _ in range(16)]}
        assert len(keys) == 1
