"""The lines of the local control: one JSON object a line, both ways. Pure.

In: ``{"v": 1, "do": VERB, ...}``, with an ``id`` where several requests are sent at once.  Out, one for each:
``{"v": 1, "id": ID, "result": RESULT, "text": TEXT}``, and a ``status`` where one was asked for.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from gate.wire import jsontext

VERSION = 1
HIGHEST_ID = 2**53


@enum.unique
class Result(enum.StrEnum):
    """What became of a request."""

    DONE = "done"
    REFUSED = "refused"
    """The gate does not do that now."""
    WRONG = "wrong"
    """The request is not one."""
    NOT_ALLOWED = "not_allowed"
    NO_ANSWER = "no_answer"
    """The gate has not said; the order may still take effect."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks; ``args`` is the rest of the object, as it came."""

    verb: str
    args: dict[str, Any] = field(default_factory=dict)
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What the gate says to a request; ``status`` as it came, with what a later version may add."""

    result: Result
    text: str
    status: dict[str, Any] | None = None
    id: int | None = None


def request_line(request: Request) -> bytes:
    """The line of a request."""
    fields = request.args | {"v": VERSION, "do": request.verb}
    return _line(fields if request.id is None else fields | {"id": request.id})


def read_request(line: bytes) -> Request | str:
    """The request in a line, or what is wrong with it."""
    fields = jsontext.load(line)
    if isinstance(fields, str):
        return f'a line is {{"v": {VERSION}, "do": VERB, ...}}; this one is {fields}'
    version, verb, number = fields.pop("v", None), fields.pop("do", None), fields.pop("id", None)
    if type(version) is not int or version != VERSION:
        return f"this gate speaks version {VERSION} of the control protocol; use the gate command that came with it"
    if not isinstance(verb, str):
        return '"do" must name a verb'
    if number is not None and not (type(number) is int and 0 <= number <= HIGHEST_ID):
        return f'"id" must be a whole number from 0 to {HIGHEST_ID}'
    return Request(verb, fields, number)


def answer_line(answered: Answered) -> bytes:
    """The line of an answer."""
    fields: dict[str, Any] = {"v": VERSION, "id": answered.id, "result": answered.result.value, "text": answered.text}
    return _line(fields if answered.status is None else fields | {"status": answered.status})


def read_answer(line: bytes) -> Answered | str:
    """The answer in a line, or what is wrong with it."""
    fields = jsontext.load(line)
    if isinstance(fields, str):
        return fields
    result, text, status = fields.get("result"), fields.get("text"), fields.get("status")
    if fields.get("v") != VERSION or not isinstance(result, str) or not isinstance(text, str):
        return f"not an answer of version {VERSION}"
    if result not in set(Result):
        return f"not an answer of version {VERSION}"
    number = fields.get("id")
    return Answered(Result(result), text, status if isinstance(status, dict) else None, number)


def _line(fields: dict[str, Any]) -> bytes:
    return jsontext.dump(fields) + b"\n"
