"""Pseudonyms of a week say nothing of other weeks, and nothing at all once the week's key is deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gate.adapters.trust_files.epochs import EpochFiles
from gate.credential.instant import Instant
from gate.credential.model import Verified
from gate.credential.trust import EpochKey
from gate.credential.verify import verify
from tests.credential.hcert_minting import AUTHORITY
from tests.credential.minting import MINT, at
from tests.credential.shc_minting import CLINIC
from tests.privacy.people import crowd

CODES = [person.code for person in crowd(100, seed=7)]
TRUST = AUTHORITY.trusting(AUTHORITY.issuer(), CLINIC.issuer(), MINT.issuer_of())
NOW = at()


def pseudonyms(key: EpochKey) -> set[str]:
    """What the gate calls these people in its events under a key; the key before it gives further names."""
    verdicts = [verify(code, replace(TRUST, epoch=key), NOW) for code in CODES]
    refs = [verdict.credential for verdict in verdicts if isinstance(verdict, Verified)]
    assert len(refs) > len(CODES) / 2
    return {fp for ref in refs for fp in (ref.fp, ref.previous_fp) if fp is not None}


def week(number: int) -> Instant:
    return replace(NOW, utc=NOW.utc + timedelta(weeks=number))


@pytest.mark.parametrize("shared", [False, True], ids=["a key of each week", "keys that follow one another"])
def test_after_the_key_is_deleted_nobody_can_find_out_who_was_who(tmp_path: Path, *, shared: bool) -> None:
    files = EpochFiles(tmp_path, shared=shared)
    first = files.key(week(0))
    of_first_week = pseudonyms(first)
    assert pseudonyms(first) == of_first_week, "within the week they stay"
    assert of_first_week < pseudonyms(files.key(week(1))), "in the next week the gate still knows who was there before"
    third = files.key(week(2))
    assert third.id != first.id
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert first.id not in kept
    assert first.key not in kept.values()
    for name, secret in kept.items():
        later = EpochFiles(tmp_path / "tried", shared=True)
        (tmp_path / "tried").mkdir(exist_ok=True)
        (tmp_path / "tried" / name).write_bytes(secret)
        (tmp_path / "tried" / name).chmod(0o600)
        for number in range(2, 6):
            assert not of_first_week & pseudonyms(later.key(week(number)))


def test_two_gates_call_the_same_people_differently(tmp_path: Path) -> None:
    one, other = (EpochFiles(tmp_path / name).key(NOW) for name in ("north", "south"))
    assert not pseudonyms(one) & pseudonyms(other)
