"""Status lists on the disk: brought, changed, aged, torn and rolled back while the gate runs."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gate.adapters.trust_files.source import TrustFiles
from gate.credential.keys import PrivateKey
from gate.credential.model import Colour, Verified
from gate.credential.pass_claims import StatusRef
from gate.credential.statuslist import Delta, Snapshot, array_of, sign_delta, sign_snapshot
from gate.credential.trust import TrustBundle
from gate.credential.verify import verify
from tests.adapters.test_trust_bundles import Site
from tests.credential.minting import MINT, NOON, Mint, colour_of

URI = "https://status.example/1"
DAY = timedelta(days=1)
UNKNOWN = "unknown"


class StatusSite(Site):
    """A site whose issuer keeps one status list."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.status = folder / "status"
        self.status.mkdir()

    def version(self, number: int, **changes: object) -> TrustBundle:
        issuer = self.mint.issuer_of(usages=("pass", "statuslist"))
        return super().version(number, **{"issuers": (issuer,), **changes})

    def bring(self, name: str, raw: bytes) -> Path:
        draft = self.status / "draft"
        draft.write_bytes(raw)
        return draft.replace(self.status / name)

    def snapshot(
        self, *values: int, issued: datetime = NOON, name: str = "one.statuslist", key: PrivateKey | None = None
    ) -> Path:
        made = Snapshot(URI, 4, array_of(values, 4), issued, issued + DAY)
        return self.bring(name, sign_snapshot(made, key or self.mint.key))

    def delta(self, seq: int, values: dict[int, int], base: datetime = NOON) -> Path:
        return self.bring(f"{seq}.delta", sign_delta(Delta(URI, base, seq, values), self.mint.key))

    def colours(self, trust: TrustFiles, *indices: int) -> list[str]:
        """How passes with these entries stand, once the gate has looked again."""
        self.after_a_second(trust)
        found = []
        for index in indices:
            code = MINT.valid(Colour.YELLOW, not_after=NOON + 9 * DAY, status=StatusRef(URI, index))
            verdict = verify(code, trust.current(), self.clock.now())
            if not isinstance(verdict, Verified):
                found.append(verdict.reason.value)
            else:
                found.append(str(colour_of(verdict)) if verdict.revocation_known else UNKNOWN)
        return found


@pytest.fixture
def site(tmp_path: Path) -> StatusSite:
    site = StatusSite(tmp_path)
    site.deliver(site.version(5))
    return site


def test_a_list_is_taken_when_it_comes_and_a_newer_one_replaces_it(site: StatusSite) -> None:
    trust = site.open()
    assert site.colours(trust, 0) == [UNKNOWN]
    site.snapshot(0, 1, 2, 3, 12, 13)
    assert site.colours(trust, *range(7)) == ["green", "revoked", "red", "yellow", "red", "black", UNKNOWN]
    site.snapshot(13, 0, issued=NOON + timedelta(hours=1))
    assert site.colours(trust, 0, 1) == ["black", "green"]


def test_a_scan_in_flight_keeps_its_list(site: StatusSite) -> None:
    site.snapshot(0)
    trust = site.open()
    in_flight = trust.current()
    site.snapshot(1, issued=NOON + timedelta(hours=1))
    assert site.colours(trust, 0) == ["revoked"]
    verdict = verify(MINT.valid(status=StatusRef(URI, 0)), in_flight, site.clock.now())
    assert isinstance(verdict, Verified)
    assert colour_of(verdict) is Colour.GREEN


def test_changes_are_applied_over_the_snapshot_in_order_and_end_with_it(site: StatusSite) -> None:
    site.snapshot(0, 0, 0)
    trust = site.open()
    site.delta(1, {0: 13})
    assert site.colours(trust, 0, 1) == ["black", "green"]
    site.delta(3, {1: 1})
    assert site.colours(trust, 0, 1, 2) == ["black", "revoked", UNKNOWN], "the second is missing"
    site.delta(2, {0: 3, 1: 2})
    assert site.colours(trust, 0, 1, 2) == ["yellow", "revoked", "green"]
    assert site.colours(site.open(), 0, 1, 2) == ["yellow", "revoked", "green"]
    site.snapshot(0, 0, 0, issued=NOON + timedelta(hours=1))
    assert site.colours(trust, 0, 1, 2) == ["green", "green", "green"]


def test_a_change_that_was_here_and_is_gone_is_missed_also_after_a_restart(site: StatusSite) -> None:
    site.snapshot(0, 0)
    trust = site.open()
    site.delta(1, {1: 3})
    last = site.delta(2, {0: 13})
    assert site.colours(trust, 0, 1) == ["black", "yellow"]
    last.unlink()
    assert site.colours(trust, 0, 1) == [UNKNOWN, "yellow"]
    assert site.colours(site.open(), 0, 1) == [UNKNOWN, "yellow"]
    site.snapshot(13, 0, issued=NOON + timedelta(hours=1))
    assert site.colours(trust, 0, 1) == ["black", "green"]


