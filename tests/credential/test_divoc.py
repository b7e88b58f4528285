"""DIVOC certificates: genuine ones, what a holder could exchange in one, and everything that is not its one shape."""

from __future__ import annotations

import base64
import json
import zipfile
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential import rdf_canonical
from gate.credential.divoc_shape import VERSIONS, statements_of
from gate.credential.errors import MalformedError
from gate.credential.health import Vaccination
from gate.credential.model import Rejected, RejectReason, Verified
from gate.credential.revocation import digest
from gate.credential.trust import Trust
from gate.credential.verify import explain, verify
from gate.policy.facts import Place, facts_document
from gate.policy.shown_by import shown_by
from tests.credential.divoc_minting import EXAMPLE, INDIA, DivocIssuer, changed, zipped
from tests.credential.listing import Listing
from tests.credential.minting import NOON, at


def facts_of(code: bytes | str, trust: Trust = INDIA.trust) -> Vaccination:
    verdict = verify(code, trust, at())
    assert isinstance(verdict, Verified), verdict
    assert isinstance(verdict.facts, Vaccination)
    return verdict.facts


def reason(code: bytes | str, trust: Trust = INDIA.trust) -> RejectReason:
    verdict = verify(code, trust, at())
    assert isinstance(verdict, Rejected), verdict
    assert verdict.detail.isprintable()
    return verdict.reason


@pytest.mark.parametrize("issuer", [INDIA, EXAMPLE], ids=["RSA", "Ed25519"])
def test_a_certificate_is_verified_and_names_nobody(issuer: DivocIssuer) -> None:
    found = explain(issuer.valid(), issuer.trust, at())
    assert isinstance(found.verdict, Verified), found
    assert found.verdict.facts == Vaccination(
        birth_date="1986",
        target="RA01",
        issuer=issuer.id,
        certificate_id="https://health.example/vaccine/92",
        dose=1,
        series=2,
        given=date(2026, 3, 2),
    )
    assert "Anybody" not in repr(found.verdict)
    assert {"holder", "birth date", "certificate id"} == {field.name for field in found.contents if field.personal}
    assert [check.name for check in found.checks if not check.ok] == []
    facts = facts_document(shown_by(found.verdict), Place(NOON))["facts"]
    assert facts["vaccination"] == {"known": True, "doses": 1, "complete": False, "booster": False, "days": 12}


def test_every_way_to_write_the_file_is_read() -> None:
    code = INDIA.valid()
    forms: dict[str, bytes | str] = {
        "exact": code,
        "as zbar writes it": code.decode("latin-1").encode("utf-8"),
        "base64": base64.b64encode(code).decode(),
        "marked": "B64:" + base64.b64encode(code).decode(),
        "stored": zipped(json.dumps(INDIA.signed(changed())).encode(), zipfile.ZIP_STORED),
    }
    assert {name: facts_of(form).dose for name, form in forms.items()} == dict.fromkeys(forms, 1)


@pytest.mark.parametrize(
    "exchange",
    [
        {"evidence__dose": 2, "evidence__totalDoses": 1},
        {"evidence__date": "2026-06-02", "evidence__effectiveUntil": "2026-03-02T04:28:43.134Z"},
        {"evidence__vaccine": "B-1", "evidence__batch": "COVISHIELD"},
        {"evidence__certificateId": "Somebody", "evidence__manufacturer": "92"},
        {"credentialSubject__uhid": "1", "credentialSubject__refId": None},
    ],
    ids=" and ".join,
)
def test_what_a_holder_can_exchange_and_keep_the_signature_changes_nothing(exchange: dict[str, Any]) -> None:
    genuine = INDIA.signed(changed())
    forged = {**changed(**exchange), "proof": genuine["proof"]}
    first, second = (verify(INDIA.of(document), INDIA.trust, at()) for document in (genuine, forged))
    assert isinstance(first, Verified)
    assert first == second


