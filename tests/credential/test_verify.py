"""``verify``: the verdict on every sort of pass, at every boundary, and on anything else that a camera may see."""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential import base45, cbor, cose, cwt, gatepass, pass_claims
from gate.credential.bundle import sign_bundle
from gate.credential.errors import MalformedError
from gate.credential.gatepass import mint
from gate.credential.instant import ClockTrust
from gate.credential.keys import kid_of
from gate.credential.model import Colour, CredentialKind, PassFacts, Rejected, RejectReason, Verified
from gate.credential.pass_claims import CLAIM_COLOUR, CLAIM_PURPOSE, PassClaims
from gate.credential.trust import EpochKey, Issuer, IssuerKey, Trust
from gate.credential.verify import MAX_BYTES, verify
from tests.credential.minting import ISSUER, MINT, NOON, STATUS, Mint, at, new_key, signed_text

SECOND = timedelta(seconds=1)
ES256 = Mint(algorithm="es256")
CLAIMS: dict[int, Any] = {
    cwt.ISS: ISSUER,
    cwt.SUB: "visitor-1",
    cwt.EXP: int(NOON.timestamp()) + 3600,
    cwt.CTI: b"pass-0000001",
}


def reason(code: str | bytes, trust: Trust = MINT.trust, now: Any = None) -> RejectReason | None:
    """Why a code is rejected; None when it is verified."""
    verdict = verify(code, trust, now or at())
    return verdict.reason if isinstance(verdict, Rejected) else None


def wrapped(raw: bytes) -> str:
    return "GP1:" + base45.encode(raw)


def unwrapped(text: str) -> bytes:
    return base45.decode(text[4:].encode())


@pytest.mark.parametrize("authority", [MINT, ES256], ids=["ed25519", "es256"])
@pytest.mark.parametrize("colour", [None, *Colour])
def test_a_valid_pass_is_verified(authority: Mint, colour: Colour | None) -> None:
    verdict = verify(authority.valid(colour, purpose="meeting"), authority.trust, at())
    assert isinstance(verdict, Verified)
    assert verdict.facts == PassFacts("meeting", colour)
    assert (verdict.not_before, verdict.not_after) == (NOON - timedelta(hours=1), NOON + timedelta(hours=7))
    ref = verdict.credential
    assert (ref.kind, ref.issuer, ref.epoch) == (CredentialKind.PASS, ISSUER, "2026-W11")
    assert ref.kid == kid_of(authority.key.public_key()).hex()


def test_text_and_bytes_are_the_same_to_it() -> None:
    assert verify(MINT.valid().encode(), MINT.trust, at()) == verify(MINT.valid(), MINT.trust, at())


def test_an_untagged_pass_is_verified() -> None:
    assert reason(wrapped(unwrapped(MINT.valid()).removeprefix(b"\xd2"))) is None


# What each rejection needs


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", RejectReason.UNREADABLE),
        (b"", RejectReason.UNREADABLE),
        ("hello", RejectReason.UNKNOWN_FORMAT),
        ("gp1:" + MINT.valid()[4:], RejectReason.UNKNOWN_FORMAT),
        (" " + MINT.valid(), RejectReason.UNKNOWN_FORMAT),
        ("GP2:" + MINT.valid()[4:], RejectReason.UNKNOWN_FORMAT),
        ("HC1:6BF", RejectReason.MALFORMED),
        ("\x1b[31m<b>", RejectReason.UNKNOWN_FORMAT),
        ("\ud800", RejectReason.UNKNOWN_FORMAT),
        ("GP1:\ud800", RejectReason.MALFORMED),
        ("A" * MAX_BYTES, RejectReason.UNKNOWN_FORMAT),
        ("A" * (MAX_BYTES + 1), RejectReason.TOO_LARGE),
        ("é" * MAX_BYTES, RejectReason.TOO_LARGE),
        (bytes(MAX_BYTES + 1), RejectReason.TOO_LARGE),
        ("GP1:" + "A" * (gatepass.MAX_CHARACTERS - 3), RejectReason.TOO_LARGE),
        ("GP1:", RejectReason.MALFORMED),
        ("GP1:A", RejectReason.MALFORMED),
        ("GP1:gp1", RejectReason.MALFORMED),
        (MINT.valid() + "0", RejectReason.MALFORMED),
        (MINT.valid() + "000", RejectReason.MALFORMED),
        (MINT.valid() + "\n", RejectReason.MALFORMED),
        (MINT.valid()[:-3], RejectReason.MALFORMED),
        (MINT.forged(), RejectReason.BAD_SIGNATURE),
        (ES256.forged(), RejectReason.UNKNOWN_ISSUER),
        (MINT.unknown_issuer(), RejectReason.UNKNOWN_ISSUER),
        (MINT.expired(), RejectReason.EXPIRED),
        (MINT.not_yet_valid(), RejectReason.NOT_YET_VALID),
        (MINT.valid(issuer="another"), RejectReason.ISSUER_MISMATCH),
        (wrapped(sign_bundle(MINT.bundle, MINT.root)), RejectReason.MALFORMED),
        (wrapped(b"\x81" * 2000 + b"\x01"), RejectReason.MALFORMED),
    ],
    ids=lambda value: value.value if isinstance(value, RejectReason) else "code",
)
def test_rejected(code: str | bytes, expected: RejectReason) -> None:
    assert reason(code) is expected


