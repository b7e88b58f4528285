"""Tokens and requests of an enrolment: read as they were written, and nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential import base64url
from gate.wire import enrolment, token
from gate.wire.address import split
from gate.wire.enrolment import Asked, Issued, Refusal, Refused
from gate.wire.token import Token

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
PLACES = st.sampled_from(["centre.example:8884", "10.0.0.5:443", "[fe80::1]:65535"])
TOKENS = st.builds(
    Token, NAMES, NAMES, PLACES, st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16)
)
OURS = Token("office-1", "gate-1", "centre.example:8884", bytes(32), bytes(range(16)))
LINE = token.write(OURS)


@given(one=TOKENS)
def test_a_token_is_read_as_it_was_written(one: Token) -> None:
    assert token.read(f" {token.write(one)}\n") == one


@given(place=st.integers(0, len(LINE) - 1), char=st.characters(codec="ascii"))
def test_a_slip_in_copying_is_told(place: int, char: str) -> None:
    changed = LINE[:place] + char + LINE[place + 1 :]
    assert changed == LINE or isinstance(token.read(changed), str)


@pytest.mark.parametrize(
    "line", ["", "gate-token/1", LINE[:-1], LINE.replace("/1/", "/2/"), LINE + "/x", "é", "x" * 999]
)
def test_what_is_no_token_is_told_without_repeating_it(line: str) -> None:
    told = token.read(line)
    assert isinstance(told, str)
    assert "AAAA" not in told


@pytest.mark.parametrize("address", ["centre", "centre:0", "centre:70000", "a b:1", "fe80::1:80", ":80", "[x]:1"])
def test_what_is_no_address_is_none(address: str) -> None:
    assert split(address) is None


def test_the_secret_is_in_no_repr_and_the_id_says_nothing_of_it() -> None:
    assert repr(OURS.secret) not in repr(OURS)
    assert OURS.id != Token("office-1", "gate-1", "centre.example:8884", bytes(32), bytes(16)).id


def asked(body: bytes) -> Asked:
    found = enrolment.read_asked(body)
    assert isinstance(found, Asked)
    return found


def test_a_request_is_proved_by_its_token_alone() -> None:
    found = asked(enrolment.ask(OURS, b"request"))
    assert (found.token, found.site, found.gate, found.csr) == (OURS.id, "office-1", "gate-1", b"request")
    assert found.proven_by(OURS.key.public_key())
    other = Token("office-1", "gate-1", "centre.example:8884", bytes(32), bytes(16))
    assert not found.proven_by(other.key.public_key())


def test_the_key_of_the_journal_may_come_along_and_has_to_be_one() -> None:
    key = base64url.encode(OURS.key.public_key().public_bytes_raw())
    assert asked(enrolment.ask(OURS, b"request", key)).head == key
    assert asked(enrolment.ask(OURS, b"request")).head is None
    for wrong in ("", "AAAA", "=" * 43, key + "AAAA"):
        assert isinstance(enrolment.read_asked(enrolment.ask(OURS, b"request", wrong)), Refused)


def test_the_secret_does_not_travel() -> None:
    body = enrolment.ask(OURS, b"request")
    assert base64url.encode(OURS.secret).encode() not in body
    assert OURS.secret.hex().encode() not in body


@given(place=st.integers(0, len(enrolment.ask(OURS, b"request")) - 1), flip=st.integers(1, 255))
def test_a_request_that_was_changed_anywhere_is_not_proved(place: int, flip: int) -> None:
    body = bytearray(enrolment.ask(OURS, b"request"))
    body[place] ^= flip
    found = enrolment.read_asked(bytes(body))
    assert isinstance(found, Refused) or not found.proven_by(OURS.key.public_key())


@given(body=st.binary(max_size=300))
def test_any_bytes_are_an_answer_of_their_own(body: bytes) -> None:
    assert isinstance(enrolment.read_asked(body), Asked | Refused)
    assert isinstance(enrolment.read_asked_again(body), bytes | Refused)
    assert isinstance(enrolment.read_answer(body), Issued | Refused | str)


@pytest.mark.parametrize("what", [Issued(b"certificate", b"authority"), *(Refused(one, "why") for one in Refusal)])
def test_an_answer_is_read_as_it_was_written(what: Issued | Refused) -> None:
    assert enrolment.read_answer(enrolment.answer(what)) == what


def test_a_renewal_is_read_as_it_was_written() -> None:
    assert enrolment.read_asked_again(enrolment.ask_again(b"request")) == b"request"


def test_a_word_of_a_later_version_may_be_tried_again() -> None:
    told = json.dumps({"v": 1, "error": "teapot", "text": "no\ncontrol"}).encode()
    assert enrolment.read_answer(told) == Refused(Refusal.UNAVAILABLE, "teapot")
