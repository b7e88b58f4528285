"""A certificate and a test, shown one after the other, from the rules in force to the strike."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gate.access.events import AccessResult
from gate.access.inputs import Wiring
from gate.access.orders import Admit, Attestation, RemoteRelease
from gate.access.patterns import Sign
from gate.access.settings import Settings
from gate.access.signals import Presented
from gate.adapters.trust_files.rule_files import RuleFileOnDisk
from gate.credential.health import HealthCard, LabTest, Vaccination
from gate.credential.instant import Instant
from gate.credential.model import Colour, CredentialKind, Facts, PassFacts, RejectReason, Verified
from gate.policy.passback import Passback, PassbackMode
from gate.policy.site import SitePolicy
from gate.service.rules_in_force import RulesInForce
from tests.access.examples import REF, START, TRUST, at, rejected, valid
from tests.access.story import Story
from tests.adapters.test_trust_bundles import Site
from tests.service.test_rules_in_force import ref

TEXT = {"id": "Uji.", "en": "Test."}


def rule(id_: str, colour: str, logic: Any) -> dict[str, Any]:
    return {"id": id_, "colour": colour, "description": TEXT, "logic": logic}


PACK = {
    "id": "both",
    "version": 1,
    "speaks_of": ["vaccination", "test"],
    "together": ["vaccination", "test"],
    "valid_from": "2026-01-01",
    "valid_to": None,
    "description": TEXT,
    "source": "a test",
    "rules": [
        rule("positive", "black", {"===": [{"var": "facts.test.result"}, "positive"]}),
        rule("no-doses", "red", {"!": [{"var": "facts.vaccination.complete"}]}),
        rule("both", "green", {"===": [{"var": "facts.test.result"}, "negative"]}),
    ],
}
BORN, OTHER = "1990-05-01", "1991-05-01"
COVID = "840539006"


def doses(birth_date: str = BORN) -> Vaccination:
    return Vaccination(birth_date=birth_date, target=COVID, dose=2, series=2, given=date(2026, 2, 1))


def lab_test(birth_date: str = BORN, result: str = "260415000") -> LabTest:
    taken = START - timedelta(hours=3)
    return LabTest(birth_date=birth_date, target=COVID, method="LP6464-4", result=result, sampled=taken)


class Door:
    """An access point whose reader asks for two codes."""

    def __init__(self, folder: Path, pack: Any = PACK, settings: Settings | None = None) -> None:
        site = Site(folder)
        site.clock.utc = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        raw, file = json.dumps(pack).encode(), folder / "both.json"
        file.write_bytes(raw)
        self.bundle = bundle = replace(site.version(9), rule_packs=(ref(raw, 1, "both"),))
        open_file = partial(RuleFileOnDisk, folder=folder / "rules")
        self.rules = RulesInForce([str(file)], open_file, bundle, SitePolicy())
        self.story = Story(settings)

    def show(
        self,
        facts: Facts,
        fp: str,
        after_s: float = 0.0,
        kind: CredentialKind = CredentialKind.HC1,
        *,
        known: bool = True,
    ) -> None:
        self.story.wait(after_s)
        now = self._now()
        verdict = Verified(replace(REF, kind=kind, fp=fp), facts, None, None, known)
        judged = self.rules.judged(verdict, now)
        self.story.tell(Presented(verdict, fp.encode(), TRUST, now.mono_ns, now.mono_ns, judged))

    def _now(self) -> Instant:
        return at(self.story.now_ns)

    def sign(self) -> Sign:
        """What the visitor sees."""
        return self.story.point.panel.tower.showing(self.story.now_ns).sign


A, B, C = "aa" * 16, "bb" * 16, "cc" * 16


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


@pytest.mark.parametrize("order", ["certificate first", "test first"])
def test_the_second_code_completes_the_first_within_20_seconds(door: Door, order: str) -> None:
    first, second = (doses(), lab_test()) if order == "certificate first" else (lab_test(), doses())
    door.show(first, A)
    assert door.sign() is Sign.SHOW_SECOND
    assert door.story.results() == []
    door.show(second, B, after_s=19.0)
    assert door.story.released
    assert door.story.results() == [(AccessResult.GRANTED, "rule_met")]


def test_the_first_may_stay_before_the_camera(door: Door) -> None:
    for _ in range(60):
        door.show(doses(), A, after_s=0.2)
    door.show(lab_test(), B, after_s=15.0)
    assert not door.story.released, "the hint began with the first sight, so the officer has been called"
    assert door.story.results() == [(AccessResult.HELD, "second_code")]


def test_without_the_second_code_the_officer_is_called_after_20_seconds(door: Door) -> None:
    door.show(doses(), A)
    door.story.wait(19.9)
    assert door.story.results() == []
    door.story.wait(0.2)
    assert door.story.results() == [(AccessResult.HELD, "second_code")]
    assert door.sign() is Sign.HELD_YELLOW


def test_the_same_code_shown_again_is_no_other_visitor(door: Door) -> None:
    for after_s in (0.0, 6.0, 6.0):
        door.show(doses(), A, after_s)
    assert door.story.results() == []
    door.story.wait(8.1)
    assert door.story.results() == [(AccessResult.HELD, "second_code")]


def test_the_gate_forgets_what_was_shown_after_20_seconds(door: Door) -> None:
    door.show(doses(), A)
    for after_s, kept in ((19.0, True), (2.0, False)):
        door.story.wait(after_s)
        door.rules.refresh(door.bundle, door.story.now_ns)
        assert (door.rules._pairing.first is not None) is kept


def test_somebody_elses_test_completes_nothing(door: Door) -> None:
    door.show(doses(), A)
    door.show(lab_test(OTHER), B, after_s=1.0)
    assert not door.story.released
    door.story.wait(21)
    assert door.story.results() == [(AccessResult.DENIED, "replaced"), (AccessResult.HELD, "second_code")]


def test_nobody_is_left_without_a_record_when_the_next_visitor_shows_both(door: Door) -> None:
    door.show(doses(), A)
    door.show(doses(OTHER), B, after_s=1.0)
    assert door.story.results() == [(AccessResult.DENIED, "replaced")]
    assert door.sign() is Sign.SHOW_SECOND
    door.show(lab_test(OTHER), C, after_s=1.0)
    assert door.story.results() == [(AccessResult.DENIED, "replaced"), (AccessResult.GRANTED, "rule_met")]


def test_the_first_code_takes_the_place_of_an_unread_one_on_hold(door: Door) -> None:
    door.story.show(rejected(RejectReason.UNREADABLE), b"blurred")
    door.story.wait(3)
    assert door.story.results() == [(AccessResult.HELD, "unreadable")]
    door.show(doses(), A)
    assert door.story.results()[1:] == [(AccessResult.DENIED, "replaced")]
    assert door.sign() is Sign.SHOW_SECOND
    door.show(lab_test(), B, after_s=1.0)
    assert door.story.released


def test_a_code_that_shows_all_by_itself_is_judged_by_itself(door: Door) -> None:
    """Else the doses of the visitor before would count for the next one, whose card states no birth date."""
    door.show(doses(), A)
    one_dose = replace(doses(""), dose=1)
    door.show(HealthCard(statements=(one_dose, lab_test(""))), B, after_s=1.0, kind=CredentialKind.SHC)
    assert door.sign() is Sign.HELD_RED
    assert door.story.results() == [(AccessResult.DENIED, "replaced"), (AccessResult.HELD, "rule_met")]


def test_a_pack_that_lacks_doses_does_not_take_them_of_the_visitor_before(door: Door) -> None:
    door.show(lab_test(), A)
    old = replace(lab_test(""), sampled=START - timedelta(days=9), result="unclear")
    door.show(HealthCard(statements=(doses(""), old)), B, after_s=1.0, kind=CredentialKind.SHC)
    assert not door.story.released


@pytest.mark.parametrize("first", [True, False])
def test_a_pair_is_not_known_better_than_either_of_its_codes(door: Door, first: bool) -> None:  # noqa: FBT001  (a row)
    door.show(doses(), A, known=not first)
    door.show(lab_test(), B, after_s=1.0, known=first)
    assert door.story.results() == [(AccessResult.HELD, "revocation_unknown")]


PASS_AND_TEST = {
    **PACK,
    "speaks_of": ["pass", "test"],
    "together": ["pass", "test"],
    "rules": [rule("both", "green", {"===": [{"var": "facts.test.result"}, "negative"]})],
}


@pytest.mark.parametrize("may_enter", [False, True])
@pytest.mark.parametrize("badge_first", [False, True])
def test_a_badge_leads_to_no_more_as_one_of_two_codes(tmp_path: Path, badge_first: bool, may_enter: bool) -> None:  # noqa: FBT001  (a table)
    door = Door(tmp_path, PASS_AND_TEST, Settings(site=SitePolicy(unsigned_may_enter=may_enter)))
    badge, result = PassFacts("badge", Colour.GREEN), lab_test()
    if badge_first:
        door.show(badge, A, kind=CredentialKind.BADGE)
        door.show(result, B, after_s=1.0)
    else:
        door.show(result, B)
        door.show(badge, A, after_s=1.0, kind=CredentialKind.BADGE)
    expected = (AccessResult.GRANTED, "rule_met") if may_enter else (AccessResult.HELD, "unsigned")
    assert door.story.results() == [expected]


def test_the_first_code_seen_again_beside_the_second_is_the_same_visit(door: Door) -> None:
    door.show(doses(), A)
    door.show(lab_test(), B, after_s=5.0)
    door.show(doses(), A, after_s=1.0)
    assert door.story.results() == [(AccessResult.GRANTED, "rule_met")]


HARD = Settings(site=SitePolicy(passback=Passback(PassbackMode.HARD)))


def test_both_codes_in_the_other_order_are_the_same_visitor_to_anti_passback(tmp_path: Path) -> None:
    door = Door(tmp_path, settings=HARD)
    door.show(doses(), A)
    door.show(lab_test(), B, after_s=1.0)
    door.story.wait(60)
    door.show(lab_test(), B)
    door.show(doses(), A, after_s=1.0)
    assert door.story.results() == [(AccessResult.GRANTED, "rule_met"), (AccessResult.HELD, "passback")]


def test_who_was_let_in_with_two_codes_and_has_yet_to_pass_is_the_same_visit_with_either(tmp_path: Path) -> None:
    door = Door(tmp_path, settings=replace(HARD, wiring=frozenset({Wiring.DOOR_MONITOR})))
    door.show(doses(), A)
    door.show(lab_test(), B, after_s=1.0)
    door.show(doses(), A, after_s=4.0)
    assert door.story.results() == [(AccessResult.GRANTED, "rule_met")]


HEALTHY = Attestation(healthy=True, protocol_kept=True)


@pytest.mark.parametrize(
    "order", [Admit("a guest", attestation=HEALTHY), RemoteRelease("a guest")], ids=lambda o: type(o).__name__
)
def test_who_was_asked_for_a_second_code_is_in_the_record_when_somebody_is_let_in(
    tmp_path: Path, order: Admit | RemoteRelease
) -> None:
    door = Door(tmp_path, settings=Settings(remote_release=True))
    door.show(doses(), A)
    door.story.wait(6)
    door.story.order(order)
    assert door.story.results()[0] == (AccessResult.DENIED, "replaced")
    assert door.story.released


def test_a_positive_test_is_black_whether_it_comes_first_or_second(door: Door) -> None:
    door.show(doses(), A)
    door.show(lab_test(result="260373001"), B, after_s=1.0)
    assert door.sign() is Sign.HELD_BLACK
    assert door.story.results()[-1] == (AccessResult.HELD, "rule_met")


def test_a_visitor_who_needs_no_second_code_takes_the_place_of_the_one_who_does(door: Door) -> None:
    door.show(doses(), A)
    now = at(door.story.now_ns)
    assert door.rules.judged(valid(), now).other is None
    door.story.show(valid(fp=C), b"a pass", after_s=1.0)
    assert door.story.released
    assert door.story.results() == [(AccessResult.DENIED, "replaced"), (AccessResult.GRANTED, "rule_met")]


def test_a_stop_ends_the_visit_of_who_was_asked_for_a_second_code(door: Door) -> None:
    door.show(doses(), A)
    door.story.point.desk.stop(at(door.story.now_ns))
    assert door.story.point.desk.hint is None


def test_an_unread_code_gives_way_to_one_that_can_be_read(door: Door) -> None:
    door.story.show(rejected(RejectReason.UNREADABLE), b"blurred")
    assert door.sign() is Sign.TRY_AGAIN
    door.show(doses(), A, after_s=0.5)
    assert door.sign() is Sign.SHOW_SECOND
    door.story.show(rejected(RejectReason.UNREADABLE), b"blurred", after_s=4.0)
    assert door.sign() is Sign.SHOW_SECOND
    door.show(lab_test(), B, after_s=4.0)
    assert door.story.released