def test_a_bundle_signed_with_the_key_of_an_issuer_is_still_no_pass() -> None:
    protected: cose.Headers = {
        3: "application/json",
        4: kid_of(MINT.key.public_key()),
        16: "application/gate-trust-bundle+cose",
    }
    assert reason(signed_text(protected, cbor.encode(CLAIMS), MINT.key)) is RejectReason.MALFORMED


def test_the_credential_is_named_only_where_the_signature_held() -> None:
    named = {MINT.expired(): True, MINT.not_yet_valid(): True, MINT.forged(): False, MINT.unknown_issuer(): False}
    for code, expected in named.items():
        verdict = verify(code, MINT.trust, at())
        assert isinstance(verdict, Rejected)
        assert (verdict.credential is not None) is expected


# Headers


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({16: None}, RejectReason.MALFORMED),
        ({16: "application/cwt"}, RejectReason.MALFORMED),
        ({16: 61}, RejectReason.MALFORMED),
        ({4: None}, RejectReason.MALFORMED),
        ({4: "text"}, RejectReason.MALFORMED),
        ({4: b"seven b"}, RejectReason.MALFORMED),
        ({4: b"nine byte"}, RejectReason.MALFORMED),
        ({4: b"unknown!"}, RejectReason.UNKNOWN_ISSUER),
        ({2: [1]}, RejectReason.MALFORMED),
        ({99: "an unknown header is ignored"}, None),
    ],
)
def test_the_protected_header(changes: dict[int, Any], expected: RejectReason | None) -> None:
    merged: dict[Any, Any] = {**MINT.headers, **changes}
    headers = {key: value for key, value in merged.items() if value is not None}
    assert reason(MINT.raw(CLAIMS, protected=headers)) is expected


def rebuilt(protected: bytes, unprotected: Any, text: str = MINT.valid()) -> str:
    """The pass with other headers around the same payload and signature."""
    message = cose.read(unwrapped(text))
    return wrapped(b"\xd2" + cbor.encode([protected, unprotected, message.payload, message.signature]))


@pytest.mark.parametrize("algorithm", [None, 0, -7, -37, -35, 5, 4, "none", "EdDSA", -8.0, True])
def test_an_algorithm_that_is_not_the_keys_is_unsupported(algorithm: Any) -> None:
    protected = cbor.encode({**MINT.headers, 1: algorithm})
    assert reason(rebuilt(protected, {})) is RejectReason.UNSUPPORTED_ALGORITHM


def test_the_algorithm_of_the_other_key_type_is_unsupported_both_ways() -> None:
    ours, theirs = {**ES256.headers, 1: -8}, {**MINT.headers, 1: -7}
    assert reason(rebuilt(cbor.encode(ours), {}, ES256.valid()), ES256.trust) is RejectReason.UNSUPPORTED_ALGORITHM
    assert reason(rebuilt(cbor.encode(theirs), {})) is RejectReason.UNSUPPORTED_ALGORITHM


