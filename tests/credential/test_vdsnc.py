"""ICAO's seals: genuine ones, each thing that can be wrong with one, and with who signed it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from gate.credential import jcs
from gate.credential.errors import MalformedError
from gate.credential.health import HealthCard, LabTest, Vaccination
from gate.credential.icao_signer import serial_element
from gate.credential.instant import ClockTrust
from gate.credential.model import Rejected, RejectReason, Verified
from gate.credential.revocation import digest
from gate.credential.trust import Trust
from gate.credential.verify import explain, verify
from gate.policy.facts import Place, facts_document
from gate.policy.shown_by import shown_by
from tests.credential.listing import Listing
from tests.credential.minting import NOON, at
from tests.credential.vdsnc_minting import (
    PERSON,
    SIGNER,
    TESTED,
    UTOPIA,
    VACCINATED,
    Signer,
    State,
    dose,
    encoded,
    event,
    key_of,
)

TRUST = UTOPIA.trusting()


def verified(code: str, trust: Trust = TRUST) -> Verified:
    verdict = verify(code, trust, at())
    assert isinstance(verdict, Verified), verdict
    return verdict


def reason(code: str, trust: Trust = TRUST) -> RejectReason:
    verdict = verify(code, trust, at())
    assert isinstance(verdict, Rejected)
    assert verdict.detail.isprintable()
    return verdict.reason


def test_a_seal_of_a_vaccination_is_verified_with_all_its_doses() -> None:
    found = explain(SIGNER.valid(), TRUST, at())
    assert isinstance(found.verdict, Verified)
    card = found.verdict.facts
    assert isinstance(card, HealthCard)
    assert [one.given for one in card.statements if isinstance(one, Vaccination)] == [
        date(2026, 1, 10),
        date(2026, 2, 10),
    ]
    assert found.verdict.credential.issuer == "icao-UTO"
    assert "CITIZEN" not in repr(found.verdict)
    assert "U0001" not in repr(found.verdict)
    assert {"holder", "birth date", "certificate id"} <= {field.name for field in found.contents if field.personal}
    assert [check.name for check in found.checks if not check.ok] == []


def test_a_seal_of_a_test_is_verified_and_rules_see_its_result() -> None:
    verdict = verified(SIGNER.valid(TESTED))
    card = verdict.facts
    assert isinstance(card, HealthCard)
    (test,) = card.statements
    assert isinstance(test, LabTest)
    assert test.sampled == datetime(2026, 3, 14, 6, 0, tzinfo=UTC)
    facts = facts_document(shown_by(verdict), Place(NOON))["facts"]
    assert facts["test"] == {"known": True, "kind": "pcr", "result": "negative", "hours": 6}


def test_rules_see_the_doses_and_the_age() -> None:
    facts = facts_document(shown_by(verified(SIGNER.valid())), Place(NOON))["facts"]
    assert facts["vaccination"] == {"known": True, "doses": 2, "complete": True, "booster": False, "days": 32}
    assert facts["age"] == {"known": True, "years": 64}


@pytest.mark.parametrize("indent", [0, 1, 4])
def test_an_indented_seal_is_the_same_seal(indent: int) -> None:
    assert verified(SIGNER.of(SIGNER.data(), indent=indent)) == verified(SIGNER.valid())


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "ES512"])
@pytest.mark.parametrize("authority", ["rsa", "ES256", "ES384"])
def test_every_algorithm_of_signer_and_authority(algorithm: str, authority: str) -> None:
    state = State(sort=authority)
    assert isinstance(verify(Signer(state, algorithm).valid(), state.trusting(), at()), Verified)


DATA = SIGNER.data()
MESSAGES: dict[str, tuple[str, RejectReason]] = {
    "no JSON": ("{", RejectReason.MALFORMED),
    "no seal": ('{"isThisAVDS":false}', RejectReason.MALFORMED),
    "no signature": (json.dumps({"data": DATA}), RejectReason.MALFORMED),
    "a certificate that is none": (SIGNER.of(DATA, cer=encoded(b"0" * 40)), RejectReason.MALFORMED),
    "a signature in another spelling": (
        SIGNER.of(DATA, sigvl=encoded(bytes(64)).replace("A==", "B==")),
        RejectReason.MALFORMED,
    ),
    "a certificate that is no base64": (SIGNER.of(DATA, cer="!!"), RejectReason.MALFORMED),
    "an empty signature": (SIGNER.of(DATA, sigvl=""), RejectReason.MALFORMED),
    "a short signature": (SIGNER.of(DATA, sigvl=encoded(b"1" * 63)), RejectReason.BAD_SIGNATURE),
    "a signature of 0": (SIGNER.of(DATA, sigvl=encoded(bytes(64))), RejectReason.BAD_SIGNATURE),
    "another algorithm": (SIGNER.of(DATA, alg="ES384"), RejectReason.UNSUPPORTED_ALGORITHM),
    "no algorithm": (SIGNER.of(DATA, alg="none"), RejectReason.UNSUPPORTED_ALGORITHM),
    "another sort": (SIGNER.valid(t="icao.visa"), RejectReason.MALFORMED),
    "another version": (SIGNER.valid(v=2), RejectReason.MALFORMED),
    "another state": (SIGNER.valid(**{"is": "XOM"}), RejectReason.ISSUER_MISMATCH),
    "no events": (SIGNER.of({"hdr": DATA["hdr"], "msg": {"pid": PERSON}}), RejectReason.MALFORMED),
    "a long id": (SIGNER.valid({**VACCINATED, "uvci": "U" * 65}), RejectReason.MALFORMED),
    "too many doses": (
        SIGNER.valid({**VACCINATED, "ve": [event(*[{"seq": 1}] * 65)]}),
        RejectReason.MALFORMED,
    ),
    "a name twice": (SIGNER.valid()[:-1] + ', "data": {}}', RejectReason.MALFORMED),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_wrong_with_a_seal_is_named(name: str) -> None:
    code, expected = MESSAGES[name]
    assert reason(code) is expected


def test_what_is_changed_after_signing_is_refused() -> None:
    seal = json.loads(SIGNER.valid())
    seal["data"]["msg"]["ve"][0]["vd"][0]["seq"] = 3
    assert reason(json.dumps(seal)) is RejectReason.BAD_SIGNATURE


def key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
SIGNERS: dict[str, tuple[Signer, RejectReason | None]] = {
    "whose key may sign": (Signer(UTOPIA, others=(key_usage(signs=True),)), None),
    "whose key may sign certificates alone": (
        Signer(UTOPIA, others=(key_usage(signs=False),)),
        RejectReason.WRONG_KEY_USAGE,
    ),
    "with something critical that is unknown": (Signer(UTOPIA, others=(UNKNOWN,)), RejectReason.MALFORMED),
    "for another purpose": (
        Signer(UTOPIA, purposes=(ExtendedKeyUsageOID.TIME_STAMPING,)),
        RejectReason.WRONG_KEY_USAGE,
    ),
    "for no purpose": (Signer(UTOPIA, purposes=()), RejectReason.WRONG_KEY_USAGE),
    "for tests alone": (Signer(UTOPIA, types=(b"NT",)), RejectReason.WRONG_KEY_USAGE),
    "for another document": (Signer(UTOPIA, types=(b"PP",)), RejectReason.WRONG_KEY_USAGE),
    "for vaccinations": (Signer(UTOPIA, types=(b"NV",)), None),
    "for both": (Signer(UTOPIA, types=(b"NT", b"NV")), None),
    "signed by somebody else under the CSCA's name": (
        Signer(UTOPIA, ca_key=key_of("rsa")),
        RejectReason.BAD_SIGNATURE,
    ),
    "signed with a hash that seals have not": (Signer(UTOPIA, ca_hash=hashes.SHA224()), RejectReason.BAD_SIGNATURE),
    "signed by another sort of key": (Signer(UTOPIA, ca_key=key_of("ES256")), RejectReason.BAD_SIGNATURE),
    "of another state": (Signer(State()), RejectReason.UNKNOWN_ISSUER),
}


@pytest.mark.parametrize("name", SIGNERS)
def test_what_is_wrong_with_a_signer_is_named(name: str) -> None:
    signer, expected = SIGNERS[name]
    verdict = verify(signer.valid(), TRUST, at())
    assert (verdict.reason if isinstance(verdict, Rejected) else None) is expected


def element(tag: int, content: bytes) -> bytes:
    return bytes((tag, 0x82)) + len(content).to_bytes(2) + content


def numbered(serial_bytes: int) -> bytes:
    """The signer's certificate with a serial number of so many bytes; its CSCA has not signed that."""
    whole = SIGNER.certificate
    signed, serial = whole.tbs_certificate_bytes, whole.serial_number.to_bytes(20).lstrip(b"\x00")
    serial = (b"\x00" if serial[0] & 0x80 else b"") + serial
    after = signed.index(bytes((2, len(serial))) + serial) + 2 + len(serial)
    longer = b"\xa0\x03\x02\x01\x02" + element(2, b"\x01" * serial_bytes) + signed[after:]
    rest = whole.public_bytes(serialization.Encoding.DER).partition(signed)[2]
    return element(0x30, element(0x30, longer) + rest)