def test_an_older_issue_is_refused_also_after_a_restart(site: StatusSite, caplog: pytest.LogCaptureFixture) -> None:
    site.snapshot(1, issued=NOON + timedelta(hours=1))
    trust = site.open()
    with caplog.at_level(logging.WARNING):
        site.snapshot(0)
        assert site.colours(trust, 0) == ["revoked"]
        assert "newer issue" in caplog.text
        assert site.colours(site.open(), 0) == [UNKNOWN]
        site.snapshot(0, name="two.statuslist", issued=NOON + timedelta(hours=2))
        assert site.colours(trust, 0) == ["green"]


@pytest.mark.parametrize(("old", "new"), [("z", "a"), ("a", "z")])
def test_the_newest_of_several_files_of_one_list_counts_whatever_their_names(
    site: StatusSite, old: str, new: str
) -> None:
    site.snapshot(1, name=f"{old}.statuslist")
    site.snapshot(0, name=f"{new}.statuslist", issued=NOON + timedelta(hours=1))
    site.snapshot(2, name="b.statuslist", issued=NOON + timedelta(minutes=1))
    trust = site.open()
    assert site.colours(trust, 0) == ["green"]


@pytest.mark.parametrize("spoil", ["empty", "torn", "flipped", "ten times", "other key", "gone"])
def test_a_file_that_cannot_be_used_leaves_the_last_good_list(site: StatusSite, spoil: str) -> None:
    path = site.snapshot(13)
    trust = site.open()
    assert site.colours(trust, 0) == ["black"]
    raw = path.read_bytes()
    if spoil == "gone":
        path.unlink()
    elif spoil == "other key":
        site.snapshot(0, issued=NOON + timedelta(hours=1), key=Mint().key)
    else:
        middle = len(raw) // 2
        flipped = raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :]
        site.bring(path.name, {"empty": b"", "torn": raw[:-1], "flipped": flipped, "ten times": bytes(10**7)}[spoil])
    assert site.colours(trust, 0) == [UNKNOWN if spoil == "gone" else "black"]
    assert site.colours(site.open(), 0) == [UNKNOWN]
    site.snapshot(0, issued=NOON + timedelta(hours=2))
    assert site.colours(trust, 0) == ["green"]


def test_a_list_counts_until_it_expires(site: StatusSite) -> None:
    site.snapshot(0)
    trust = site.open()
    site.clock.utc = NOON + DAY - timedelta(seconds=1)
    assert site.colours(trust, 0) == ["green"]
    site.clock.utc = NOON + DAY
    assert site.colours(trust, 0) == [UNKNOWN]


def test_the_unpacked_array_is_made_once_and_again_when_something_spoils_it(site: StatusSite) -> None:
    site.snapshot(13, *[0] * 9999)
    trust = site.open()
    assert site.colours(trust, 0) == ["black"]
    (array,) = [path for path in (site.state / "status").iterdir() if path.name != "newest.json"]
    assert array.stat().st_size == 5000
    before = array.stat().st_ino
    again = site.open()
    assert (site.colours(again, 0), array.stat().st_ino) == (["black"], before), "written once"
    os.truncate(array, 100)
    code = MINT.valid(status=StatusRef(URI, 5000))
    verdict = verify(code, trust.current(), site.clock.now())
    assert isinstance(verdict, Verified)
    assert not verdict.revocation_known, "what is gone is not touched"
    assert site.colours(trust, 0, 5000) == ["black", "green"]
    with array.open("r+b") as file:
        file.write(b"\x00")
    assert site.colours(trust, 0) == ["black"]
    array.unlink()
    assert site.colours(trust, 0) == ["black"]
    array.write_bytes(bytes(5000))
    assert site.colours(site.open(), 0) == ["black"]


def test_the_arrays_of_lists_that_are_gone_are_deleted(site: StatusSite) -> None:
    site.snapshot(0)
    trust = site.open()
    site.snapshot(1, issued=NOON + timedelta(hours=1))
    assert site.colours(trust, 0) == ["revoked"]
    assert len(list((site.state / "status").iterdir())) == 2


def test_a_list_whose_signer_is_no_longer_trusted_is_no_list(site: StatusSite) -> None:
    site.snapshot(0)
    trust = site.open()
    assert site.colours(trust, 0) == ["green"]
    site.deliver(site.version(6, issuers=(site.mint.issuer_of(usages=("pass",)),)))
    assert site.colours(trust, 0) == [UNKNOWN]
    site.deliver(site.version(7))
    assert site.colours(trust, 0) == ["green"]


def test_a_new_bundle_of_the_same_issuers_reads_no_list_anew(
    site: StatusSite, caplog: pytest.LogCaptureFixture
) -> None:
    site.snapshot(0)
    site.bring("bad.statuslist", b"bad")
    with caplog.at_level(logging.WARNING):
        trust = site.open()
        for number in range(6, 9):
            site.deliver(site.version(number))
            assert site.colours(trust, 0) == ["green"]
    assert caplog.text.count("bad.statuslist") == 1


