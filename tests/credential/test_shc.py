"""SMART Health Cards: the verdict on every sort of card, at every boundary, and on what must not be taken."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gate.credential import base64url
from gate.credential.health import HealthCard, LabTest, Vaccination
from gate.credential.inflate import MAX_BYTES
from gate.credential.instant import ClockTrust
from gate.credential.json_text import MAX_OBJECTS
from gate.credential.model import CredentialKind, Rejected, RejectReason, Verified
from gate.credential.revocation import Listed
from gate.credential.shc_chunks import Collector
from gate.credential.shc_text import jws_of, text_of
from gate.credential.trust import Trust
from gate.credential.verify import explain, verify
from tests.credential.hcert_minting import AUTHORITY, NOW_S
from tests.credential.minting import NOON, at
from tests.credential.shc_minting import CLINIC, ISS, OBSERVATION, PATIENT, Clinic, bundle_of, chunks, deflated, dose
from tests.credential.test_hcert import Asked

SECOND = timedelta(seconds=1)


def reason(code: str | bytes, trust: Trust = CLINIC.trust, now: Any = None) -> RejectReason | None:
    """Why a code is rejected; None when it is verified."""
    verdict = verify(code, trust, now or at())
    return verdict.reason if isinstance(verdict, Rejected) else None


def accepted(code: str | bytes, trust: Trust = CLINIC.trust) -> Verified:
    verdict = verify(code, trust, at())
    assert isinstance(verdict, Verified), verdict
    return verdict


def card_of(*resources: Any) -> HealthCard:
    facts = accepted(CLINIC.valid(*resources)).facts
    assert isinstance(facts, HealthCard)
    return facts


# What is accepted


def test_a_valid_card_is_verified() -> None:
    verdict = accepted(CLINIC.valid())
    ref = verdict.credential
    assert (ref.kind, ref.issuer, ref.kid) == (CredentialKind.SHC, ISS, CLINIC.kid.hex())
    assert verdict.not_before == NOON - timedelta(days=1) + timedelta(milliseconds=657)
    assert verdict.not_after is None


def test_the_facts_of_two_doses() -> None:
    first, second = card_of().statements
    assert first == Vaccination(
        birth_date="1951-01-20", issuer="Clinic of General Hospital", product="207", given=date(2026, 1, 1)
    )
    assert isinstance(second, Vaccination)
    assert second.given == date(2026, 2, 1)


def test_the_facts_of_a_test() -> None:
    (test,) = card_of(PATIENT, OBSERVATION).statements
    assert isinstance(test, LabTest)
    assert (test.method, test.result) == ("94558-4", "260373001")
    assert test.sampled == datetime(2026, 3, 13, 13, tzinfo=UTC)


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", None, 7, []])
def test_a_dose_that_was_not_given_and_a_result_that_is_not_final_state_nothing(status: Any) -> None:
    assert card_of(PATIENT, dose(1, status=status), {**OBSERVATION, "status": status}).statements == ()


@pytest.mark.parametrize(
    "resource",
    [None, "text", [], {}, {"resourceType": 7}, {"resourceType": "Location"}, dose(1, vaccineCode="207", performer={})],
    ids=repr,
)
def test_a_strange_bundle_is_read_as_far_as_it_goes(resource: Any) -> None:
    assert card_of(PATIENT, resource, dose(2)).statements[-1] == card_of(PATIENT, dose(2)).statements[0]


def test_names_are_in_no_verdict_and_what_identifies_is_in_no_repr() -> None:
    shown = repr(accepted(CLINIC.valid(rid="Er9vHZ1UMeA")))
    for personal in ("Anyperson", "Jane", "1951", "Er9vHZ1UMeA"):
        assert personal not in shown


# Text


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("shc:/", RejectReason.MALFORMED),
        ("shc:/5", RejectReason.MALFORMED),
        ("shc:/56", RejectReason.MALFORMED),
        ("shc:/78", RejectReason.MALFORMED),
        (CLINIC.valid()[:-1], RejectReason.MALFORMED),
        (CLINIC.valid() + "56", RejectReason.MALFORMED),
        (CLINIC.valid() + "99", RejectReason.MALFORMED),
        (CLINIC.valid() + "\n", RejectReason.MALFORMED),
        (CLINIC.valid().replace("5", "\u0665"), RejectReason.MALFORMED),
        ("SHC:/" + CLINIC.valid()[5:], RejectReason.UNKNOWN_FORMAT),
        (CLINIC.valid()[5:], RejectReason.UNKNOWN_FORMAT),
        ("shc://" + CLINIC.valid()[5:], RejectReason.MALFORMED),
        ("shc:/0/1/" + CLINIC.valid()[5:], RejectReason.MALFORMED),
        ("shc:/2/1/" + CLINIC.valid()[5:], RejectReason.MALFORMED),
        ("shc:/01/1/" + CLINIC.valid()[5:], RejectReason.MALFORMED),
        ("shc:/1/1/" + CLINIC.valid()[5:], None),
        ("shc:/1/2/" + CLINIC.valid()[5:], RejectReason.UNREADABLE),
        ("shc:/" + "5" * 8187, RejectReason.MALFORMED),
        ("shc:/" + "5" * 8188, RejectReason.TOO_LARGE),
    ],
    ids=lambda value: value.value if isinstance(value, RejectReason) else "code",
)
def test_text(code: str, expected: RejectReason | None) -> None:
    assert reason(code) is expected


@pytest.mark.parametrize("total", [2, 3, 17])
def test_collected_chunks_are_a_card(total: int) -> None:
    collector, found = Collector(), None
    for number, part in enumerate(reversed(chunks(CLINIC.valid(), total))):
        assert reason(part) is RejectReason.UNREADABLE
        collector, found = collector.offer(part.encode(), number)
    assert found is not None
    assert found.card is not None
    assert accepted(found.card) == accepted(CLINIC.valid())


# Envelope


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLINIC.header.items() if key != name}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({**CLINIC.header, "typ": "JWT", "other": 1}, None),
        (without("alg"), RejectReason.UNSUPPORTED_ALGORITHM),
        *(({**CLINIC.header, "alg": alg}, RejectReason.UNSUPPORTED_ALGORITHM)
          for alg in ("none", "NONE", "HS256", "es256", "ES384", "RS256", "EdDSA", "", None, ["ES256"])),
        (without("kid"), RejectReason.MALFORMED),
        ({**CLINIC.header, "kid": "short"}, RejectReason.MALFORMED),
        ({**CLINIC.header, "kid": 7}, RejectReason.MALFORMED),
        ({**CLINIC.header, "kid": "\ud800"}, RejectReason.MALFORMED),
        ({**CLINIC.header, "kid": base64url.encode(bytes(32))}, RejectReason.UNKNOWN_ISSUER),
        (without("zip"), RejectReason.MALFORMED),
        ({**CLINIC.header, "zip": "def"}, RejectReason.MALFORMED),
        ({**CLINIC.header, "crit": ["b64"], "b64": False}, RejectReason.MALFORMED),
        ({**CLINIC.header, "x": "y" * 1600}, RejectReason.MALFORMED),
        (b"", RejectReason.MALFORMED),
        (b"[]", RejectReason.MALFORMED),
        (b"\xff", RejectReason.MALFORMED),
        (b"\xef\xbb\xbf" + json.dumps(CLINIC.header).encode(), RejectReason.MALFORMED),
        (b'{"alg":"ES256",' + json.dumps(CLINIC.header).encode()[1:], RejectReason.MALFORMED),
        (json.dumps(json.dumps(CLINIC.header)).encode(), RejectReason.MALFORMED),
    ],
    ids=lambda value: value.value if isinstance(value, RejectReason) else "header",
)  # fmt: skip
def test_the_header(header: Any, expected: RejectReason | None) -> None:
    assert reason(CLINIC.of(CLINIC.claims(), header)) is expected


def jws() -> list[str]:
    return jws_of(CLINIC.valid().encode()[5:]).decode().split(".")


@pytest.mark.parametrize("parts", [1, 2, 4, 5])
def test_a_jws_has_three_parts(parts: int) -> None:
    assert reason(text_of(".".join((jws() * 2)[:parts]))) is RejectReason.MALFORMED


def test_base64url_is_canonical() -> None:
    head, payload, signature = jws()
    for changed in (signature + "=", signature[:-1] + dict(zip("AQgw", "BRhx", strict=True))[signature[-1]]):
        assert reason(text_of(f"{head}.{payload}.{changed}")) is RejectReason.MALFORMED


def test_a_signature_is_r_and_s_and_nothing_else() -> None:
    head, payload, signature = jws()
    raw = base64url.decode(signature.encode())
    der = CLINIC.key.sign(f"{head}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    for bad in (der, b"", bytes(64), raw[:32] + bytes(32), bytes(32) + raw[32:], raw + b"\x00", raw[:-1]):
        code = text_of(f"{head}.{payload}.{base64url.encode(bad)}")
        assert reason(code) is RejectReason.BAD_SIGNATURE


def test_the_signature_comes_before_anything_is_unpacked() -> None:
    bomb = deflated(bytes(2_000_000))
    assert reason(text_of(Clinic().jws(bomb, CLINIC.header))) is RejectReason.BAD_SIGNATURE
    assert reason(text_of(CLINIC.jws(bomb))) is RejectReason.TOO_LARGE


def without_end(data: bytes) -> bytes:
    """All of it, but the stream does not say that it ends."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (json.dumps(CLINIC.claims()).encode(), RejectReason.MALFORMED),
        (deflated(json.dumps(CLINIC.claims()).encode()) + b"8 bytes.", None),
        (deflated(json.dumps(CLINIC.claims()).encode())[:-9], RejectReason.MALFORMED),
        (without_end(json.dumps(CLINIC.claims()).encode()), RejectReason.MALFORMED),
        (b"", RejectReason.MALFORMED),
        (deflated(bytes(MAX_BYTES)), RejectReason.MALFORMED),
        (deflated(bytes(MAX_BYTES + 1)), RejectReason.TOO_LARGE),
        (deflated(b"\xef\xbb\xbf" + json.dumps(CLINIC.claims()).encode()), RejectReason.MALFORMED),
        (deflated(json.dumps(json.dumps(CLINIC.claims())).encode()), RejectReason.MALFORMED),
        (deflated(json.dumps(CLINIC.claims()).encode("utf-16")), RejectReason.MALFORMED),
        (deflated(b'{"a":' * 5000 + b"1" + b"}" * 5000), RejectReason.MALFORMED),
        (deflated(b'{"a":' + b"[" * 30000 + b"]" * 30000 + b"}"), RejectReason.MALFORMED),
        (deflated(b'{"a":' + b"9" * 5000 + b"}"), RejectReason.MALFORMED),
        (deflated(b'{"nbf": NaN}'), RejectReason.MALFORMED),
        (deflated(b'{"nbf": -Infinity}'), RejectReason.MALFORMED),
        (deflated(b'{"nbf": 1, "nbf": 2}'), RejectReason.MALFORMED),
        (deflated(b'{"a": [' + b"{}," * MAX_OBJECTS + b"{}]}"), RejectReason.MALFORMED),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_the_payload(payload: bytes, expected: RejectReason | None) -> None:
    assert reason(text_of(CLINIC.jws(payload))) is expected


