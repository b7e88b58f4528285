"""Bundles that arrive while a gate runs: the newer one counts, and whatever else arrives changes nothing."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.adapters.trust_files.source import TrustFiles
from gate.credential.bundle import MAX_BYTES, sign_bundle
from gate.credential.instant import ClockTrust
from gate.credential.keys import public_to_pem
from gate.credential.model import Rejected, RejectReason, Verified
from gate.credential.trust import TrustBundle
from gate.credential.verify import verify
from gate.policy import packs
from gate.policy.decision import PolicyReason, decide
from gate.policy.site import SitePolicy
from gate.policy.status import Outcome
from gate.policy.trust_age import TrustAges
from gate.ports import AdapterError
from tests.contract.test_trust_source import SteppedClock, paths_of
from tests.credential.minting import MINT, Mint, at

SECOND_NS = 1_000_000_000


class Site:
    """One gate's files, and the operator that delivers to it."""

    def __init__(self, folder: Path, mint: Mint = MINT) -> None:
        self.mint = mint
        self.folder = folder
        self.bundle, self.root = folder / "trust.bundle", folder / "root.pub"
        self.state = folder / "trust"
        self.root.write_bytes(mint.root_pem)
        self.clock = SteppedClock()
        self.deliver(self.version(5))

    def version(self, number: int, **changes: object) -> TrustBundle:
        bundle = self.mint.bundle_of(self.mint.issuer_of(), version=number)
        return replace(bundle, **changes)  # type: ignore[arg-type]  # fields by name

    def deliver(self, bundle: TrustBundle | bytes, root: Ed25519PrivateKey | None = None) -> None:
        raw = bundle if isinstance(bundle, bytes) else sign_bundle(bundle, root or self.mint.root)
        draft = self.folder / "draft"
        draft.write_bytes(raw)
        draft.replace(self.bundle)

    def open(self, ages: TrustAges | None = None) -> TrustFiles:
        return TrustFiles(paths_of(self.folder, self.bundle, self.root), self.clock, ages or TrustAges())

    def after_a_second(self, trust: TrustFiles) -> int:
        """The version in force once the gate has looked again."""
        self.clock.mono_ns += SECOND_NS
        trust.refresh()
        return trust.current().bundle.version


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_newer_bundle_is_taken_without_a_restart_and_a_scan_in_flight_keeps_its_own(site: Site) -> None:
    trust = site.open()
    in_flight = trust.current()
    other = Mint(issuer="other")
    site.deliver(site.version(6, issuers=(other.issuer_of(),)))
    assert trust.current() is in_flight
    assert site.after_a_second(trust) == 6
    assert isinstance(verify(MINT.valid(), in_flight, at()), Verified)
    assert verify(MINT.valid(), trust.current(), at()) == Rejected(
        RejectReason.UNKNOWN_ISSUER, f"no trusted issuer has the key {MINT.issuer_of().keys[0].kid.hex()}"
    )
    assert isinstance(verify(other.valid(), trust.current(), at()), Verified)


