"""Forgeries of the other formats: no changed bit, no other key and no swapped part is ever accepted."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator

import pytest

from gate.credential import base32
from gate.credential.model import Rejected, RejectReason, Verified
from gate.credential.trust import Trust
from gate.credential.verify import verify
from tests.credential.divoc_minting import EXAMPLE, INDIA, changed
from tests.credential.minting import at
from tests.credential.nzcp_minting import NZ
from tests.credential.pretix_minting import FAIR, text
from tests.credential.vdsnc_minting import SIGNER, UTOPIA, VACCINATED


def flips(raw: bytes, step: int = 1) -> Iterator[bytes]:
    """The same bytes with one bit changed, for every bit or every ``step``-th."""
    for bit in range(0, len(raw) * 8, step):
        changed_raw = bytearray(raw)
        changed_raw[bit // 8] ^= 1 << (bit % 8)
        yield bytes(changed_raw)


Written = Callable[[bytes], bytes | str]
SEAL = json.dumps(json.loads(SIGNER.valid()), separators=(",", ":")).encode()
CERTIFICATE = json.dumps(EXAMPLE.signed(changed()), separators=(",", ":")).encode()
FORMATS: dict[str, tuple[bytes, Written, Trust, int]] = {
    "nzcp": (base32.decode(NZ.valid().encode()[8:]), lambda raw: f"NZCP:/1/{base32.encode(raw)}", NZ.trust, 1),
    "nzcp text": (NZ.valid().encode(), bytes, NZ.trust, 1),
    "pretix": (base64.b64decode(FAIR.valid()[::-1]), text, FAIR.trust, 1),
    "pretix text": (FAIR.valid().encode(), bytes, FAIR.trust, 1),
    "vdsnc": (SEAL, bytes, UTOPIA.trusting(), 7),
    "divoc": (CERTIFICATE, EXAMPLE.of, EXAMPLE.trust, 7),
}
"""The signed bytes, how they become a code, who is trusted, and which bits are tried; 7 meets every bit of a byte."""


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # a flipped sign, which the library will refuse one day
@pytest.mark.parametrize("name", FORMATS)
def test_no_flipped_bit_is_accepted(name: str) -> None:
    raw, written, trust, step = FORMATS[name]
    assert isinstance(verify(written(raw), trust, at()), Verified)
    accepted = [number for number, forged in enumerate(flips(raw, step)) if _accepted(written(forged), trust)]
    assert accepted == []


def _accepted(code: bytes | str, trust: Trust) -> bool:
    return isinstance(verify(code, trust, at()), Verified)


def test_the_parts_of_two_seals_do_not_make_one() -> None:
    first = json.loads(SIGNER.valid())
    second = json.loads(SIGNER.valid({**VACCINATED, "uvci": "U0002"}))
    verdict = verify(json.dumps({"data": first["data"], "sig": second["sig"]}), UTOPIA.trusting(), at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.BAD_SIGNATURE


def test_the_parts_of_two_certificates_do_not_make_one() -> None:
    first, second = INDIA.signed(changed()), INDIA.signed(changed(evidence__dose=2))
    verdict = verify(INDIA.of({**first, "proof": second["proof"]}), INDIA.trust, at())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.BAD_SIGNATURE


def test_a_credential_of_one_format_is_not_believed_for_the_keys_of_another() -> None:
    codes: list[bytes | str] = [NZ.valid(), FAIR.valid(), SIGNER.valid(), INDIA.valid()]
    trusts = [NZ.trust, FAIR.trust, UTOPIA.trusting(), INDIA.trust]
    for number, code in enumerate(codes):
        assert [_accepted(code, trust) for trust in trusts] == [place == number for place in range(4)]