# Claims


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"nbf": NOW_S}, None),
        ({"nbf": NOW_S + 0.001}, RejectReason.NOT_YET_VALID),
        ({"nbf": None, "iat": NOW_S}, None),
        ({"nbf": None, "iat": NOW_S + 1}, RejectReason.NOT_YET_VALID),
        ({"nbf": None}, RejectReason.MALFORMED),
        ({"nbf": "1"}, RejectReason.MALFORMED),
        ({"nbf": True}, RejectReason.MALFORMED),
        ({"nbf": -1}, RejectReason.MALFORMED),
        ({"nbf": 1e300}, RejectReason.MALFORMED),
        ({"exp": NOW_S + 1}, None),
        ({"exp": NOW_S}, RejectReason.EXPIRED),
        ({"exp": "never"}, RejectReason.MALFORMED),
        ({"iss": ISS + "/"}, RejectReason.ISSUER_MISMATCH),
        ({"iss": ISS.upper()}, RejectReason.ISSUER_MISMATCH),
        ({"iss": "http" + ISS[5:]}, RejectReason.ISSUER_MISMATCH),
        ({"iss": None}, RejectReason.MALFORMED),
        ({"iss": [ISS]}, RejectReason.MALFORMED),
        ({"rid": "Er9vHZ1UMeA"}, None),
        ({"rid": ""}, RejectReason.MALFORMED),
        ({"rid": 7}, RejectReason.MALFORMED),
        ({"rid": "x" * 65}, RejectReason.MALFORMED),
    ],
    ids=repr,
)
def test_claims(changes: dict[str, Any], expected: RejectReason | None) -> None:
    assert reason(CLINIC.valid(**changes)) is expected


