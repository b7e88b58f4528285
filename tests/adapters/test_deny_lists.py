"""Deny lists on the disk: the bundle names them by their digest, and one that cannot be used is never "not revoked"."""

from __future__ import annotations

import hashlib
import logging
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gate.adapters.trust_files.deny_lists import file_name, open_list
from gate.adapters.trust_files.source import TrustFiles, whole
from gate.credential.deny_compile import compile_list
from gate.credential.denylist import ANY_KID, Entry
from gate.credential.model import Rejected, RejectReason, Verdict, Verified
from gate.credential.pass_claims import pass_element, subject_element
from gate.credential.revocation import digest
from gate.credential.trust import ListRef, TrustBundle
from gate.credential.verify import verify
from gate.policy import packs
from gate.policy.decision import decide
from gate.policy.site import SitePolicy
from gate.policy.status import Outcome
from gate.ports import AdapterError
from tests.adapters.test_trust_bundles import SECOND_NS, Site
from tests.credential.minting import MINT, NOON, at

LOST = pass_element(b"pass-0000001")
"""What ``MINT.valid()`` is, to a deny list."""


class ListedSite(Site):
    """A site whose issuer withdraws passes by the list ``ministry``."""

    @property
    def lists(self) -> Path:
        return self.folder / "lists"

    def compiled(self, *elements: bytes, days: float = 7) -> tuple[ListRef, bytes]:
        raw = b"".join(compile_list(Entry(ANY_KID, digest(element)) for element in elements))
        return ListRef("ministry", hashlib.sha256(raw).digest(), NOON, NOON + timedelta(days=days)), raw

    def bring(self, ref: ListRef, raw: bytes) -> Path:
        self.lists.mkdir(exist_ok=True)
        draft, path = self.lists / "draft", self.lists / file_name(ref)
        draft.write_bytes(raw)
        return draft.replace(path)

    def naming(self, number: int, *refs: ListRef) -> TrustBundle:
        issuer = replace(self.mint.issuer_of(), revocation=("ministry",))
        return self.version(number, issuers=(issuer,), revocation=refs)


@pytest.fixture
def site(tmp_path: Path) -> ListedSite:
    return ListedSite(tmp_path)


def judged(trust: TrustFiles, code: str | None = None) -> Verdict:
    return verify(code or MINT.valid(), trust.current(), at())


def known(trust: TrustFiles) -> bool:
    verdict = judged(trust)
    assert isinstance(verdict, Verified)
    return verdict.revocation_known


def revoked(trust: TrustFiles) -> bool:
    verdict = judged(trust)
    return isinstance(verdict, Rejected) and verdict.reason is RejectReason.REVOKED


def test_a_pass_on_the_list_is_red_and_the_others_are_not(site: ListedSite) -> None:
    ref, raw = site.compiled(LOST, subject_element("visitor-9"))
    site.bring(ref, raw)
    site.deliver(site.naming(6, ref))
    trust = site.open()
    for code in (MINT.valid(), MINT.valid(pass_id=b"other", subject="visitor-9")):
        verdict = judged(trust, code)
        assert isinstance(verdict, Rejected)
        assert verdict.reason is RejectReason.REVOKED
        assert verdict.credential is not None
        decision = decide(verdict, trust.current().stamp, SitePolicy(), at(), packs.usual())
        assert (decision.colour, decision.outcome) == ("red", Outcome.HOLD)
    other = judged(trust, MINT.valid(pass_id=b"other"))
    assert isinstance(other, Verified)
    assert other.revocation_known


def test_revoking_takes_effect_within_the_look_of_a_second_and_not_before_its_bundle(site: ListedSite) -> None:
    none, raw = site.compiled()
    site.bring(none, raw)
    site.deliver(site.naming(6, none))
    trust = site.open()
    assert known(trust)
    ref, raw = site.compiled(LOST)
    site.bring(ref, raw)
    assert site.after_a_second(trust) == 6
    assert known(trust), "the list lies there for the next bundle"
    site.deliver(site.naming(7, ref))
    assert site.after_a_second(trust) == 7
    assert revoked(trust)


def test_the_bundle_of_one_version_never_meets_the_list_of_another(site: ListedSite) -> None:
    old, old_raw = site.compiled()
    new, new_raw = site.compiled(LOST)
    site.bring(old, new_raw)  # the newer list under the older one's name, and the other way round
    site.bring(new, old_raw)
    for number, ref in ((6, old), (7, new)):
        site.deliver(site.naming(number, ref))
        assert not known(site.open())


def test_a_list_that_comes_late_is_taken_when_it_comes(site: ListedSite, caplog: pytest.LogCaptureFixture) -> None:
    ref, raw = site.compiled(LOST)
    site.deliver(site.naming(6, ref))
    with caplog.at_level(logging.WARNING):
        trust = site.open()
        for _ in range(3):
            site.after_a_second(trust)
    assert len(caplog.records) == 1
    assert file_name(ref) in caplog.text
    assert not known(trust)
    verdict = judged(trust)
    assert decide(verdict, trust.current().stamp, SitePolicy(), at(), packs.usual()).reason == "revocation_unknown"
    site.bring(ref, raw)
    site.after_a_second(trust)
    assert revoked(trust)


@pytest.mark.parametrize("spoil", ["empty", "torn", "flipped", "ten times", "other list"])
def test_a_list_that_is_not_the_signed_one_is_as_good_as_missing(site: ListedSite, spoil: str) -> None:
    ref, raw = site.compiled(LOST)
    spoilt = {
        "empty": b"",
        "torn": raw[:-1],
        "flipped": raw[:-1] + bytes([raw[-1] ^ 1]),
        "ten times": raw * 10,
        "other list": site.compiled()[1],
    }
    site.bring(ref, spoilt[spoil])
    site.deliver(site.naming(6, ref))
    assert not known(site.open())


