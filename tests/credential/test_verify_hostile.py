"""``verify`` under attack: it never raises, and accepts no pass but those that were signed, whatever bit is changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential import base45, cbor, cose
from gate.credential.model import Rejected, Verified
from gate.credential.trust import Trust
from gate.credential.verify import explain, verify
from tests.credential.minting import MINT, Mint, at, signed_text
from tests.credential.test_cbor import PLAIN

ES256 = Mint(algorithm="es256")
BOTH = pytest.mark.parametrize("authority", [MINT, ES256], ids=["ed25519", "es256"])
UNLIMITED = settings(deadline=None)


def wrapped(raw: bytes) -> str:
    return "GP1:" + base45.encode(raw)


def unwrapped(text: str) -> bytes:
    return base45.decode(text[4:].encode())


def judged(code: str | bytes, trust: Trust = MINT.trust) -> Verified | Rejected:
    """The verdict, which ``explain`` must share."""
    verdict = verify(code, trust, at())
    assert isinstance(verdict, Verified | Rejected)
    explanation = explain(code, trust, at())
    assert explanation.verdict == verdict
    assert [check.ok for check in explanation.checks[:-1]] == [True] * (len(explanation.checks) - 1)
    assert explanation.checks[-1].ok is isinstance(verdict, Verified)
    return verdict


@BOTH
def test_no_flipped_bit_of_the_signed_bytes_or_the_signature_is_accepted(authority: Mint) -> None:
    message = cose.read(unwrapped(authority.valid()))
    parts = [message.protected_bytes, message.payload, message.signature]
    assert isinstance(judged(wrapped(b"\xd2" + cbor.encode([parts[0], {}, *parts[1:]])), authority.trust), Verified)
    for which, part in enumerate(parts):
        for bit in range(len(part) * 8):
            changed = bytearray(part)
            changed[bit // 8] ^= 1 << (bit % 8)
            forged = [*parts[:which], bytes(changed), *parts[which + 1 :]]
            code = wrapped(b"\xd2" + cbor.encode([forged[0], {}, forged[1], forged[2]]))
            assert isinstance(verify(code, authority.trust, at()), Rejected), (which, bit)


@BOTH
def test_no_flipped_bit_of_the_whole_message_is_accepted(authority: Mint) -> None:
    raw = unwrapped(authority.valid())
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << (bit % 8)
        assert isinstance(verify(wrapped(bytes(changed)), authority.trust, at()), Rejected), bit


@BOTH
def test_no_part_of_a_pass_is_accepted(authority: Mint) -> None:
    text, raw = authority.valid(), unwrapped(authority.valid())
    for cut in range(len(text)):
        assert isinstance(verify(text[:cut], authority.trust, at()), Rejected)
    for cut in range(len(raw)):
        assert isinstance(verify(wrapped(raw[:cut]), authority.trust, at()), Rejected)


@BOTH
@given(data=st.data())
@UNLIMITED
def test_a_changed_pass_is_never_accepted_with_other_content(authority: Mint, data: st.DataObject) -> None:
    raw = bytearray(unwrapped(authority.valid()))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    verdict = judged(wrapped(bytes(raw)), authority.trust)
    if isinstance(verdict, Verified):
        assert verdict == verify(authority.valid(), authority.trust, at())


@given(st.text(max_size=300) | st.binary(max_size=300))
@UNLIMITED
def test_anything_leads_to_a_rejection(code: str | bytes) -> None:
    assert isinstance(judged(code), Rejected)
    prefix = "GP1:" if isinstance(code, str) else b"GP1:"
    assert isinstance(judged(prefix + code), Rejected)  # type: ignore[operator]  # both are text or both bytes


@given(st.binary(max_size=300))
@UNLIMITED
def test_any_bytes_as_the_message_lead_to_a_rejection(raw: bytes) -> None:
    assert isinstance(judged(wrapped(raw)), Rejected)


@given(PLAIN, PLAIN, PLAIN, PLAIN)
@UNLIMITED
def test_any_four_values_as_the_message_lead_to_a_rejection(one: Any, two: Any, three: Any, four: Any) -> None:
    assert isinstance(judged(wrapped(b"\xd2" + cbor.encode([one, two, three, four]))), Rejected)


NUMBERS = st.sampled_from([1, 2, 4, 5, 6, 7, 65535, -65537, -65538])
HEADERS = st.sampled_from([1, 2, 3, 4, 16])


@given(st.dictionaries(NUMBERS, PLAIN, max_size=9), st.booleans())
@UNLIMITED
def test_any_claims_that_a_trusted_issuer_signed_lead_to_a_verdict(claims: Any, with_usual: bool) -> None:  # noqa: FBT001  (hypothesis fills it)
    usual = cbor.decode(cose.read(unwrapped(MINT.valid())).payload)
    assert isinstance(usual, dict)
    judged(MINT.raw(cbor.encode({**usual, **claims} if with_usual else claims)))


@given(st.dictionaries(HEADERS, PLAIN, max_size=5), st.booleans())
@UNLIMITED
def test_any_signed_headers_lead_to_a_verdict(headers: Any, with_usual: bool) -> None:  # noqa: FBT001  (hypothesis fills it)
    usual = MINT.headers if with_usual else {}
    judged(signed_text({**usual, **headers}, cose.read(unwrapped(MINT.valid())).payload, MINT.key))
