"""What issuers publish of their withdrawals, in each of its forms."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential.deny_sources import own, read, thumbprint
from gate.credential.denylist import ANY_KID, Entry
from gate.credential.errors import TrustError
from gate.credential.revocation import digest
from tests.vectors import vector_cases

KID = bytes(range(8))
UCI = hashlib.sha256(b"URN:UVCI:01:XX:TEST/1").digest()[:16]
THUMBPRINT = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def entries(document: object) -> tuple[list[Entry], list[str]]:
    skipped: list[str] = []
    return list(read(document, skipped)), skipped


def batch(**changes: object) -> dict[str, object]:
    usual = {"country": "XX", "expires": "2027-01-01T00:00:00Z", "kid": b64(KID), "hashType": "UCI"}
    return {**usual, "entries": [{"hash": b64(UCI)}], **changes}


@pytest.mark.parametrize("kind", ["UCI", "COUNTRYCODEUCI", "SIGNATURE"])
def test_a_batch_of_the_eu(kind: str) -> None:
    assert entries(batch(hashType=kind)) == ([Entry(KID, UCI)], [])
    assert entries(batch(hashType=kind, kid=b64(KID).rstrip("="))) == ([Entry(KID, UCI)], []), "the gateway takes both"


@pytest.mark.parametrize("kid", [None, "UNKNOWN_KID"])
def test_a_batch_without_a_kid_counts_for_every_key_of_the_list(kid: str | None) -> None:
    assert entries([batch(kid=kid), batch()]) == ([Entry(ANY_KID, UCI), Entry(KID, UCI)], [])


def test_a_longer_hash_counts_by_its_first_16_bytes() -> None:
    assert entries(batch(entries=[{"hash": b64(UCI + bytes(16))}])) == ([Entry(KID, UCI)], [])


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([7], "batch 1: not a revocation batch"),
        (batch(hashType="BLOOM"), "batch: not a revocation batch"),
        (batch(kid="%"), "batch: its kid"),
        (batch(kid=""), "batch: its kid"),
        (batch(kid=7), "batch: not a revocation batch"),
        (batch(entries=[{"hash": b64(UCI[:15])}]), "batch: entry 1: its hash"),
        (batch(entries=[{"hash": 7}]), "batch: entry 1: its hash"),
        (batch(entries=["x"]), "batch: entry 1: its hash"),
        ({"kid": THUMBPRINT, "method": "other", "rids": []}, "list: not a revocation list"),
        ({"kid": THUMBPRINT + "=", "method": "rid", "rids": []}, "list: not a revocation list"),
        ({"kid": THUMBPRINT, "method": "rid", "rids": ["a.b"]}, "list: rid 1"),
        ({"kid": THUMBPRINT, "method": "rid", "rids": [".5"]}, "list: rid 1"),
        ({"kid": THUMBPRINT, "method": "rid", "rids": ["a." + "9" * 30]}, "list: rid 1"),
        ({"kid": THUMBPRINT, "method": "rid", "rids": ["a." + "9" * 5000]}, "list: rid 1"),
        ({"kid": THUMBPRINT, "method": "rid", "rids": [7]}, "list: rid 1"),
        ({"issuerInfo": [7]}, "issuer 1: its crls"),
        ({"issuerInfo": [{"crls": [7]}]}, "issuer 1: list 1: not a revocation list"),
        ({"form": "gate-withdrawals", "entries": [7]}, "entry 1"),
        ({"form": "gate-withdrawals", "entries": [{"digest": "00"}]}, "entry 1"),
        ({"form": "gate-withdrawals", "entries": [{"digest": UCI.hex(), "kid": 7}]}, "entry 1"),
    ],
)
def test_what_cannot_be_read_is_skipped_and_named(document: object, named: str) -> None:
    found, skipped = entries(document)
    assert found == []
    assert len(skipped) == 1
    assert skipped[0].startswith(named)


def test_the_rids_of_a_key_with_and_without_a_time() -> None:
    crl = {"kid": THUMBPRINT, "method": "rid", "ctr": 3, "rids": ["FKDIxsTCGlU", "vwAjHdarZuc.1687450765"]}
    expected = [
        Entry(bytes(range(32)), digest(b"FKDIxsTCGlU")),
        Entry(bytes(range(32)), digest(b"vwAjHdarZuc"), 1687450765),
    ]
    assert entries(crl) == (expected, [])
    assert entries({"issuerInfo": [{"issuer": {}}, {"crls": [crl, crl]}]}) == (expected * 2, [])


def test_our_own_form_is_read_as_it_was_written() -> None:
    held = [Entry(KID, UCI), Entry(ANY_KID, digest(b"x"))]
    assert entries(own(held)) == (held, [])


@pytest.mark.parametrize("document", [7, None, "text", {}, {"form": "other", "entries": []}, {"issuerInfo": {}}])
def test_other_documents_are_refused(document: object) -> None:
    with pytest.raises(TrustError, match="neither"):
        entries(document)


@given(st.binary(max_size=40))
def test_a_thumbprint_is_read_as_it_is_written(raw: bytes) -> None:
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert thumbprint(text) == (raw or None)


@given(st.text(max_size=12))
def test_any_other_text_is_no_thumbprint(text: str) -> None:
    raw = thumbprint(text)
    assert raw is None or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text


def test_the_published_rid_lists_of_others() -> None:
    lists: list[Any] = [crl for case in vector_cases("shc") for crl in (case.get("trust") or {}).get("crls") or []]
    assert len(lists) > 10
    for crl in lists:
        found, skipped = entries(crl)
        if crl["method"] == "rid":
            assert (len(found), skipped) == (len(crl["rids"]), [])
            assert {entry.before is not None for entry in found} == {"." in rid for rid in crl["rids"]}
        else:
            assert found == []
            assert len(skipped) == 1