def test_no_algorithm_is_taken_from_outside_the_signed_header() -> None:
    kid_and_typ = cbor.encode(MINT.headers)
    with_algorithm = cbor.encode({**MINT.headers, 1: -8})
    for protected, unprotected in [(kid_and_typ, {1: -8}), (with_algorithm, {1: -7}), (with_algorithm, {1: -8})]:
        assert reason(rebuilt(protected, unprotected)) is RejectReason.UNSUPPORTED_ALGORITHM
    assert reason(rebuilt(kid_and_typ, {})) is RejectReason.UNSUPPORTED_ALGORITHM


def test_headers_outside_the_signed_ones_are_refused() -> None:
    protected = cbor.encode({**MINT.headers, 1: -8})
    assert reason(rebuilt(protected, {})) is None
    for extra in ({4: kid_of(MINT.key.public_key())}, {99: 1}, {33: b"certificate"}):
        assert reason(rebuilt(protected, extra)) is RejectReason.MALFORMED


def test_headers_swapped_between_two_genuine_passes_break_the_signature() -> None:
    other = Mint(issuer="other")
    both = MINT.trusting(MINT.issuer_of(), other.issuer_of())
    protected = cbor.encode({**other.headers, 1: -8})
    assert reason(rebuilt(protected, {}), both) is RejectReason.BAD_SIGNATURE


def test_hmac_with_the_public_key_as_secret_is_unsupported() -> None:
    protected = cbor.encode({**MINT.headers, 1: 5})
    payload = cbor.encode(CLAIMS)
    secret = MINT.issuer_of().keys[0].public.public_bytes_raw()  # type: ignore[union-attr]  # an Ed25519 key
    mac = hmac.new(secret, cbor.encode(["Signature1", protected, b"", payload]), hashlib.sha256).digest()
    for signature in (mac, mac + mac):
        code = wrapped(b"\xd2" + cbor.encode([protected, {}, payload, signature]))
        assert reason(code) is RejectReason.UNSUPPORTED_ALGORITHM


# Keys


def test_a_pass_that_names_the_key_of_another_issuer_is_not_taken() -> None:
    other = Mint(issuer="other")
    both = MINT.trusting(MINT.issuer_of(), other.issuer_of())
    text = signed_text(MINT.headers, cbor.encode({**CLAIMS, cwt.ISS: "other"}), other.key)
    assert reason(text, both) is RejectReason.BAD_SIGNATURE
    stolen_name = signed_text(other.headers, cbor.encode(CLAIMS), other.key)
    assert reason(stolen_name, both) is RejectReason.ISSUER_MISMATCH


def test_of_two_keys_with_one_kid_the_one_that_signed_is_found() -> None:
    kid = kid_of(MINT.key.public_key())
    stranger = IssuerKey(kid, new_key().public_key(), frozenset(), None, None)
    first = Issuer("first", "First", CredentialKind.PASS, None, (stranger,))
    verdict = verify(MINT.valid(), MINT.trusting(first, MINT.issuer_of()), at())
    assert isinstance(verdict, Verified)
    assert verdict.credential.issuer == ISSUER


def _renamed(issuer: Issuer, name: str = "old-name") -> Issuer:
    return replace(issuer, id=name)


LISTED = MINT.issuer_of()
ENDED = MINT.issuer_of(not_after=NOON)
OTHER_USE = MINT.issuer_of(usages=("hc1",))


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((_renamed(LISTED), LISTED), None),
        ((ENDED, LISTED), None),
        ((OTHER_USE, LISTED), None),
        ((_renamed(LISTED), ENDED), RejectReason.EXPIRED),
        ((_renamed(LISTED), OTHER_USE), RejectReason.WRONG_KEY_USAGE),
        ((OTHER_USE, ENDED), RejectReason.EXPIRED),
        ((_renamed(LISTED), _renamed(LISTED, "older-name")), RejectReason.ISSUER_MISMATCH),
    ],
)
def test_a_key_that_is_listed_twice_counts_where_it_counts_most(
    entries: tuple[Issuer, Issuer], expected: RejectReason | None, *, swapped: bool
) -> None:
    trust = MINT.trusting(*(reversed(entries) if swapped else entries))
    assert reason(MINT.valid(), trust) is expected
    verdict = verify(MINT.valid(), trust, at())
    assert verdict.credential is not None
    assert (verdict.credential.issuer == ISSUER) is (expected is not RejectReason.ISSUER_MISMATCH)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("name", [ISSUER, "old-name"])
