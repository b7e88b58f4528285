"""NZ passes: genuine ones, and each thing that can be wrong with one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gate.credential import base32, cbor, cose, nzcp
from gate.credential.errors import MalformedError
from gate.credential.model import Entitlement, Rejected, RejectReason, Verified
from gate.credential.revocation import digest
from gate.credential.trust import IssuerKey
from gate.credential.verify import explain, verify
from tests.credential.listing import Listing
from tests.credential.minting import NOON, at
from tests.credential.nzcp_minting import NZ, VC, NzIssuer


def test_a_pass_is_verified_with_its_holder_hidden() -> None:
    found = explain(NZ.valid(), NZ.trust, at())
    verdict = found.verdict
    assert isinstance(verdict, Verified)
    assert verdict.facts == Entitlement("public-covid-pass", "1960-04-16")
    assert (verdict.credential.issuer, verdict.credential.kid) == (NZ.did, b"key-1".hex())
    assert verdict.not_after == NOON + timedelta(days=1)
    assert "1960" not in repr(verdict)
    assert {field.name for field in found.contents if field.personal} == {"pass id", "holder", "birth date"}
    assert [check.name for check in found.checks if not check.ok] == []


WRONG: dict[str, tuple[str, RejectReason]] = {
    "small letters": (NZ.valid().lower().replace("nzcp", "NZCP"), RejectReason.MALFORMED),
    "padding": (NZ.valid() + "=", RejectReason.MALFORMED),
    "another version": (NZ.valid().replace("/1/", "/2/"), RejectReason.UNKNOWN_FORMAT),
    "too long": ("NZCP:/1/" + "A" * 4296, RejectReason.TOO_LARGE),
    "no claims": (NZ.of(b"\x80"), RejectReason.MALFORMED),
    "no issuer": (NZ.valid(iss=None), RejectReason.MALFORMED),
    "no end": (NZ.valid(exp=None), RejectReason.MALFORMED),
    "no begin": (NZ.valid(nbf=None), RejectReason.MALFORMED),
    "no id": (NZ.valid(cti=None), RejectReason.MALFORMED),
    "no credential": (NZ.valid(vc=None), RejectReason.MALFORMED),
    "another sort": (NZ.valid(vc={**VC, "type": ["VerifiableCredential"]}), RejectReason.MALFORMED),
    "another issuer": (NZ.valid(iss="did:web:other.example"), RejectReason.ISSUER_MISMATCH),
    "over": (NZ.valid(exp=int(NOON.timestamp())), RejectReason.EXPIRED),
    "to come": (NZ.valid(nbf=int(NOON.timestamp()) + 1), RejectReason.NOT_YET_VALID),
    "another key": (NZ.of(NZ.claims(), ec.generate_private_key(ec.SECP256R1())), RejectReason.BAD_SIGNATURE),
    "unknown key": (NZ.of(NZ.claims(), protected={4: b"key-2"}), RejectReason.UNKNOWN_ISSUER),
    "no key id": (NZ.of(NZ.claims(), protected={4: b""}), RejectReason.MALFORMED),
    "critical header": (NZ.of(NZ.claims(), protected={2: [1]}), RejectReason.MALFORMED),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str) -> None:
    code, reason = WRONG[name]
    verdict = verify(code, NZ.trust, at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is reason


def test_issuers_may_use_the_same_name_for_their_keys() -> None:
    other = NzIssuer("did:web:other.example")
    trust = NZ.trusting(other.issuer(), NZ.issuer())
    for issuer in (NZ, other):
        verdict = verify(issuer.valid(), trust, at())
        assert isinstance(verdict, Verified)
        assert verdict.credential.issuer == issuer.did


@pytest.mark.parametrize("name", ["another algorithm in the header", "another sort of key"])
def test_an_algorithm_or_key_that_is_not_of_passes_is_unsupported(name: str) -> None:
    message = cose.sign({cose.HEADER_KID: b"key-1"}, cbor.encode(NZ.claims()), NZ.key)
    code = nzcp.PREFIX.decode() + base32.encode(message.replace(b"\x01\x26", b"\x01\x27"))
    trust = NZ.trust
    if name == "another sort of key":
        stranger = IssuerKey(b"key-1", Ed25519PrivateKey.generate().public_key(), frozenset(), None, None)
        code, trust = NZ.valid(), NZ.trusting(NZ.issuer(keys=(stranger,)))
    verdict = verify(code, trust, at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.UNSUPPORTED_ALGORITHM


def test_a_pass_on_a_deny_list_is_revoked() -> None:
    listed = NZ.trusting(NZ.issuer(revocation=("nz",)), revocation=Listing({"nz": {digest(bytes(range(16)))}}))
    verdict = verify(NZ.valid(), listed, at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.REVOKED
    assert isinstance(verify(NZ.valid(cti=bytes(16)), listed, at()), Verified)


@given(st.binary(max_size=80))
def test_base32_has_one_spelling(raw: bytes) -> None:
    text = base32.encode(raw).encode()
    assert base32.decode(text) == raw
    for other in {text.lower(), text + b"=", text + b"A", text[:-1]} - {text}:
        try:
            assert base32.encode(base32.decode(other)).encode() == other
        except MalformedError:
            continue


@pytest.mark.parametrize("value", [None, 7, b"x", "x", [], {}, {"type": 7, "credentialSubject": {}}], ids=repr)
def test_a_credential_of_any_shape_is_malformed(value: Any) -> None:
    verdict = verify(NZ.valid(vc=value), NZ.trust, at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.MALFORMED