def test_a_signed_file_that_is_no_list_is_as_good_as_missing(site: ListedSite) -> None:
    raw = b"no list at all"
    ref = replace(site.compiled()[0], sha256=hashlib.sha256(raw).digest())
    site.bring(ref, raw)
    site.deliver(site.naming(6, ref))
    assert not known(site.open())


def test_a_list_that_changes_while_it_is_verified_is_not_the_signed_one(site: ListedSite) -> None:
    ref, raw = site.compiled(*(number.to_bytes(4) for number in range(70_000)))
    path = site.bring(ref, raw)
    steps = open_list(ref, path)
    next(steps)
    with path.open("r+b") as file:
        file.write(bytes(len(raw) // 2))
    with pytest.raises(AdapterError, match="not the one"):
        whole(steps)


def test_a_list_that_is_cut_under_the_gate_says_nothing_from_that_moment_on(site: ListedSite) -> None:
    ref, raw = site.compiled(LOST, *(b"%d" % number for number in range(5000)))
    path = site.bring(ref, raw)
    site.deliver(site.naming(6, ref))
    trust = site.open()
    assert revoked(trust)
    os.truncate(path, 4096)
    assert not known(trust), "before it looked again, and without touching what is gone"
    site.after_a_second(trust)
    assert not known(trust)
    site.bring(ref, raw)
    site.after_a_second(trust)
    assert revoked(trust)


def test_a_list_that_is_changed_in_place_is_seen_at_the_next_look(site: ListedSite) -> None:
    ref, raw = site.compiled(LOST)
    path = site.bring(ref, raw)
    site.deliver(site.naming(6, ref))
    trust = site.open()
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(bytes([raw[-1] ^ 1]))
    site.after_a_second(trust)
    assert not known(trust)


def test_a_list_that_is_deleted_or_replaced_by_rubbish_counts_until_a_restart(site: ListedSite) -> None:
    ref, raw = site.compiled(LOST)
    path = site.bring(ref, raw)
    site.deliver(site.naming(6, ref))
    trust = site.open()
    path.unlink()
    site.after_a_second(trust)
    assert revoked(trust)
    site.bring(ref, b"rubbish")
    site.after_a_second(trust)
    assert revoked(trust)
    assert not known(site.open())


def test_a_list_counts_until_it_expires(site: ListedSite) -> None:
    ref, raw = site.compiled(LOST, days=1)
    site.bring(ref, raw)
    site.deliver(site.naming(6, ref))
    trust = site.open()
    site.clock.utc = NOON + timedelta(days=1, seconds=-1)
    site.after_a_second(trust)
    assert revoked(trust)
    site.clock.utc = NOON + timedelta(days=1)
    site.after_a_second(trust)
    assert not known(trust)
    assert not known(site.open())


def test_a_list_that_two_bundles_name_is_verified_once(site: ListedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    ref, raw = site.compiled(LOST)
    site.bring(ref, raw)
    site.deliver(site.naming(6, ref))
    trust = site.open()
    before = trust.current().revocation
    hashed: list[object] = []
    monkeypatch.setattr("gate.adapters.trust_files.deny_lists.open_list", hashed.append)
    site.deliver(site.naming(7, replace(ref, expires=ref.expires + timedelta(days=1))))
    assert site.after_a_second(trust) == 7
    assert trust.current().revocation == before
    assert not hashed


def test_a_scan_in_flight_keeps_its_lists(site: ListedSite) -> None:
    ref, raw = site.compiled(LOST)
    path = site.bring(ref, raw)
    site.deliver(site.naming(6, ref))
    trust = site.open()
    in_flight = trust.current()
    none, none_raw = site.compiled()
    site.bring(none, none_raw)
    path.unlink()
    site.deliver(site.naming(7, none))
    site.after_a_second(trust)
    assert known(trust)
    assert isinstance(verify(MINT.valid(), in_flight, at()), Rejected)


def test_a_withdrawn_key_of_an_issuer_is_red_and_his_other_key_is_not(site: ListedSite) -> None:
    key = site.mint.issuer_of().keys[0]
    trust = site.open()
    assert isinstance(judged(trust), Verified)
    site.deliver(site.version(6, issuers=(replace(site.mint.issuer_of(), revoked_keys=frozenset({key.kid})),)))
    site.after_a_second(trust)
    verdict = judged(trust)
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.ISSUER_REVOKED
    decision = decide(verdict, trust.current().stamp, SitePolicy(), at(), packs.usual())
    assert (decision.colour, decision.outcome) == ("red", Outcome.HOLD)
    site.deliver(site.version(7, issuers=(replace(site.mint.issuer_of(), revoked_keys=frozenset({b"\x00" * 8})),)))
    site.after_a_second(trust)
    assert isinstance(judged(trust), Verified)


def test_a_large_list_is_verified_in_pieces(site: ListedSite) -> None:
    ref, raw = site.compiled(LOST, *(b"%d" % number for number in range(300_000)))
    trust = site.open()
    site.bring(ref, raw)
    site.deliver(site.naming(6, ref))
    site.clock.mono_ns += SECOND_NS
    really = site.clock.now

    def slow() -> object:
        site.clock.mono_ns += SECOND_NS // 100
        return really()

    site.clock.now = slow  # type: ignore[method-assign,assignment]  # each look at the clock takes 10 ms
    pieces = 0
    while not revoked(trust):
        trust.refresh()
        pieces += 1
    assert pieces >= len(raw) // 2**20