def test_a_key_that_one_of_its_entries_has_withdrawn_is_withdrawn_in_all(name: str, *, swapped: bool) -> None:
    withdrawn = replace(LISTED, id=name, revoked_keys=frozenset({kid_of(MINT.key.public_key())}))
    entries = (LISTED, withdrawn) if swapped else (withdrawn, LISTED)
    assert reason(MINT.valid(), MINT.trusting(*entries)) is RejectReason.ISSUER_REVOKED
    forged = IssuerKey(LISTED.keys[0].kid, new_key().public_key(), frozenset(), None, None)
    stranger = replace(withdrawn, keys=(forged,))  # of the same kid by chance
    assert reason(MINT.valid(), MINT.trusting(stranger, LISTED)) is None


def test_a_key_of_one_entry_that_is_listed_again_when_renewed_counts() -> None:
    issuer = replace(LISTED, keys=(*ENDED.keys, *LISTED.keys))
    assert reason(MINT.valid(), MINT.trusting(issuer)) is None


def test_keys_of_other_curves_are_unsupported() -> None:
    kid = kid_of(ES256.key.public_key())
    wide = IssuerKey(kid, ec.generate_private_key(ec.SECP384R1()).public_key(), frozenset(), None, None)
    trust = MINT.trusting(Issuer(ISSUER, "Wide", CredentialKind.PASS, None, (wide,)))
    assert reason(ES256.valid(), trust) is RejectReason.UNSUPPORTED_ALGORITHM


@pytest.mark.parametrize(
    ("usages", "expected"),
    [(("pass",), None), ((), None), (("pass", "hc1"), None), (("hc1",), RejectReason.WRONG_KEY_USAGE)],
)
def test_key_usage(usages: tuple[str, ...], expected: RejectReason | None) -> None:
    assert reason(MINT.valid(), MINT.trusting(MINT.issuer_of(usages=usages))) is expected


def test_the_wrong_key_usage_of_a_forgery_is_a_bad_signature() -> None:
    trust = MINT.trusting(MINT.issuer_of(usages=("hc1",)))
    assert reason(MINT.forged(), trust) is RejectReason.BAD_SIGNATURE


def test_the_period_of_the_key_on_the_second() -> None:
    trust = MINT.trusting(MINT.issuer_of(not_before=NOON, not_after=NOON + SECOND))
    assert reason(MINT.valid(), trust, at(NOON - SECOND)) is RejectReason.NOT_YET_VALID
    assert reason(MINT.valid(), trust, at(NOON)) is None
    assert reason(MINT.valid(), trust, at(NOON + SECOND)) is RejectReason.EXPIRED


# Time


@pytest.mark.parametrize(
    ("clock", "offset", "expected"),
    [
        (ClockTrust.SYNCED, -1, RejectReason.NOT_YET_VALID),
        (ClockTrust.SYNCED, 0, None),
        (ClockTrust.SYNCED, 9, None),
        (ClockTrust.SYNCED, 10, RejectReason.EXPIRED),
        (ClockTrust.HOLDOVER, -1, RejectReason.NOT_YET_VALID),
        (ClockTrust.HOLDOVER, 10, RejectReason.EXPIRED),
        (ClockTrust.UNSET, -1, None),
        (ClockTrust.UNSET, 9, None),
        (ClockTrust.UNSET, 10, RejectReason.EXPIRED),
    ],
)
def test_validity_on_the_second(clock: ClockTrust, offset: int, expected: RejectReason | None) -> None:
    text = MINT.valid(not_before=NOON, not_after=NOON + timedelta(seconds=10))
    assert reason(text, now=at(NOON + timedelta(seconds=offset), clock)) is expected


