"""``gate registry build``: from a spreadsheet of badges to a gate that knows them, and grants no more than it may."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.source import TrustFiles
from gate.credential.badges import keyed
from gate.credential.instant import Instant
from gate.credential.model import Colour, CredentialKind, PassFacts, Rejected, RejectReason, Verdict, Verified
from gate.credential.trust import Trust
from gate.credential.verify import explain, verify
from gate.policy.decision import decide
from gate.policy.judging import RuleSet
from gate.policy.packs import VISITOR_PASS, shipped
from gate.policy.site import SitePolicy
from gate.ports import AdapterError
from tests.cli.commands import gate
from tests.contract.test_trust_source import paths_of

CLOCK = SystemClock()
PATTERN = "STAFF-[0-9]{6}"
ROWS = "\ufeffid;colour;valid_from;valid_until\r\nSTAFF-000001;green;;\r\nSTAFF-000002;yellow;2020-01-01;\r\n"
ROWS += "STAFF-000003;;;2021-12-31\r\nSTAFF-000004;black;2099-01-01;\r\n\r\n"
RULES = RuleSet((shipped(VISITOR_PASS),))


class Office:
    """An office with staff cards from before, and one gate."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.lists = folder, folder / "lists"
        self.list, self.key = folder / "staff.csv", folder / "badge.key"
        self.root, self.bundle = folder / "root.key", folder / "trust.bundle"
        assert gate("trust", "keygen", "--out", self.root) == 0

    def build(self, text: str = ROWS, pattern: str = PATTERN, *more: object) -> int:
        self.list.write_text(text, newline="")
        named = ("--id", "staff", "--name", "Staff cards", "--pattern", pattern, "--key", self.key, "--out", self.lists)
        return gate("registry", "build", *named, *more, self.list)

    def sign(self) -> int:
        entries = ("--list", self.lists / "staff.list.json", self.lists / "staff.issuer.json")
        return gate("trust", "sign", "--root", self.root, "--out", self.bundle, *entries)

    def trust(self) -> Trust:
        paths = paths_of(self.folder, self.bundle, self.root.with_name("root.key.pub"))
        return TrustFiles(replace(paths, badge_key=self.key), CLOCK).current()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def shown(code: str | bytes, trust: Trust, now: Instant | None = None) -> Verdict:
    return verify(code, trust, now or CLOCK.now())


def reason(verdict: Verdict) -> RejectReason | None:
    return verdict.reason if isinstance(verdict, Rejected) else None


def test_a_badge_of_the_registry_is_known_with_its_colour_and_validity(office: Office) -> None:
    assert office.build() == 0
    assert office.sign() == 0
    trust = office.trust()
    first, second = shown("STAFF-000001", trust), shown(b"STAFF-000002", trust)
    assert isinstance(first, Verified)
    assert isinstance(second, Verified)
    assert (first.facts, second.facts) == (PassFacts("badge", Colour.GREEN), PassFacts("badge", Colour.YELLOW))
    assert (first.credential.kind, first.credential.issuer, first.credential.kid) == (CredentialKind.BADGE, "staff", "")
    assert first.credential.fp != second.credential.fp
    assert reason(shown("STAFF-000003", trust)) is RejectReason.EXPIRED
    assert reason(shown("STAFF-000004", trust)) is RejectReason.NOT_YET_VALID
    assert reason(shown("STAFF-000009", trust)) is RejectReason.UNKNOWN_ISSUER
    assert reason(shown("STAFF-00000", trust)) is RejectReason.UNKNOWN_FORMAT
    assert [check.name for check in explain("STAFF-000001", trust, CLOCK.now()).checks if not check.ok] == []


def test_a_last_day_counts_to_its_end_at_the_office(office: Office) -> None:
    assert office.build(ROWS, PATTERN, "--utc-offset", "+09:00") == 0
    assert office.sign() == 0
    trust = office.trust()
    badge = trust.badges.find(("staff",), "staff", b"STAFF-000003")
    assert badge.not_after.isoformat() == "2021-12-31T15:00:00+00:00"  # type: ignore[union-attr]  # it is there


