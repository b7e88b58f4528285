"""Importers: issuers and keys of what publishers give out, and every unusable one by name."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential.bundle import issuer_document
from gate.credential.certificate import USAGES
from gate.credential.errors import TrustError
from gate.credential.importers import eu_gateway, gdhcn, own, shc_keys
from gate.credential.importers.forms import FORMS, Given
from gate.credential.keys import to_jwk
from gate.credential.model import CredentialKind
from tests.credential.hcert_minting import new_signer
from tests.credential.importers.certified import (
    b64,
    b64url,
    certificate,
    did_document,
    did_entry,
    gateway_entry,
    kid,
)
from tests.credential.minting import MINT, NOON
from tests.vectors import vector_cases, vector_file

KEY = ec.generate_private_key(ec.SECP256R1())
DER = certificate(KEY)
ISS = "https://cards.example/issuer"


def jwk(private: ec.EllipticCurvePrivateKey = KEY, **changes: Any) -> dict[str, Any]:
    public = private.public_key()
    found = {**to_jwk(public), "kid": b64url(shc_keys.thumbprint_of(public)), "use": "sig", "alg": "ES256", **changes}
    return {name: value for name, value in found.items() if value is not None}


# the EU gateway


def test_the_signers_of_the_eu_by_country() -> None:
    other, second = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    entries = [
        gateway_entry(DER),
        gateway_entry(certificate(other), country="xb"),
        gateway_entry(certificate(second)),
        gateway_entry(DER),
        *(gateway_entry(certificate(new_signer("p256")), certificateType=kind) for kind in ("CSCA", "UPLOAD", "")),
    ]
    for document in (entries, {"certificates": entries}):
        found = eu_gateway.read(document)
        assert found.skipped == []
        first, last = found.issuers
        assert (first.id, first.country, first.kind) == ("eu-XA", "XA", CredentialKind.HC1)
        assert [key.public for key in first.keys] == [KEY.public_key(), second.public_key()]
        assert (last.id, [key.public for key in last.keys]) == ("eu-XB", [other.public_key()])
        assert first.keys[0].kid == kid(DER)
        assert (first.keys[0].not_before, first.keys[0].not_after) == (NOON, NOON + timedelta(days=365))


def test_a_kid_is_the_publishers_word() -> None:
    found = eu_gateway.read([gateway_entry(DER, kid=b64(b"given"))])
    assert found.issuers[0].keys[0].kid == b"given"


@pytest.mark.parametrize(
    ("usages", "expected"),
    [
        ((), set()),
        (("1.3.6.1.4.1.1847.2021.1.1",), {"test"}),
        (("1.3.6.1.4.1.1847.2021.1.2", "1.3.6.1.4.1.1847.2021.1.3"), {"vaccination", "recovery"}),
        (("1.3.6.1.4.1.0.1847.2021.1.1",), {"test"}),
        (("1.3.6.1.5.5.7.3.2",), set()),
    ],
)
def test_usages_bind_what_a_key_may_sign(usages: tuple[str, ...], expected: set[str]) -> None:
    found = eu_gateway.read([gateway_entry(certificate(KEY, usages=usages))])
    assert found.issuers[0].keys[0].usages == expected
    assert set(USAGES.values()) == {"test", "vaccination", "recovery"}


def rsa_certificate() -> bytes:
    return certificate(rsa.generate_private_key(65537, 2048))


NO_CERTIFICATE: list[tuple[Callable[[], dict[str, Any]], str]] = [
    (lambda: gateway_entry(DER, rawData=None), "base64"),
    (lambda: gateway_entry(DER, rawData="%"), "base64"),
    (lambda: gateway_entry(DER, kid=7), "base64"),
    (lambda: gateway_entry(DER, rawData=b64(DER[:-1])), "cannot be read"),
    (lambda: gateway_entry(DER, rawData=b64(b"rubbish")), "cannot be read"),
    (lambda: gateway_entry(DER, country="DEU"), "country"),
    (lambda: gateway_entry(DER, country=None), "country"),
    (lambda: gateway_entry(certificate(ec.generate_private_key(ec.SECP521R1()))), "curve"),
]


@pytest.mark.parametrize(("make", "words"), NO_CERTIFICATE)
def test_an_unusable_certificate_is_skipped_and_named(make: Callable[[], dict[str, Any]], words: str) -> None:
    found = eu_gateway.read([make(), 7, gateway_entry(DER)])
    assert [key.public for issuer in found.issuers for key in issuer.keys] == [KEY.public_key()]
    assert len(found.skipped) == 2
    assert found.skipped[0].startswith("certificate 1 (")
    assert words in found.skipped[0]


def test_other_keys_are_imported_or_named_as_not_supported() -> None:
    for der in (rsa_certificate(), certificate(ec.generate_private_key(ec.SECP384R1()))):
        found = eu_gateway.read([gateway_entry(der)])
        assert len(found.issuers) + len(found.skipped) == 1
        assert all("not supported" in line for line in found.skipped)


# WHO


def test_the_signers_of_the_who_by_participant() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    document = did_document(
        did_entry(DER),
        did_entry(certificate(other, country=None), place="-:xxb:DSC"),
        did_entry(certificate(new_signer("p256")), place="DCC:XXA:SCA"),
    )
    found = gdhcn.read(document)
    assert found.skipped == []
    first, second = found.issuers
    assert [len(issuer.keys) for issuer in found.issuers] == [1, 1]
    assert (first.id, first.country, first.keys[0].kid) == ("who-XXA", "XA", kid(DER))
    assert (second.id, second.country, second.keys[0].public) == ("who-XXB", None, other.public_key())


def test_a_bare_key_with_a_zero_too_many_as_in_the_field() -> None:
    numbers = KEY.public_key().public_numbers()
    wide = {"x": b64url(b"\x00" + numbers.x.to_bytes(32)), "y": b64url(b"\x00" + numbers.y.to_bytes(32))}
    found = gdhcn.read(did_document(did_entry(DER, x5c=None, **wide)))
    assert found.skipped == []
    assert found.issuers[0].keys[0].public == KEY.public_key()


def test_a_kid_may_stand_in_the_address_alone() -> None:
    entry = did_entry(DER, kid=None)
    entry["id"] = entry["id"].replace("=", "%3D").replace("+", "%2b").replace("/", "%2F")
    assert gdhcn.read(did_document(entry)).issuers[0].keys[0].kid == kid(DER)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("did:web:list.example:v2:trustlist:DCC:XXA:DSC", "reference"),
        (7, "publicKeyJwk"),
        ({"id": "did:web:x#key"}, "publicKeyJwk"),
        ({"id": "did:web:x#key", "publicKeyJwk": {}}, "does not end"),
        (did_entry(DER, x5c=["%"]), "base64"),
        (did_entry(DER, x5c=[b64(b"rubbish")]), "cannot be read"),
        (did_entry(DER, kid="%"), "kid"),
        (did_entry(DER, x5c=None), "no x"),
        (did_entry(DER, x5c=None, x="AA", y="AA"), "point"),
        (did_entry(DER, x5c=None, crv=None, kty="oct"), "neither"),
        (did_entry(DER, x5c=None, x=7, y=[]), "no "),
    ],
)
def test_an_unusable_key_of_the_who_is_skipped_and_named(method: object, words: str) -> None:
    found = gdhcn.read(did_document(method, did_entry(DER)))
    assert len(found.issuers) == 1
    assert len(found.skipped) == 1
    assert found.skipped[0].startswith("key 1 (")
    assert words in found.skipped[0] or "base64url" in found.skipped[0]


# SMART Health Cards


def test_the_keys_of_an_issuer_of_cards() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    certified = jwk(x5c=[b64(certificate(KEY, uri=ISS))])
    found = shc_keys.read_jwks({"keys": [certified, jwk(other), jwk()]}, ISS, "Cards")
    assert found.skipped == []
    (issuer,) = found.issuers
    assert (issuer.id, issuer.name, issuer.kind, issuer.country) == (ISS, "Cards", CredentialKind.SHC, None)
    assert [key.public for key in issuer.keys] == [KEY.public_key(), other.public_key()]
    assert issuer.keys[0].kid == shc_keys.thumbprint_of(KEY.public_key())


def test_the_thumbprint_is_that_of_the_rfc_for_elliptic_curves() -> None:
    for case in json.loads(vector_file("shc/spec_issuer.jwks.public.json").read_text())["keys"]:
        found = shc_keys.read_jwks({"keys": [{**case, "x5c": None}]}, ISS, ISS)
        assert found.skipped == []
        assert b64url(found.issuers[0].keys[0].kid) == case["kid"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"use": "enc"}, "use"),
        ({"alg": "ES384"}, "alg"),
        ({"kty": "RSA"}, "kty"),
        ({"crv": "P-384"}, "crv"),
        ({"kid": "other"}, "thumbprint"),
        ({"kid": 7}, "thumbprint"),
        ({"x": "AA"}, "32 bytes"),
        ({"d": "AA"}, "secret"),
        ({"x5c": [b64(certificate(ec.generate_private_key(ec.SECP256R1()), uri=ISS))]}, "another key"),
        ({"x5c": [b64(certificate(KEY, uri="https://other.example"))]}, "not for the address"),
        ({"x5c": [b64(certificate(KEY))]}, "not for the address"),
        ({"x5c": ["%"]}, "base64"),
        ({"x5c": "text"}, "base64"),
    ],
)
def test_an_unusable_key_of_cards_is_skipped_and_named(changes: dict[str, Any], words: str) -> None:
    found = shc_keys.read_jwks({"keys": [jwk(**changes), 7]}, ISS, "Cards")
    assert found.issuers[0].keys == ()
    assert [line.split(" (")[0] for line in found.skipped] == ["key 1", "key 2"]
    assert words in found.skipped[0]


def test_a_snapshot_of_the_directory() -> None:
    document = {
        "directory": "https://directory.example",
        "time": "2026-03-14T12:00:00Z",
        "issuerInfo": [
            {
                "issuer": {"iss": ISS, "name": "Cards", "website": "https://cards.example"},
                "keys": [jwk(), jwk(alg="x")],
            },
            {"issuer": {"iss": "https://empty.example", "name": "Empty"}, "keys": []},
            {"issuer": {"iss": "https://broken.example"}},
        ],
    }
    found = shc_keys.read_vci(document)
    assert [(issuer.id, len(issuer.keys)) for issuer in found.issuers] == [(ISS, 1), ("https://empty.example", 0)]
    assert [line.split(": ")[0] for line in found.skipped] == [f"issuer 1 ({ISS})", "issuer 3"]
    with pytest.raises(TrustError, match="without keys"):
        shc_keys.read_vci({"participating_issuers": []})


# all of them


def test_our_own_entries_alone_or_in_a_list() -> None:
    entry = issuer_document(MINT.issuer_of())
    assert own.read(entry) == ((MINT.issuer_of(),), [])
    found, skipped = own.read([entry, {}, {**entry, "keys": [7]}])
    assert [issuer.id for issuer in found] == ["ministry", "ministry"]
    assert len(skipped) == 2


def _did_entry(changes: dict[str, Any]) -> dict[str, Any]:
    return did_entry(DER, **changes)


def _jwk(changes: dict[str, Any]) -> dict[str, Any]:
    return jwk(**changes)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SHAPES = st.sampled_from(["keys", "issuerInfo", "verificationMethod", "certificates"])
ENTRIES = st.lists(
    JSON
    | st.dictionaries(st.sampled_from(list(gateway_entry(DER))), JSON).map(
        lambda changes: gateway_entry(DER, **changes)
    )
    | st.dictionaries(st.sampled_from(["kid", "x5c", "x", "y", "crv"]), JSON).map(_did_entry)
    | st.dictionaries(st.sampled_from(["kid", "x5c", "x", "y"]), JSON).map(_jwk),
    max_size=3,
)


@given(SHAPES, ENTRIES, JSON)
@settings(deadline=None, max_examples=300)
def test_whatever_a_publisher_writes_is_imported_skipped_or_refused(shape: str, entries: list[Any], other: Any) -> None:
    documents = [other, entries, {"id": "x", shape: entries}]
    for document in documents:
        for form in FORMS.values():
            try:
                given_file = document if form.is_json else json.dumps(document).encode()
                issuers, skipped = form.read(given_file, Given(ISS, "Cards"))
            except TrustError as error:
                assert str(error)  # noqa: PT017  (a refusal is one of the outcomes)
            else:
                assert all(isinstance(line, str) for line in skipped)
                assert all(len(issuer.keys) <= 3 for issuer in issuers)


# what others have published


def test_the_certificates_of_the_eu_test_data() -> None:
    published = json.loads(vector_file("eu_dcc/trustlist.json").read_text())
    entries = []
    for name, pems in published.items():
        der = x509.load_pem_x509_certificate(pems[0].encode()).public_bytes(Encoding.DER)
        entries.append(gateway_entry(der, kid=name, country="EU"))
    found = eu_gateway.read(entries)
    imported = sum(len(issuer.keys) for issuer in found.issuers)
    assert imported + len(found.skipped) == len(entries) == 178
    assert imported >= 158
    assert all(re.fullmatch(r"certificate [0-9]+ \(.*\): .+", line) for line in found.skipped)


def test_the_key_sets_of_the_cards_test_data() -> None:
    checked_elsewhere = {"invalid_chain", "private_key", "issuer.jwks.public.not.smart"}
    for case in json.loads(vector_file("shc/jwks_cases.json").read_text()):
        name = case["id"].removeprefix("shc-jwks/").removesuffix(".json").removesuffix(".public")
        if name in checked_elsewhere:
            continue
        found = shc_keys.read_jwks({"keys": case["keys"]}, _certified_address(case["keys"]), "x")
        assert (not found.skipped) is case["expected"].startswith("valid"), (name, found.skipped)


def _certified_address(keys: list[dict[str, Any]]) -> str:
    """The address that the first certificate is for, where that is a web address."""
    for key in keys:
        if key.get("x5c"):
            names = x509.load_der_x509_certificate(base64.b64decode(key["x5c"][0])).extensions
            for name in names:
                if isinstance(name.value, x509.SubjectAlternativeName):
                    found = name.value.get_values_for_type(x509.UniformResourceIdentifier)
                    return found[0] if found else ISS
    return ISS


def test_the_keys_of_the_cards_test_cases() -> None:
    seen = imported = 0
    for case in vector_cases("shc"):
        trust = case.get("trust") or {}
        keys, named = trust.get("jwks") or [], trust.get("iss")
        for iss in [named] if isinstance(named, str) else named or []:
            found = shc_keys.read_jwks({"keys": [{**key, "x5c": None} for key in keys]}, iss, iss)
            seen += len(keys)
            imported += len(found.issuers[0].keys)
            assert len(found.issuers[0].keys) + len(found.skipped) >= len({key.get("kid") for key in keys})
    assert seen > 50
    assert imported > seen / 2
