"""Tickets of pretix: genuine ones, and each thing that can be wrong with one."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gate.credential import protobuf
from gate.credential.errors import MalformedError
from gate.credential.model import CredentialKind, Entitlement, Rejected, RejectReason, Verified
from gate.credential.revocation import digest
from gate.credential.trust import Trust
from gate.credential.verify import explain, verify
from tests.credential.listing import Listing
from tests.credential.minting import NOON, at
from tests.credential.pretix_minting import FAIR, Organiser, message, text, varint

NOW_S = int(NOON.timestamp())


def reason(code: str | bytes, trust: Trust = FAIR.trust) -> RejectReason:
    verdict = verify(code, trust, at())
    assert isinstance(verdict, Rejected)
    return verdict.reason


@pytest.mark.parametrize("seed", [b"s" * size for size in (9, 10, 11, 64)], ids=len)
def test_a_ticket_is_verified_whatever_the_padding_of_its_base64(seed: bytes) -> None:
    found = explain(FAIR.valid(seed=seed), FAIR.trust, at())
    assert isinstance(found.verdict, Verified)
    assert found.verdict.facts == Entitlement("item-7")
    assert found.verdict.credential.kind is CredentialKind.PRETIX
    assert seed.decode() not in repr(found.verdict)
    assert [check.name for check in found.checks if not check.ok] == []


def test_a_time_that_is_0_or_missing_is_no_limit() -> None:
    for begin, end in ((0, 0), (None, None)):
        verdict = verify(FAIR.valid(begin=begin, end=end), FAIR.trust, at())
        assert isinstance(verdict, Verified)
        assert (verdict.not_before, verdict.not_after) == (None, None)


def test_a_ticket_counts_from_its_begin_until_just_before_its_end() -> None:
    assert isinstance(verify(FAIR.valid(begin=NOW_S, end=NOW_S + 1), FAIR.trust, at()), Verified)
    assert reason(FAIR.valid(begin=NOW_S + 1)) is RejectReason.NOT_YET_VALID
    assert reason(FAIR.valid(end=NOW_S)) is RejectReason.EXPIRED


def test_a_key_counts_for_its_products_alone() -> None:
    trust = FAIR.trusting(FAIR.issuer("item-7"))
    assert isinstance(verify(FAIR.valid(), trust, at()), Verified)
    assert reason(FAIR.valid(item=100), trust) is RejectReason.WRONG_KEY_USAGE


WRONG: dict[str, tuple[str, RejectReason]] = {
    "a random secret": ("kfndgffgyw4tdgcacx6bb3bgemq69cxj", RejectReason.UNKNOWN_FORMAT),
    "another version": (FAIR.of(message(seed=b"s"), version=2), RejectReason.UNKNOWN_FORMAT),
    "another spelling": ("=" + FAIR.valid(), RejectReason.MALFORMED),
    "cut short": (FAIR.valid()[4:], RejectReason.MALFORMED),
    "with bytes after it, which no deny list would have": (
        text(base64.b64decode(FAIR.valid()[::-1]) + b"123"),
        RejectReason.MALFORMED,
    ),
    "no seed": (FAIR.of(message(item=7)), RejectReason.MALFORMED),
    "a long seed": (FAIR.of(message(seed=b"s" * 65)), RejectReason.MALFORMED),
    "a product below 0": (FAIR.valid(item=-1), RejectReason.MALFORMED),
    "a product that is a text": (FAIR.of(message(seed=b"s", item=b"7")), RejectReason.MALFORMED),
    "a time past all years": (FAIR.valid(end=1 << 60), RejectReason.MALFORMED),
    "a stranger's": (Organiser().valid(), RejectReason.BAD_SIGNATURE),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str) -> None:
    code, expected = WRONG[name]
    assert reason(code) is expected


def test_nobody_trusted_is_an_unknown_issuer() -> None:
    assert reason(FAIR.valid(), FAIR.trusting()) is RejectReason.UNKNOWN_ISSUER


def test_the_key_of_a_ticket_is_found_among_several_but_not_among_any_number() -> None:
    others = [Organiser() for _ in range(8)]
    few = FAIR.trusting(*(one.issuer() for one in others[:7]), FAIR.issuer())
    assert isinstance(verify(FAIR.valid(), few, at()), Verified)
    many = FAIR.trusting(*(one.issuer() for one in others), FAIR.issuer())
    assert reason(FAIR.valid(), many) is RejectReason.BAD_SIGNATURE


def test_a_secret_that_the_organiser_revoked_or_blocked_is_revoked() -> None:
    code = FAIR.valid()
    trust = FAIR.trusting(FAIR.issuer(lists=("fair",)), revocation=Listing({"fair": {digest(code.encode())}}))
    assert reason(code, trust) is RejectReason.REVOKED
    assert isinstance(verify(FAIR.valid(seed=b"another"), trust, at()), Verified)


def test_a_ticket_of_another_sort_of_key_is_not_tried() -> None:
    key = Ed25519PrivateKey.generate()
    assert reason(text(b"\x01\x00\x03\x00\x40abc" + key.sign(b"abc"))) is RejectReason.BAD_SIGNATURE


@given(st.dictionaries(st.integers(1, 40), st.one_of(st.integers(0, 2**64 - 1), st.binary(max_size=20)), max_size=8))
def test_protobuf_reads_what_was_written(fields: dict[int, int | bytes]) -> None:
    parts = [
        varint(number << 3 | 2) + varint(len(value)) + value
        if isinstance(value, bytes)
        else varint(number << 3) + varint(value)
        for number, value in fields.items()
    ]
    assert protobuf.read(b"".join(parts)) == fields


@given(st.binary(max_size=60))
def test_protobuf_of_any_bytes_is_read_or_malformed(raw: bytes) -> None:
    try:
        assert all(number > 0 for number in protobuf.read(raw))
    except MalformedError:
        return


MALFORMED = (b"\x08", b"\x0a\x05ab", b"\x00\x01", b"\x0d\x00\x00\x00\x00", b"\x0d\x03abc", b"\x08" + b"\xff" * 10)


@pytest.mark.parametrize("raw", MALFORMED)
def test_protobuf_that_is_cut_or_of_another_sort_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        protobuf.read(raw)
