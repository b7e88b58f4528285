"""Pointers, notices and the file of rules: what is signed is what is read, and only who may say it is believed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gate.credential import base64url
from gate.credential.instant import ClockTrust
from gate.credential.keys import kid_of
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, IssuerKey, TrustBundle
from gate.wire import contract, jsontext, notice, pointer, rules_file, signed
from gate.wire.notice import Level, Notice
from gate.wire.pointer import CHUNK_BYTES, LARGEST, Kind, Place, Pointer, Proof
from tests.credential.minting import MINT, NOON, at
from tests.wire.examples import ULID_A

KEY = Ed25519PrivateKey.generate()
KIND = st.sampled_from(Kind)
TRUST = Place(Kind.TRUST)
GOOD = Pointer(Kind.TRUST, 8, "ab" * 32, CHUNK_BYTES + 1)
TOLD = Notice(ULID_A, NOON, NOON + timedelta(days=1), Level.WARNING, {"en": "Look at the clock.", "id": "Lihat jam."})


def desk(*usages: str, **changes: Any) -> TrustBundle:
    """The bundle of a gate that knows the key of one desk; ``changes`` are of the key."""
    key = replace(IssuerKey(kid_of(KEY.public_key()), KEY.public_key(), frozenset(usages), None, None), **changes)
    return MINT.bundle_of(Issuer("desk", "Desk", CredentialKind.COMMAND, None, (key,)))


PUBLISHER = desk("publisher", "operator")


@given(KIND, st.integers(1, 2**53 - 1), st.binary(min_size=32, max_size=32), st.data())
def test_what_is_signed_is_what_is_read(kind: Kind, version: int, digest: bytes, data: st.DataObject) -> None:
    made = Pointer(kind, version, digest.hex(), data.draw(st.integers(1, LARGEST[kind])))
    assert pointer.read(Place(kind, "a"), pointer.sign(made, KEY), PUBLISHER, at()) == (made, Proof.HOLDS)
    assert len(pointer.sign(made, KEY)) < signed.MAX_BYTES
    others = [other for other in Kind if other is not kind]
    assert all(
        isinstance(pointer.read(Place(other), pointer.sign(made, KEY), PUBLISHER, at()), str) for other in others
    )


@pytest.mark.parametrize(
    ("bundle", "proof"),
    [
        (MINT.bundle, Proof.UNKNOWN_KEY),
        (PUBLISHER, Proof.HOLDS),
        (desk("operator", "safety", "maintainer", "retirer", "replay"), Proof.MAY_NOT),
        (desk("publisher", not_before=NOON + timedelta(seconds=1)), Proof.MAY_NOT),
        (desk("publisher", not_after=NOON), Proof.MAY_NOT),
        (replace(PUBLISHER, issuers=(replace(PUBLISHER.issuers[0], kind=CredentialKind.PASS),)), Proof.UNKNOWN_KEY),
        (
            replace(
                PUBLISHER, issuers=(replace(PUBLISHER.issuers[0], revoked_keys=frozenset({kid_of(KEY.public_key())})),)
            ),
            Proof.MAY_NOT,
        ),
    ],
)
def test_whose_word_counts(bundle: TrustBundle, proof: Proof) -> None:
    assert pointer.read(TRUST, pointer.sign(GOOD, KEY), bundle, at()) == (GOOD, proof)
    found = notice.read(notice.sign(TOLD, KEY), bundle, at())
    assert found == (TOLD if proof is Proof.HOLDS else proof)


def test_a_clock_that_is_not_set_proves_ends_alone() -> None:
    unset = at(NOON, ClockTrust.UNSET)
    begins, ended = desk("publisher", not_before=NOON + timedelta(days=9)), desk("publisher", not_after=NOON)
    assert pointer.read(TRUST, pointer.sign(GOOD, KEY), begins, unset) == (GOOD, Proof.HOLDS)
    assert pointer.read(TRUST, pointer.sign(GOOD, KEY), ended, unset) == (GOOD, Proof.MAY_NOT)
    assert notice.counts(TOLD, at(TOLD.until, ClockTrust.UNSET))
    assert [notice.counts(TOLD, at(time)) for time in (NOON, TOLD.until)] == [True, False]


def test_another_key_of_the_same_name_proves_nothing() -> None:
    last = pointer.sign(GOOD, Ed25519PrivateKey.generate()).rpartition(b".")[2]
    payload = pointer.sign(GOOD, KEY).rpartition(b".")[0] + b"." + last
    assert pointer.read(TRUST, payload, PUBLISHER, at()) == (GOOD, Proof.FAILS)


@given(st.data())
def test_one_changed_bit_is_not_believed(data: st.DataObject) -> None:
    raw = bytearray(pointer.sign(GOOD, KEY))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    found = pointer.read(TRUST, bytes(raw), PUBLISHER, at())
    assert isinstance(found, str) or found[1] is not Proof.HOLDS or found[0] == GOOD


@given(st.binary(max_size=200))
def test_nothing_that_comes_raises(raw: bytes) -> None:
    assert isinstance(pointer.read(TRUST, raw, PUBLISHER, at()), str)
    assert isinstance(notice.read(raw, PUBLISHER, at()), str)
    assert isinstance(rules_file.decode(raw), str)


CLAIMS: dict[str, Any] = json.loads(base64url.decode(pointer.sign(GOOD, KEY).split(b".")[1]))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        *(({"version": value}, "is none") for value in (0, -1, 2**53, "8", 8.0, True, None)),
        *(({"bytes": value}, "is none") for value in (0, -1, "1", None)),
        *(({"sha256": value}, "is none") for value in ("AB" * 32, "ab" * 31, "ab" * 33, 7, None)),
        ({"url": "https://centre.example/8"}, "an address"),
        ({"chunks": None}, "an address"),
        ({"chunks": 1}, "do not fit"),
        ({"chunks": 3}, "do not fit"),
        ({"bytes": LARGEST[Kind.TRUST] + 1, "chunks": 65}, "longer than"),
        ({"kind": "rules"}, "not a pointer to what"),
        ({"kind": ["trust"]}, "not a pointer to what"),
    ],
)
def test_a_signature_makes_no_good_pointer_of_a_bad_one(changes: dict[str, Any], problem: str) -> None:
    found = pointer.read(TRUST, signed.sign(CLAIMS | changes, pointer.TYP, KEY), PUBLISHER, at())
    assert isinstance(found, str)
    assert problem in found
    assert isinstance(pointer.read(TRUST, signed.sign(CLAIMS | {"more": 1}, pointer.TYP, KEY), PUBLISHER, at()), tuple)


def test_a_token_of_another_kind_is_not_taken_for_one() -> None:
    for payload in (
        signed.sign(CLAIMS, "gate-command+jws", KEY),
        signed.sign(CLAIMS, notice.TYP, KEY),
        signed.sign([CLAIMS], pointer.TYP, KEY),
        bytes(signed.MAX_BYTES + 1),
        jsontext.dump(CLAIMS),
    ):
        assert isinstance(pointer.read(TRUST, payload, PUBLISHER, at()), str)


@pytest.mark.parametrize(
    "changes",
    [
        *({"id": value} for value in ("", ULID_A.lower(), 7)),
        *({"until": value} for value in ("2026-03-14T12:00:00.000Z", "2026-03-14", "tomorrow", None, 7)),
        *({"text": value} for value in ({}, "en", {"en": ""}, {"en": "x" * 501}, {"english": "x"}, {"en": "a\x1b[2J"})),
        {"text": dict.fromkeys((f"a{letter}" for letter in "abcdefghi"), "x")},
        *({"level": value} for value in ("alarm", None, ["info"])),
    ],
)
def test_a_notice_is_short_plain_and_has_an_end(changes: dict[str, Any]) -> None:
    claims = json.loads(base64url.decode(notice.sign(TOLD, KEY).split(b".")[1])) | changes
    assert isinstance(notice.read(signed.sign(claims, notice.TYP, KEY), PUBLISHER, at()), str)


def test_what_a_gate_would_refuse_is_not_signed() -> None:
    with pytest.raises(ValueError, match="from when to when"):
        notice.sign(replace(TOLD, until=NOON), KEY)


def test_every_topic_is_one_of_the_contract_and_a_gate_hears_it() -> None:
    for kind in Kind:
        place = Place(kind, "ministry.1" if kind in {Kind.DENY, Kind.STATUS} else "")
        assert pointer.place_of(place.topic) == place
        found, piece = contract.channel_of(place.topic), contract.channel_of(place.chunk("ab" * 32, 7))
        assert found is not None
        assert piece is not None
        assert (found.schemas, piece.name) == (("pointer",), f"{found.name}_chunk")
        assert pointer.place_of(place.chunk("ab" * 32, 7)) is None
        assert pointer.number_of(place.chunk("ab" * 32, 7)) == 7
        assert any(_matches(one, place.topic) for one in pointer.subscriptions())
        assert not any(_matches(one, place.chunk("ab" * 32, 7)) for one in pointer.subscriptions())
    assert pointer.is_change("gate/v1/all/status/ministry.1")
    assert not any(
        map(pointer.is_change, ("gate/v1/all/status/a/snapshot", "gate/v1/all/status/A", "gate/v1/all/deny/a"))
    )
    assert not any(map(pointer.place_of, ("gate/v1/all/deny/A", "gate/v1/all/deny", "gate/v1/s/g/trust", "trust", "")))
    assert [pointer.number_of(f"x/{last}") for last in ("", "-1", "1000", "٣", "x")] == [None] * 5


def _matches(name: str, topic: str) -> bool:
    here, there = name.split("/"), topic.split("/")
    return len(here) == len(there) and all(one in {"+", other} for one, other in zip(here, there, strict=True))


@given(st.integers(1, 5 * CHUNK_BYTES))
def test_the_chunks_of_a_file_are_the_file(size: int) -> None:
    raw = bytes(size)
    pieces = list(pointer.cut(raw))
    assert b"".join(pieces) == raw
    assert len(pieces) == pointer.chunks_of(size)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_the_files_of_rules_come_out_as_they_went_in(texts: list[str]) -> None:
    raws = tuple(text.encode("utf-8", "replace") for text in texts)
    assert rules_file.decode(rules_file.encode(raws)) == raws


@pytest.mark.parametrize(
    "raw", [b"{}", b'{"rules":[]}', b'{"rules":[1]}', b'{"rules":["\\ud800"]}', b'{"rules":"x"}', b"[]"]
)
def test_what_is_no_file_of_rules_says_so(raw: bytes) -> None:
    assert isinstance(rules_file.decode(raw), str)