def test_the_outcome_never_exceeds_what_the_site_allows_unsigned_codes(office: Office) -> None:
    assert office.build() == 0
    assert office.sign() == 0
    trust, now = office.trust(), CLOCK.now()
    for code, expected in (("STAFF-000001", "hold"), ("STAFF-000002", "hold"), ("STAFF-000009", "hold")):
        decision = decide(shown(code, trust), trust.stamp, SitePolicy(), now, RULES)
        assert decision.outcome == expected
    green = decide(shown("STAFF-000001", trust), trust.stamp, SitePolicy(), now, RULES)
    assert green.reason == "unsigned"
    allowed = SitePolicy(unsigned_may_enter=True)
    outcomes = [
        decide(shown(f"STAFF-00000{number}", trust), trust.stamp, allowed, now, RULES).outcome for number in range(5)
    ]
    assert outcomes == ["hold", "grant", "hold", "hold", "hold"]


def test_the_registry_holds_no_readable_id(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    people = [f"STAFF-{number:06}" for number in range(1000)]
    assert office.build("id\n" + "\n".join(people) + "\n") == 0
    assert office.sign() == 0
    told = capsys.readouterr()
    files = [path for path in office.folder.rglob("*") if path.is_file() and path != office.list]
    everything = b"".join(path.read_bytes() for path in files) + told.out.encode() + told.err.encode()
    assert not [person for person in people if person.encode() in everything]
    assert all(isinstance(shown(person, office.trust()), Verified) for person in people[::250])


def test_decode_tells_what_a_registry_knows_of_a_badge(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert office.build() == 0
    assert office.sign() == 0
    trust = ("--trust", office.bundle, "--root-key", office.root.with_name("root.key.pub"), "--lists", office.lists)
    capsys.readouterr()
    assert gate("decode", "STAFF-000001", *trust, "--badge-key", office.key) == 0
    told = capsys.readouterr().out
    assert "known to staff" in told
    assert "colour: yellow, outcome: hold, reason: unsigned" in told
    assert gate("decode", "STAFF-000009", *trust, "--badge-key", office.key) == 1
    assert "no registry knows the badge" in capsys.readouterr().out
    assert gate("decode", "STAFF-000001", *trust) == 1
    assert gate("decode", "STAFF-000001", *trust, "--badge-key", office.folder / "none.key") == 2


def test_without_the_key_or_the_list_no_badge_is_known(office: Office) -> None:
    assert office.build() == 0
    assert office.sign() == 0
    paths = paths_of(office.folder, office.bundle, office.root.with_name("root.key.pub"))
    assert reason(shown("STAFF-000001", TrustFiles(paths, CLOCK).current())) is RejectReason.UNKNOWN_ISSUER
    other = office.folder / "other.key"
    other.write_text("00" * 32)
    other.chmod(0o600)
    wrong = TrustFiles(replace(paths, badge_key=other), CLOCK).current()
    assert reason(shown("STAFF-000001", wrong)) is RejectReason.UNKNOWN_ISSUER
    for path in office.lists.glob("*.deny"):
        path.unlink()
    verdict = shown("STAFF-000001", office.trust())
    assert isinstance(verdict, Rejected)
    assert "missing" in verdict.detail


def test_a_code_longer_than_a_badge_is_none_whatever_the_pattern(office: Office) -> None:
    text = "id\n" + "1" * 64 + "\n"
    assert office.build(text, "[0-9]{60,99}") == 0
    assert office.sign() == 0
    assert isinstance(shown("1" * 64, office.trust()), Verified)
    assert reason(shown("1" * 65, office.trust())) is RejectReason.UNKNOWN_FORMAT


def test_a_registry_that_was_cut_in_place_counts_as_missing(office: Office) -> None:
    assert office.build() == 0
    assert office.sign() == 0
    trust = office.trust()
    (registry,) = office.lists.glob("*.deny")
    os.truncate(registry, registry.stat().st_size - 16)
    verdict = shown("STAFF-000001", trust)
    assert isinstance(verdict, Rejected)
    assert "missing" in verdict.detail


def test_one_key_serves_several_registries_that_do_not_know_each_others_badges() -> None:
    key = bytes(32)
    assert keyed(key, "staff", b"1") != keyed(key, "cleaners", b"1")


def test_a_list_that_is_too_old_knows_nobody(office: Office) -> None:
    assert office.build(ROWS, PATTERN, "--valid-for", "1h") == 0
    assert office.sign() == 0
    lists = TrustFiles(paths_of(office.folder, office.bundle, office.root.with_name("root.key.pub")), CLOCK)._lists
    assert lists.in_force(CLOCK.now().utc + timedelta(hours=2)).lists == {}


def test_the_next_registry_has_the_same_key(office: Office) -> None:
    assert office.build() == 0
    key = office.key.read_bytes()
    assert office.key.stat().st_mode & 0o777 == 0o600
    assert office.build("id\nSTAFF-000009\n") == 0
    assert office.key.read_bytes() == key
    assert office.sign() == 0
    assert isinstance(shown("STAFF-000009", office.trust()), Verified)
    assert reason(shown("STAFF-000001", office.trust())) is RejectReason.UNKNOWN_ISSUER


WRONG = {
    "no header": ("STAFF-000001\n", "first row must name"),
    "another column": ("id,name\nSTAFF-000001,x\n", "first row must name"),
    "another look": ("id\nSTAFF-1\n", "row 2: its id does not look"),
    "twice": ("id\nSTAFF-000001\nSTAFF-000001\n", "row 3: its id stood there before"),
    "a colour": ("id,colour\nSTAFF-000001,blue\n", "row 2: its colour"),
    "a day": ("id,valid_until\nSTAFF-000001,31/12/2026\n", "row 2: a time of it"),
    "a year": ("id,valid_until\nSTAFF-000001,9999-12-30\n", "row 2: a badge's time"),
    "several": ("id\n" + "x\n" * 30, "and 10 more"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_list_is_told_by_its_row_and_nothing_is_written(
    office: Office, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, message = WRONG[name]
    assert office.build(text) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "STAFF-000001" not in told
    assert not office.lists.exists()


def test_a_list_that_is_no_text_is_refused(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.build()
    office.list.write_bytes(b"id\n\xff\xfe\n")
    named = ("--id", "staff", "--name", "x", "--pattern", PATTERN, "--key", office.key, "--out", office.lists)
    assert gate("registry", "build", *named, office.list) == 2
    assert "CSV UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    "pattern", ["", "(a+)+", ".*", "[^a]", "a{3,1}", "[z-a]", "[ --]", "a" * 129, "[0-9]{1,9}" * 4]
)
def test_a_pattern_that_could_take_long_or_is_none_is_refused(
    office: Office, capsys: pytest.CaptureFixture[str], pattern: str
) -> None:
    with pytest.raises(SystemExit):
        office.build(ROWS, pattern)
    assert "pattern" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "mode", "why"), [("xy", 0o600, "not a badge key"), ("00" * 32, 0o644, "chmod 600")])
def test_a_key_that_cannot_be_used_is_refused(office: Office, text: str, mode: int, why: str) -> None:
    assert office.build() == 0
    assert office.sign() == 0
    office.key.write_text(text)
    office.key.chmod(mode)
    with pytest.raises(AdapterError, match=why):
        office.trust()


def test_a_bundle_whose_pattern_is_none_skips_that_issuer(office: Office) -> None:
    assert office.build() == 0
    entry = office.lists / "staff.issuer.json"
    entry.write_text(entry.read_text().replace(PATTERN, "(a+)+"))
    assert office.sign() == 2
