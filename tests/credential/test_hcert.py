"""HC1: the verdict on every sort of certificate that occurs, at every boundary, and on what must not be taken."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import cbor2
import pytest

from gate.credential import base45, cbor
from gate.credential.deny_compile import compile_list
from gate.credential.denylist import DenyLists, Entry
from gate.credential.denylist import read as read_list
from gate.credential.health import LabTest, Recovery, Vaccination
from gate.credential.inflate import MAX_BYTES
from gate.credential.instant import ClockTrust
from gate.credential.model import CredentialKind, Rejected, RejectReason, Verified
from gate.credential.proof import MAX_TRIED
from gate.credential.revocation import Listed, digest
from gate.credential.trust import Issuer, Trust
from gate.credential.verify import explain, verify
from tests.credential.hcert_minting import (
    AUTHORITY,
    NOW_S,
    P384,
    RECOVERY,
    RSA,
    TEST,
    UCI,
    VACCINATION,
    Authority,
    dcc,
    message_of,
    text,
)
from tests.credential.minting import MINT, NOON, at

DAY = timedelta(days=1)
KID = AUTHORITY.kid


def reason(code: str | bytes, trust: Trust = AUTHORITY.trust, now: Any = None) -> RejectReason | None:
    """Why a code is rejected; None when it is verified."""
    verdict = verify(code, trust, now or at())
    return verdict.reason if isinstance(verdict, Rejected) else None


def accepted(code: str, trust: Trust = AUTHORITY.trust) -> Verified:
    verdict = verify(code, trust, at())
    assert isinstance(verdict, Verified), verdict
    return verdict


# What is accepted


@pytest.mark.parametrize("authority", [AUTHORITY, P384, RSA], ids=["P-256", "P-384", "RSA"])
def test_a_valid_certificate_is_verified(authority: Authority) -> None:
    verdict = accepted(authority.valid(), authority.trust)
    ref = verdict.credential
    assert (ref.kind, ref.issuer, ref.kid) == (CredentialKind.HC1, "austria", authority.kid.hex())
    assert verdict.not_before == NOON - DAY
    assert verdict.not_after == NOON + 180 * DAY + timedelta(seconds=1)


def test_the_facts_of_a_vaccination() -> None:
    assert accepted(AUTHORITY.valid()).facts == Vaccination(
        birth_date="1998-02-26",
        target="840539006",
        country="AT",
        issuer="Ministry of Health, Austria",
        certificate_id=UCI,
        vaccine="1119349007",
        product="EU/1/20/1528",
        manufacturer="ORG-100030215",
        dose=2,
        series=2,
        given=date(2026, 2, 18),
    )


def test_the_facts_of_a_test() -> None:
    facts = accepted(AUTHORITY.valid(dcc(t=[TEST]))).facts
    assert isinstance(facts, LabTest)
    assert (facts.method, facts.name, facts.device, facts.result) == (
        *("LP6464-4", "Roche LightCycler", "1232", "260415000"),
    )
    assert facts.sampled == datetime(2026, 3, 13, 10, 27, 15, tzinfo=UTC)


def test_the_facts_of_a_recovery() -> None:
    facts = accepted(AUTHORITY.valid(dcc(r=[RECOVERY]))).facts
    assert isinstance(facts, Recovery)
    assert (facts.first_positive, facts.valid_from, facts.valid_until) == (
        *(date(2026, 1, 20), date(2026, 2, 1), date(2026, 7, 30)),
    )


def test_names_are_in_no_verdict_and_what_identifies_is_in_no_repr() -> None:
    shown = repr(accepted(AUTHORITY.valid()))
    for personal in ("GOESSINGER", "Gabriele", "1998", UCI):
        assert personal not in shown


@pytest.mark.parametrize("head", [b"", b"\xd2", b"\xd8\x3d\xd2"], ids=["no tag", "18", "61(18)"])
def test_tags(head: bytes) -> None:
    assert reason(AUTHORITY.of(AUTHORITY.claims(), head=head)) is None


@pytest.mark.parametrize("head", [b"\xd1", b"\xd8\x3d\xd1", b"\xd2\xd2", b"\xd8\x3d\xd8\x3d\xd2", b"\xd9\xd9\xf7\xd2"])
def test_other_tags_are_malformed(head: bytes) -> None:
    assert reason(AUTHORITY.of(AUTHORITY.claims(), head=head)) is RejectReason.MALFORMED


@pytest.mark.parametrize(
    ("protected", "unprotected", "expected"),
    [
        ({1: -7}, {4: KID}, None),
        ({4: KID}, {1: -7}, None),
        (b"", {1: -7, 4: KID}, None),
        (b"\xa0", {1: -7, 4: KID}, None),
        ({1: -7, 4: KID}, {4: b"another!"}, None),
        ({1: -7, 4: KID}, {1: -37}, None),
        ({1: -7, 4: b"another!"}, {4: KID}, RejectReason.UNKNOWN_ISSUER),
        ({1: -7}, {4: b"another!"}, RejectReason.UNKNOWN_ISSUER),
        ({1: -7}, {}, RejectReason.MALFORMED),
        ({1: -7, 4: KID.hex()}, {}, RejectReason.MALFORMED),
        ({1: -7, 4: KID * 9}, {}, RejectReason.MALFORMED),
        ({1: -7, 2: [1], 4: KID}, {}, RejectReason.MALFORMED),
        ({1: -7, 4: KID}, {2: [1]}, RejectReason.MALFORMED),
        ({4: KID}, {}, RejectReason.UNSUPPORTED_ALGORITHM),
        ({1: None, 4: KID}, {1: -7}, RejectReason.UNSUPPORTED_ALGORITHM),
        ({1: -7, 4: KID, 99: b"x" * 3000}, {}, RejectReason.MALFORMED),
        ({1: -7, 4: KID}, {99: b"x" * 3000}, RejectReason.MALFORMED),
    ],
    ids=lambda value: value.value if isinstance(value, RejectReason) else "code",
)
def test_headers(protected: Any, unprotected: Any, expected: RejectReason | None) -> None:
    code = AUTHORITY.of(AUTHORITY.claims(), protected=protected, unprotected=unprotected)
    assert reason(code) is expected


def test_every_key_of_the_kid_is_tried_and_no_other_one() -> None:
    stranger = Authority()
    same_kid = replace(stranger.issuer(kid=KID), id="first")
    assert reason(AUTHORITY.valid(), AUTHORITY.trusting(same_kid, AUTHORITY.issuer())) is None
    other_kid = AUTHORITY.issuer(kid=b"another!")
    assert reason(AUTHORITY.valid(), AUTHORITY.trusting(same_kid, other_kid)) is RejectReason.BAD_SIGNATURE
    assert reason(AUTHORITY.valid(), AUTHORITY.trusting(other_kid)) is RejectReason.UNKNOWN_ISSUER


def test_a_kid_of_another_length_counts() -> None:
    code = AUTHORITY.of(AUTHORITY.claims(), protected={1: -7, 4: b"11"})
    assert reason(code, AUTHORITY.trusting(AUTHORITY.issuer(kid=b"11"))) is None


# Text and compression


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("HC1:", RejectReason.MALFORMED),
        ("HC1:A", RejectReason.MALFORMED),
        (AUTHORITY.valid().lower(), RejectReason.UNKNOWN_FORMAT),
        ("HC1:" + AUTHORITY.valid()[4:].lower(), RejectReason.MALFORMED),
        ("HL0:" + AUTHORITY.valid()[4:], RejectReason.UNKNOWN_FORMAT),
        (AUTHORITY.valid()[4:], RejectReason.UNKNOWN_FORMAT),
        (AUTHORITY.valid() + "\n", RejectReason.MALFORMED),
        (AUTHORITY.valid()[:-3], RejectReason.MALFORMED),
        ("HC1:" + "A" * 4293, RejectReason.TOO_LARGE),
        ("HC1:" + base45.encode(message_of(AUTHORITY.valid())), RejectReason.MALFORMED),
        ("HC1:" + base45.encode(zlib.compress(message_of(AUTHORITY.valid())) + b"\x00"), RejectReason.MALFORMED),
        ("HC1:" + base45.encode(zlib.compress(message_of(AUTHORITY.valid()))[:-1]), RejectReason.MALFORMED),
        ("HC1:" + base45.encode(zlib.compress(bytes(MAX_BYTES))), RejectReason.MALFORMED),
        ("HC1:" + base45.encode(zlib.compress(bytes(MAX_BYTES + 1))), RejectReason.TOO_LARGE),
        ("HC1:" + base45.encode(zlib.compress(bytes(2_000_000), 9)), RejectReason.TOO_LARGE),
    ],
    ids=lambda value: value.value if isinstance(value, RejectReason) else "headers",
)
def test_text_and_compression(code: str, expected: RejectReason) -> None:
    assert reason(code) is expected


def test_a_preset_dictionary_and_a_broken_checksum_are_malformed() -> None:
    packer = zlib.compressobj(zdict=b"dictionary")
    packed = packer.compress(message_of(AUTHORITY.valid())) + packer.flush()
    broken = bytearray(zlib.compress(message_of(AUTHORITY.valid())))
    broken[-1] ^= 1
    for raw in (packed, bytes(broken)):
        assert reason("HC1:" + base45.encode(raw)) is RejectReason.MALFORMED


# Time


@pytest.mark.parametrize(
    ("changes", "seconds", "expected"),
    [
        ({"exp": NOW_S}, 0, None),
        ({"exp": NOW_S}, 0.999, None),
        ({"exp": NOW_S}, 1, RejectReason.EXPIRED),
        ({"exp": NOW_S + 0.5}, 1.499, None),
        ({"exp": NOW_S + 0.5}, 1.5, RejectReason.EXPIRED),
        ({"iat": NOW_S}, 0, None),
        ({"iat": NOW_S}, -0.001, RejectReason.NOT_YET_VALID),
        ({"iat": NOW_S - 9.5}, 0, None),
        ({"nbf": NOW_S + 5}, 4.9, RejectReason.NOT_YET_VALID),
        ({"nbf": NOW_S + 5}, 5, None),
        ({"iat": None}, 0, None),
        ({"exp": 253402300799}, 0, None),
    ],
    ids=repr,
)
def test_validity(changes: dict[str, Any], seconds: float, expected: RejectReason | None) -> None:
    assert reason(AUTHORITY.valid(**changes), now=at(NOON + timedelta(seconds=seconds))) is expected


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 1e300, 2**64 - 1, "2026", True, [1]])
def test_a_time_that_is_none_is_malformed(name: str, value: Any) -> None:
    assert reason(AUTHORITY.valid(**{name: value})) is RejectReason.MALFORMED


def test_a_certificate_of_the_eu_without_an_end_is_malformed() -> None:
    assert reason(AUTHORITY.valid(exp=None)) is RejectReason.MALFORMED


def test_an_unset_clock_concludes_expired_alone() -> None:
    early, late = at(NOON - 9 * DAY, ClockTrust.UNSET), at(NOON + 999 * DAY, ClockTrust.UNSET)
    assert reason(AUTHORITY.valid(), now=early) is None
    assert reason(AUTHORITY.valid(), now=late) is RejectReason.EXPIRED


def test_the_period_of_the_key() -> None:
    trust = AUTHORITY.trusting(AUTHORITY.issuer(not_before=NOON, not_after=NOON + DAY))
    assert reason(AUTHORITY.valid(), trust, at(NOON - DAY / 2)) is RejectReason.NOT_YET_VALID
    assert reason(AUTHORITY.valid(), trust, at(NOON)) is None
    assert reason(AUTHORITY.valid(), trust, at(NOON + DAY)) is RejectReason.EXPIRED


# Whose it is and what it is


@pytest.mark.parametrize(
    ("iss", "country", "expected"),
    [
        ("AT", "AT", None),
        ("at", "AT", None),
        ("DE", "AT", RejectReason.ISSUER_MISMATCH),
        ("DE", None, None),
        (None, "AT", None),
        ("", "AT", RejectReason.MALFORMED),
        (b"AT", "AT", RejectReason.MALFORMED),
    ],
)
def test_the_country_of_the_key_is_that_of_the_certificate(
    iss: Any, country: str | None, expected: RejectReason | None
) -> None:
    issuer = replace(AUTHORITY.issuer(), country=country)
    assert reason(AUTHORITY.valid(iss=iss), AUTHORITY.trusting(issuer)) is expected


@pytest.mark.parametrize("usage", ["vaccination", "test", "recovery"])
@pytest.mark.parametrize(("name", "entry"), [("v", VACCINATION), ("t", TEST), ("r", RECOVERY)])
def test_the_usage_of_the_key_binds_the_entry(usage: str, name: str, entry: dict[str, Any]) -> None:
    fits = {"v": "vaccination", "t": "test", "r": "recovery"}[name] == usage
    code = AUTHORITY.valid(dcc(**{name: [entry]}))
    expected = None if fits else RejectReason.WRONG_KEY_USAGE
    assert reason(code, AUTHORITY.trusting(AUTHORITY.issuer(usage))) is expected
    assert reason(code, AUTHORITY.trusting(AUTHORITY.issuer("vaccination", "test", "recovery"))) is None


@pytest.mark.parametrize(
    ("hcert", "expected"),
    [
        ({1: dcc(v=[VACCINATION, VACCINATION])}, RejectReason.SEVERAL_ENTRIES),
        ({1: dcc(v=[VACCINATION], t=[TEST])}, RejectReason.SEVERAL_ENTRIES),
        ({1: dcc(), -6: {"v": {}}}, RejectReason.SEVERAL_ENTRIES),
        ({1: dcc(v=[VACCINATION], t=None, r=[])}, None),
        ({1: dcc(v=[])}, RejectReason.MALFORMED),
        ({1: dcc(v=VACCINATION)}, RejectReason.MALFORMED),
        ({1: dcc(v=["text"])}, RejectReason.MALFORMED),
        ({1: "text"}, RejectReason.MALFORMED),
        ({5: [{"u": "shlink:/x"}]}, RejectReason.UNKNOWN_FORMAT),
        ({99: {}}, RejectReason.UNKNOWN_FORMAT),
        ({}, RejectReason.UNKNOWN_FORMAT),
        (None, RejectReason.MALFORMED),
        ("text", RejectReason.MALFORMED),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_what_a_certificate_must_hold(hcert: Any, expected: RejectReason | None) -> None:
    assert reason(AUTHORITY.of({**AUTHORITY.claims(), -260: hcert})) is expected


@pytest.mark.parametrize("payload", [b"", b"\x01", cbor.encode([1]), cbor.encode({1: "AT"}), b"\xa1\x01\x62AT\x00"])
def test_a_payload_without_claims_is_malformed(payload: bytes) -> None:
    assert reason(AUTHORITY.of(payload)) is RejectReason.MALFORMED


def test_dates_marked_by_tag_0_are_read_and_other_tags_refused() -> None:
    def with_time(tagged: Any) -> str:
        claims = {**AUTHORITY.claims(), -260: {1: dcc(t=[{**TEST, "sc": tagged}])}}
        return AUTHORITY.of(cbor2.dumps(claims))

    facts = accepted(with_time(cbor2.CBORTag(0, "2026-03-13T10:27:15Z"))).facts
    assert isinstance(facts, LabTest)
    assert facts.sampled == datetime(2026, 3, 13, 10, 27, 15, tzinfo=UTC)
    for tag, value in ((0, 5), (1, 5), (2, b"\x01"), (36, "text"), (258, [1]), (9999, "x")):
        assert reason(with_time(cbor2.CBORTag(tag, value))) is RejectReason.MALFORMED


# WHO


DDCC: dict[str, Any] = {
    "name": "Eddie Murphy",
    "birthDate": "1986-09-19",
    "vaccine": {"code": "1119349007", "system": "x"},
    "brand": {"code": "TEST"},
    "date": "2025-07-08",
    "dose": 1,
    "total_doses": 2,
    "country": {"code": "USA"},
    "disease": {"code": "840539006"},
    "hcid": "US111",
    "valid_from": "2025-07-08",
    "valid_until": "2026-07-08",
}
DDCC_TEST: dict[str, Any] = {
    "name": "Tan",
    "birthDate": "1990",
    "hcid": "SG1",
    "test": {
        "pathogen": {"code": "XN109"},
        "type": {"code": "LP6464-4"},
        "result": {"code": "260415000"},
        "date": "2026-03-13T06:15:00Z",
        "country": {"code": "SGP"},
    },
}
DVC: dict[str, Any] = {
    "n": "Aulo Agerio",
    "dob": "1955-08-23",
    "s": "M",
    "v": {"dn": "Primary", "tg": "1D47", "vp": "XM0N24", "dt": "2025-08-23", "vls": "2025-09-02", "vle": "2035-09-02"},
}


@pytest.mark.parametrize("number", [2, 3, 4, "bare"])
def test_who_ddcc(number: Any) -> None:
    claims: Any
    for document, kind in ((DDCC, Vaccination), (DDCC_TEST, LabTest)):
        claims = document if number == "bare" else {1: "AT", 6: NOW_S, -260: {number: document}}
        assert isinstance(accepted(AUTHORITY.of(claims)).facts, kind)
    both = {**DDCC, **DDCC_TEST}
    claims = both if number == "bare" else {-260: {number: both}}
    assert reason(AUTHORITY.of(claims)) is RejectReason.SEVERAL_ENTRIES


def test_the_facts_of_who() -> None:
    facts = accepted(AUTHORITY.of(DDCC)).facts
    assert isinstance(facts, Vaccination)
    assert (facts.target, facts.product, facts.dose, facts.series, facts.country) == (
        *("840539006", "TEST", 1, 2, "USA"),
    )
    facts = accepted(AUTHORITY.of({-260: {-6: DVC}})).facts
    assert isinstance(facts, Vaccination)
    assert (facts.target, facts.dose, facts.valid_until) == ("1D47", None, date(2035, 9, 2))


def test_a_document_of_who_that_has_ended_is_expired() -> None:
    ended = {**DDCC, "valid_until": "2026-03-12"}
    assert reason(AUTHORITY.of(ended)) is RejectReason.EXPIRED
    last_day = {**DDCC, "valid_until": "2026-03-13"}
    assert reason(AUTHORITY.of(last_day), now=at(NOON - timedelta(seconds=1))) is None
    assert reason(AUTHORITY.of(last_day), now=at(NOON)) is RejectReason.EXPIRED
    both = {1: "AT", -260: {3: last_day}}
    assert reason(AUTHORITY.of({**both, 4: NOW_S - 2}), now=at(NOON - timedelta(seconds=1))) is RejectReason.EXPIRED
    assert reason(AUTHORITY.of({**both, 4: NOW_S + 9}), now=at(NOON)) is RejectReason.EXPIRED
    for endless in ("9999-12-31", "", None):
        assert reason(AUTHORITY.of({**DDCC, "valid_until": endless})) is None


# The pseudonym and revocation


def test_the_pseudonym_is_of_the_certificate_or_else_of_the_person() -> None:
    def fp(entry: dict[str, Any], **document: Any) -> str:
        return accepted(AUTHORITY.valid({**dcc(v=[entry]), **document})).credential.fp

    nameless = {**VACCINATION, "ci": None}
    assert fp(VACCINATION) == fp({**VACCINATION, "dn": 1}, dob="1999")
    assert fp(VACCINATION) != fp({**VACCINATION, "ci": UCI + "1"})
    assert fp(nameless) == fp({**nameless, "dn": 1})
    assert len({fp(nameless), fp(nameless, dob="1999"), fp(nameless, nam={"fn": "Other"}), fp(VACCINATION)}) == 4


@dataclass(slots=True)
class Asked:
    """A deny list that holds one element, and remembers what it was asked."""

    element: bytes = b""
    answer: Listed = Listed.YES
    asked: list[tuple[tuple[str, ...], bytes, tuple[bytes, ...], datetime | None]] = field(default_factory=list)

    def listed(
        self, lists: Sequence[str], kid: bytes, elements: Sequence[bytes], valid_from: datetime | None
    ) -> Listed:
        self.asked.append((tuple(lists), kid, tuple(elements), valid_from))
        return self.answer if self.element in elements else Listed.NO


@pytest.mark.parametrize("authority", [AUTHORITY, P384, RSA], ids=["P-256", "P-384", "RSA"])
def test_what_may_be_withdrawn(authority: Authority) -> None:
    message = authority.message(cbor.encode(authority.claims(iss="AT")))
    *_, signature = cbor2.loads(message).value
    half = signature if authority is RSA else signature[: len(signature) // 2]
    listed = replace(authority.issuer(), revocation=("at",))
    for element in (UCI.encode(), f"AT{UCI}".encode(), half):
        asked = Asked(element)
        verdict = verify(text(message), authority.trusting(listed, revocation=asked), at())
        assert isinstance(verdict, Rejected)
        assert (verdict.reason, verdict.credential is not None) == (RejectReason.REVOKED, True)
        ((lists, kid, elements, valid_from),) = asked.asked
        assert (lists, kid, valid_from) == (("at",), authority.kid, NOON - DAY)
        assert set(elements) == {UCI.encode(), f"AT{UCI}".encode(), half}
        assert UCI not in verdict.detail


@pytest.mark.parametrize("uci", [f"{UCI} ", f" {UCI}", "U" * 256, "U" * 2000])
def test_an_id_is_withdrawn_as_it_is_written_and_without_the_spaces_around_it(uci: str) -> None:
    listed = replace(AUTHORITY.issuer(), revocation=("at",))
    for element in (uci, uci.strip(), f"AT{uci}", f"AT{uci.strip()}"):
        trust = AUTHORITY.trusting(listed, revocation=Asked(element.encode()))
        assert reason(AUTHORITY.valid(dcc(v=[{**VACCINATION, "ci": uci}])), trust) is RejectReason.REVOKED


def test_a_country_with_the_id_is_that_of_the_signer_or_that_of_the_entry() -> None:
    listed = replace(AUTHORITY.issuer(), revocation=("at",), country=None)
    code = AUTHORITY.valid(dcc(v=[{**VACCINATION, "co": "LI"}]), iss="CH")
    for country in ("CH", "LI"):
        asked = Asked(f"{country}{UCI}".encode())
        assert reason(code, AUTHORITY.trusting(listed, revocation=asked)) is RejectReason.REVOKED


def test_a_missing_list_is_never_not_revoked() -> None:
    listed = replace(AUTHORITY.issuer(), revocation=("at",))
    assert not accepted(AUTHORITY.valid(), AUTHORITY.trusting(listed)).revocation_known
    assert accepted(AUTHORITY.valid()).revocation_known


def test_revocation_is_asked_last() -> None:
    asked = Asked()
    expired = verify(AUTHORITY.valid(exp=NOW_S - 1), AUTHORITY.trusting(revocation=asked), at())
    assert isinstance(expired, Rejected)
    assert asked.asked == []


def test_some_keys_of_one_kid_are_tried_and_each_of_them_once() -> None:
    def strangers(count: int) -> list[Issuer]:
        return [Authority().issuer(kid=KID) for _ in range(count)]

    ours, one = AUTHORITY.issuer(), strangers(1)
    assert reason(AUTHORITY.valid(), AUTHORITY.trusting(*strangers(MAX_TRIED - 1), ours)) is None
    assert reason(AUTHORITY.valid(), AUTHORITY.trusting(*one * 20, ours)) is None
    assert reason(AUTHORITY.valid(), AUTHORITY.trusting(*strangers(MAX_TRIED), ours)) is RejectReason.BAD_SIGNATURE


@pytest.mark.parametrize("swapped", [False, True])
def test_the_deny_lists_of_every_entry_of_the_key_are_asked(*, swapped: bool) -> None:
    eu = replace(AUTHORITY.issuer(), id="eu-AT", revocation=("eu",))
    entries = [eu, replace(eu, id="who-AUT", revocation=())]
    lists = DenyLists({"eu": read_list(b"".join(compile_list([Entry(AUTHORITY.kid, digest(UCI.encode()))])))})
    issuers = reversed(entries) if swapped else entries
    verdict = verify(AUTHORITY.valid(), AUTHORITY.trusting(*issuers, revocation=lists), at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.REVOKED
    assert not accepted(AUTHORITY.valid(), AUTHORITY.trusting(*entries)).revocation_known


def test_a_key_that_was_withdrawn_signs_nothing() -> None:
    withdrawn = replace(AUTHORITY.issuer(), revoked_keys=frozenset({AUTHORITY.kid}))
    verdict = verify(AUTHORITY.valid(), AUTHORITY.trusting(withdrawn), at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.ISSUER_REVOKED


# What people see


def test_every_check_in_order() -> None:
    checks = explain(AUTHORITY.valid(), AUTHORITY.trust, at()).checks
    assert [check.name for check in checks] == [
        *("size", "format", "text", "compression", "envelope", "issuer", "algorithm", "signature", "claims"),
        *("issuer country", "key usage", "key standing", "key period", "validity"),
    ]
    assert all(check.ok and check.detail for check in checks)


@pytest.mark.parametrize("code", [AUTHORITY.valid(), Authority().valid()], ids=["genuine", "unknown issuer"])
def test_contents(code: str) -> None:
    explanation = explain(code, AUTHORITY.trust, at())
    shown = {one.name: one.value for one in explanation.contents if not one.personal}
    hidden = {one.name: one.value for one in explanation.contents if one.personal}
    assert (shown["issuer"], shown["statement"], shown["dose"], shown["given"]) == (
        *("AT", "vaccination", "2", "2026-02-18"),
    )
    assert hidden == {
        "holder": "MUSTERFRAU<GOESSINGER GABRIELE",
        "birth date": "1998-02-26",
        "certificate id": UCI,
    }


def test_a_pass_and_a_certificate_do_not_pass_for_one_another() -> None:
    as_hc1 = text(base45.decode(MINT.valid()[4:].encode()))
    assert reason(as_hc1, MINT.trust) is RejectReason.UNKNOWN_ISSUER
    as_pass = "GP1:" + base45.encode(message_of(AUTHORITY.valid()))
    assert reason(as_pass) is RejectReason.MALFORMED


def test_the_kid_of_a_certificate_is_no_kid_of_a_pass() -> None:
    key = MINT.issuer_of().keys[0]
    issuer = AUTHORITY.issuer(kid=key.kid, public=key.public)
    code = AUTHORITY.of(AUTHORITY.claims(), protected={1: -8, 4: hashlib.sha256(b"x").digest()[:8]})
    assert reason(code, AUTHORITY.trusting(issuer)) is RejectReason.UNKNOWN_ISSUER