@pytest.mark.parametrize(
    "vc", [None, "text", {}, {"credentialSubject": None}, {"credentialSubject": {"fhirBundle": []}}], ids=repr
)
def test_a_card_without_a_bundle_is_malformed(vc: Any) -> None:
    assert reason(CLINIC.of({**CLINIC.claims(), "vc": vc})) is RejectReason.MALFORMED


def test_an_unset_clock_concludes_expired_alone() -> None:
    early, late = at(NOON - timedelta(days=9), ClockTrust.UNSET), at(NOON + timedelta(days=9), ClockTrust.UNSET)
    assert reason(CLINIC.valid(), now=early) is None
    assert reason(CLINIC.valid(exp=NOW_S + 1), now=late) is RejectReason.EXPIRED


# Keys


def test_of_two_issuers_with_one_key_the_named_one_counts() -> None:
    both = CLINIC.trusting(CLINIC.issuer(iss="https://other.example"), CLINIC.issuer())
    assert accepted(CLINIC.valid(), both).credential.issuer == ISS
    only_other = CLINIC.trusting(CLINIC.issuer(iss="https://other.example"))
    assert reason(CLINIC.valid(), only_other) is RejectReason.ISSUER_MISMATCH


def test_the_key_of_another_issuer_is_not_taken() -> None:
    other = Clinic("https://other.example")
    both = CLINIC.trusting(CLINIC.issuer(), other.issuer())
    assert reason(other.valid(iss=ISS), both) is RejectReason.ISSUER_MISMATCH
    assert reason(text_of(other.jws(deflated(b"{}"), CLINIC.header)), both) is RejectReason.BAD_SIGNATURE
    assert reason(other.valid()) is RejectReason.UNKNOWN_ISSUER


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_a_key_of_another_curve_is_unsupported(curve: ec.EllipticCurve) -> None:
    wide = CLINIC.issuer(public=ec.generate_private_key(curve).public_key())
    assert reason(CLINIC.valid(), CLINIC.trusting(wide)) is RejectReason.UNSUPPORTED_ALGORITHM