def test_it_looks_once_a_second_and_never_between(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    trust = site.open()
    looks = 0
    really = Path.stat

    def counted(path: Path) -> os.stat_result:
        nonlocal looks
        looks += path == site.bundle
        return really(path)

    monkeypatch.setattr(Path, "stat", counted)
    for _ in range(100):
        site.clock.mono_ns += SECOND_NS // 10
        trust.refresh()
    assert looks == 10


def test_what_takes_long_is_loaded_in_pieces(site: Site) -> None:
    trust = site.open()
    many = tuple(replace(site.mint.issuer_of(), id=f"issuer-{number}") for number in range(30))
    site.deliver(site.version(6, issuers=many))
    site.clock.mono_ns += SECOND_NS
    really = site.clock.now
    pieces = 0

    def slow() -> object:
        site.clock.mono_ns += SECOND_NS // 100
        return really()

    site.clock.now = slow  # type: ignore[method-assign,assignment]  # each look at the clock takes 10 ms
    while len(trust.current().bundle.issuers) == 1:
        trust.refresh()
        pieces += 1
    assert pieces > 30
    assert trust.current().bundle.version == 6


def other_root(site: Site) -> None:
    site.deliver(site.version(6), Ed25519PrivateKey.generate())


def lower(site: Site) -> None:
    site.deliver(site.version(4))


def same_version_other_content(site: Site) -> None:
    site.deliver(site.version(5, issuers=()))


def empty(site: Site) -> None:
    site.deliver(b"")


def torn(site: Site) -> None:
    site.deliver(sign_bundle(site.version(6), site.mint.root)[:-20])


def flipped(site: Site) -> None:
    raw = bytearray(sign_bundle(site.version(6), site.mint.root))
    raw[len(raw) // 2] ^= 1
    site.deliver(bytes(raw))


def ten_times_the_size(site: Site) -> None:
    site.deliver(bytes(10 * MAX_BYTES))


def gone(site: Site) -> None:
    site.bundle.unlink()


def a_folder(site: Site) -> None:
    site.bundle.unlink()
    site.bundle.mkdir()


BAD: list[tuple[Callable[[Site], None], str]] = [
    (other_root, "not signed by this root key"),
    (lower, "lower than 5"),
    (same_version_other_content, "higher version"),
    (empty, "cut short"),
    (torn, "cut short"),
    (flipped, "root key"),
    (ten_times_the_size, "exceeds"),
    (gone, "Cannot read"),
    (a_folder, "Cannot read"),
]


@pytest.mark.parametrize(("spoil", "words"), BAD, ids=lambda value: getattr(value, "__name__", None))
def test_a_bad_bundle_changes_nothing_now_or_after_a_restart_and_is_told_once(
    site: Site, spoil: Callable[[Site], None], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    trust = site.open()
    before = trust.current()
    spoil(site)
    with caplog.at_level(logging.WARNING):
        assert [site.after_a_second(trust) for _ in range(5)] == [5] * 5
    assert trust.current() is before
    assert len(caplog.records) == 1
    assert words in caplog.text
    assert "Version 5 stays in force" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        again = site.open()
    assert again.current().bundle == before.bundle
    assert words in caplog.text
    assert "last good" in caplog.text
    site.bundle.rmdir() if site.bundle.is_dir() else None
    site.deliver(site.version(7))
    assert site.after_a_second(again) == 7


def test_the_highest_version_outlives_a_restart_and_the_loss_of_the_last_good_bundle(site: Site) -> None:
    trust = site.open()
    site.deliver(site.version(9))
    assert site.after_a_second(trust) == 9
    (site.state / "last-good.bundle").unlink()
    site.deliver(site.version(8))
    with pytest.raises(AdapterError, match="8 is lower than 9"):
        site.open()
    site.deliver(site.version(9))
    assert site.open().current().bundle.version == 9


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8))
@settings(deadline=None, max_examples=30)
def test_versions_only_rise_whatever_order_they_come_in(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    site = Site(tmp_path_factory.mktemp("site"))
    trust, highest = site.open(), 5
    for number in order:
        site.deliver(site.version(number))
        highest = max(highest, number)
        assert site.after_a_second(trust) == highest
    assert site.open().current().bundle.version == highest


def test_a_memory_that_is_damaged_is_not_taken_for_a_new_gate(site: Site) -> None:
    site.open()
    path = site.state / "standing.json"
    good = json.loads(path.read_text())
    for spoilt in ("", "[]", "{}", json.dumps({**good, "version": "5"}), json.dumps({**good, "root": "00"})):
        path.write_text(spoilt)
        with pytest.raises(AdapterError, match="is damaged"):
            site.open()


def test_a_power_cut_between_the_two_files_leaves_the_newer_bundle(site: Site) -> None:
    site.open()
    newer = sign_bundle(site.version(6), site.mint.root)
    (site.state / "last-good.bundle").write_bytes(newer)
    site.deliver(b"")
    assert site.open().current().bundle.version == 6
    site.deliver(site.version(5))
    assert site.open().current().bundle.version == 6


def test_a_disk_that_is_full_keeps_no_revocation_from_counting(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    trust = site.open()
    site.deliver(site.version(6))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr(os, "fsync", full)
        assert site.after_a_second(trust) == 6
    assert "No space left" in caplog.text
    site.deliver(site.version(5))
    assert site.after_a_second(trust) == 6


def test_the_next_root_takes_over_once_it_was_announced(site: Site) -> None:
    trust = site.open()
    successor, stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    site.deliver(site.version(6), successor)
    assert site.after_a_second(trust) == 5
    site.deliver(site.version(7, next_root=successor.public_key()))
    assert site.after_a_second(trust) == 7
    site.deliver(site.version(8))
    assert site.after_a_second(trust) == 8, "the announcement is withdrawn"
    site.deliver(site.version(9), successor)
    assert site.after_a_second(trust) == 8
    site.deliver(site.version(10, next_root=successor.public_key()))
    assert site.after_a_second(trust) == 10
    trust = site.open()
    site.deliver(site.version(11), successor)
    assert site.after_a_second(trust) == 11
    site.deliver(site.version(12))
    assert site.after_a_second(trust) == 11, "the old root signs no more"
    site.deliver(site.version(13), stranger)
    assert site.after_a_second(trust) == 11
    trust = site.open()
    assert trust.current().bundle.version == 11
    site.deliver(site.version(14), successor)
    assert site.after_a_second(trust) == 14


def test_a_root_that_is_pinned_by_hand_begins_anew(site: Site) -> None:
    site.open()
    new = Ed25519PrivateKey.generate()
    site.root.write_bytes(public_to_pem(new.public_key()))
    with pytest.raises(AdapterError, match="not signed by this root key"):
        site.open()
    site.deliver(site.version(1), new)
    trust = site.open()
    assert trust.current().bundle.version == 1
    site.deliver(site.version(99))
    assert site.after_a_second(trust) == 1


def test_an_old_bundle_that_is_offered_for_ever_is_told_by_its_age(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    trust = site.open()
    told = []
    outcomes = []
    for _ in range(9 * 24):
        site.clock.utc += timedelta(hours=1)
        site.deliver(site.version(5))  # delivered again and again, as if it were news
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            site.after_a_second(trust)
        told += [record.getMessage().split(":")[0] for record in caplog.records]
        pass_of_the_hour = MINT.valid(not_before=site.clock.utc, not_after=site.clock.utc + timedelta(hours=1))
        verdict = verify(pass_of_the_hour, trust.current(), site.clock.now())
        outcomes.append(decide(verdict, trust.current().stamp, SitePolicy(), site.clock.now(), packs.usual()))
    assert told == ["The trust bundle is warned", "The trust bundle is degraded"]
    granted = [decision.outcome is Outcome.GRANT for decision in outcomes]
    assert granted.index(False) == 7 * 24 - 2, "issued an hour before noon, degraded at seven days"
    assert not any(granted[granted.index(False) :])
    assert {decision.reason for decision in outcomes[-48:]} == {PolicyReason.STALE_TRUST}
    site.deliver(replace(site.version(6), issued=site.clock.utc, expires=site.clock.utc + timedelta(days=30)))
    assert site.after_a_second(trust) == 6
    fresh = MINT.valid(not_before=site.clock.utc, not_after=site.clock.utc + timedelta(hours=1))
    verdict = verify(fresh, trust.current(), site.clock.now())
    assert (
        decide(verdict, trust.current().stamp, SitePolicy(), site.clock.now(), packs.usual()).outcome is Outcome.GRANT
    )


def test_an_unset_clock_tells_no_age(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.clock.clock = ClockTrust.UNSET
    site.clock.utc += timedelta(days=400)
    with caplog.at_level(logging.WARNING):
        site.after_a_second(site.open())
    assert not caplog.records


def test_the_ages_are_the_sites_choice(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        site.open(TrustAges(warn_s=60, degrade_s=4000))
    assert "is warned" in caplog.text