@pytest.mark.parametrize(
    "change",
    [
        {"evidence__dose": 2},
        {"evidence__totalDoses": 3},
        {"evidence__date": "2026-01-01"},
        {"credentialSubject__name": "Another"},
        {"credentialSubject__address": None},
        {"issuanceDate": "2026-03-04T04:28:46.012Z"},
        {"evidence__facility__name": "Another"},
        {"nonTransferable": "false"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_changed_otherwise_is_a_bad_signature(change: dict[str, Any]) -> None:
    forged = {**changed(**change), "proof": INDIA.signed(changed())["proof"]}
    assert reason(INDIA.of(forged)) is RejectReason.BAD_SIGNATURE


SHAPES: dict[str, dict[str, Any]] = {
    "another context": {"context": ["https://www.w3.org/2018/credentials/v1", "https://other.example/v1"]},
    "one context": {"context": "https://www.w3.org/2018/credentials/v1"},
    "a context in place": {"context": [{"dose": "https://schema.org/name"}, VERSIONS[0]]},
    "types in another order": {"type": ["ProofOfVaccinationCredential", "VerifiableCredential"]},
    "a name that the scheme has not": {"extra": "x"},
    "a name inside that it has not": {"evidence__extra": "x"},
    "a name of version 2 in version 1": {"evidence__icd11Code": "XM0GQ8"},
    "two vaccinations": {"evidence": [changed()["evidence"][0]] * 2},
    "a list of doses": {"evidence__dose": [1, 2]},
    "a dose with a fraction": {"evidence__dose": 1.0},
    "an object for a text": {"credentialSubject__name": {"@value": "x"}},
    "no issuer": {"issuer": None},
    "an issuer that is no address": {"issuer": "India"},
    "an address with a blank": {"issuer": "https://a b"},
    "an address that is a term": {"evidence__id": "schema:Person"},
    "a subject named as the vaccination": {"credentialSubject__id": "https://health.example/vaccine/92"},
    "no evidence": {"evidence": None},
    "a subject of another type": {"credentialSubject__type": "Animal"},
    "an issuance that is no text": {"issuanceDate": 7},
    "a tab, which implementations write differently": {"credentialSubject__name": "a\tb"},
}


@pytest.mark.parametrize("name", SHAPES)
def test_everything_but_the_one_shape_is_malformed(name: str) -> None:
    forged = {**changed(**SHAPES[name]), "proof": INDIA.signed(changed())["proof"]}
    assert reason(INDIA.of(forged)) is RejectReason.MALFORMED


PROOFS: dict[str, dict[str, Any]] = {
    "another sort": {"type": "BbsBlsSignature2020"},
    "another purpose": {"proofPurpose": "authentication"},
    "a name more": {"nonce": "x"},
    "no signature": {"jws": "a.b"},
    "a signature with its payload": {"jws": "e30.e30.e30"},
    "a time that is no text": {"created": 7},
    "a key that is no address": {"verificationMethod": "india"},
    "a key of a long name": {"verificationMethod": f"did:{'x' * 61}"},
}


@pytest.mark.parametrize("name", PROOFS)
def test_every_other_proof_is_malformed(name: str) -> None:
    document = INDIA.signed(changed())
    document["proof"] = {**document["proof"], **PROOFS[name]}
    assert reason(INDIA.of(document)) is RejectReason.MALFORMED


def test_headers_and_keys_that_do_not_fit() -> None:
    for alg, expected in (("RS256", RejectReason.UNSUPPORTED_ALGORITHM), ("EdDSA", RejectReason.UNSUPPORTED_ALGORITHM)):
        header = {"alg": alg, "b64": False, "crit": ["b64"]}
        assert reason(INDIA.of(INDIA.signed(changed(), header))) is expected
    for header in ({"alg": "PS256", "b64": True, "crit": ["b64"]}, {"alg": "PS256", "b64": False}):
        assert reason(INDIA.of(INDIA.signed(changed(), header))) is RejectReason.MALFORMED
    assert reason(DivocIssuer().valid()) is RejectReason.BAD_SIGNATURE
    assert reason(INDIA.of(INDIA.signed(changed(), verificationMethod="did:b"))) is RejectReason.UNKNOWN_ISSUER
    assert reason(DivocIssuer(issuer="https://x.example/").valid(issuer="https://y.example/")) is (
        RejectReason.BAD_SIGNATURE
    )


def test_the_issuer_is_the_one_of_the_key() -> None:
    assert reason(INDIA.valid(issuer="https://other.example/")) is RejectReason.ISSUER_MISMATCH


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"issuanceDate": "2026-03-15T00:00:00Z"}, RejectReason.NOT_YET_VALID),
        ({"expirationDate": "2026-03-14T00:00:00Z"}, RejectReason.EXPIRED),
        ({"validUntil": "2026-03-14T00:00:00Z"}, RejectReason.EXPIRED),
        ({"validFrom": "2026-03-15T00:00:00Z"}, RejectReason.NOT_YET_VALID),
        ({"validFrom": "2026-01-01T00:00:00Z", "issuanceDate": "2026-03-15T00:00:00Z"}, RejectReason.NOT_YET_VALID),
        ({"validFrom": "tomorrow"}, RejectReason.MALFORMED),
        ({"issuanceDate": "yesterday"}, RejectReason.MALFORMED),
        ({"expirationDate": "tomorrow"}, RejectReason.MALFORMED),
        ({"evidence__id": None}, RejectReason.MALFORMED),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_times(change: dict[str, Any], expected: RejectReason) -> None:
    assert reason(INDIA.valid(**change)) is expected


def test_version_2_has_a_birth_date() -> None:
    context = ["https://www.w3.org/2018/credentials/v1", VERSIONS[1]]
    code = INDIA.valid(context=context, credentialSubject__dob="1990-01-05", evidence__icd11Code="XM0GQ8")
    assert facts_of(code).birth_date == "1990-01-05"


@pytest.mark.parametrize(
    "code",
    [
        b"PK\x03\x04",
        b"PK\x03\x04" + bytes(60),
        "UEsDB",
        "UEsDBA===",
        zipped(b"[]"),
        zipped(b"{}"),
        zipped(b'{"proof": 7}'),
        INDIA.valid()[:200],
    ],
    ids=["magic", "empty", "base64", "padding", "list", "object", "proof", "cut"],
)
def test_what_is_no_certificate_is_malformed(code: bytes | str) -> None:
    assert reason(code) is RejectReason.MALFORMED


@pytest.mark.parametrize(
    ("prophylaxis", "doses"), [("COVID-19", 1), ("Covid 19", 1), (None, 1), ("Yellow fever", 0), (7, 0), ("x" * 300, 0)]
)
def test_a_vaccination_against_something_else_is_none_against_covid(prophylaxis: object, doses: int) -> None:
    context = ["https://www.w3.org/2018/credentials/v1", VERSIONS[1]]
    verdict = verify(INDIA.valid(context=context, evidence__prophylaxis=prophylaxis), INDIA.trust, at())
    assert isinstance(verdict, Verified)
    assert facts_document(shown_by(verdict), Place(NOON))["facts"]["vaccination"]["doses"] == doses


def test_a_text_cannot_become_statements_of_its_own() -> None:
    """Whatever stands in it: quotes, backslashes and ends of lines are written as N-Quads escape them."""
    name = 'A" .\n_:c14n0 <https://schema.org/doseValue> "9\\\r'
    statements = list(statements_of(changed(credentialSubject__name=name)))
    (written,) = [
        value for _, predicate, value in statements if predicate == "<https://schema.org/name>" and "doseValue" in value
    ]
    assert written == r'"A\" .\n_:c14n0 <https://schema.org/doseValue> \"9\\\r"'


def test_a_stored_file_that_is_cut_short_is_malformed() -> None:
    whole = zipped(json.dumps(INDIA.signed(changed())).encode(), zipfile.ZIP_STORED)
    assert isinstance(verify(whole, INDIA.trust, at()), Verified)
    longer = bytearray(whole)
    longer[18:22] = len(whole).to_bytes(4, "little")
    assert reason(bytes(longer)) is RejectReason.MALFORMED
    verdict = verify(bytes(longer[: whole.index(b"PK\x01\x02")]), INDIA.trust, at())
    assert isinstance(verdict, Rejected)
    assert "cut short" in verdict.detail


def test_a_bomb_is_too_large() -> None:
    assert reason(zipped(b" " * 3_000_000)) is RejectReason.TOO_LARGE


def test_a_certificate_on_a_deny_list_is_revoked() -> None:
    listing = Listing({"india": {digest(b"https://health.example/vaccine/92")}})
    trust = INDIA.trusting(INDIA.issuer(("india",)), revocation=listing)
    assert reason(INDIA.valid(), trust) is RejectReason.REVOKED
    assert facts_of(INDIA.valid(evidence__id="https://health.example/vaccine/93"), trust).dose == 1


# The canonical form


STATEMENTS = st.sampled_from(["_:a", "_:b", "<x:1>", "<x:2>"])


@given(
    st.lists(st.tuples(STATEMENTS, st.sampled_from(["<p:1>", "<p:2>"]), STATEMENTS), max_size=8),
    st.permutations("abcd"),
)
def test_the_names_of_nameless_nodes_and_the_order_do_not_matter(
    statements: list[tuple[str, str, str]], letters: list[str]
) -> None:
    names = {f"_:{old}": f"_:{new}x" for old, new in zip("abcd", letters, strict=True)}
    renamed = [(names.get(one, one), two, names.get(three, three)) for one, two, three in reversed(statements)]
    try:
        expected = rdf_canonical.digest(statements)
    except MalformedError:
        with pytest.raises(MalformedError):
            rdf_canonical.digest(renamed)
    else:
        assert rdf_canonical.digest(renamed + renamed) == expected


def test_nodes_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(MalformedError, match="told apart"):
        rdf_canonical.digest([("<x:1>", "<p:1>", "_:a"), ("<x:1>", "<p:1>", "_:b")])


def test_a_graph_has_a_bound() -> None:
    with pytest.raises(MalformedError, match="more than"):
        rdf_canonical.digest([("<x:1>", "<p:1>", f'"{number}"') for number in range(101)])
