"""Trust bundles: what is signed is what is read, and nothing that the root did not sign is read at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential import base45, cbor, cose
from gate.credential.bundle import (
    CONTENT_TYPE,
    MAX_BYTES,
    TYP,
    issuer_document,
    list_document,
    parse_bundle,
    parse_issuer,
    sign_bundle,
    signer_of,
)
from gate.credential.errors import TrustError
from gate.credential.keys import to_jwk
from gate.credential.model import Colour, CredentialKind, RejectReason
from gate.credential.trust import Issuer, ListRef, RuleRef, TrustBundle
from tests.credential.hcert_minting import AUTHORITY, P384, RSA
from tests.credential.minting import MINT, NOON, Mint, new_key
from tests.credential.shc_minting import CLINIC

ROOT = MINT.root.public_key()
HEADERS: cose.Headers = {cose.HEADER_CONTENT_TYPE: CONTENT_TYPE, cose.HEADER_TYP: TYP}
ENTRY = issuer_document(MINT.issuer_of())
DOCUMENT: dict[str, Any] = {
    "version": 3,
    "issued": "2026-03-14T11:00:00Z",
    "expires": "2026-04-13T11:00:00+07:00",
    "issuers": [ENTRY],
}


def signed(document: object, headers: cose.Headers = HEADERS) -> bytes:
    payload = document if isinstance(document, bytes) else json.dumps(document).encode()
    return cose.sign(headers, payload, MINT.root)


def test_what_is_signed_is_what_is_read() -> None:
    second = Mint(issuer="second", algorithm="es256")
    bundle = MINT.bundle_of(
        MINT.issuer_of(not_before=NOON, not_after=NOON + timedelta(days=1)),
        second.issuer_of(usages=()),
        Issuer("empty", "No keys yet", CredentialKind.PASS, None, ()),
        version=12,
    )
    assert parse_bundle(sign_bundle(bundle, MINT.root), ROOT) == bundle


def test_the_next_root_key_is_announced_under_the_present_one() -> None:
    successor = Mint().root.public_key()
    raw = sign_bundle(replace(MINT.bundle, next_root=successor), MINT.root)
    assert parse_bundle(raw, ROOT).next_root == successor
    assert signer_of(raw, [successor, ROOT]) == ROOT
    with pytest.raises(TrustError, match="not signed by this root key"):
        signer_of(raw, [successor])
    with pytest.raises(TrustError, match="no root key"):
        signer_of(raw, [])


LIST = ListRef("eu.hashes-1", bytes(range(32)), NOON, NOON + timedelta(days=1))


def test_deny_lists_and_withdrawn_keys_are_signed_with_the_rest() -> None:
    issuer = replace(MINT.issuer_of(), revocation=("eu.hashes-1", "other"), revoked_keys=frozenset({b"\x01\x02"}))
    issuer = replace(issuer, status_values={0: Colour.GREEN, 9: RejectReason.REVOKED, 255: Colour.BLACK})
    bundle = replace(MINT.bundle_of(issuer), revocation=(LIST,))
    assert parse_bundle(sign_bundle(bundle, MINT.root), ROOT) == bundle


@pytest.mark.parametrize(
    "changes",
    [{"id": "../eu"}, {"id": "EU"}, {"sha256": "00"}, {"sha256": None}, {"issued": None}, {"expires": "soon"}],
    ids=str,
)
def test_a_deny_list_that_cannot_be_read_is_skipped_and_named(changes: dict[str, object]) -> None:
    lists = [list_document(LIST), {**list_document(LIST), **changes}]
    bundle = parse_bundle(signed({**DOCUMENT, "revocation": lists}), ROOT)
    assert bundle.revocation == (LIST,)
    assert bundle.skipped[0].startswith("deny list 2: ")


def test_times_of_other_zones_and_unknown_fields_are_fine() -> None:
    bundle = parse_bundle(signed({**DOCUMENT, "status_lists": [], "later": {"a": None}}), ROOT)
    assert (bundle.version, bundle.skipped) == (3, ())
    assert bundle.expires.isoformat() == "2026-04-13T04:00:00+00:00"
    assert bundle.issuers == MINT.bundle.issuers


def refused(raw: bytes, words: str) -> None:
    with pytest.raises(TrustError, match=words):
        parse_bundle(raw, ROOT)


def test_another_root_is_refused() -> None:
    refused(sign_bundle(MINT.bundle, Mint().root), "not signed by this root key")


@pytest.mark.parametrize("algorithm", ["ed25519", "es256"])
def test_the_key_of_an_issuer_signs_no_bundle(algorithm: str) -> None:
    key = MINT.key if algorithm == "ed25519" else new_key("es256")
    refused(cose.sign(HEADERS, json.dumps(DOCUMENT).encode(), key), "not signed by this root key")


def test_a_pass_is_no_bundle_even_if_the_root_signed_it() -> None:
    refused(base45.decode(MINT.valid()[4:].encode()), "not typed")
    refused(cose.sign(MINT.headers, json.dumps(DOCUMENT).encode(), MINT.root), "not typed")


def test_headers_outside_the_signed_ones_are_refused() -> None:
    message = cose.read(signed(DOCUMENT))
    refused(cbor.encode([message.protected_bytes, {99: 1}, message.payload, message.signature]), "not typed")


@pytest.mark.parametrize("changes", [{1: -7}, {2: [1]}], ids=["other algorithm", "critical"])
def test_signed_headers_that_a_bundle_may_not_have(changes: cose.Headers) -> None:
    message = cose.read(MINT.bundle_bytes)
    protected = cbor.encode({**message.protected, **changes})
    signature = MINT.root.sign(cbor.encode(["Signature1", protected, b"", message.payload]))
    refused(cbor.encode([protected, {}, message.payload, signature]), "not typed|not signed")


def test_no_flipped_bit_is_read() -> None:
    raw = sign_bundle(MINT.bundle, MINT.root)
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(TrustError):
            parse_bundle(bytes(changed), ROOT)


def test_no_torn_bundle_is_read() -> None:
    raw = sign_bundle(MINT.bundle, MINT.root)
    for length in range(len(raw)):
        with pytest.raises(TrustError):
            parse_bundle(raw[:length], ROOT)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(TrustError):
        parse_bundle(raw, ROOT)


def test_an_oversized_bundle_is_refused_unread_and_unsigned() -> None:
    padded = {**DOCUMENT, "padding": "x" * MAX_BYTES}
    refused(signed(padded), "exceeds")
    issuer = replace(MINT.issuer_of(), name="x" * MAX_BYTES)
    with pytest.raises(TrustError, match="exceed"):
        sign_bundle(MINT.bundle_of(issuer), MINT.root)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "JSON"),
        (b"\xff", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "object"),
        (b'{"version": NaN}', "NaN"),
        (b'{"version": 1, "version": 2}', "twice"),
        (b'{"version": ' + b"9" * 5000 + b"}", "JSON"),
        ({**DOCUMENT, "version": 0}, "version"),
        ({**DOCUMENT, "version": -1}, "version"),
        ({**DOCUMENT, "version": 1.0}, "version"),
        ({**DOCUMENT, "version": True}, "version"),
        ({**DOCUMENT, "version": 2**60}, "version"),
        ({**DOCUMENT, "version": None}, "version"),
        ({**DOCUMENT, "issued": None}, "issued"),
        ({**DOCUMENT, "issued": "yesterday"}, "issued"),
        ({**DOCUMENT, "issued": 1700000000}, "issued"),
        ({**DOCUMENT, "expires": "2026-04-13T11:00:00"}, "expires"),
        ({**DOCUMENT, "expires": "0001-01-01T00:00:00+14:00"}, "expires"),
        ({**DOCUMENT, "issuers": {}}, "issuers"),
        ({**DOCUMENT, "next_root": None}, "object"),
        ({**DOCUMENT, "next_root": to_jwk(new_key("es256").public_key())}, "next root"),
        ({**DOCUMENT, "issuers": None}, "issuers"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_signed_document_that_cannot_be_used(document: object, words: str) -> None:
    refused(signed(document), words)


def test_keys_of_health_authorities_and_clinics_are_carried() -> None:
    issuers = (
        replace(AUTHORITY.issuer("vaccination", "test"), id="p256"),
        replace(P384.issuer(kid=b"11"), id="p384"),
        replace(RSA.issuer(not_before=NOON), id="rsa"),
        CLINIC.issuer(),
    )
    bundle = MINT.bundle_of(*issuers)
    assert parse_bundle(sign_bundle(bundle, MINT.root), ROOT) == bundle


@pytest.mark.parametrize("kid", [None, 7, "", "0", "zz", "AB", "00" * 65, "00 00"])
def test_the_kid_of_a_health_authority_is_given_in_hex(kid: object) -> None:
    entry = issuer_document(AUTHORITY.issuer())
    keys: Any = entry["keys"]
    with pytest.raises(TrustError, match="kid"):
        parse_issuer({**entry, "keys": [{**keys[0], "kid": kid}]})


def test_the_kid_of_a_clinic_is_the_thumbprint() -> None:
    with pytest.raises(TrustError, match="kid"):
        parse_issuer(issuer_document(CLINIC.issuer(kid=b"another!")))


def key_entry(**changes: object) -> dict[str, object]:
    key = issuer_document(MINT.issuer_of())["keys"]
    assert isinstance(key, list)
    return {**key[0], **changes}


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (7, "issuer 2: an object"),
        ({}, "issuer 2: kind"),
        ({**ENTRY, "kind": "hc9"}, "issuer 2: its kind"),
        ({**ENTRY, "id": ""}, "issuer 2: id"),
        ({**ENTRY, "id": "a\x00b"}, "issuer 2: id"),
        ({**ENTRY, "id": "a\x1b[31m"}, "issuer 2: id"),
        ({**ENTRY, "name": None}, "issuer 2: name"),
        ({**ENTRY, "country": 7}, "issuer 2: country"),
        ({**ENTRY, "keys": None}, "issuer 2: keys"),
        ({**ENTRY, "status_values": {"256": "red"}}, "issuer 2: a status value"),
        ({**ENTRY, "status_values": {"1": "blue"}}, "issuer 2: a status value"),
        ({**ENTRY, "status_values": {"1": ["red"]}}, "issuer 2: a status value"),
        ({**ENTRY, "status_values": {"01": "red"}}, "issuer 2: a status value"),
        ({**ENTRY, "status_values": 7}, "issuer 2: an object"),
        ({**ENTRY, "revocation": "eu"}, "issuer 2: revocation"),
        ({**ENTRY, "revocation": [7]}, "issuer 2: name"),
        ({**ENTRY, "revoked_keys": ["xyz"]}, "issuer 2: a kid"),
        ({**ENTRY, "revoked_keys": 7}, "issuer 2: revoked_keys"),
    ],
)
def test_an_issuer_that_cannot_be_read_is_skipped_and_named(entry: object, named: str) -> None:
    bundle = parse_bundle(signed({**DOCUMENT, "issuers": [ENTRY, entry]}), ROOT)
    assert bundle.issuers == MINT.bundle.issuers
    assert len(bundle.skipped) == 1
    assert bundle.skipped[0].startswith(named)


@pytest.mark.parametrize(
    ("key", "word"),
    [
        (None, "object"),
        (key_entry(jwk=None), "object"),
        (key_entry(jwk={"kty": "oct"}), "neither"),
        (key_entry(jwk={"kty": "RSA"}), "no n"),
        (key_entry(kid="00" * 8), "kid"),
        (key_entry(kid=None), "kid"),
        (key_entry(usages="pass"), "usages"),
        (key_entry(usages=[7]), "usage"),
        (key_entry(not_before="soon"), "not_before"),
        (key_entry(not_after=[]), "not_after"),
    ],
)
def test_a_key_that_cannot_be_read_is_skipped_and_named(key: object, word: str) -> None:
    entry = {**ENTRY, "keys": [key, key_entry()]}
    bundle = parse_bundle(signed({**DOCUMENT, "issuers": [entry]}), ROOT)
    assert bundle.issuers == MINT.bundle.issuers
    assert len(bundle.skipped) == 1
    assert bundle.skipped[0].startswith("ministry: key 1: ")
    assert word in bundle.skipped[0]
    with pytest.raises(TrustError, match=word):
        parse_issuer(entry)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(DOCUMENT)), VALUES), st.sampled_from(sorted(ENTRY)), VALUES)
@settings(deadline=None)
def test_whatever_the_root_signs_is_a_bundle_or_refused(top: Any, name: str, value: Any) -> None:
    for document in ({**DOCUMENT, **top}, {**DOCUMENT, "issuers": [{**ENTRY, name: value}]}):
        try:
            assert isinstance(parse_bundle(signed(document), ROOT), TrustBundle)
        except TrustError as error:
            assert str(error)  # noqa: PT017  (a refusal is one of the two outcomes)


def test_an_entry_of_rules_that_cannot_be_read_costs_that_entry_alone() -> None:
    document = {"id": "own", "version": 1, "sha256": "00" * 32}
    bad = [{**document, "id": "Own"}, {**document, "version": 0}, {**document, "sha256": "00"}, 7, {}]
    bundle = parse_bundle(signed({**DOCUMENT, "rule_packs": [*bad, document]}), ROOT)
    assert parse_bundle(sign_bundle(bundle, MINT.root), ROOT).rule_packs == bundle.rule_packs
    assert bundle.rule_packs == (RuleRef("own", 1, bytes(32)),)
    assert [entry.partition(":")[0] for entry in bundle.skipped] == [f"rule pack {number}" for number in range(1, 6)]
