"""The lines of the local control: what is written is read again, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.wire.control import (
    HIGHEST_ID,
    Answered,
    Request,
    Result,
    answer_line,
    read_answer,
    read_request,
    request_line,
)

IDS = st.none() | st.integers(0, HIGHEST_ID)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ARGS = st.dictionaries(TEXTS.filter(lambda name: name not in {"v", "do", "id"}), st.none() | st.booleans() | TEXTS)


@given(TEXTS, ARGS, IDS)
def test_a_request_is_read_as_it_was_written(verb: str, args: dict[str, object], number: int | None) -> None:
    request = Request(verb, args, number)
    line = request_line(request)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert read_request(line[:-1]) == request


@given(st.sampled_from(Result), TEXTS, st.none() | ARGS, IDS)
def test_an_answer_is_read_as_it_was_written(
    result: Result, text: str, status: dict[str, object] | None, number: int | None
) -> None:
    answered = Answered(result, text, status, number)
    line = answer_line(answered)
    assert line.count(b"\n") == 1
    assert read_answer(line[:-1]) == answered


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"", "not JSON"),
        (b"admit", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "not a JSON object"),
        (b"[" * 4096, "nested too deeply"),
        (b'{"v":1,"v":1,"do":"admit"}', "given twice"),
        (b'{"do":"admit"}', "speaks version 1"),
        (b'{"v":2,"do":"admit"}', "speaks version 1"),
        (b'{"v":true,"do":"admit"}', "speaks version 1"),
        (b'{"v":1.0,"do":"admit"}', "speaks version 1"),
        (b'{"v":1}', '"do" must name a verb'),
        (b'{"v":1,"do":["admit"]}', '"do" must name a verb'),
        (b'{"v":1,"do":"admit","id":-1}', '"id" must be a whole number'),
        (b'{"v":1,"do":"admit","id":true}', '"id" must be a whole number'),
        (b'{"v":1,"do":"admit","id":"one"}', '"id" must be a whole number'),
        (b'{"v":1,"do":"admit","id":99999999999999999}', '"id" must be a whole number'),
    ],
    ids=lambda value: value[:30].decode(errors="replace") if isinstance(value, bytes) else "",
)
def test_what_is_no_request_is_explained(line: bytes, problem: str) -> None:
    read = read_request(line)
    assert isinstance(read, str)
    assert problem in read


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"v": 2, "result": "done", "text": ""},
        {"v": 1, "result": "perhaps", "text": ""},
        {"v": 1, "result": [], "text": ""},
        {"v": 1, "result": "done", "text": None},
    ],
)
def test_what_is_no_answer_is_named(fields: dict[str, object]) -> None:
    assert read_answer(json.dumps(fields).encode()) == "not an answer of version 1"


def test_the_beginning_of_something_else_is_no_answer() -> None:
    assert isinstance(read_answer(b"220 mail.example ESMTP"), str)


@given(st.binary(max_size=200))
def test_no_line_is_too_strange(line: bytes) -> None:
    assert isinstance(read_request(line), str | Request)
    assert isinstance(read_answer(line), str | Answered)