def test_key_usage_and_period() -> None:
    assert reason(CLINIC.valid(), CLINIC.trusting(CLINIC.issuer("health-card"))) is None
    assert reason(CLINIC.valid(), CLINIC.trusting(CLINIC.issuer("pass"))) is RejectReason.WRONG_KEY_USAGE
    ended = CLINIC.trusting(CLINIC.issuer(not_after=NOON))
    assert reason(CLINIC.valid(), ended) is RejectReason.EXPIRED
    assert reason(CLINIC.valid(), ended, at(NOON - SECOND)) is None


def test_a_key_counts_for_its_own_format_alone() -> None:
    as_hc1 = replace(AUTHORITY.issuer(kid=CLINIC.kid, public=CLINIC.key.public_key()), id=ISS)
    assert reason(CLINIC.valid(), AUTHORITY.trusting(as_hc1)) is RejectReason.UNKNOWN_ISSUER


# The pseudonym and revocation


def test_the_pseudonym_is_of_the_card_or_else_of_the_person() -> None:
    def fp(*resources: Any, **changes: Any) -> str:
        return accepted(CLINIC.valid(*resources, **changes)).credential.fp

    assert fp(rid="one") == fp(PATIENT, dose(1), rid="one") != fp(rid="two")
    assert fp() == fp(PATIENT, dose(1)) != fp({**PATIENT, "birthDate": "1952"}, dose(1))
    assert fp({**PATIENT, "name": [{"text": "\ud800"}]}, dose(1)) != fp()


