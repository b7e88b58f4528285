"""Rule files under the trust bundle: what nobody vouches for changes nothing, and what is signed takes over by date."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.trust_files.bundles import read_bundle
from gate.adapters.trust_files.rule_files import RuleFileOnDisk
from gate.adapters.trust_files.source import TrustFiles
from gate.credential.instant import ClockTrust, Instant
from gate.credential.trust import RuleRef
from gate.policy import packs
from gate.policy.pack import Pack, parse
from gate.policy.site import SitePolicy
from gate.policy.status import Rule
from gate.policy.strict import MOST_BYTES
from gate.policy.succession import line_of
from gate.ports import AdapterError
from gate.service import parts
from gate.service.config import load
from gate.service.core_settings import settings_of
from gate.service.rules_in_force import RulesInForce, TrustWithRules
from tests.access.examples import valid
from tests.adapters.test_trust_bundles import SECOND_NS, Site
from tests.contract.test_trust_source import paths_of
from tests.policy.eu_published import published
from tests.service.config_files import changed_toml

WIB, WITA, WIT = 420, 480, 540


def pack(version: int = 1, colour: str = "green", **changes: Any) -> bytes:
    text = {"id": "Uji.", "en": "Test."}
    rule = {"id": "all", "colour": colour, "description": text, "logic": {"var": "facts.pass.known"}}
    whole = {
        "id": "own",
        "version": version,
        "speaks_of": ["pass"],
        "valid_from": "2026-01-01",
        "valid_to": None,
        "description": text,
        "source": "a test",
        "rules": [rule],
    }
    return json.dumps({**whole, **changes}).encode()


def ref(raw: bytes, version: int = 1, id_: str = "own") -> RuleRef:
    return RuleRef(id_, version, hashlib.sha256(raw).digest())


class Office:
    """A gate with one pack of its own, and the operator who signs and delivers."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder)
        self.file = folder / "own.json"
        self.policy = SitePolicy(site="office-1", utc_offset_min=WIB)
        self.version = 5
        self.trust: TrustFiles
        self.rules: RulesInForce

    def deliver(self, raw: bytes) -> None:
        draft = self.file.with_suffix(".draft")
        draft.write_bytes(raw)
        draft.rename(self.file)

    def sign(self, *refs: RuleRef) -> None:
        self.version += 1
        self.site.deliver(replace(self.site.version(self.version), rule_packs=refs))

    def start(self) -> None:
        """Begin the service anew."""
        self.trust = TrustFiles(paths_of(self.site.folder, self.site.bundle, self.site.root), self.site.clock)
        open_file = partial(RuleFileOnDisk, folder=self.site.state / "rules")
        self.rules = RulesInForce([str(self.file)], open_file, self.trust.current().bundle, self.policy)

    def later(self) -> int:
        """The version that decides on today's passes, once the gate has looked again."""
        self.site.clock.mono_ns += SECOND_NS
        TrustWithRules(self.trust, self.rules, self.site.clock).refresh()
        return self.decides()

    def decides(self, utc: datetime | None = None) -> int:
        now = Instant(utc or self.site.clock.utc, 0, ClockTrust.SYNCED)
        return self.rules.judged(valid(), now).rule.version


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.deliver(pack())
    made.sign(ref(pack()))
    made.start()
    return made


def test_a_pack_that_is_vouched_for_decides(office: Office) -> None:
    judged = office.rules.judged(valid(), Instant(office.site.clock.utc, 0, ClockTrust.SYNCED))
    assert (judged.rule.id, judged.rule.version, judged.colour) == ("own", 1, "green")


def test_rules_are_looked_at_once_a_second_but_at_once_with_another_bundle(office: Office) -> None:
    before, new = office.trust.current().bundle, pack(2, "red")
    office.deliver(new)
    office.sign(ref(new, 2))
    office.site.clock.mono_ns += SECOND_NS
    office.trust.refresh()
    now_ns = office.site.clock.mono_ns
    office.rules.refresh(before, now_ns)
    assert office.decides() == 1
    office.rules.refresh(office.trust.current().bundle, now_ns + 1)
    assert office.decides() == 2


@pytest.mark.parametrize("first", ["the pack", "the bundle"])
def test_a_new_version_counts_once_both_are_there(office: Office, first: str) -> None:
    new = pack(2, "red")
    acts: list[Callable[[], None]] = [lambda: office.deliver(new), lambda: office.sign(ref(new, 2))]
    if first == "the bundle":
        acts.reverse()
    acts[0]()
    assert office.later() == 1
    acts[1]()
    assert office.later() == 2


TAMPERED = pack().replace(b'"green"', b'"green" ')


