"""Forgeries of every format: one bit changed anywhere, another algorithm, another key; none is ever accepted."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential import base64url, cbor
from gate.credential.keys import public_to_pem
from gate.credential.model import Rejected, RejectReason, Verified
from gate.credential.shc_text import jws_of, text_of
from gate.credential.trust import Trust
from gate.credential.verify import verify
from tests.credential.hcert_minting import AUTHORITY, P384, RSA, TEST, Authority, dcc, message_of, text
from tests.credential.minting import at
from tests.credential.shc_minting import CLINIC, Clinic, deflated

AUTHORITIES = pytest.mark.parametrize("authority", [AUTHORITY, P384, RSA], ids=["P-256", "P-384", "RSA"])


def accepted(code: str, trust: Trust) -> bool:
    return isinstance(verify(code, trust, at()), Verified)


def reason(code: str, trust: Trust) -> RejectReason | None:
    verdict = verify(code, trust, at())
    return verdict.reason if isinstance(verdict, Rejected) else None


def flips(raw: bytes) -> Iterator[bytes]:
    """The same bytes with one bit changed, for every bit."""
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << (bit % 8)
        yield bytes(changed)


# HC1


def parts_of(authority: Authority) -> list[Any]:
    return list(cbor2.loads(message_of(authority.valid())).value)


def joined(parts: list[Any]) -> str:
    return text(b"\xd2" + cbor.encode(parts))


@AUTHORITIES
def test_no_flipped_bit_of_a_certificate_is_accepted(authority: Authority) -> None:
    parts = parts_of(authority)
    assert accepted(joined(parts), authority.trust)
    for which in (0, 2, 3):
        for bit, changed in enumerate(flips(parts[which])):
            assert not accepted(joined([*parts[:which], changed, *parts[which + 1 :]]), authority.trust), (which, bit)


def test_no_flipped_bit_of_a_whole_message_is_accepted_as_something_else() -> None:
    raw, genuine = message_of(AUTHORITY.valid()), verify(AUTHORITY.valid(), AUTHORITY.trust, at())
    for changed in flips(raw):
        verdict = verify(text(changed), AUTHORITY.trust, at())
        assert isinstance(verdict, Rejected) or verdict.facts == genuine.facts  # type: ignore[union-attr]  # verified


def test_no_part_of_a_certificate_is_accepted() -> None:
    code = AUTHORITY.valid()
    assert not any(accepted(code[:cut], AUTHORITY.trust) for cut in range(len(code)))


@AUTHORITIES
@pytest.mark.parametrize("algorithm", [None, 0, 5, 4, -8, -35, -36, -38, -39, -257, -47, "ES256", -7.0, True])
def test_another_algorithm_is_unsupported(authority: Authority, algorithm: Any) -> None:
    code = authority.of(authority.claims(), protected=cbor2.dumps({1: algorithm, 4: authority.kid}))
    assert reason(code, authority.trust) is RejectReason.UNSUPPORTED_ALGORITHM


@pytest.mark.parametrize(("authority", "algorithm"), [(AUTHORITY, -37), (P384, -37), (RSA, -7)])
def test_the_algorithm_of_another_key_type_is_unsupported(authority: Authority, algorithm: int) -> None:
    code = authority.of(authority.claims(), protected={1: algorithm, 4: authority.kid})
    assert reason(code, authority.trust) is RejectReason.UNSUPPORTED_ALGORITHM


def test_hmac_with_the_public_key_as_secret() -> None:
    payload = cbor.encode(AUTHORITY.claims())
    for number in (4, 5, 6, 7, -7):
        protected = cbor.encode({1: number, 4: AUTHORITY.kid})
        signed = cbor.encode(["Signature1", protected, b"", payload])
        mac = hmac.new(public_to_pem(AUTHORITY.key.public_key()), signed, hashlib.sha256).digest()
        for signature in (mac, mac + mac, b""):
            assert not accepted(joined([protected, {}, payload, signature]), AUTHORITY.trust)


def test_a_key_of_eddsa_signs_no_certificate() -> None:
    key = Ed25519PrivateKey.generate()
    payload, protected = cbor.encode(AUTHORITY.claims()), cbor.encode({1: -8, 4: AUTHORITY.kid})
    signature = key.sign(cbor.encode(["Signature1", protected, b"", payload]))
    trust = AUTHORITY.trusting(AUTHORITY.issuer(public=key.public_key()))
    for headers in (protected, cbor.encode({1: -7, 4: AUTHORITY.kid})):
        assert reason(joined([headers, {}, payload, signature]), trust) is RejectReason.UNSUPPORTED_ALGORITHM


def test_the_key_of_another_curve_under_the_same_kid() -> None:
    for signer, trusted in ((AUTHORITY, P384), (P384, AUTHORITY)):
        trust = AUTHORITY.trusting(trusted.issuer(kid=signer.kid))
        assert reason(signer.valid(), trust) is RejectReason.BAD_SIGNATURE


def test_the_kid_of_another_issuer() -> None:
    other = Authority(country="DE")
    both = AUTHORITY.trusting(AUTHORITY.issuer(), other.issuer())
    stolen = other.of(other.claims(iss="AT"), protected={1: -7, 4: AUTHORITY.kid})
    assert reason(stolen, both) is RejectReason.BAD_SIGNATURE
    assert reason(other.valid(iss="AT"), both) is RejectReason.ISSUER_MISMATCH


def test_headers_and_payloads_of_two_certificates_swapped() -> None:
    ours, other = parts_of(AUTHORITY), Authority()
    theirs = list(cbor2.loads(message_of(other.valid(dcc(t=[TEST])))).value)
    for which in (0, 2, 3):
        mixed = [*ours[:which], theirs[which], *ours[which + 1 :]]
        assert not accepted(joined(mixed), AUTHORITY.trust)
    moved = [cbor.encode({1: -7}), {4: AUTHORITY.kid}, *ours[2:]]
    assert reason(joined(moved), AUTHORITY.trust) is RejectReason.BAD_SIGNATURE


@AUTHORITIES
def test_signatures_of_another_form(authority: Authority) -> None:
    parts = parts_of(authority)
    good, half = parts[3], len(parts[3]) // 2
    forms = [good[:half] + bytes(half), bytes(half) + good[half:], bytes(2 * half), b"\xff" * 2 * half, good[:-1]]
    forms += [good + b"\x00", b"\x00" + good, good[half:] + good[:half], b""]
    if isinstance(authority.key, ec.EllipticCurvePrivateKey):
        signed = cbor.encode(["Signature1", parts[0], b"", parts[2]])
        forms.append(authority.key.sign(signed, ec.ECDSA(hashes.SHA256())))
    for form in forms:
        assert reason(joined([*parts[:3], form]), authority.trust) is RejectReason.BAD_SIGNATURE


@given(st.data())
@settings(deadline=None)
def test_a_changed_certificate_never_states_anything_else(data: st.DataObject) -> None:
    raw = bytearray(message_of(AUTHORITY.valid()))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    verdict = verify(text(bytes(raw)), AUTHORITY.trust, at())
    assert isinstance(verdict, Rejected) or verdict == verify(AUTHORITY.valid(), AUTHORITY.trust, at())


# SHC


def card(header: bytes, payload: bytes, signature: bytes) -> str:
    return text_of(".".join(map(base64url.encode, (header, payload, signature))))


def card_parts() -> list[bytes]:
    return [base64url.decode(part) for part in jws_of(CLINIC.valid().encode()[5:]).split(b".")]


def test_no_flipped_bit_of_a_card_is_accepted() -> None:
    parts = card_parts()
    assert accepted(card(*parts), CLINIC.trust)
    for which, part in enumerate(parts):
        for bit, changed in enumerate(flips(part)):
            several = [*parts[:which], changed, *parts[which + 1 :]]
            assert not accepted(card(*several), CLINIC.trust), (which, bit)


def test_no_changed_character_and_no_part_of_a_card_is_accepted() -> None:
    jws = jws_of(CLINIC.valid().encode()[5:]).decode()
    for place, char in enumerate(jws):
        other = "A" if char != "A" else "B"
        assert not accepted(text_of(jws[:place] + other + jws[place + 1 :]), CLINIC.trust)
        assert not accepted(text_of(jws[:place]), CLINIC.trust)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "HS384", "ES256K", "ES384", "PS256", "EdDSA"])
def test_another_algorithm_of_a_card_is_unsupported(algorithm: str) -> None:
    header = {**CLINIC.header, "alg": algorithm}
    head, payload, signature = CLINIC.jws(deflated(b"{}"), header).split(".")
    mac = hmac.new(public_to_pem(CLINIC.key.public_key()), f"{head}.{payload}".encode(), hashlib.sha256).digest()
    for one in (signature, base64url.encode(mac), base64url.encode(mac + mac), ""):
        code = text_of(f"{head}.{payload}.{one}")
        assert reason(code, CLINIC.trust) is RejectReason.UNSUPPORTED_ALGORITHM


def test_headers_and_payloads_of_two_cards_swapped() -> None:
    ours = CLINIC.valid(rid="ours"), CLINIC.valid(rid="theirs"), Clinic().valid()
    first, *others = (jws_of(code.encode()[5:]).decode().split(".") for code in ours)
    for other in others:
        for which in range(3):
            mixed = [*first[:which], other[which], *first[which + 1 :]]
            assert mixed == first or not accepted(text_of(".".join(mixed)), CLINIC.trust)


def test_a_key_in_the_header_is_not_taken() -> None:
    stranger = Clinic()
    numbers = stranger.key.public_key().public_numbers()
    x, y = (base64url.encode(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    header = {**CLINIC.header, "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}, "jku": "https://evil.example"}
    assert reason(stranger.of(stranger.claims(), header), CLINIC.trust) is RejectReason.BAD_SIGNATURE


@given(st.data())
@settings(deadline=None)
def test_a_changed_card_never_states_anything_else(data: st.DataObject) -> None:
    jws = bytearray(jws_of(CLINIC.valid().encode()[5:]))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(jws) - 1))
        jws[place : place + data.draw(st.integers(0, 3))] = data.draw(st.text("AQ09-_.", max_size=3)).encode()
    verdict = verify(text_of(jws.decode()), CLINIC.trust, at())
    assert isinstance(verdict, Rejected) or verdict == verify(CLINIC.valid(), CLINIC.trust, at())