def test_what_may_be_withdrawn() -> None:
    listed = CLINIC.issuer(lists=("clinic",))
    asked = Asked(b"Er9vHZ1UMeA")
    verdict = verify(CLINIC.valid(rid="Er9vHZ1UMeA"), CLINIC.trusting(listed, revocation=asked), at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.REVOKED
    begin = NOON - timedelta(days=1) + timedelta(milliseconds=657)
    assert asked.asked == [(("clinic",), CLINIC.kid, (b"Er9vHZ1UMeA",), begin)]
    assert accepted(CLINIC.valid(rid="other"), CLINIC.trusting(listed, revocation=asked)).revocation_known


def test_a_key_that_was_withdrawn_signs_nothing() -> None:
    withdrawn = replace(CLINIC.issuer(), revoked_keys=frozenset({CLINIC.kid}))
    verdict = verify(CLINIC.valid(), CLINIC.trusting(withdrawn), at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.ISSUER_REVOKED


def test_a_missing_list_is_never_not_revoked() -> None:
    assert not accepted(CLINIC.valid(), CLINIC.trusting(CLINIC.issuer(lists=("clinic",)))).revocation_known
    unknown = CLINIC.trusting(CLINIC.issuer(lists=("clinic",)), revocation=Asked(b"one", Listed.UNKNOWN))
    assert not accepted(CLINIC.valid(rid="one"), unknown).revocation_known


# What people see


def test_every_check_in_order() -> None:
    checks = explain(CLINIC.valid(), CLINIC.trust, at()).checks
    assert [check.name for check in checks] == [
        *("size", "format", "text", "envelope", "issuer", "algorithm", "signature", "compression", "claims"),
        *("issuer name", "key usage", "key standing", "key period", "validity"),
    ]
    assert all(check.ok and check.detail for check in checks)


def test_contents() -> None:
    contents = explain(CLINIC.valid(rid="Er9vHZ1UMeA", exp=NOW_S + 1), CLINIC.trust, at()).contents
    shown = {one.name: one.value for one in contents if not one.personal}
    hidden = {one.name: one.value for one in contents if one.personal}
    assert (shown["issuer"], shown["product 1"], shown["given 2"]) == (ISS, "207", "2026-02-01")
    givers = dict.fromkeys(("issuer 1", "issuer 2"), "Clinic of General Hospital")
    holder = {"holder": "Anyperson Jane C.", "birth date": "1951-01-20", "revocation id": "Er9vHZ1UMeA"}
    assert hidden == {**holder, **givers}


def test_who_gave_a_dose_is_as_personal_as_its_holder() -> None:
    code = CLINIC.valid(PATIENT, *(dose(number, performer=[{"display": "Nurse Joy"}]) for number in (1, 2)))
    told = [field for field in explain(code, CLINIC.trust, at()).contents if "Joy" in field.value]
    assert [(field.name, field.personal) for field in told] == [("issuer 1", True), ("issuer 2", True)]


def test_the_text_of_the_standard() -> None:
    """The example of the standard: the characters of a JWS as pairs of digits."""
    assert text_of("eyJ") == "shc:/567629"
    assert jws_of(b"567629") == b"eyJ"
    everything = bytes(range(45, 123)).decode()
    assert jws_of(text_of(everything).encode()[5:]) == everything.encode()


def test_the_bundle_of_the_tests_is_one() -> None:
    padded = base64.urlsafe_b64encode(json.dumps(bundle_of()).encode())
    assert base64url.decode(padded.rstrip(b"=")) == json.dumps(bundle_of()).encode()
