"""Whatever bytes come to the local control: it lives on, and only a right line of an allowed caller is an order."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gate.access.modes import DoorMode
from gate.access.orders import Acknowledge, Admit, Drill, Order, Report, SetMode
from gate.adapters.local_socket.control import LONGEST_LINE
from gate.credential.model import Colour
from gate.wire.control import Answered, Request, Result, read_answer, request_line
from tests.accounts import STRANGER, account, needs_root
from tests.line_client import LineClient
from tests.service.control_gate import ControlledGate, controlled_gate

RIGHT: list[tuple[dict[str, Any], Order]] = [
    ({"v": 1, "do": "lockdown"}, SetMode(DoorMode.LOCKED_DOWN)),
    ({"v": 1, "do": "emergency", "id": 7}, SetMode(DoorMode.LOCKED_OPEN)),
    ({"v": 1, "do": "admit", "visit": 3, "reason": "known"}, Admit("known", 3)),
    ({"v": 1, "do": "ack", "alarm": 2}, Acknowledge(2)),
    ({"v": 1, "do": "drill", "colour": "red"}, Drill(Colour.RED)),
]
"""Lines written out here, and what they order."""
LAST_ID = 999
ENOUGH = settings(max_examples=150, deadline=None)

Piece = tuple[bytes, Order | None]
"""What is sent, without its end, and what it orders."""


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()


def _spoilt(fields: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """The same line with one thing wrong."""
    line = _line(fields)
    other_versions = st.sampled_from([0, 2, -1, True, 1.5, "1", None, [1]])
    other_verbs = st.sampled_from(["LOCKDOWN", "open", "", " admit", None, 1, ["ack"]])
    return st.one_of(
        other_versions.map(lambda version: _line(fields | {"v": version})),
        other_verbs.map(lambda do: _line(fields | {"do": do})),
        st.sampled_from([-1, True, "7", 1e9, {}]).map(lambda number: _line(fields | {"id": number})),
        st.text(max_size=8).map(lambda name: _line(fields | {f"more{name}": 1})),
        st.integers(1, len(line) - 1).map(lambda length: line[:length]),
        st.sampled_from([b"x", b"\xff", b"\x00", b"[", line]).map(lambda before: before + line),
    )


RIGHT_PIECES = st.sampled_from(RIGHT).map(lambda row: (_line(row[0]), row[1]))
SPOILT_PIECES = st.sampled_from(RIGHT).flatmap(lambda row: _spoilt(row[0])).map(lambda line: (line, None))
GARBAGE = st.binary(max_size=200).map(lambda line: (line, None))
TALKS: st.SearchStrategy[list[Piece]] = st.lists(RIGHT_PIECES | SPOILT_PIECES | GARBAGE, max_size=12)


def _send(client: LineClient, talk: bytes, cut: int) -> None:
    """In pieces of so many bytes."""
    for begin in range(0, len(talk), cut):
        client.send(talk[begin : begin + cut])


def _alive(gate: ControlledGate) -> bool:
    """Whether a well-behaved caller is still served."""
    with contextlib.closing(LineClient(gate.path)) as client:
        client.send(request_line(Request("status", id=LAST_ID)))
        answer = read_answer(client.heard())
    return isinstance(answer, Answered) and answer.result is Result.DONE and gate.worker.error is None


def test_only_right_lines_are_orders_however_they_are_mixed_and_cut() -> None:
    with controlled_gate() as gate:

        @ENOUGH
        @given(TALKS, st.integers(1, 300))
        def holds(talk: list[Piece], cut: int) -> None:
            gate.ordered.clear()
            with contextlib.closing(LineClient(gate.path)) as client:
                _send(client, b"".join(line + b"\n" for line, _ in talk), cut)
                client.send(request_line(Request("status", id=LAST_ID)))
                while json.loads(client.heard()).get("id") != LAST_ID:
                    pass  # the answers to what came before
            assert [one.order for one in gate.ordered] == [order for _, order in talk if order] + [Report()]
            assert gate.refused == []

        holds()


def test_a_stream_of_anything_stops_nobody_else() -> None:
    with controlled_gate() as gate:

        @ENOUGH
        @given(st.binary(max_size=300), st.sampled_from([0, 1, LONGEST_LINE, 3 * LONGEST_LINE]), st.integers(50, 5000))
        def holds(stream: bytes, filler: int, cut: int) -> None:
            gate.ordered.clear()
            with contextlib.closing(LineClient(gate.path)) as client, contextlib.suppress(OSError):
                _send(client, stream + filler * b"x", cut)
            assert _alive(gate)
            assert [one.order for one in gate.ordered] == [Report()]

        holds()


@needs_root
def test_nothing_that_a_stranger_says_is_an_order() -> None:
    with controlled_gate() as gate:

        @ENOUGH
        @given(TALKS.filter(bool))
        def holds(talk: list[Piece]) -> None:
            gate.ordered.clear()
            gate.refused.clear()
            with account():
                client = LineClient(gate.path)
            with contextlib.closing(client), contextlib.suppress(OSError):
                client.send(b"".join(line + b"\n" for line, _ in talk))
                assert json.loads(client.heard())["result"] == "not_allowed"
                assert client.ended()
            assert _alive(gate)
            assert [one.order for one in gate.ordered] == [Report()]
            verbs = {"unknown", *(fields["do"] for fields, _ in RIGHT)}
            assert [(one.by, one.verb in verbs) for one in gate.refused] == [(f"uid-{STRANGER}", True)]

        holds()
