"""``explain``: the same verdict with the checks in order, and what a code states whether proved or not."""

from __future__ import annotations

from gate.credential.model import CredentialKind, Rejected, RejectReason
from gate.credential.verify import explain
from tests.credential.minting import EPOCH, MINT, STATUS, at

BEFORE_THE_KEY = ["size", "format", "text", "envelope"]
ALL = [
    *BEFORE_THE_KEY,
    *(
        "issuer",
        "algorithm",
        "signature",
        "claims",
        "issuer name",
        "key usage",
        "key standing",
        "key period",
        "validity",
    ),
]


def names(code: str) -> list[str]:
    return [check.name for check in explain(code, MINT.trust, at()).checks]


def test_a_valid_pass_shows_every_check_in_order() -> None:
    assert names(MINT.valid()) == ALL
    assert all(check.ok and check.detail for check in explain(MINT.valid(), MINT.trust, at()).checks)


def test_cheap_gates_come_first_and_the_first_failure_ends_it() -> None:
    assert names("") == ["size"]
    assert names("hello") == ["size", "format"]
    assert names("GP1:a") == BEFORE_THE_KEY[:3]
    assert names("GP1:00") == BEFORE_THE_KEY
    assert names(MINT.unknown_issuer()) == [*BEFORE_THE_KEY, "issuer"]
    assert names(MINT.forged()) == [*BEFORE_THE_KEY, "issuer", "algorithm", "signature"]
    assert names(MINT.expired()) == ALL


def test_the_last_check_says_why() -> None:
    explanation = explain(MINT.forged(), MINT.trust, at())
    assert explanation.verdict == Rejected(RejectReason.BAD_SIGNATURE, explanation.checks[-1].detail)


def test_a_status_that_nothing_tells_is_named_as_unknown() -> None:
    last = explain(MINT.valid(status=STATUS), MINT.trust, at()).checks[-1]
    assert (last.name, last.ok) == ("status list", True)
    assert "unknown" in last.detail


def test_contents_are_shown_also_of_a_forgery_and_ids_are_personal() -> None:
    for code in (MINT.valid(status=STATUS), MINT.forged()):
        explanation = explain(code, MINT.trust, at())
        assert explanation.kind is CredentialKind.PASS
        shown = {field.name: field.value for field in explanation.contents if not field.personal}
        assert shown["issuer"] == "ministry"
        assert shown["colour"] == "green"
        hidden = {field.name: field.value for field in explanation.contents if field.personal}
        assert hidden["subject"] == "visitor-1"
        assert hidden["pass id"] == b"pass-0000001".hex()


def test_a_code_that_cannot_be_read_has_no_contents() -> None:
    for code in ("", "hello", "GP1:", "GP1:A", MINT.raw({1: "x"}), "x" * 9000):
        assert explain(code, MINT.trust, at()).contents == ()


def test_the_weekly_secret_is_not_in_what_is_printed() -> None:
    assert repr(EPOCH.key) not in repr(MINT.trust)