def test_fractions_of_a_second_count() -> None:
    begin = NOON.timestamp()
    text = MINT.raw({**CLAIMS, cwt.NBF: begin + 0.25, cwt.EXP: begin + 0.5})
    moments = {0.0: RejectReason.NOT_YET_VALID, 0.25: None, 0.499: None, 0.5: RejectReason.EXPIRED}
    for offset, expected in moments.items():
        assert reason(text, now=at(NOON + timedelta(seconds=offset))) is expected


# Claims


@pytest.mark.parametrize("number", [cwt.EXP, cwt.NBF, cwt.IAT])
@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, -1, -0.5, 253402300800, 1e300, 2**64 - 1, -(2**64), "1", b"1", True, [1], {}],
)
def test_a_time_that_is_none_is_malformed(number: int, value: Any) -> None:
    assert reason(MINT.raw({**CLAIMS, number: value})) is RejectReason.MALFORMED


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_pass_that_never_expires_by_comparison_is_malformed(value: float) -> None:
    assert reason(MINT.raw({**CLAIMS, 99: value})) is RejectReason.MALFORMED


NO_PURPOSES = ["", "x" * 33, "Meeting", "budi santoso", "a_b", "réunion", "٣", "visit\n"]
"""Nothing that reads as a name is one."""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({cwt.ISS: None}, RejectReason.MALFORMED),
        ({cwt.ISS: ""}, RejectReason.MALFORMED),
        ({cwt.ISS: b"ministry"}, RejectReason.MALFORMED),
        ({cwt.ISS: "Ministry"}, RejectReason.ISSUER_MISMATCH),
        ({cwt.EXP: None}, RejectReason.MALFORMED),
        ({cwt.SUB: None, cwt.CTI: None}, RejectReason.MALFORMED),
        ({cwt.SUB: None}, None),
        ({cwt.CTI: None}, None),
        ({cwt.SUB: b"\x00\xff"}, None),
        ({cwt.SUB: 7}, RejectReason.MALFORMED),
        ({cwt.SUB: "x" * 65}, RejectReason.MALFORMED),
        ({cwt.CTI: "text"}, RejectReason.MALFORMED),
        ({cwt.CTI: b""}, RejectReason.MALFORMED),
        ({cwt.CTI: bytes(65)}, RejectReason.MALFORMED),
        ({cwt.NBF: CLAIMS[cwt.EXP]}, RejectReason.MALFORMED),
        ({CLAIM_COLOUR: "black"}, None),
        ({CLAIM_COLOUR: "Green"}, RejectReason.MALFORMED),
        ({CLAIM_COLOUR: "purple"}, RejectReason.MALFORMED),
        ({CLAIM_COLOUR: 1}, RejectReason.MALFORMED),
        ({CLAIM_PURPOSE: "x" * 32}, None),
        ({CLAIM_PURPOSE: "board-meeting-2"}, None),
        *(({CLAIM_PURPOSE: wrong}, RejectReason.MALFORMED) for wrong in NO_PURPOSES),
        ({CLAIM_PURPOSE: ["visit"]}, RejectReason.MALFORMED),
        ({cwt.STATUS: {"status_list": {"idx": 3, "uri": "https://a"}}}, None),
        ({cwt.STATUS: {"status_list": {"idx": -3, "uri": "https://a"}}}, RejectReason.MALFORMED),
        ({cwt.STATUS: {"status_list": {"idx": True, "uri": "https://a"}}}, RejectReason.MALFORMED),
        ({cwt.STATUS: {"status_list": {"idx": 3}}}, RejectReason.MALFORMED),
        ({cwt.STATUS: {}}, RejectReason.MALFORMED),
        ({cwt.STATUS: "revoked"}, RejectReason.MALFORMED),
        ({99: {"unknown": ["claims", "are", "ignored"]}, "text key": 1}, None),
    ],
)
def test_claims(changes: dict[int, Any], expected: RejectReason | None) -> None:
    claims = {key: value for key, value in {**CLAIMS, **changes}.items() if value is not None}
    assert reason(MINT.raw(claims)) is expected


