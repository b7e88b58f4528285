"""Two credentials of one visitor: what they show together, and when the second one counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.model import CredentialKind, CredentialRef
from gate.policy.pack import parse
from gate.policy.pairing import WITHIN_NS, Half, Pairing, together
from gate.policy.shown import Exposure, Finding, LabTest, Method, Pass, Shown, Vaccination
from gate.policy.status import Other
from gate.policy.strict import RuleError

BORN = date(1990, 5, 1)
DOSES = Vaccination(2, 2, date(2026, 1, 1))
NEGATIVE = LabTest(Method.ANTIGEN, Finding.NEGATIVE, datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
CERTIFICATE = Shown("hc1", BORN, DOSES)
RESULT = Shown("vdsnc", BORN, tests=(NEGATIVE,))


def half(fp: str, shown: Shown, seen_ns: int) -> Half:
    return Half(Other(CredentialRef(CredentialKind(shown.kind), "issuer", "00", fp, "2026-W10")), shown, seen_ns)


WAITING = Pairing().waiting(half("a", CERTIFICATE, 0))


def test_the_second_brings_what_the_first_lacks() -> None:
    before = WAITING.before("b", RESULT, WITHIN_NS)
    assert before is not None
    assert together(before.shown, RESULT) == Shown("vdsnc", BORN, DOSES, tests=(NEGATIVE,))


@pytest.mark.parametrize(
    ("fp", "shown", "now_ns"),
    [
        ("a", CERTIFICATE, 1),
        ("b", replace(RESULT, born=date(1990, 5, 2)), 1),
        ("b", RESULT, WITHIN_NS + 1),
    ],
    ids=["the same again", "somebody else's", "too late"],
)
def test_when_nothing_is_completed(fp: str, shown: Shown, now_ns: int) -> None:
    assert WAITING.before(fp, shown, now_ns) is None


def test_a_result_without_a_birth_date_is_taken_for_the_visitor_before() -> None:
    nameless = replace(RESULT, born=None)
    before = WAITING.before("b", nameless, 1)
    assert before is not None
    assert together(before.shown, nameless).born == BORN


def test_once_completed_either_of_the_two_counts_for_both_and_no_third() -> None:
    done = WAITING.completed(half("b", RESULT, 1))
    for fp, shown in (("a", CERTIFICATE), ("b", RESULT)):
        before = done.before(fp, shown, WITHIN_NS)
        assert before is not None
        both = together(before.shown, shown)
        assert (both.vaccination, both.tests) == (DOSES, (NEGATIVE,))
    assert done.before("c", RESULT, 2) is None
    assert done.completed(half("a", CERTIFICATE, 5)).first == half("a", CERTIFICATE, 5)
    assert done.waiting(half("c", CERTIFICATE, 9)) == Pairing(half("c", CERTIFICATE, 9))


def test_what_was_shown_is_forgotten_when_it_can_complete_nothing_any_more() -> None:
    done = WAITING.completed(half("b", RESULT, 5))
    assert done.kept(WITHIN_NS) is done
    assert done.kept(WITHIN_NS + 1) == Pairing(None, half("b", RESULT, 5))
    assert done.kept(WITHIN_NS + 6) == Pairing()


def test_nobody_is_completed_by_nothing() -> None:
    assert Pairing().before("a", RESULT, 0) is None


DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 3))
EXPOSURES = st.builds(Exposure, st.booleans(), DAYS, st.booleans(), DAYS)
SHOWN = st.builds(
    Shown,
    st.sampled_from(["hc1", "shc"]),
    st.sampled_from([None, BORN]),
    st.sampled_from([None, DOSES]),
    DAYS,
    st.sampled_from([(), (NEGATIVE,)]),
    EXPOSURES,
    st.sampled_from([None, Pass("visit", None)]),
)


@given(SHOWN, SHOWN)
def test_nothing_that_either_shows_is_lost(one: Shown, other: Shown) -> None:
    both = together(one, other)
    assert both.exposure.positive is (one.exposure.positive or other.exposure.positive)
    assert both.exposure.contact is (one.exposure.contact or other.exposure.contact)
    assert len(both.tests) == len(one.tests) + len(other.tests)
    for name in ("born", "vaccination", "first_positive", "gate_pass"):
        assert (getattr(both, name) is None) is (getattr(one, name) is None and getattr(other, name) is None)


TEXT = {"id": "Uji.", "en": "Test."}
PACK = {
    "id": "both",
    "version": 1,
    "speaks_of": ["vaccination", "test"],
    "valid_from": "2026-01-01",
    "valid_to": None,
    "description": TEXT,
    "source": "a test",
    "rules": [{"id": "all", "colour": "green", "description": TEXT, "logic": True}],
}


def test_a_pack_lacks_what_is_not_shown_of_what_counts_together() -> None:
    pack = parse({**PACK, "together": ["test", "vaccination"]})
    assert pack.lacks(["vaccination"])
    assert pack.lacks(["test", "pass"])
    assert not pack.lacks(["vaccination", "test"])
    assert not pack.lacks(["pass"])
    assert not parse(PACK).lacks(["vaccination"])


@pytest.mark.parametrize("topics", [["test"], ["test", "test"], ["test", "pass"], "test", [7, 8]], ids=repr)
def test_together_is_of_two_topics_that_the_pack_speaks_of(topics: object) -> None:
    with pytest.raises(RuleError):
        parse({**PACK, "together": topics})
