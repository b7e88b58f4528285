"""Tickets of pretix, CRLs of states, and how the forms are told apart."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential.deny_compile import compile_list
from gate.credential.deny_sources import own
from gate.credential.denylist import ANY_KID, DenyLists, Entry, read
from gate.credential.errors import TrustError
from gate.credential.icao_signer import serial_element
from gate.credential.model import Rejected, RejectReason
from gate.credential.revocation import digest
from gate.credential.verify import verify
from gate.credential.withdrawn import forms, icao_crl, pretix_secrets
from gate.credential.withdrawn.found import Found, Published
from tests.credential.minting import NOON, at
from tests.credential.vdsnc_minting import SIGNER, UTOPIA
from tests.credential.withdrawn.writers import bloom, crl, document, german, partition, signed_list, slice_file, whole

KID = b"k" * 20


def page(*entries: Any, count: int | None = None, **changes: object) -> dict[str, Any]:
    return {"count": len(entries) if count is None else count, "next": None, "results": list(entries), **changes}


def revoked(secret: str) -> dict[str, Any]:
    return {"id": 1, "secret": secret, "created": "2026-03-01T10:00:00Z"}


def blocked(secret: str, hour: int, state: object = True) -> dict[str, Any]:  # noqa: FBT002  (as pretix writes it)
    return {"id": 1, "secret": secret, "updated": f"2026-03-01T{hour:02}:00:00Z", "blocked": state}


def tickets(*pages: object) -> Found:
    return pretix_secrets.read([document(f"{number}.json", one) for number, one in enumerate(pages)])


def secrets(found: Found) -> set[object]:
    named = {digest(name.encode()): name for name in ("one", "two", "three")}
    return {named[entry.digest] for entry in found.entries if isinstance(entry, Entry) and entry.kid == ANY_KID}


def test_tickets_of_all_pages_count() -> None:
    assert secrets(tickets(page(revoked("one"), count=2), page(revoked("two"), count=2))) == {"one", "two"}
    assert secrets(tickets(page(revoked("one")), page(blocked("two", 1)))) == {"one", "two"}
    assert tickets(page()).entries == []


def test_of_a_blocked_ticket_the_newest_word_counts() -> None:
    for entries in itertools.permutations([blocked("one", 1), blocked("one", 2, state=False), blocked("two", 3)]):
        assert secrets(tickets(page(*entries))) == {"two"}
    assert secrets(tickets(page(blocked("one", 1, state=False), blocked("one", 2)))) == {"one"}
    assert secrets(tickets(page(blocked("one", 1, state=False), blocked("one", 1)))) == {"one"}, "in doubt blocked"
    assert secrets(tickets(page(blocked("one", 1, state=None)))) == {"one"}, "in doubt blocked"


def test_a_page_that_is_missing_makes_no_list() -> None:
    with pytest.raises(TrustError, match="hold 1 of 2 tickets; give every page"):
        tickets(page(revoked("one"), count=2), page(blocked("two", 1)))


def test_a_ticket_without_a_secret_is_named_by_its_number() -> None:
    found = tickets(page(revoked("one"), {"id": 2}, 7, {"secret": ""}, {"secret": 7}))
    assert secrets(found) == {"one"}
    assert [line.split(" has")[0] for line in found.skipped] == [f"0.json: ticket {number}" for number in (2, 3, 4, 5)]


# CRLs


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER], ids=["PEM", "DER"])
def test_a_crl_withdraws_what_it_lists(encoding: Encoding) -> None:
    file = Published("x.crl", crl([5, 2**150]).public_bytes(encoding))
    assert icao_crl.claims(file)
    found = icao_crl.read([file])
    assert found.entries == [Entry(KID, digest(serial_element(KID, serial))) for serial in (5, 2**150)]
    assert (found.version, found.issued, found.due) == ("7", NOON, NOON + timedelta(days=90))


def test_of_several_crls_the_oldest_tells_the_age() -> None:
    lists = [crl([1]), crl([2], b"other", issued=NOON - timedelta(days=9)), crl([], number=None)]
    found = icao_crl.read([Published("x", b"".join(one.public_bytes(Encoding.PEM) for one in lists))])
    assert (len(found.entries), found.version, found.issued) == (2, None, NOON - timedelta(days=9))


def test_a_seal_whose_signer_is_on_a_crl_is_red_at_the_door() -> None:
    for serial, reason in ((SIGNER.certificate.serial_number, RejectReason.ISSUER_REVOKED), (5, None)):
        found = icao_crl.read([Published("x", crl([serial], UTOPIA.kid).public_bytes(Encoding.DER))])
        lists = DenyLists({"utopia": read(b"".join(compile_list(found.entries)))})
        trust = UTOPIA.trusting(UTOPIA.issuer(("utopia",)), revocation=lists)
        verdict = verify(SIGNER.valid(), trust, at())
        assert (verdict.reason if isinstance(verdict, Rejected) else None) is reason


WHOLE = crl([5]).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (crl([5], kid=None).public_bytes(Encoding.PEM), "whose key"),
        (crl([5], base=3).public_bytes(Encoding.PEM), "only the changes"),
        (crl([5]).public_bytes(Encoding.DER)[:-1], "cannot be read"),
        (crl([5]).public_bytes(Encoding.DER) + b"\x00", "cannot be read"),
        (WHOLE.replace(b"MI", b"!!"), "base64"),
        (b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "cannot be read"),
        (b"-----BEGIN X509 CRL-----\n", "neither DER nor PEM"),
    ],
    ids=["no key", "delta", "torn", "trailing", "base64", "nonsense", "no end"],
)
def test_a_crl_that_cannot_be_read_makes_no_list(raw: bytes, why: str) -> None:
    with pytest.raises(TrustError, match=why):
        icao_crl.read([Published("x", raw)])


# which form


def test_the_forms_are_told_apart_and_read_together() -> None:
    raw = bloom([bytes(16)])
    files = [
        *german({(b"\x01" * 8, b"\x0b"): {b"g" * 16}}),
        document("p.json", [partition(b"\x01" * 8, {"0": [("BLOOMFILTER", raw)]})]),
        slice_file(raw),
        Published("x.crl", WHOLE),
        *(document(f"{number}.json", chunk) for number, chunk in enumerate(whole(3, [bytes(32)]))),
        document("t.json", page(revoked("one"))),
        document("own.json", own([Entry(ANY_KID, bytes(16))])),
        document("b.json", [{"kid": None, "hashType": "UCI", "entries": [{"hash": "AAAAAAAAAAAAAAAAAAAAAA=="}]}]),
        document("r.json", {"kid": "AAAA", "method": "rid", "rids": ["a"]}),
        document("v.json", {"issuerInfo": [], "time": "2026-03-14T12:00:00Z"}),
    ]
    found = forms.read(files, {})
    assert [one.form for one in found] == list(forms.FORMS)
    assert [len(one.entries) for one in found] == [1, 1, 1, 1, 1, 1, 1, 0, 1]
    assert found[-2].issued == NOON
    (state,) = [one.state for one in found if one.state is not None]
    (kept,) = forms.read([], {"it-drl": state})
    assert (kept.version, len(kept.entries)) == ("3", 1), "what was kept stays in the list"


@pytest.mark.parametrize("raw", [b"", b"{", b"7", b"[7]", b"{}", b'{"kid": "AAAA"}', b"[" * 100_000, b"\xff"])
def test_a_file_of_no_form_is_refused_by_name(raw: bytes) -> None:
    with pytest.raises(TrustError, match=r"^folder/x holds no withdrawals"):
        forms.read([Published("folder/x", raw)], {})


NAMES = ["kid", "chunks", "mode", "hashTypes", "x", "y", "hash", "type", "0", "results", "secret", "blocked", "count"]
NAMES += ["version", "chunk", "lastChunk", "fromVersion", "delta", "insertions", "revokedUcvi", "hashType", "entries"]
SCALARS = st.none() | st.booleans() | st.integers(-2, 5) | st.sampled_from(["", "AAAA", "a", "UCI", "BLOOMFILTER"])
ANY: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=12,
)
FILES = st.one_of(
    ANY.map(lambda value: document("x.json", value)),
    st.dictionaries(st.sampled_from(NAMES), SCALARS | st.lists(SCALARS, max_size=2)).map(
        lambda one: document("y.json", one)
    ),
    st.builds(
        Published,
        st.sampled_from(["kid.lst", "a/0b/chunk.lst", "0b0b/chunk.lst", "0" * 64, "x.crl"]),
        st.binary(max_size=40) | ANY.map(signed_list),
    ),
)


@given(st.lists(FILES, max_size=4))
@settings(deadline=None, max_examples=400)
def test_whatever_a_publisher_writes_is_read_skipped_or_refused(files: list[Published]) -> None:
    try:
        found = forms.read(files, {})
    except TrustError as error:
        assert str(error)  # noqa: PT017  (a refusal is one of the outcomes)
    else:
        read(b"".join(compile_list([entry for one in found for entry in one.entries])))
