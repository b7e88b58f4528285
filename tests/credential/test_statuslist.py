"""Status lists: the vectors of the draft, what is signed is what is read, and nothing else is."""

from __future__ import annotations

import base64
import tracemalloc
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.credential import cbor, cose, cwt
from gate.credential.errors import MalformedError, TrustError, UnknownSignerError
from gate.credential.keys import kid_of
from gate.credential.model import Colour, Rejected, RejectReason, Verdict, Verified
from gate.credential.pass_claims import StatusRef
from gate.credential.statuses import Changes, StatusList, StatusLists, changes_of
from gate.credential.statuslist import (
    CLAIM_DELTA,
    CLAIM_STATUS_LIST,
    CLAIM_TTL,
    DELTA_TYP,
    MAX_ENTRIES,
    TYP,
    Delta,
    Snapshot,
    array_of,
    changed,
    pack,
    read_delta,
    read_snapshot,
    sign_delta,
    sign_snapshot,
    unpack,
    unproven,
    value_at,
)
from gate.credential.trust import Trust, TrustBundle
from gate.credential.verify import verify
from gate.policy import packs
from gate.policy.decision import decide
from gate.policy.site import SitePolicy
from tests.credential.minting import EPOCH, MINT, NOON, Mint, at, colour_of

URI = "https://status.example/1"
TRUSTED = MINT.bundle_of(MINT.issuer_of(usages=("statuslist",)))
SNAPSHOT = Snapshot(URI, 4, array_of([0, 1, 2, 3, 12, 13], 4), NOON, NOON + timedelta(days=1))
DELTA = Delta(URI, NOON, 1, {0: 13, 5: 0})


def test_the_vector_of_the_draft_with_one_bit() -> None:
    values = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    assert array_of(values, 1) == b"\xb9\xa3"
    assert base64.urlsafe_b64encode(pack(b"\xb9\xa3")).rstrip(b"=") == b"eNrbuRgAAhcBXQ"
    assert unpack(base64.urlsafe_b64decode("eNrbuRgAAhcBXQ=="), 1) == b"\xb9\xa3"
    assert [value_at(b"\xb9\xa3", 1, index) for index in range(18)] == [*values, None, None]


def test_the_vector_of_the_draft_with_two_bits() -> None:
    values = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    assert array_of(values, 2) == b"\xc9\x44\xf9"
    assert base64.urlsafe_b64encode(pack(b"\xc9\x44\xf9")).rstrip(b"=") == b"eNo76fITAAPfAgc"
    assert [value_at(b"\xc9\x44\xf9", 2, index) for index in range(12)] == values