EDI_NAME = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), b"\x30\x02\xa5\x00")
ODD: dict[str, tuple[str, str]] = {
    "a number of 300 bytes": (SIGNER.of(SIGNER.data(), cer=encoded(numbered(300))), "a longer number"),
    "a number too long to be written": (SIGNER.of(SIGNER.data(), cer=encoded(numbered(2000))), "a longer number"),
    "the id of a key of 65 bytes": (Signer(UTOPIA, ca_kid=b"k" * 65).valid(), "1 to 64 bytes"),
    "a name of a sort that the library has not": (Signer(UTOPIA, others=(EDI_NAME,)).valid(), "cannot be read"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_certificate_is_refused_and_ends_nothing(name: str) -> None:
    """Anybody can print one: nothing but its size stands before it is read."""
    code, why = ODD[name]
    verdict = verify(code, TRUST, at())
    assert isinstance(verdict, Rejected)
    assert why in verdict.detail


def test_a_number_of_any_length_has_an_element() -> None:
    """A CRL may name one, and Python writes no more than 4,300 digits."""
    assert serial_element(b"kid", 1 << 20_000) != serial_element(b"kid", 1 << 20_001)


def test_a_signer_and_a_csca_count_within_their_time() -> None:
    for days, expected in ((-31, RejectReason.NOT_YET_VALID), (301, RejectReason.EXPIRED)):
        verdict = verify(SIGNER.valid(), TRUST, at(NOON + timedelta(days=days)))
        assert isinstance(verdict, Rejected)
        assert verdict.reason is expected
    unset = at(NOON - timedelta(days=31), ClockTrust.UNSET)
    assert isinstance(verify(SIGNER.valid(), TRUST, unset), Verified)


def test_a_csca_counts_within_its_own_time_though_its_signer_would_count_longer() -> None:
    entry = UTOPIA.issuer()
    over = replace(entry.keys[0], not_after=NOON)
    to_come = replace(entry.keys[0], not_before=NOON + timedelta(hours=1))
    for key, expected in ((over, RejectReason.EXPIRED), (to_come, RejectReason.NOT_YET_VALID)):
        assert reason(SIGNER.valid(), UTOPIA.trusting(replace(entry, keys=(key,)))) is expected


def test_a_csca_of_no_state_seals_for_none() -> None:
    assert reason(SIGNER.valid(), UTOPIA.trusting(replace(UTOPIA.issuer(), country=None))) is (
        RejectReason.ISSUER_MISMATCH
    )


def test_a_withdrawn_csca_and_a_withdrawn_signer_are_issuer_revoked() -> None:
    entry = UTOPIA.issuer()
    withdrawn = UTOPIA.trusting(replace(entry, revoked_keys=frozenset((UTOPIA.kid,))))
    assert reason(SIGNER.valid(), withdrawn) is RejectReason.ISSUER_REVOKED
    serial = serial_element(UTOPIA.kid, SIGNER.certificate.serial_number)
    listed = UTOPIA.trusting(UTOPIA.issuer(("utopia",)), revocation=Listing({"utopia": {digest(serial)}}))
    assert reason(SIGNER.valid(), listed) is RejectReason.ISSUER_REVOKED
    assert isinstance(verify(Signer(UTOPIA).valid(), listed, at()), Verified)


def test_a_seal_on_a_deny_list_is_revoked_and_a_missing_list_is_unknown() -> None:
    listed = UTOPIA.trusting(UTOPIA.issuer(("utopia",)), revocation=Listing({"utopia": {digest(b"U0001")}}))
    assert reason(SIGNER.valid(), listed) is RejectReason.REVOKED
    missing = UTOPIA.trusting(UTOPIA.issuer(("utopia",)), revocation=Listing({}))
    assert not verified(SIGNER.valid(), missing).revocation_known


def test_two_seals_of_one_person_without_an_id_are_one_pseudonym() -> None:
    first = verified(SIGNER.valid({**VACCINATED, "uvci": ""}))
    second = verified(SIGNER.valid({**VACCINATED, "uvci": "", "ve": [event(dose(1))]}))
    other = verified(SIGNER.valid({**VACCINATED, "uvci": "", "pid": {**PERSON, "dob": "1961-05-16"}}))
    fps = {first.credential.fp, other.credential.fp, verified(SIGNER.valid()).credential.fp}
    assert (second.credential.fp, len(fps)) == (first.credential.fp, 3)


def test_a_curve_that_is_not_an_algorithms_is_unsupported() -> None:
    state = State()
    signer = Signer(state)
    signer.key = ec.generate_private_key(ec.SECP256R1())
    assert reason(signer.valid(), state.trusting()) is RejectReason.BAD_SIGNATURE


TEXTS = st.text('aé€😀\\"\n\x00\x1f\x7f/', max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\x7f_", max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", max_size=3), JSON, max_size=4))
def test_the_canonical_form_is_that_of_any_order_and_reads_back(value: dict[str, Any]) -> None:
    canonical = jcs.encode(value)
    assert json.loads(canonical) == value
    assert jcs.encode(dict(reversed(value.items()))) == canonical
    assert jcs.encode(json.loads(json.dumps(value, indent=3))) == canonical


@pytest.mark.parametrize(
    "value",
    [{"a": 1.5}, {"a": 2**53}, {"ä": 1}, {"a": "\ud800"}, {"a": [[[[[[[[[[[[[]]]]]]]]]]]]]}],
    ids=["fraction", "large", "name", "surrogate", "deep"],
)
def test_what_no_seal_has_is_malformed(value: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        jcs.encode(value)


def test_the_canonical_form_of_the_rfc() -> None:
    value = {"string": '€$\x0f\nA\'B"\\\\"/', "literals": [None, True, False], "numbers": [333333333, 4]}
    expected = '{"literals":[null,true,false],"numbers":[333333333,4],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert jcs.encode(value) == expected.encode()
