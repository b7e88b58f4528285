"""The trust lists of the EU's members: each form gives the same signers, and names what cannot be read."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential import cbor
from gate.credential.bundle import issuer_document, parse_issuer
from gate.credential.errors import TrustError
from gate.credential.importers import eu_lists
from gate.credential.importers.imported import Imported
from gate.credential.keys import PublicKey, to_jwk
from tests.credential.importers.certified import b64, b64url, certificate, gateway_entry, kid

KEYS = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
RECOVERY = "1.3.6.1.4.1.1847.2021.1.3"
DERS = [certificate(KEYS[0]), certificate(KEYS[1], country="XB", usages=(RECOVERY,))]
BAD = b"0\x03nothing"
"""Begins as a certificate does, and is none."""


def spki(public: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def gateway(*extra: Any) -> dict[str, Any]:
    return {"certificates": [gateway_entry(DERS[0]), gateway_entry(DERS[1], country="XB"), *extra]}


def german(document: Any) -> bytes:
    return b64(bytes(64)).encode() + b"\n" + json.dumps(document).encode()


def swedish(document: Any) -> bytes:
    header = {"alg": "ES256", "x5c": [b64(bytes(3000))]}
    return ".".join(
        b64url(part) for part in (json.dumps(header).encode(), json.dumps(document).encode(), b"s")
    ).encode()


def swedish_list() -> dict[str, Any]:
    def key(number: int, **changes: Any) -> dict[str, Any]:
        der = DERS[number]
        return {"kid": b64(kid(der)), "x5c": [b64(der)], "kty": "EC", "crv": "P-256", **changes}

    lists = {"XA": {"keys": [key(0)], "eku": {}}, "XB": {"keys": [key(1), key(1, x5c=["%"])], "eku": {}}}
    return {"iss": "x", "iat": 1, "dsc_trust_list": lists}


def dutch(keys: Any) -> bytes:
    inner = json.dumps({"nl_keys": {}, "eu_keys": keys}).encode()
    return json.dumps({"payload": b64(inner), "signature": "AAAA"}).encode()


def dutch_key(number: int, **changes: Any) -> dict[str, Any]:
    return {"subjectPk": b64(spki(KEYS[number].public_key())), "keyUsage": [], "ian": "XA", "san": "", **changes}


def dutch_list() -> dict[str, Any]:
    names = [b64(kid(der)) for der in DERS]
    return {names[0]: [dutch_key(0)], names[1]: [dutch_key(1, ian="XB", keyUsage=["r"]), dutch_key(1, ian="X")]}


def austrian(*extra: Any) -> bytes:
    return cbor.encode({"c": [*({"i": kid(der), "c": der} for der in DERS), *extra]})


def by_kid(write: Callable[[bytes], str] = b64) -> dict[str, str]:
    return {b64(kid(der)): write(der) for der in (*DERS, BAD)}


def twice(der: bytes) -> str:
    return b64(base64.b64encode(der))


LISTS: dict[str, bytes] = {
    "gateway": json.dumps(gateway(gateway_entry(BAD))["certificates"]).encode(),
    "backend": json.dumps(gateway(gateway_entry(BAD))).encode(),
    "DE": german(gateway(gateway_entry(BAD))),
    "SE": swedish(swedish_list()),
    "NL": dutch(dutch_list()),
    "NL decoded": json.dumps({"eu_keys": dutch_list()}).encode(),
    "AT": austrian({"i": kid(BAD), "c": BAD}),
    "AT in JSON": json.dumps({"trustList": {"trustListContent": b64(austrian({"i": b"", "c": BAD}))}}).encode(),
    "IT": json.dumps(by_kid()).encode(),
    "IT entries": json.dumps([{"kid": name, "raw_data": text} for name, text in by_kid().items()]).encode(),
    "FR": json.dumps({"certificatesDCC": by_kid(twice), "certificates2DDoc": {}}).encode(),
}


def found_in(raw: bytes) -> tuple[dict[str, list[bytes]], list[str]]:
    found: Imported = eu_lists.read(raw)
    assert all(parse_issuer(issuer_document(issuer)) == issuer for issuer in found.issuers)
    assert all(issuer.name == f"{issuer.country} (EU gateway)" for issuer in found.issuers), "they merge with others"
    return {issuer.id: [key.kid for key in issuer.keys] for issuer in found.issuers}, found.skipped


@pytest.mark.parametrize("form", LISTS)
def test_every_form_gives_the_same_signers(form: str) -> None:
    found, skipped = found_in(LISTS[form])
    assert found == {"eu-XA": [kid(DERS[0])], "eu-XB": [kid(DERS[1])]}
    assert len(skipped) == 1
    issuers = {issuer.id: issuer for issuer in eu_lists.read(LISTS[form]).issuers}
    assert issuers["eu-XB"].keys[0].usages == {"recovery"}
    assert issuers["eu-XB"].keys[0].public == KEYS[1].public_key()
    assert (issuers["eu-XA"].keys[0].not_after is None) is form.startswith("NL"), "its certificate's period"


def test_a_swedish_key_without_its_certificate_counts_with_the_usages_beside_it() -> None:
    public: PublicKey = KEYS[0].public_key()
    name = b64(kid(DERS[0]))
    for oids, usages in (
        (["1.3.6.1.4.1.1847.2021.1.1", "1.3.6.1.4.1.0.1847.2021.1.2", "1.2.3"], {"test", "vaccination"}),
        ([], set()),
        (7, set()),
        ([7], set()),
    ):
        lists = {"XA": {"keys": [{**to_jwk(public), "kid": name}], "eku": {name: oids}}}
        (issuer,) = eu_lists.read(swedish({"dsc_trust_list": lists})).issuers
        assert (issuer.keys[0].public, set(issuer.keys[0].usages)) == (public, usages)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"subjectPk": "%"}, "not base64"),
        ({"subjectPk": b64(DERS[0])}, "not base64 of a public key"),
        ({"subjectPk": b64(spki(ed25519.Ed25519PrivateKey.generate().public_key()))}, "neither EC nor RSA"),
        ({"subjectPk": b64(spki(ec.generate_private_key(ec.SECP224R1()).public_key()))}, "curve|P-256"),
        ({"keyUsage": ["x"]}, "usages"),
        ({"keyUsage": [[]]}, "usages"),
        ({"keyUsage": "v"}, "usages"),
        ({"ian": None}, "two letters"),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value),
)
def test_a_dutch_key_that_cannot_be_used_is_skipped(changes: dict[str, Any], why: str) -> None:
    found = eu_lists.read(dutch({b64(b"12345678"): [dutch_key(0, **changes)], "%": [dutch_key(0)], "AAAA": 7}))
    assert found.issuers == ()
    assert len(found.skipped) == 3
    assert any(word in found.skipped[0] for word in why.split("|"))


def test_a_certificate_without_a_country_is_skipped() -> None:
    der = certificate(KEYS[0], country=None)
    assert found_in(json.dumps({b64(kid(der)): b64(der)}).encode())[0] == {}
    assert "names no country" in found_in(austrian({"i": kid(der), "c": der}))[1][0]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"7",
        b"{}",
        b"a.b.c",
        b"AAAA\n7",
        b'{"payload": "%", "signature": ""}',
        b'{"payload": "AAAA", "signature": ""}',
        b'{"eu_keys": []}',
        b'{"dsc_trust_list": []}',
        b'{"certificatesDCC": []}',
        b'{"c": {}}',
        cbor.encode({"c": 7}),
        cbor.encode([]) + b"\x00",
        b"[" * 100_000,
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_a_file_of_another_form_is_refused(raw: bytes) -> None:
    with pytest.raises(TrustError):
        eu_lists.read(raw)


NAMES = ["kid", "x5c", "keys", "eku", "XA", "ian", "subjectPk", "i", "c", "AAAA"]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(max_size=4) | st.sampled_from([b64(DERS[0]), b64(kid(DERS[0]))]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kid", "x5c", "keys", "eku", "XA", "ian", "subjectPk", "i", "c", "AAAA"]), inner
        )
    ),
    max_leaves=8,
)
WRAPPED: list[Callable[[Any], bytes]] = [
    dutch,
    german,
    swedish,
    lambda value: swedish({"dsc_trust_list": value}),
    lambda value: json.dumps({"certificatesDCC": value}).encode(),
    lambda value: cbor.encode({"c": value}),
    lambda value: json.dumps({"trustList": value}).encode(),
    lambda value: json.dumps([{"kid": "AAAA", "raw_data": value}, value]).encode(),
]


@given(st.sampled_from(WRAPPED), JSON)
@settings(deadline=None, max_examples=200)
def test_whatever_a_member_writes_is_imported_skipped_or_refused(wrap: Callable[[Any], bytes], value: Any) -> None:
    try:
        found = eu_lists.read(wrap(value))
    except TrustError as error:
        assert str(error)  # noqa: PT017  (a refusal is one of the outcomes)
    else:
        assert all(isinstance(line, str) for line in found.skipped)
        assert all(parse_issuer(issuer_document(issuer)) == issuer for issuer in found.issuers)