@given(st.data(), st.sampled_from([1, 2, 4, 8]))
def test_every_value_is_found_at_its_place(data: st.DataObject, bits: int) -> None:
    values = data.draw(st.lists(st.integers(0, 2**bits - 1), max_size=50))
    array = array_of(values, bits)
    assert [value_at(array, bits, index) for index in range(len(values))] == values
    assert value_at(array, bits, len(array) * 8 // bits) is None
    if values:
        index, value = data.draw(st.integers(0, len(values) - 1)), data.draw(st.integers(0, 2**bits - 1))
        values[index] = value
        assert changed(array, bits, [(index, value)]) == array_of(values, bits)


@pytest.mark.parametrize(("index", "value"), [(16, 0), (-1, 0), (0, 2), (0, -1)])
def test_what_does_not_fit_is_not_written(index: int, value: int) -> None:
    with pytest.raises(MalformedError, match="does not fit"):
        changed(b"\xb9\xa3", 1, [(index, value)])


def test_what_is_signed_is_what_is_read() -> None:
    assert read_snapshot(sign_snapshot(SNAPSHOT, MINT.key), TRUSTED, NOON) == (TRUSTED.issuers[0], SNAPSHOT)
    assert read_delta(sign_delta(DELTA, MINT.key), TRUSTED, NOON) == (TRUSTED.issuers[0], DELTA)
    assert [unproven(sign_snapshot(SNAPSHOT, MINT.key)), unproven(sign_delta(DELTA, MINT.key))] == [SNAPSHOT, DELTA]


def signed(claims: object, typ: str = TYP, **headers: Any) -> bytes:
    protected: cose.Headers = {cose.HEADER_KID: kid_of(MINT.key.public_key()), cose.HEADER_TYP: typ}
    payload = claims if isinstance(claims, bytes) else cbor.encode(claims)
    return cose.sign(headers.get("protected", protected), payload, MINT.key)


def claims(**changes: object) -> dict[int, object]:
    numbers = {"sub": cwt.SUB, "iat": cwt.IAT, "exp": cwt.EXP, "ttl": CLAIM_TTL, "lst": CLAIM_STATUS_LIST}
    usual = {"sub": URI, "iat": int(NOON.timestamp()), "lst": {"bits": 1, "lst": pack(b"\xb9\xa3")}}
    every = {**usual, **changes}
    return {numbers[name]: value for name, value in every.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "expires"),
    [
        ({"exp": NOON.timestamp() + 60}, NOON + timedelta(seconds=60)),
        ({"ttl": 3600}, NOON + timedelta(hours=1)),
        ({"exp": NOON.timestamp() + 60, "ttl": 3600}, NOON + timedelta(seconds=60)),
        ({}, NOON + timedelta(days=7)),
    ],
)
def test_a_list_of_others_counts_until_its_end(changes: dict[str, object], expires: datetime) -> None:
    _, snapshot = read_snapshot(signed(claims(**changes)), TRUSTED, NOON)
    assert (snapshot.array, snapshot.bits, snapshot.expires) == (b"\xb9\xa3", 1, expires)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        [],
        claims(sub=None),
        claims(sub=7),
        claims(sub="x" * 1025),
        claims(iat=None),
        claims(iat="now"),
        claims(exp=-1),
        claims(ttl=0),
        claims(ttl="1"),
        claims(ttl=True),
        claims(ttl=1e12),
        claims(lst=None),
        claims(lst={"bits": 1}),
        claims(lst={"bits": 3, "lst": pack(b"")}),
        claims(lst={"bits": True, "lst": pack(b"")}),
        claims(lst={"bits": 1, "lst": "text"}),
        claims(lst={"bits": 1, "lst": b"\xb9\xa3"}),
        claims(lst={"bits": 1, "lst": pack(b"\xb9\xa3")[:-1]}),
        claims(lst={"bits": 1, "lst": pack(b"\xb9\xa3") + b"\x00"}),
        claims(lst={"bits": 1, "lst": zlib.compress(bytes(MAX_ENTRIES // 8 + 1))}),
        claims(lst={"bits": 8, "lst": zlib.compress(bytes(50_000_000))}),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_signed_list_that_cannot_be_used(payload: object) -> None:
    with pytest.raises(TrustError, match="ministry cannot be used"):
        read_snapshot(signed(payload), TRUSTED, NOON)


@pytest.mark.parametrize(
    "change",
    [
        None,
        {},
        {"base": 1, "seq": 0, "set": {}},
        {"base": 1, "seq": True, "set": {}},
        {"base": None, "seq": 1, "set": {}},
        {"base": -1, "seq": 1, "set": {}},
        {"base": 1, "seq": 1, "set": []},
        {"base": 1, "seq": 1, "set": {"0": 1}},
        {"base": 1, "seq": 1, "set": {-1: 1}},
        {"base": 1, "seq": 1, "set": {MAX_ENTRIES: 1}},
        {"base": 1, "seq": 1, "set": {0: 256}},
        {"base": 1, "seq": 1, "set": {0: True}},
    ],
    ids=repr,
)
def test_a_signed_change_that_cannot_be_used(change: object) -> None:
    with pytest.raises(TrustError, match="ministry cannot be used"):
        read_delta(signed({cwt.SUB: URI, CLAIM_DELTA: change}, DELTA_TYP), TRUSTED, NOON)


def test_the_largest_list_is_read_in_every_width() -> None:
    for bits in (1, 2, 4, 8):
        array = bytes(MAX_ENTRIES * bits // 8)
        assert unpack(pack(array), bits) == array


REFUSED_BUNDLES: list[tuple[str, TrustBundle]] = [
    ("another issuer", Mint().bundle),
    ("a key for passes alone", MINT.bundle),
    ("a key of the past", MINT.bundle_of(MINT.issuer_of(usages=(), not_after=NOON))),
    ("a key of the future", MINT.bundle_of(MINT.issuer_of(usages=(), not_before=NOON + timedelta(seconds=1)))),
    (
        "a withdrawn key",
        MINT.bundle_of(replace(MINT.issuer_of(usages=()), revoked_keys=frozenset({kid_of(MINT.key.public_key())}))),
    ),
]


@pytest.mark.parametrize(("name", "bundle"), REFUSED_BUNDLES)
def test_only_a_key_for_status_lists_speaks(name: str, bundle: TrustBundle) -> None:
    assert name
    for read, raw in ((read_snapshot, sign_snapshot(SNAPSHOT, MINT.key)), (read_delta, sign_delta(DELTA, MINT.key))):
        with pytest.raises(TrustError, match="no issuer"):
            read(raw, bundle, NOON)


def test_one_is_not_taken_for_the_other_nor_a_pass_for_either() -> None:
    snapshot, delta = sign_snapshot(SNAPSHOT, MINT.key), sign_delta(DELTA, MINT.key)
    for read, raw in ((read_snapshot, delta), (read_delta, snapshot), (read_snapshot, signed(claims(), "other"))):
        with pytest.raises(TrustError, match="not typed"):
            read(raw, TRUSTED, NOON)


@pytest.mark.parametrize("headers", [{1: -7}, {1: -8, 2: [1]}, {}], ids=["other algorithm", "critical", "no algorithm"])
def test_headers_that_a_list_may_not_have(headers: cose.Headers) -> None:
    protected = cbor.encode({cose.HEADER_KID: kid_of(MINT.key.public_key()), cose.HEADER_TYP: TYP, **headers})
    assert isinstance(MINT.key, Ed25519PrivateKey)
    payload = cbor.encode(claims())
    signature = MINT.key.sign(cbor.encode(["Signature1", protected, b"", payload]))
    with pytest.raises(TrustError, match=r"no issuer|not typed"):
        read_snapshot(cbor.encode([protected, {}, payload, signature]), TRUSTED, NOON)


def test_a_list_that_is_a_bomb_is_not_unpacked() -> None:
    bomb = pack(bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(MalformedError, match="more than"):
            unpack(bomb, 8)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_no_flipped_bit_and_no_torn_file_is_read() -> None:
    for raw, read in ((sign_snapshot(SNAPSHOT, MINT.key), read_snapshot), (sign_delta(DELTA, MINT.key), read_delta)):
        for bit in range(len(raw) * 8):
            changed_raw = bytearray(raw)
            changed_raw[bit // 8] ^= 1 << (bit % 8)
            with pytest.raises(TrustError):
                read(bytes(changed_raw), TRUSTED, NOON)
        for length in range(len(raw)):
            with pytest.raises(TrustError):
                read(raw[:length], TRUSTED, NOON)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_anything_else_is_refused(raw: bytes) -> None:
    for read in (read_snapshot, read_delta):
        with pytest.raises(TrustError):
            read(raw, TRUSTED, NOON)
    with pytest.raises(MalformedError):
        unproven(raw)


def delta(seq: int, values: dict[int, int]) -> Delta:
    return Delta(URI, NOON, seq, values)


def test_changes_are_applied_in_the_order_of_their_numbers() -> None:
    first, second, third = delta(1, {0: 1, 1: 1}), delta(2, {1: 2}), delta(3, {0: 3})
    expected = Changes({0: 3, 1: 2}, upto=3)
    assert changes_of([first, second, third]) == changes_of([third, first, second, first]) == expected


@pytest.mark.parametrize(
    "deltas",
    [
        [delta(2, {0: 1})],
        [delta(1, {0: 2}), delta(3, {0: 1})],
        [delta(1, {0: 2}), delta(2, {0: 2}), delta(2, {0: 1})],
    ],
)
def test_where_a_number_is_missing_only_what_is_set_is_known(deltas: list[Delta]) -> None:
    found = StatusList(array_of([0, 5], 4), 4, NOON, NOON + timedelta(days=1), changes_of(deltas))
    assert (found.value(0, NOON), found.value(1, NOON)) == (1, None)


def test_a_change_that_is_known_to_be_there_is_missed() -> None:
    assert changes_of([delta(1, {0: 1})], 1).complete
    assert not changes_of([delta(1, {0: 1})], 2).complete
    assert not changes_of([], 1).complete


def test_a_list_counts_until_it_expires_and_while_it_is_whole() -> None:
    found = StatusList(array_of([7, 5], 4), 4, NOON, NOON + timedelta(days=1))
    assert [found.value(index, NOON) for index in (0, 1, 2)] == [7, 5, None]
    assert found.value(0, NOON + timedelta(days=1)) is None
    assert replace(found, whole=lambda: False).value(0, NOON) is None


def shown(value: int | None, colour: Colour | None = Colour.GREEN, **issuer: Any) -> tuple[Trust, Verdict]:
    """The verdict on a pass whose entry has a value; none where there is no list."""
    lists = {} if value is None else {("ministry", URI): StatusList(bytes([value]), 8, NOON, NOON + timedelta(days=1))}
    trust = replace(MINT.trusting(replace(MINT.issuer_of(), **issuer)), statuses=StatusLists(lists))
    return trust, verify(MINT.valid(colour, status=StatusRef(URI, 0)), trust, at())


@pytest.mark.parametrize("at_issue", [None, *Colour])
@pytest.mark.parametrize(
    ("value", "colour"), [(0, Colour.GREEN), (2, Colour.RED), (3, Colour.YELLOW), (12, Colour.RED), (13, Colour.BLACK)]
)
def test_the_colour_of_the_list_outranks_the_colour_at_issue(
    value: int, colour: Colour, at_issue: Colour | None
) -> None:
    trust, verdict = shown(value, at_issue)
    assert isinstance(verdict, Verified)
    assert (colour_of(verdict), verdict.revocation_known) == (colour, True)
    decision = decide(verdict, trust.stamp, SitePolicy(), at(), packs.usual())
    assert (decision.colour, decision.rule.id) == (colour, "visitor-pass")


def test_a_revoked_pass_is_red() -> None:
    trust, verdict = shown(1)
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.REVOKED
    assert verdict.credential is not None
    assert decide(verdict, trust.stamp, SitePolicy(), at(), packs.usual()).colour is Colour.RED


@pytest.mark.parametrize("value", [None, 7, 255])
def test_what_nothing_tells_is_held(value: int | None) -> None:
    trust, verdict = shown(value)
    assert isinstance(verdict, Verified)
    assert (colour_of(verdict), verdict.revocation_known) == (Colour.GREEN, False)
    assert decide(verdict, trust.stamp, SitePolicy(), at(), packs.usual()).reason == "revocation_unknown"


def test_an_issuer_may_give_its_own_meanings() -> None:
    own: dict[str, Any] = {"status_values": {0: Colour.YELLOW, 7: RejectReason.REVOKED}}
    _, verdict = shown(0, **own)
    assert isinstance(verdict, Verified)
    assert colour_of(verdict) is Colour.YELLOW
    assert isinstance(shown(7, **own)[1], Rejected)
    _, verdict = shown(1, **own)
    assert isinstance(verdict, Verified)
    assert not verdict.revocation_known


def test_a_list_speaks_for_its_own_issuer_alone() -> None:
    foreign = StatusLists({("other", URI): StatusList(b"\x0d", 8, NOON, NOON + timedelta(days=1))})
    verdict = verify(MINT.valid(status=StatusRef(URI, 0)), Trust(MINT.bundle, EPOCH, statuses=foreign), at())
    assert isinstance(verdict, Verified)
    assert not verdict.revocation_known


def test_an_expired_list_is_unknown() -> None:
    old = StatusLists({("ministry", URI): StatusList(b"\x00", 8, NOON, NOON)})
    verdict = verify(MINT.valid(status=StatusRef(URI, 0)), Trust(MINT.bundle, EPOCH, statuses=old), at())
    assert isinstance(verdict, Verified)
    assert not verdict.revocation_known


def test_times_are_whole_seconds() -> None:
    odd = replace(SNAPSHOT, issued=datetime(2026, 3, 14, 12, 0, 0, 999_999, tzinfo=UTC))
    _, read = read_snapshot(sign_snapshot(odd, MINT.key), TRUSTED, NOON)
    assert read.issued == NOON


def test_a_change_that_holds_several_is_read_as_it_was_signed() -> None:
    several = replace(DELTA, seq=7, covers=5)
    assert read_delta(sign_delta(several, MINT.key), TRUSTED, NOON) == (TRUSTED.issuers[0], several)
    assert several.first == 3


@pytest.mark.parametrize("covers", [0, -1, 2, True, "1", 1.0])
def test_no_change_holds_more_than_there_were(covers: Any) -> None:
    change = {"base": int(NOON.timestamp()), "seq": 1, "set": {}, "covers": covers}
    with pytest.raises(TrustError, match="base, seq and set"):
        read_delta(signed({cwt.SUB: URI, CLAIM_DELTA: change}, DELTA_TYP), TRUSTED, NOON)


@given(st.lists(st.dictionaries(st.integers(0, 5), st.integers(0, 3), min_size=1), min_size=1, max_size=6), st.data())
def test_all_changes_in_one_say_what_they_say_one_by_one(steps: list[dict[int, int]], data: st.DataObject) -> None:
    """Whatever of the single ones is here too, also behind it, and in whatever order."""
    single = [replace(DELTA, seq=seq, values=values) for seq, values in enumerate(steps, start=1)]
    upto = data.draw(st.integers(1, len(steps)))
    first = data.draw(st.integers(1, upto))
    merged: dict[int, int] = {}
    for values in steps[first - 1 : upto]:
        merged |= values
    several = replace(DELTA, seq=upto, values=merged, covers=upto - first + 1)
    between = [one for one in single[first - 1 : upto] if data.draw(st.booleans())]
    found = data.draw(st.permutations([*single[: first - 1], several, *between, *single[upto:]]))
    assert changes_of(found, len(steps)) == changes_of(single)
    assert changes_of(found, len(steps)).complete
    assert not changes_of(found, len(steps) + 1).complete
    assert changes_of(found).upto == len(steps)


def test_two_contents_of_one_change_leave_the_rest_unknown() -> None:
    several = replace(DELTA, seq=2, values={0: 13}, covers=2)
    assert not changes_of([several, replace(several, values={0: 12})]).complete
    assert not changes_of([several, replace(several, values={0: 13, 1: 1})]).complete
    assert not changes_of([several, replace(DELTA, seq=2, values={0: 12})]).complete
    assert changes_of([several, replace(DELTA, seq=2, values={0: 13})]).complete
    assert not changes_of([replace(several, seq=3)]).complete, "the first is missing"


def test_what_a_newer_issue_changes_counts_before_that_issue_is_here() -> None:
    hour = timedelta(hours=1)
    later = [replace(DELTA, base=NOON + hour, values={0: 0}), replace(DELTA, base=NOON + 2 * hour, values={1: 12})]
    found = changes_of([DELTA], later=reversed(later))
    assert found == Changes({0: 0, 5: 0, 1: 12}, complete=True, upto=1)


def test_who_is_not_in_the_bundle_is_told_from_who_may_not_sign() -> None:
    with pytest.raises(UnknownSignerError, match="no issuer in the bundle has the key"):
        read_delta(sign_delta(DELTA, Mint().key), TRUSTED, NOON)
    with pytest.raises(TrustError, match="not a signed message"):
        read_delta(b"", TRUSTED, NOON)