def signed(raw: bytes, version: int) -> Callable[[Office], None]:
    """Deliver this, signed as this version."""

    def act(office: Office) -> None:
        office.deliver(raw)
        office.sign(ref(raw, version))

    return act


def older_than_its_bundle(office: Office) -> None:
    office.deliver(pack())
    office.sign(ref(pack(3), 3))


def a_folder(office: Office) -> None:
    office.file.unlink()
    office.file.mkdir()


SPOILT: dict[str, Callable[[Office], None]] = {
    "tampered": lambda office: office.deliver(TAMPERED),
    "unsigned": lambda office: office.deliver(pack(2, "red")),
    "older than its bundle": older_than_its_bundle,
    "missing": lambda office: office.file.unlink(),
    "empty": lambda office: office.deliver(b""),
    "torn": lambda office: office.deliver(pack()[:100]),
    "oversized": lambda office: office.deliver(b" " * (MOST_BYTES + 1)),
    "signed but no pack": signed(b"[]", 2),
    "signed but no JSON": signed(b"{", 2),
    "signed as another": signed(pack(3), 4),
    "a folder": a_folder,
    "vouched for no more": lambda office: office.sign(),
}
TOLD = {
    "tampered": "is not vouched for",
    "unsigned": "is not vouched for",
    "older than its bundle": "the bundle names own 3",
    "missing": "cannot be read",
    "empty": "is not vouched for",
    "torn": "is not vouched for",
    "oversized": "is larger than",
    "signed but no pack": "is no rule pack: the pack must be an object",
    "signed but no JSON": "is no rule pack: it is not JSON",
    "signed as another": "it is own 3, and was signed as own 4",
    "a folder": "cannot be read",
    "vouched for no more": "the bundle names no rules",
}


@pytest.mark.parametrize("fault", SPOILT)
def test_what_is_not_vouched_for_is_told_once_and_the_last_good_pack_stays_also_after_a_restart(
    office: Office, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        SPOILT[fault](office)
        assert [office.later() for _ in range(3)] == [1, 1, 1]
    (told,) = caplog.messages
    assert TOLD[fault] in told
    assert told.endswith("own 1 stays in force.")
    office.start()
    assert office.later() == 1


@pytest.mark.parametrize("fault", SPOILT)
def test_a_gate_that_never_had_a_good_pack_does_not_start_with_a_bad_one(tmp_path: Path, fault: str) -> None:
    office = Office(tmp_path)
    office.deliver(pack())
    office.sign(ref(pack()))
    SPOILT[fault](office)
    with pytest.raises(AdapterError) as caught:
        office.start()
    assert TOLD[fault] in str(caught.value)


@pytest.mark.parametrize("damage", [b"", b"[{}]", b"{}", b"[" * 99999])
def test_a_memory_that_is_damaged_is_as_if_there_were_none(
    office: Office, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (memory,) = (office.site.state / "rules").glob("*.json")
    memory.write_bytes(damage)
    office.start()
    assert office.later() == 1
    memory.write_bytes(damage)
    office.file.unlink()
    with pytest.raises(AdapterError):
        office.start()
    assert "is not known" in caplog.text or damage == b"{}"


def test_what_is_remembered_must_be_what_was_vouched_for(office: Office) -> None:
    (memory,) = (office.site.state / "rules").glob("*.json")
    entries = json.loads(memory.read_bytes())
    memory.write_text(json.dumps([{**entries[0], "version": 2}]))
    office.file.unlink()
    with pytest.raises(AdapterError):
        office.start()


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize("offset", [WIB, WITA, WIT])
def test_a_pack_brought_days_ahead_takes_over_at_local_midnight(
    office: Office, offset: int, *, restarted: bool
) -> None:
    office.policy = replace(office.policy, utc_offset_min=offset)
    office.start()
    new = pack(2, "red", valid_from="2026-04-01")
    office.deliver(new)
    office.sign(ref(new, 2))
    assert office.later() == 1
    if restarted:
        office.start()
    midnight = datetime(2026, 4, 1, tzinfo=UTC) - timedelta(minutes=offset)
    steps = (-timedelta(seconds=1), timedelta(0), timedelta(seconds=1))
    assert [office.decides(midnight + step) for step in steps] == [1, 2, 2]


def test_a_correction_of_a_pack_that_has_not_begun_leaves_the_one_in_force(office: Office) -> None:
    for version in (2, 3):
        new = pack(version, "red", valid_from="2026-04-01")
        office.deliver(new)
        office.sign(ref(new, version))
        assert office.later() == 1
    assert office.decides(datetime(2026, 4, 2, tzinfo=UTC)) == 3


def test_a_pack_that_ends_does_not_bring_back_the_one_before(office: Office) -> None:
    new = pack(2, "red", valid_from="2026-02-01", valid_to="2026-02-28")
    office.deliver(new)
    office.sign(ref(new, 2))
    assert office.later() == 0, "on 14 March nobody decides"


def dated(version: int, day: date) -> Pack:
    return replace(parse(json.loads(pack(version))), valid_from=day)


@given(st.lists(st.dates(date(2026, 1, 1), date(2026, 1, 9)), min_size=1, max_size=6))
def test_of_packs_after_one_another_exactly_one_decides_from_the_first_day_on(days: list[date]) -> None:
    given_ = [dated(number, day) for number, day in enumerate(days, 1)]
    line = line_of(given_[-1], given_[-2::-1])
    for day in (date(2026, 1, 1) + timedelta(days=number) for number in range(12)):
        in_force = [one.version for one in line if one.in_force(day)]
        begun = [one for one in line if one.valid_from <= day]
        assert in_force == ([max(begun, key=lambda one: one.valid_from).version] if begun else [])
        if day >= days[-1]:
            assert in_force == [len(days)], "the newest version, once it has begun"


def test_between_a_pack_that_has_ended_and_the_next_nobody_decides() -> None:
    ended = replace(dated(1, date(2026, 1, 1)), valid_to=date(2026, 1, 31))
    line = line_of(dated(2, date(2026, 3, 1)), [ended])
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1)]
    assert [[one.version for one in line if one.in_force(day)] for day in days] == [[1], [], [], [2]]


