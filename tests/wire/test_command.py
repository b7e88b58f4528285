"""Reading a command: proven is only what a key of the trust bundle signed, for this gate, verb and these seconds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gate.access.command import FREES, ROLES, CommandRefusal, Role, Verb
from gate.credential import base64url
from gate.credential.instant import ClockTrust
from gate.credential.keys import kid_of
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, TrustBundle
from gate.wire import command, topics
from gate.wire.command import Proven, Refused, Response
from tests.wire import validate
from tests.wire.commands import EVERY_ROLE, Staff, bundle_of, issuer_key
from tests.wire.examples import IDENTITY, NOON, ULID_A

STAFF = Staff()
BUNDLE = bundle_of(STAFF.issuer())
ROOT = topics.root(IDENTITY)


def read(payload: bytes, verb: str = "release", bundle: TrustBundle = BUNDLE, **changes: Any) -> Proven | Refused:
    return command.read(f"{ROOT}/cmd/{verb}", payload, IDENTITY, bundle, replace(NOON, **changes))


def reason(payload: bytes, verb: str = "release", bundle: TrustBundle = BUNDLE, **changes: Any) -> CommandRefusal:
    found = read(payload, verb, bundle, **changes)
    assert isinstance(found, Refused), "it would act"
    return found.reason


def jws(header: dict[str, Any], claims: dict[str, Any] | bytes, private: Ed25519PrivateKey = STAFF.private) -> bytes:
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    signed = ".".join(base64url.encode(part) for part in (json.dumps(header).encode(), body)).encode()
    return signed + b"." + base64url.encode(private.sign(signed)).encode()


HEADER = {"alg": "EdDSA", "kid": STAFF.kid, "typ": "gate-command+jws"}
CLAIMS = {
    "transaction": ULID_A,
    "verb": "release",
    "args": {},
    "gate": "jkt-01/front",
    "nonce": 7,
    "not_after": "2026-11-21T12:00:15Z",
}


@pytest.mark.parametrize("verb", Verb)
def test_a_signed_command_comes_back_as_it_was_meant(verb: Verb) -> None:
    meant = STAFF.command(verb, args={"visit": 3})
    found = read(command.sign(meant, STAFF.private), verb.value)
    assert found == Proven(meant, STAFF.kid, "desk-1", 14_999_544_000)
    validate.check_command(base64url.decode(command.sign(meant, STAFF.private).split(b".")[1]))


def test_another_writer_s_json_and_seconds_without_a_fraction_are_read() -> None:
    assert isinstance(read(jws(HEADER, CLAIMS)), Proven)


def test_no_single_byte_can_be_changed() -> None:
    genuine = STAFF.signed()
    for place in range(len(genuine)):
        for flipped in (1, 64):
            altered = bytearray(genuine)
            altered[place] ^= flipped
            assert isinstance(read(bytes(altered)), Refused), place


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_at_all_are_a_command_and_none_raise(payload: bytes) -> None:
    assert reason(payload) in {CommandRefusal.MALFORMED, CommandRefusal.UNSIGNED, CommandRefusal.UNKNOWN_KEY}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)
)


def parts(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), JSON)


@given(parts(*HEADER, "crit", "jwk"), parts(*CLAIMS))
def test_signed_nonsense_is_refused_and_none_raises(header: dict[str, Any], claims: dict[str, Any]) -> None:
    for some in (HEADER | header, header):
        for content in (claims, CLAIMS | claims):
            found = read(jws(some, content))
            assert isinstance(found, Refused) or content == CLAIMS | claims


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (json.dumps(CLAIMS).encode(), CommandRefusal.UNSIGNED),
        (jws(HEADER | {"alg": "none"}, CLAIMS), CommandRefusal.UNSIGNED),
        (jws(HEADER, CLAIMS).rsplit(b".", 1)[0] + b".", CommandRefusal.UNSIGNED),
        (b"open", CommandRefusal.MALFORMED),
        (b"x" * 5000, CommandRefusal.MALFORMED),
        (jws(HEADER | {"typ": "JWT"}, CLAIMS), CommandRefusal.MALFORMED),
        (jws(HEADER | {"crit": ["b64"]}, CLAIMS), CommandRefusal.MALFORMED),
        (jws(HEADER | {"kid": "00" * 8}, CLAIMS), CommandRefusal.UNKNOWN_KEY),
        (jws(HEADER | {"kid": "x"}, CLAIMS), CommandRefusal.UNKNOWN_KEY),
        (jws(HEADER | {"alg": "ES256"}, CLAIMS), CommandRefusal.BAD_SIGNATURE),
        (jws(HEADER, CLAIMS, Ed25519PrivateKey.generate()), CommandRefusal.BAD_SIGNATURE),
        (jws(HEADER, {**CLAIMS, "extra": 1}), CommandRefusal.MALFORMED),
        (jws(HEADER, b"[]"), CommandRefusal.MALFORMED),
        (jws(HEADER, b'{"verb":"release","verb":"retire"}'), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"nonce": 1.5}), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"nonce": True}), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"nonce": -1}), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"nonce": 2**53 + 1}), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"args": []}), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"args": {"reason": "x" * 4096}}), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"transaction": "Siti Rahma"}), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"not_after": "2026-02-30T12:00:00Z"}), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"not_after": "2026-11-21T12:00:15+00:00"}), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"verb": "open"}), CommandRefusal.UNKNOWN_VERB),
        (jws(HEADER, CLAIMS | {"verb": "retire"}), CommandRefusal.MALFORMED),
        (jws(HEADER, CLAIMS | {"gate": "jkt-01/back"}), CommandRefusal.OTHER_GATE),
        (jws(HEADER, CLAIMS | {"gate": "jkt-02/front"}), CommandRefusal.OTHER_GATE),
        (jws(HEADER, CLAIMS | {"not_after": "2026-11-21T12:00:00Z"}), CommandRefusal.EXPIRED),
        (jws(HEADER, CLAIMS | {"not_after": "2026-11-21T12:00:31Z"}), CommandRefusal.TOO_FAR_AHEAD),
    ],
)  # fmt: skip
def test_what_does_not_act_and_why(payload: bytes, why: CommandRefusal) -> None:
    assert reason(payload) is why


def test_its_last_moment_is_not_in_its_time() -> None:
    end = STAFF.command().not_after
    assert reason(STAFF.signed(), utc=end) is CommandRefusal.EXPIRED
    assert isinstance(read(STAFF.signed(), utc=end - timedelta(microseconds=1)), Proven)


def test_an_hmac_with_the_public_key_is_no_signature() -> None:
    signed = ".".join(base64url.encode(json.dumps(part).encode()) for part in (HEADER | {"alg": "HS256"}, CLAIMS))
    mac = hmac.HMAC(STAFF.private.public_key().public_bytes_raw(), hashes.SHA256())
    mac.update(signed.encode())
    assert reason(f"{signed}.{base64url.encode(mac.finalize())}".encode()) is CommandRefusal.BAD_SIGNATURE


def test_a_key_that_issues_passes_commands_nothing() -> None:
    as_pass = replace(STAFF.issuer(), kind=CredentialKind.PASS)
    assert reason(STAFF.signed(), bundle=bundle_of(as_pass)) is CommandRefusal.UNKNOWN_KEY


def test_only_ed25519_commands() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    issuer = Issuer("desk", "desk", CredentialKind.COMMAND, None, (issuer_key(private, EVERY_ROLE),))
    named = HEADER | {"alg": "ES256", "kid": kid_of(private.public_key()).hex()}
    assert reason(jws(named, CLAIMS), bundle=bundle_of(issuer)) is CommandRefusal.UNKNOWN_KEY


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("role", Role)
def test_a_key_commands_what_its_role_is_for_and_nothing_else(verb: Verb, role: Role) -> None:
    staff = Staff(role)
    found = read(staff.signed(verb), verb.value, bundle_of(staff.issuer()))
    assert isinstance(found, Proven) is (role in ROLES[verb])
    assert isinstance(found, Proven) or found.reason is CommandRefusal.NO_ROLE


def test_a_key_without_a_role_commands_nothing() -> None:
    bare = replace(STAFF.issuer(), keys=(issuer_key(STAFF.private, frozenset()),))
    for verb in Verb:
        assert reason(STAFF.signed(verb), verb.value, bundle_of(bare)) is CommandRefusal.NO_ROLE


@pytest.mark.parametrize(
    "issuer",
    [
        STAFF.issuer(revoked=True),
        STAFF.issuer(not_after=NOON.utc),
        STAFF.issuer(not_before=NOON.utc + timedelta(seconds=1)),
    ],
)
def test_a_key_that_is_withdrawn_or_out_of_its_time_commands_nothing(issuer: Issuer) -> None:
    assert reason(STAFF.signed(), bundle=bundle_of(issuer)) is CommandRefusal.KEY_NOT_VALID


@pytest.mark.parametrize("verb", Verb)
def test_without_a_clock_nothing_frees_the_door_and_what_is_surely_over_does_not_act(verb: Verb) -> None:
    floor = timedelta(days=-2)
    found = read(STAFF.signed(verb), verb.value, utc=NOON.utc + floor, clock=ClockTrust.UNSET)
    if verb in FREES:
        assert isinstance(found, Refused)
        assert found.reason is CommandRefusal.NO_CLOCK
    else:
        assert isinstance(found, Proven)
        assert found.left_ns == 30_000_000_000
    late = NOON.utc + timedelta(minutes=1)
    assert reason(STAFF.signed(verb), verb.value, utc=late, clock=ClockTrust.UNSET) is CommandRefusal.EXPIRED


@pytest.mark.parametrize("verb", Verb)
def test_trust_that_has_expired_frees_no_door(verb: Verb) -> None:
    found = read(STAFF.signed(verb), verb.value, replace(BUNDLE, expires=NOON.utc))
    assert isinstance(found, Refused) is (verb in FREES)


def test_of_a_message_that_is_not_proven_only_words_of_the_contract_are_kept() -> None:
    hostile = jws(HEADER | {"kid": "Siti"}, CLAIMS | {"verb": "Rahma", "transaction": "Jakarta"})
    assert read(hostile, "../../x") == Refused(CommandRefusal.UNKNOWN_KEY, "unknown")
    assert read(json.dumps(CLAIMS).encode()) == Refused(CommandRefusal.UNSIGNED, "release", None, ULID_A)


ANSWERS = [Response(ULID_A, "done", "x", None, {"a": 1}), Response(ULID_A, "refused", "y", "e")]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_comes_back(answer: Response) -> None:
    assert command.read_response(command.response(answer)) == answer
    validate.check(f"{ROOT}/res/release", command.response(answer))


@given(st.binary(max_size=80) | st.dictionaries(st.text(max_size=5), JSON).map(lambda one: json.dumps(one).encode()))
def test_what_is_no_answer_is_told(payload: bytes) -> None:
    assert isinstance(command.read_response(payload), str)


def test_topics() -> None:
    assert command.topic_of(Verb.RELEASE, command.address(IDENTITY)) == f"{ROOT}/cmd/release"
    assert command.response_topic("release", "jkt-01/front") == f"{ROOT}/res/release"
    assert command.is_command(f"{ROOT}/cmd/release", IDENTITY)
    assert not command.is_command("gate/v1/jkt-01/site/front/crossing", IDENTITY)