@pytest.mark.parametrize(
    "payload", [b"", b"\xa0\x00", b"\x80", b"\x01", b"\xbf\xff", b"\xa2\x01\x61a\x01\x61b", b"text"]
)
def test_a_payload_that_is_no_map_of_claims_is_malformed(payload: bytes) -> None:
    assert reason(MINT.raw(payload)) is RejectReason.MALFORMED


TIMES = st.integers(0, 2_000_000_000).map(lambda seconds: at().utc.fromtimestamp(seconds, at().utc.tzinfo))


@given(
    claims=st.builds(
        PassClaims,
        issuer=st.text(min_size=1, max_size=30),
        not_after=TIMES.map(lambda time: time + timedelta(days=30000)),
        not_before=st.none() | TIMES,
        issued_at=st.none() | TIMES,
        pass_id=st.binary(min_size=1, max_size=64),
        subject=st.none() | st.text(min_size=1, max_size=64) | st.binary(min_size=1, max_size=64),
        purpose=st.from_regex("[a-z0-9-]{1,32}", fullmatch=True),
        colour=st.none() | st.sampled_from(Colour),
        status=st.sampled_from([None, STATUS]),
    )
)
@settings(deadline=None)
def test_what_is_minted_is_what_is_read(claims: PassClaims) -> None:
    assert pass_claims.read(pass_claims.write(claims)) == claims


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": ""},
        *({"purpose": wrong} for wrong in NO_PURPOSES),
        {"subject": "\ud800"},
        {"not_after": NOON - timedelta(days=9)},
        {"pass_id": b""},
    ],
)
def test_what_would_be_refused_is_not_minted(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        mint(MINT.claims(**changes), MINT.key)


# Privacy


def fp(text: str, trust: Trust = MINT.trust) -> str:
    verdict = verify(text, trust, at())
    assert isinstance(verdict, Verified)
    return verdict.credential.fp


def test_the_pseudonym_is_the_subjects_within_the_epoch() -> None:
    again = MINT.valid(Colour.RED, purpose="again")
    assert fp(MINT.valid()) == fp(again)
    assert len(bytes.fromhex(fp(again))) == 16
    assert fp(MINT.valid(pass_id=b"another")) != fp(again)
    assert fp(MINT.valid(), Trust(MINT.bundle, EpochKey("2026-W12", bytes(32)))) != fp(again)


def test_the_pseudonym_comes_from_the_pass_id_else_the_subject() -> None:
    assert fp(MINT.valid(subject="a")) == fp(MINT.valid(subject="b"))
    assert fp(MINT.valid(pass_id=None, subject="a")) != fp(MINT.valid(pass_id=None, subject="b"))


def test_a_pass_id_and_a_subject_of_the_same_bytes_are_two_pseudonyms() -> None:
    assert fp(MINT.valid(pass_id=b"x")) != fp(MINT.valid(pass_id=None, subject="x"))


def test_the_pseudonym_is_the_documented_hmac() -> None:
    message = b"pass\x00ministry\x007\x00pass-0000001"
    assert fp(MINT.valid()) == hmac.new(bytes(range(32)), message, hashlib.sha256).hexdigest()[:32]


def test_the_same_id_of_two_issuers_is_two_subjects() -> None:
    other = Mint(issuer="other")
    assert fp(MINT.valid()) != fp(other.valid(), other.trust)


def test_no_verdict_repeats_what_the_code_says_of_the_holder() -> None:
    secret: dict[str, Any] = {"subject": "SECRET-SUBJECT", "pass_id": b"SECRET-ID"}
    codes = [
        MINT.valid(**secret),
        MINT.valid(**secret, not_before=NOON - timedelta(days=2), not_after=NOON - timedelta(days=1)),
        MINT.valid(**secret, issuer="SECRET-ISSUER"),
        MINT.raw({**CLAIMS, cwt.SUB: "SECRET" * 20}),
        MINT.raw({**CLAIMS, CLAIM_COLOUR: "SECRET"}),
        MINT.raw(CLAIMS, protected={**MINT.headers, cose.HEADER_TYP: "SECRET"}),
    ]
    for code in codes:
        shown = repr(verify(code, MINT.trust, at()))
        assert "SECRET" not in shown
        assert b"SECRET".hex() not in shown