def test_a_disk_that_takes_nothing_leaves_the_pack_in_force(
    office: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    open_file = partial(RuleFileOnDisk, folder=tmp_path / "file")
    office.rules = RulesInForce([str(office.file)], open_file, office.trust.current().bundle, office.policy)
    assert office.decides() == 1
    assert "would not be remembered" in caplog.text


@pytest.mark.parametrize("clock", ClockTrust)
def test_a_newer_bundle_tells_an_unsure_clock_that_its_time_has_passed(office: Office, clock: ClockTrust) -> None:
    """A gate that boots without a time source learns from each bundle; one whose clock is right believes its clock."""
    told: list[datetime] = []
    trust = TrustWithRules(office.trust, office.rules, office.site.clock, told.append)
    trust.refresh()
    office.site.clock.clock = clock
    office.version += 1
    issued = office.site.clock.utc + timedelta(hours=3)
    office.site.deliver(replace(office.site.version(office.version), issued=issued, rule_packs=(ref(pack()),)))
    for _ in range(3):
        office.site.clock.mono_ns += SECOND_NS
        trust.refresh()
    assert told == ([] if clock is ClockTrust.SYNCED else [issued])


def test_a_rule_that_cannot_be_evaluated_is_told_once(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    text = {"id": "Uji.", "en": "Test."}
    broken = {"id": "age", "colour": "red", "description": text, "logic": {"<": [{"var": "facts.age.years"}, 18]}}
    whole = json.loads(pack(2))
    raw = pack(2, rules=[broken, *whole["rules"]])
    office.deliver(raw)
    office.sign(ref(raw, 2))
    with caplog.at_level(logging.WARNING):
        assert [office.later() for _ in range(3)] == [2, 2, 2]
    (told,) = caplog.messages
    assert "when own 2 decided, so they counted as false: age." in told


def test_what_the_configuration_names_is_opened_with_its_memory_in_the_folder_of_trust(tmp_path: Path) -> None:
    office = Office(tmp_path)
    rules, sets = json.dumps([published()]).encode(), b'{"products": []}'
    office.deliver(pack())
    (tmp_path / "eu-xx.json").write_bytes(rules)
    (tmp_path / "sets.json").write_bytes(sets)
    office.sign(ref(pack()), ref(rules, 3, "eu-xx"), ref(sets, 4, "sets"))
    keys: dict[str, object] = {"policy.rules": ["visitor-pass", "own.json"], "trust.state_dir": "state"}
    eu = {"acceptance.rules": "eu-xx.json", "acceptance.value_sets": "sets.json", "acceptance.country": "XX"}
    (tmp_path / "gate.toml").write_text(changed_toml({**keys, **eu}))
    config = load(tmp_path / "gate.toml")
    bundle = read_bundle(office.site.bundle, office.site.root)
    found = parts.rules_of(config, settings_of(config).site, bundle)
    assert found.named == (packs.shipped("visitor-pass").name, Rule("own", 1), Rule("eu-xx", 3))
    assert len(list((tmp_path / "state" / "rules").iterdir())) == 3