def test_a_list_that_came_before_the_period_of_its_key_is_taken_when_that_begins(site: StatusSite) -> None:
    begins = NOON + timedelta(minutes=1)
    signing, listing = MINT.issuer_of(), MINT.issuer_of(usages=("statuslist",), not_before=begins)
    site.deliver(site.version(6, issuers=(replace(signing, keys=signing.keys + listing.keys),)))
    site.snapshot(13)
    trust = site.open()
    assert site.colours(trust, 0) == [UNKNOWN]
    site.clock.utc = begins
    assert site.colours(trust, 0) == ["black"]


def test_an_issuer_of_another_name_does_not_answer_for_it(site: StatusSite) -> None:
    other = Mint(issuer="other")
    issuers = (site.mint.issuer_of(usages=("pass",)), other.issuer_of(usages=("statuslist",)))
    site.deliver(site.version(6, issuers=issuers))
    site.snapshot(0, key=other.key)
    assert site.colours(site.open(), 0) == [UNKNOWN]


@pytest.mark.parametrize(
    "memory", ["{", "7", '[["a","b",1,1e999]]', f'[["a","b",1{"0" * 400},1]]', "[" * 100_000], ids=range(5)
)
def test_a_memory_of_issues_that_is_damaged_is_told(
    site: StatusSite, caplog: pytest.LogCaptureFixture, memory: str
) -> None:
    site.snapshot(0)
    site.open()
    (site.state / "status" / "newest.json").write_text(memory)
    with caplog.at_level(logging.WARNING):
        assert site.colours(site.open(), 0) == ["green"]
    assert "newest.json" in caplog.text


def test_a_disk_that_is_full_is_told_and_the_list_is_not_there(
    site: StatusSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    trust = site.open()
    site.snapshot(0)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr(os, "fsync", full)
        assert site.colours(trust, 0) == [UNKNOWN]
    assert "No space left" in caplog.text


def test_an_empty_list_has_no_entries(site: StatusSite) -> None:
    site.snapshot()
    assert site.colours(site.open(), 0) == [UNKNOWN]


def test_a_hundred_lists_of_a_million_entries_are_looked_up_without_loading_them(site: StatusSite) -> None:
    array = bytes(500_000 - 1) + b"\xd0"
    for number in range(100):
        made = Snapshot(f"{URI}/{number}", 4, array, NOON, NOON + DAY)
        site.bring(f"{number}.statuslist", sign_snapshot(made, site.mint.key))
    before = _private_kib()
    statuses = site.open().current().statuses
    values = {statuses.value("ministry", f"{URI}/{number}", 999_999, NOON) for number in range(100)}
    assert values == {13}
    assert {statuses.value("ministry", f"{URI}/{number}", 0, NOON) for number in range(100)} == {0}
    assert _private_kib() - before < 10_000, "50 MB of arrays stay outside"


def _private_kib() -> int:
    """What this process holds in memory that is no file's and cannot be dropped."""
    with Path("/proc/self/smaps_rollup").open() as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Anonymous:"))


def test_the_list_of_a_replaced_issuer_meaning_is_read_by_the_new_meaning(site: StatusSite) -> None:
    site.snapshot(5)
    trust = site.open()
    assert site.colours(trust, 0) == [UNKNOWN]
    issuer = replace(site.version(5).issuers[0], status_values={5: Colour.BLACK})
    site.deliver(site.version(6, issuers=(issuer,)))
    assert site.colours(trust, 0) == ["black"]


def test_one_change_that_holds_all_before_it_is_enough(site: StatusSite) -> None:
    site.snapshot(0, 0, 0)
    trust = site.open()
    site.delta(1, {0: 13})
    assert site.colours(trust, 0, 1) == ["black", "green"]
    several = Delta(URI, NOON, 4, {0: 0, 1: 12}, covers=4)
    site.bring("4.delta", sign_delta(several, site.mint.key))
    assert site.colours(trust, 0, 1, 2) == ["green", "red", "green"]


def test_a_change_to_an_issue_that_is_not_here_yet_counts_at_once(site: StatusSite) -> None:
    later = NOON + timedelta(hours=1)
    site.snapshot(0, 3)
    trust = site.open()
    site.delta(1, {0: 13}, base=later)
    assert site.colours(trust, 0, 1) == ["black", "yellow"]
    site.snapshot(0, 0, issued=later)
    assert site.colours(trust, 0, 1) == ["black", "green"]


def test_what_lies_in_either_folder_counts(site: StatusSite) -> None:
    delivered = site.state / "delivered" / "status"
    delivered.mkdir(parents=True)
    site.snapshot(0, 0)
    trust = site.open()
    (delivered / "1.delta").write_bytes(sign_delta(Delta(URI, NOON, 1, {0: 13}), site.mint.key))
    assert site.colours(trust, 0, 1) == ["black", "green"]
    newer = Snapshot(URI, 4, array_of([0, 12], 4), NOON + timedelta(hours=1), NOON + DAY)
    (delivered / "a.statuslist").write_bytes(sign_snapshot(newer, site.mint.key))
    assert site.colours(trust, 0, 1) == ["green", "red"]
